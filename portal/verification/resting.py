"""Which identity check a decision can rest on: one that its case asked for, and that is still open."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.awaited import OpenCheck, finds_check
from portal.enforcement.models import Action
from portal.verification.models import Item
from portal.verification.queries import WAITING_FOR_PERSON, WAITING_FOR_US, ItemView, items_of_case, view_of

WHY_NOT = {
    "unknown_check": N_("Choose an identity check that was asked for in this case."),
    "check_over": N_("This identity check is over: it was accepted or taken back. Nothing can rest on it."),
    "check_late": N_("We are late with this identity check. Nothing can rest on it until it is answered."),
}


@finds_check
def check_of_case(session: Session, action: Action, ref: str) -> OpenCheck:
    """The check of that reference. Errors, at `rests_on`: those of `WHY_NOT`."""
    item = session.scalars(select(Item).where(Item.ref == ref, Item.account_id == action.account_id)).one_or_none()
    view = view_of(session, item) if item is not None else None
    newest, why = view.newest if view is not None else None, _why_not(view, action.case_id)
    if why is not None or view is None or newest is None or newest.asked_at is None:
        raise RuleBroken(why or "unknown_check", WHY_NOT[why or "unknown_check"], field="rests_on")
    return OpenCheck(view.item.ref, view.item.kind, newest.asked_at, newest.clause)


def open_checks(session: Session, case_id: UUID) -> list[ItemView]:
    """The checks that a decision in a case can rest on."""
    return [view for view in items_of_case(session, case_id) if _why_not(view, case_id) is None]


def _why_not(view: ItemView | None, case_id: UUID) -> str | None:
    """A check is open in one case at a time; there what rests on it is ended with it."""
    if view is None or view.newest is None or view.item.case_id != case_id:
        return "unknown_check"
    if view.item.state not in (*WAITING_FOR_PERSON, *WAITING_FOR_US):
        return "check_over"
    return "check_late" if view.late else None
