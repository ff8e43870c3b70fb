"""Which decisions hold money as long as they last, because a law or an order names the amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import LegalOrder
from portal.core.database import KEYS
from portal.enforcement.models import Action, ActionOrder, Nature, Restriction
from portal.enforcement.own_days import last_end
from portal.enforcement.rules import Span

_BLOCKING = select(ActionOrder.action_id).join(LegalOrder, ActionOrder.order_id == LegalOrder.id).where(
    ActionOrder.action_id.in_(KEYS), LegalOrder.amount_minor.is_not(None)
)


def blocking_among(session: Session, actions: Iterable[Action]) -> set[UUID]:
    """Those of these actions whose law or order asks us to hold money."""
    legal = [one.id for one in actions if one.nature == Nature.LEGAL]
    return set(session.scalars(_BLOCKING, {"ids": legal})) if legal else set()


def lasts_until(
    session: Session, action: Action, pairs: Sequence[tuple[Restriction, Span]], now: datetime
) -> datetime | None:
    """When the last of a decision ends, or ended: what it takes away (`pairs`), and money that an order asks for."""
    return action.ends_at if blocking_among(session, [action]) else last_end(action.ends_at, pairs, now)
