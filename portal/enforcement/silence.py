"""Whether an order forbids us to tell the person of a decision now: then its statement waits, and nobody hears of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from portal.cases.models import LegalOrder
from portal.core.database import KEYS
from portal.enforcement.models import Action, ActionOrder, ActionStatus, Nature, Silence

_OPEN = select(Silence).where(Silence.action_id == bindparam("action_id"), Silence.ended_at.is_(None))
_AMONG = select(Silence.action_id).where(Silence.action_id.in_(KEYS), Silence.ended_at.is_(None))


def silence_of(session: Session, action_id: UUID) -> Silence | None:
    """What forbids us to tell of this action now; None when nothing does."""
    return session.scalars(_OPEN, {"action_id": action_id}).one_or_none()


def silent_among(session: Session, action_ids: Collection[UUID]) -> set[UUID]:
    """Those of these actions of which nobody is told yet."""
    return set(session.scalars(_AMONG, {"ids": list(action_ids)})) if action_ids else set()


def silent_refs(session: Session, refs: Collection[str]) -> set[str]:
    """Those of these actions, by reference, of which nobody is told yet."""
    query = select(Action.ref).join(Silence, Silence.action_id == Action.id).where(
        Action.ref.in_(refs), Silence.ended_at.is_(None)
    )
    return set(session.scalars(query)) if refs else set()


def may_be_told() -> ColumnElement[bool]:
    """That nothing forbids to tell the person of an action of the query."""
    return ~exists().where(Silence.action_id == Action.id, Silence.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted in public: decisions that a law or an order asked for, in how many of them it states an amount of money
    to be held (`blocks`), and letters that had, and have, to wait."""

    orders: int
    blocks: int
    silent: int
    waiting: int


_ENDED = case((Silence.ended_at < bindparam("until"), 1))
_HOLDS = exists().where(
    ActionOrder.action_id == Action.id, ActionOrder.revision == Action.revision, ActionOrder.order_id == LegalOrder.id,
    LegalOrder.amount_minor.is_not(None),
)
_COUNTED = select(
    func.count(Action.id), func.count(case((_HOLDS, 1))), func.count(Silence.id),
    func.count(Silence.id) - func.count(_ENDED),
).outerjoin(Silence, Silence.action_id == Action.id).where(
    Action.nature == Nature.LEGAL, Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN)),
    Action.issued_at < bindparam("until"),
)


def counted(session: Session, until: datetime) -> Counted:
    """The public count of what was issued before `until`, of all time. Source: DESIGN 2.5 and nature of an action."""
    return Counted(*session.execute(_COUNTED, {"until": until}).one())
