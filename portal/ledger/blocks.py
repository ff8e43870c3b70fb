"""Money that a law or an order asks us to hold: a stated amount at most, of what is there, the oldest first (DESIGN 2.5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.clocks import start_clock
from portal.cases.models import LegalOrder
from portal.contracts.models import Earning
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import FREE, lock_pots
from portal.ledger.holds import begin_hold, end_hold, held_pots
from portal.ledger.models import Book, BookKind, Hold, HoldEnd
from portal.ledger.rules import draw
from portal.log.operations import Row


def there_of(session: Session, account_id: UUID, amount: Money, now: datetime) -> tuple[Money, Money]:
    """What of that amount is there now, and which part of it has cleared already: the oldest money first."""
    rows = session.execute(
        select(Book.balance_minor, Earning.clears_at).join(Earning, Book.earning_id == Earning.id).where(
            Book.owner_id == account_id, Book.kind == BookKind.EARNING, Book.currency == amount.currency, Book.balance_minor > 0,
        ).order_by(Earning.released_at, Earning.id)
    )
    there = cleared = 0
    for balance, clears_at in rows:
        taken = min(int(balance or 0), amount.amount_minor - there)
        there += taken
        cleared += taken if clears_at <= now else 0
    return Money(there, amount.currency), Money(cleared, amount.currency)


def open_block(
    work: Work, order: LegalOrder, *, event_id: UUID, until: datetime, length: int, promise_id: UUID, zone: str
) -> tuple[Hold, list[Row]]:
    """Holds what is there of the amount that the order states, and no more: later earnings never top it up."""
    assert order.amount_minor is not None
    assert order.currency is not None
    drawn = draw(lock_pots(work, FREE, owner_id=order.account_id, currency=order.currency), order.amount_minor)
    hold, rows = begin_hold(
        work, drawn, event_id=event_id, order_id=order.id, account_id=order.account_id, cause_event_id=event_id,
        currency=order.currency, expires_at=until,
    )
    _clock(work, hold, length, promise_id, zone)
    return hold, [*rows, (hold, "ordered")]


def _clock(work: Work, hold: Hold, length: int, promise_id: UUID, zone: str) -> None:
    start_clock(
        work, "hold", hold.ref, account_id=hold.account_id, length=length, unit="days", zone=zone, promise_id=promise_id,
        due_at=hold.expires_at,
    )


def prolong_blocks(
    work: Work, cause_event_id: UUID, *, event_id: UUID, until: datetime, length: int, promise_id: UUID, zone: str
) -> list[Row]:
    """The order still obliges us: what is on hold for it stays so until that instant, the same money and no more."""
    rows: list[Row] = []
    open_ones = select(Hold).where(
        Hold.cause_event_id == cause_event_id, Hold.order_id.is_not(None), Hold.ended_at.is_(None)
    ).order_by(Hold.id)
    for hold in work.db.scalars(open_ones).all():
        pots, home = held_pots(work, hold)
        rows += end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
        after, written = begin_hold(
            work, draw(pots, hold.amount_minor), event_id=event_id, home=home, order_id=hold.order_id,
            account_id=hold.account_id, cause_event_id=cause_event_id, currency=hold.currency, expires_at=until,
            successor_of_id=hold.id,
        )
        _clock(work, after, length, promise_id, zone)
        rows += [*written, (after, "ordered")]
    return rows
