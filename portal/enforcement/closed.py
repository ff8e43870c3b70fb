"""Whose account was closed for good: with whom nobody finishes a contract any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.contracts.running import closes
from portal.enforcement.models import Measure
from portal.enforcement.queries import standing
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
