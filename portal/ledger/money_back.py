"""Money that comes back into the earnings that it was taken from: a payout that failed, what a law or an order lets go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Earning
from portal.core.work import Work
from portal.ledger.books import pot_of
from portal.ledger.models import Book, BookKind
from portal.ledger.rules import Pot

MoneyBack = Callable[[Work, Mapping[UUID, int]], None]
"""What follows where money came back: how much of which earning, in minor units."""
_MONEY_BACK: list[MoneyBack] = []


def on_money_back(follows: MoneyBack) -> MoneyBack:
    """Names what a room above does once money is back in its earnings, in the same act."""
    _MONEY_BACK.append(follows)
    return follows


def money_is_back(work: Work, came_back: Mapping[UUID, int]) -> None:
    """Lets the rooms above do what follows; the event by which it came back has been recorded."""
    for follows in _MONEY_BACK if came_back else ():
        follows(work, came_back)


def held_of(session: Session, hold_ids: Collection[UUID]) -> list[Pot]:
    """What is set aside for these holds, and comes back into its earnings when they end. Reads only."""
    rows = session.execute(select(Book, Earning).join(Earning, Book.earning_id == Earning.id).where(
        Book.hold_id.in_(list(hold_ids)), Book.kind == BookKind.HELD, Book.balance_minor > 0).order_by(Book.id))
    return [pot_of(book, earning) for book, earning in rows]
