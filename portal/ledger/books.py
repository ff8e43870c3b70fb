"""Inside the ledger: locking books in the one order, and moving money between them by entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.contracts.models import Earning
from portal.core.database import KEYS
from portal.core.ids import new_id
from portal.core.work import Work
from portal.ledger.models import Book, BookKind, Entry, Transfer
from portal.ledger.movements import count, lock_owners, owners_among
from portal.ledger.rules import Pot
from portal.log.operations import Row, add

Move = tuple[UUID, UUID, int]
"""From this book, to that book, so many minor units."""


@dataclass(frozen=True, slots=True)
class Books:
    """Books by what they have in common, said once; an act gives the values when it locks them."""

    owners: Select[UUID]
    locked: Select[Book]

    @classmethod
    def where(cls, *criteria: ColumnElement[bool]) -> Books:
        locked = select(Book).where(*criteria).order_by(Book.id).with_for_update()
        return cls(
            owners_among(select(Book.owner_id).where(*criteria)), locked.execution_options(populate_existing=True)
        )

    @classmethod
    def with_money(cls, *criteria: ColumnElement[bool]) -> Books:
        """Earnings in books that hold some of them. Those that hold nothing any more are never looked at, so that this does
        not grow with the past."""
        return cls.where(Book.balance_minor > 0, Book.kind == BookKind.EARNING, *criteria)


FREE = Books.with_money(Book.owner_id == bindparam("owner_id"), Book.currency == bindparam("currency"))
"""What of an account's earnings is in its own books."""
_EARNED = select(Earning).where(Earning.id.in_(KEYS))


def lock_books(work: Work, books: Books, **given: Any) -> list[Book]:
    """The books that match, locked in the order of their keys, with the balances that they have now.

    Their owners first: whoever moves money of an account waits for whoever does so already.
    """
    lock_owners(work, books.owners, given)
    return list(work.db.scalars(books.locked, given))


def lock_pots(work: Work, books: Books, *, cleared_by: datetime | None = None, **given: Any) -> list[Pot]:
    """The money in books `with_money`, locked; with `cleared_by` only what has cleared by then."""
    found = lock_books(work, books, **given)
    earned = earnings_of(work, [book.earning_id for book in found if book.earning_id is not None])
    return [
        pot_of(book, earned[book.earning_id]) for book in found if book.earning_id is not None
        and (cleared_by is None or earned[book.earning_id].clears_at <= cleared_by)
    ]


def earnings_of(work: Work, keys: Sequence[UUID]) -> dict[UUID, Earning]:
    """These earnings, by their keys."""
    return {one.id: one for one in work.db.scalars(_EARNED, {"ids": keys})}


def pot_of(book: Book, earning: Earning) -> Pot:
    """The money in a book of that earning."""
    return Pot(
        book.id, earning.id, book.balance_minor or 0, earning.released_at, earning.amount_minor, earning.fee_minor,
        book.contract_id,
    )


def open_book(work: Work, kind: BookKind, owner_id: UUID, currency: str, **named: Any) -> Book:
    """An empty book of an account."""
    return add(work, Book(kind=kind, owner_id=owner_id, currency=currency, balance_minor=0, **named))


def house_book(work: Work, kind: BookKind, currency: str) -> UUID:
    """The platform's own book of that kind and currency, made the first time it is needed (also by two acts at once)."""
    query = select(Book.id).where(Book.kind == kind, Book.currency == currency, Book.owner_id.is_(None))
    known = work.db.scalar(query)
    if known is not None:
        return known
    insert = sqlite.insert if work.db.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"id": new_id(), "created_at": work.now, "kind": kind, "currency": currency}
    work.db.execute(insert(Book).values(values).on_conflict_do_nothing())
    return work.db.scalars(query).one()


def post(
    work: Work, kind: str, source_key: str, event_id: UUID, currency: str, moves: Sequence[Move],
    reverses_id: UUID | None = None,
) -> list[Row]:
    """Moves money: one entry, one transfer for each move; answers with the rows that the event has to name.

    `source_key` is unique for good, so that the same thing can never move money twice.
    """
    work.db.flush()
    entry = add(work, Entry(kind=kind, cause_event_id=event_id, source_key=source_key, reverses_id=reverses_id))
    transfers = [
        add(work, Transfer(entry_id=entry.id, debit_id=debit, credit_id=credit, currency=currency, amount_minor=amount))
        for debit, credit, amount in moves
    ]
    count(work, entry, currency, moves)
    work.db.flush()
    return [entry, *transfers]
