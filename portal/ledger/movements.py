"""Inside the ledger: after each entry, what every account that it touched is left with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.work import Work
from portal.ledger.models import Book, BookKind, Entry, Movement
from portal.log.operations import add

PARTS: dict[str, str] = {
    BookKind.EARNING: "free_minor", BookKind.HELD: "held_minor", BookKind.PAYOUT: "under_way_minor",
    BookKind.REFUND: "refunded_minor", BookKind.ESCROW: "escrow_minor", BookKind.CALLED: "escrow_minor",
}
"""Which total of an account a book of that kind belongs to."""
TOTALS = ("free_minor", "held_minor", "under_way_minor", "paid_minor", "refunded_minor", "escrow_minor")
Side = tuple[str, UUID | None]
"""The kind of a book and whose it is; nobody's is the house's."""
Changes = dict[UUID, dict[str, int]]


def changes_of(moves: Iterable[tuple[Side, Side, int]]) -> Changes:
    """By account, how much each of its totals changes. What leaves a payout for the outside was paid to its owner."""
    changes: Changes = {}
    for (from_kind, payer), (to_kind, payee), amount in moves:
        steps = [] if payer is None else [(payer, PARTS[from_kind], -amount)]
        if payee is not None:
            steps.append((payee, PARTS[to_kind], amount))
        elif payer is not None and to_kind == BookKind.PAID:
            steps.append((payer, "paid_minor", amount))
        for account_id, part, change in steps:
            mine = changes.setdefault(account_id, {})
            mine[part] = mine.get(part, 0) + change
    return changes


def lock_owners(work: Work, owners: Select[Any] | Sequence[UUID]) -> None:
    """Locks accounts in the order of their keys: their movements are numbered one after the other.

    SQLite has one writer at a time already.
    """
    if work.db.get_bind().dialect.name != "sqlite":
        query = select(Account.id).where(Account.id.in_(owners)).order_by(Account.id)
        work.db.execute(query.with_for_update(key_share=True))


def count(work: Work, entry: Entry, currency: str, moves: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Writes the movement of every account that these moves touch."""
    keys = {key for debit, credit, _ in moves for key in (debit, credit)}
    rows: Sequence[Row[UUID, str, UUID | None]] = work.db.execute(
        select(Book.id, Book.kind, Book.owner_id).where(Book.id.in_(keys))
    ).all()
    sides: dict[UUID, Side] = {key: (kind, owner) for key, kind, owner in rows}
    changes = changes_of((sides[debit], sides[credit], amount) for debit, credit, amount in moves)
    lock_owners(work, sorted(changes))
    for account_id in sorted(changes):
        before = newest(work.db, account_id, currency)
        totals = {part: getattr(before, part) if before else 0 for part in TOTALS}
        for part, change in changes[account_id].items():
            totals[part] += change
        n = before.n + 1 if before else 1
        add(work, Movement(entry_id=entry.id, account_id=account_id, currency=currency, n=n, **totals))


def newest(session: Session, account_id: UUID, currency: str) -> Movement | None:
    """The last movement of an account in one currency."""
    query = select(Movement).where(Movement.account_id == account_id, Movement.currency == currency)
    return session.scalars(query.order_by(Movement.n.desc()).limit(1)).one_or_none()


def newest_of_each(session: Session, account_id: UUID) -> list[Movement]:
    """The last movement of an account in each of its currencies: one look into the index for each."""
    found: list[Movement] = []
    query = select(Movement).where(Movement.account_id == account_id)
    query = query.order_by(Movement.currency.desc(), Movement.n.desc()).limit(1)
    last = session.scalars(query).one_or_none()
    while last is not None:
        found.append(last)
        last = session.scalars(query.where(Movement.currency < last.currency)).one_or_none()
    return found[::-1]
