"""Whose account was closed for good: with whom nobody finishes a contract any more, so what was chosen is asked again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.clocks import on_due
from portal.cases.models import Clock, ClockResult
from portal.contracts.asking_again import ask_again
from portal.contracts.running import closes
from portal.core.work import Work
from portal.enforcement.models import Measure
from portal.enforcement.queries import action_by_ref, standing
from portal.enforcement.told import told_outside
from portal.enforcement.unsent import COUNTERPART


@closes
def closed_for(session: Session, account_id: UUID, reader_id: UUID, now: datetime) -> bool:
    """Whether the end of an account is in effect, and the account that asks is its own or was told. Source: DESIGN 2.7."""
    ended = [one for one in standing(session, account_id, now).actions if one.measure == Measure.TERMINATION]
    if account_id == reader_id:
        return bool(ended)
    return any(
        notice.kind == COUNTERPART and notice.account_id == reader_id
        for action in ended for notice in told_outside(session, action, now)
    )


@on_due("closing_begins")
def closing_begins(work: Work, clock: Clock) -> None:
    """The end of an account takes effect: both sides of its contracts are asked again where work was to be finished.

    The other side hears of it after the notice of the closing; where an order of silence keeps that back, not yet.
    """
    clock.result, action = ClockResult.KEPT, action_by_ref(work.db, clock.subject_ref)
    told = told_outside(work.db, action, work.now)
    ask_again(work, action.account_id, {one.account_id: one for one in told if one.kind == COUNTERPART and one.account_id})
