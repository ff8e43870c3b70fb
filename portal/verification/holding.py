"""In whose hands an identity check is: who may take it back, and who is the second person for a request."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.hands import (
    ELSEWHERE,
    UNTAKEN,
    Holder,
    OutOfReach,
    conduct_holder,
    holder_of_item,
    open_items,
)
from portal.cases.models import Case
from portal.cases.operations import open_item_of, take_item
from portal.core.access import Actor, Role
from portal.core.work import Work
from portal.enforcement.desk import require_free
from portal.verification.queries import ItemView

IDENTITY = ("identity", "identity_talk")


def require_line(work: Work, case: Case, subject_ref: str, kind: str) -> UUID:
    """The acting reviewer, who has that line of the queue; one that is with nobody becomes theirs.

    Errors: `conflicted`; `with_somebody_else` (a lead can give it away).
    """
    person_id, line = require_free(work, case), open_item_of(work, subject_ref, kind)
    holder = holder_of_item(work.db, line)
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, subject_ref, holder)
    if line is not None:
        take_item(work, line)
    return person_id


def why_not_theirs(session: Session, actor: Actor, case: Case, view: ItemView) -> OutOfReach | None:
    """Why this member of staff may not take back what was asked for; None when they may.

    Whoever has the answer or the conduct of the case in hand may. Where nobody has: who asked for it, or a lead.
    """
    holders = _holders(session, case, view)
    if any(one.person_id == actor.person_id for one in holders):
        return None
    if holders:
        return OutOfReach("with_somebody_else", ELSEWHERE, case.ref, view.item.ref, holders[0])
    asked_by = view.newest.request.asked_by_id if view.newest else None
    if asked_by == actor.person_id or Role.LEAD in actor.roles:
        return None
    return OutOfReach("with_nobody", UNTAKEN, case.ref, view.item.ref)


def _holders(session: Session, case: Case, view: ItemView) -> list[Holder]:
    lines = [one for one in open_items(session, case.id, IDENTITY) if one.subject_ref == view.item.ref]
    found = [*(holder_of_item(session, line) for line in lines), conduct_holder(session, case.id)]
    return [one for one in found if one is not None]
