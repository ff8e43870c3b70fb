"""What somebody told us of pressure in a dispute that ended before anybody had to decide it: the desk reads it all the same.

Who is pressed into taking a dispute back, or into an offer, has said so in vain otherwise (DESIGN 2.10).
"""

from __future__ import annotations

from portal.cases.models import Message, PartySide, ReportSource
from portal.cases.operations import add_report, open_case, open_case_about, open_item
from portal.cases.reading import promise_to_read
from portal.core.clock import deadline
from portal.core.i18n import N_, language
from portal.core.text import TEXT_LIMIT
from portal.core.work import Work
from portal.disputes.matter import Matter, decisions_of
from portal.disputes.models import SILENCE
from portal.disputes.queries import pressure_said
from portal.disputes.telling import zone_of
from portal.rulebook.queries import cited_clause, promise

WHERE = N_("Said to us alone in the dispute %(dispute)s, where it is on record as %(said)s. The dispute ended before anybody had "
           "to decide it.")


def read_all_the_same(work: Work, matter: Matter) -> None:
    """Puts it before the desk, in a case about the other side and as a note of ours: nobody is told, and nothing follows by
    itself. Nothing where somebody decided the dispute, and so read it. Promise: client_question."""
    if any(one.n != SILENCE for one in decisions_of(work.db, matter.dispute.id)):
        return
    for account_id in (matter.contract.client_id, matter.contract.freelancer_id):
        for message in pressure_said(work.db, matter.dispute, account_id):
            _put(work, matter, message)


def _put(work: Work, matter: Matter, message: Message) -> None:
    mine = message.from_account_id
    assert mine is not None, "a side of the dispute said it"
    other, zone = matter.contract.other_side(mine), zone_of(work, mine)
    case = open_case_about(work, other, mine) or open_case(work, other, [(mine, PartySide.COUNTERPART)])
    where = language(message.language).gettext(WHERE, dispute=matter.dispute.ref, said=message.ref)
    body = f"{where}\n\n{message.body or ''}"[:TEXT_LIMIT]
    report = add_report(
        work, case, source=ReportSource.REVIEWER, reporter_account_id=None, body=body, language=message.language
    )
    time = promise(work, "client_question")
    clause = cited_clause(work.db, message.clause_version_id) if message.clause_version_id else None
    due_at = deadline(work.now, time.length, time.unit, zone, work.country)
    open_item(work, case, "report", report.ref, due_at, language=message.language, clause_id=clause.clause_id if clause else None)
    promise_to_read(work, report.ref, zone, case=case)
