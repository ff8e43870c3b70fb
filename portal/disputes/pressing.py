"""Either side of a running dispute tells us alone that they were pressured, or threatened with a report; also after answering."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Person
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT, needed
from portal.core.work import Work
from portal.disputes.matter import DECIDED, OVER, own_matter
from portal.disputes.models import UNDECIDED
from portal.disputes.pressure import pressed_in_dispute
from portal.disputes.queries import pressure_said

MOST_SAID = 10
"""How often one side can say something of pressure in one dispute."""


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
