"""Reading payouts: what was asked for, what became of it, and the places on file that money can go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from portal.cases.models import Clock
from portal.core.money import Money
from portal.ledger.models import Book, BookKind, Destination, Payout, PayoutState

NEWEST = 50
"""So many payouts are listed on a page."""


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout with the place that it goes to, and until when we promised to send it (None once it was sent)."""

    payout: Payout
    amount: Money
    hint: str
    due_at: datetime | None


def destinations_of(session: Session, account_id: UUID) -> Sequence[Destination]:
    """The places on file that an account can be paid to, newest first."""
    return session.scalars(
        select(Destination).where(Destination.account_id == account_id, Destination.ended_at.is_(None))
        .order_by(Destination.on_file_since.desc(), Destination.id)
    ).all()


_UNDER_WAY = select(Book.payout_id).where(
    Book.owner_id == bindparam("account_id"), Book.kind == BookKind.PAYOUT, Book.balance_minor > 0)
_PAYOUTS = select(Payout, Destination.hint, Clock.due_at).join(Destination, Payout.destination_id == Destination.id).outerjoin(
    Clock, and_(Clock.subject_ref == Payout.ref, Clock.kind == "payout",
                Payout.state.in_((PayoutState.REQUESTED, PayoutState.OVERDUE))))
_LISTED = _PAYOUTS.where(Payout.account_id == bindparam("account_id")).order_by(
    Payout.requested_at.desc(), Payout.id.desc()).limit(bindparam("limit"))


def payouts_of(session: Session, account_id: UUID, limit: int = NEWEST) -> list[PayoutView]:
    """An account's payouts, newest first, each that is not sent yet, late or not, with the day by which we promised that.

    So many of the newest, and every older one that has not arrived yet.
    """
    given = {"account_id": account_id, "limit": limit}
    found = {
        row.Payout.id: PayoutView(row.Payout, Money(row.Payout.amount_minor, row.Payout.currency), row.hint, row.due_at)
        for query in (_LISTED, _PAYOUTS.where(Payout.id.in_(_UNDER_WAY))) for row in session.execute(query, given)
    }
    return sorted(found.values(), key=lambda one: (one.payout.requested_at, one.payout.id), reverse=True)


_NEWEST = select(Payout.destination_id, Payout.state, Payout.changed_at).where(
    Payout.account_id == bindparam("account_id")).order_by(Payout.requested_at.desc(), Payout.id.desc()).limit(NEWEST)
_TRIED = (PayoutState.SENT, PayoutState.PAID, PayoutState.FAILED)


def came_back_from(session: Session, account_id: UUID) -> dict[UUID, datetime]:
    """When the last payout to a place on file came back, by the place; not where a later one to it was sent.

    Only the newest payouts of the account are looked at, so that it takes no longer as history grows."""
    last: dict[UUID, tuple[str, datetime]] = {}
    for place, state, at in session.execute(_NEWEST, {"account_id": account_id}):
        if state in _TRIED:
            last.setdefault(place, (state, at))
    return {place: at for place, (state, at) in last.items() if state == PayoutState.FAILED}
