"""Either side of a running dispute tells us alone that they were pressured, or threatened with a report; also after answering.

Where the dispute ends before anybody has to decide it, the desk reads it all the same: who is pressed into taking a dispute back,
or into an offer, has said so in vain otherwise (DESIGN 2.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from portal.accounts.models import Person
from portal.cases.models import Message, PartySide, ReportSource
from portal.cases.operations import add_report, open_case, open_case_about, open_item
from portal.cases.reading import promise_to_read
from portal.core.access import Permission, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.text import TEXT_LIMIT, needed
from portal.core.work import Work
from portal.disputes.matter import DECIDED, OVER, Matter, decisions_of, own_matter
from portal.disputes.models import SILENCE, UNDECIDED
from portal.disputes.pressure import pressed_in_dispute
from portal.disputes.queries import pressure_said
from portal.disputes.telling import zone_of
from portal.rulebook.queries import cited_clause, promise

MOST_SAID = 10
"""How often one side can say something of pressure in one dispute."""
WHERE = N_("Said to us alone in the dispute %(dispute)s, where it is on record as %(said)s. The dispute ended before anybody had "
           "to decide it.")


def say_pressed(work: Work, *, dispute_ref: str, pressure: str) -> dict[str, Any]:
    """Puts their words on record in the case, under the rule against it, for the reviewer of the dispute.

    Nobody else is told, no time begins or ends, and nothing follows by itself. Errors: `dispute_over`, `decided` (conflicts:
    it is read only while somebody still has to decide), `empty`, `said_often`, text limits, `NotFound`.
    """
    matter, side = own_matter(work, dispute_ref, Permission.ANSWER_IN_CASE)
    if matter.dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    if matter.dispute.state not in UNDECIDED:
        raise Conflict("decided", DECIDED)
    text = needed(pressure, N_("Write what was said, when, and by whom."), limit=TEXT_LIMIT, field="pressure")
    if len(pressure_said(work.db, matter.dispute, side)) >= MOST_SAID:
        message = N_("You told us %(n)s times of pressure in this dispute. We read all of it.")
        raise RuleBroken("said_often", message, field="pressure", n=MOST_SAID)
    person = work.db.get_one(Person, require_person(work.actor))
    pressed_in_dispute(work, matter.case, dispute_ref, side, person, text)
    return {"dispute": dispute_ref}


def read_all_the_same(work: Work, matter: Matter) -> None:
    """Puts it before the desk, in a case about the other side and as a note of ours, what one side said together: nobody is told,
    and nothing follows by itself. Nothing where somebody decided the dispute, and so read it. Promise: client_question."""
    if any(one.n != SILENCE for one in decisions_of(work.db, matter.dispute.id)):
        return
    for account_id in matter.contract.sides:
        for tag, said in groupby(pressure_said(work.db, matter.dispute, account_id), lambda message: message.language):
            for body, first in _together(matter, tag, said):
                _put(work, matter, account_id, body, first)


def _together(matter: Matter, tag: str, said: Iterable[Message]) -> Iterator[tuple[str, Message]]:
    """What was said in one language in as few texts as hold it, each with the first message of it."""
    body, first = "", None
    for message in said:
        where = language(tag).gettext(WHERE, dispute=matter.dispute.ref, said=message.ref)
        text = f"{where}\n\n{message.body or ''}"[:TEXT_LIMIT]
        if first is not None and len(body) + len(text) + 2 > TEXT_LIMIT:
            yield body, first
            body, first = "", None
        body, first = f"{body}\n\n{text}" if body else text, first or message
    if first is not None:
        yield body, first


def _put(work: Work, matter: Matter, mine: UUID, body: str, message: Message) -> None:
    """`mine`: whose account said it; `message`: the first of what `body` holds."""
    other, zone = matter.contract.other_side(mine), zone_of(work, mine)
    case = open_case_about(work, other, mine) or open_case(work, other, [(mine, PartySide.COUNTERPART)])
    report = add_report(
        work, case, source=ReportSource.REVIEWER, reporter_account_id=None, body=body, language=message.language
    )
    time = promise(work, "client_question")
    clause = cited_clause(work.db, message.clause_version_id) if message.clause_version_id else None
    due_at = deadline(work.now, time.length, time.unit, zone, work.country)
    open_item(work, case, "report", report.ref, due_at, language=message.language, clause_id=clause.clause_id if clause else None)
    promise_to_read(work, report.ref, zone, case=case)
