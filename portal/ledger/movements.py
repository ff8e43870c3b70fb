"""Inside the ledger: after each entry, what every account that it touched is left with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, Select, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.database import KEYS
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
    """By account, how much each of its totals changes. What leaves a payout for the outside was paid to its owner, and is not
    once it came back from there."""
    changes: Changes = {}
    for (from_kind, payer), (to_kind, payee), amount in moves:
        steps = [] if payer is None else [(payer, PARTS[from_kind], -amount)]
        if payee is not None:
            steps.append((payee, PARTS[to_kind], amount))
            steps += [(payee, "paid_minor", -amount)] if from_kind == BookKind.PAID else []
        elif payer is not None and to_kind == BookKind.PAID:
            steps.append((payer, "paid_minor", amount))
        for account_id, part, change in steps:
            mine = changes.setdefault(account_id, {})
            mine[part] = mine.get(part, 0) + change
    return changes


def owners_among(owners: Select[Any] | BindParameter[UUID]) -> Select[UUID]:
    """These accounts, locked in the order of their keys: their movements are numbered one after the other."""
    return select(Account.id).where(Account.id.in_(owners)).order_by(Account.id).with_for_update(key_share=True)


_OWNERS = owners_among(KEYS)
_BOOKS = select(Book.id, Book.kind, Book.owner_id).where(Book.id.in_(KEYS))


def lock_owners(work: Work, owners: Select[UUID], given: Mapping[str, Any]) -> None:
    """Locks what `owners_among` made. SQLite has one writer at a time already."""
    if work.db.get_bind().dialect.name != "sqlite":
        work.db.execute(owners, given)


def count(work: Work, entry: Entry, currency: str, moves: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Writes the movement of every account that these moves touch."""
    keys = {key for debit, credit, _ in moves for key in (debit, credit)}
    rows: Sequence[Row[UUID, str, UUID | None]] = work.db.execute(_BOOKS, {"ids": list(keys)}).all()
    sides: dict[UUID, Side] = {key: (kind, owner) for key, kind, owner in rows}
    changes = changes_of((sides[debit], sides[credit], amount) for debit, credit, amount in moves)
    lock_owners(work, _OWNERS, {"ids": sorted(changes)})
    for account_id in sorted(changes):
        before = newest(work.db, account_id, currency)
        totals = {part: getattr(before, part) if before else 0 for part in TOTALS}
        for part, change in changes[account_id].items():
            totals[part] += change
        n = before.n + 1 if before else 1
        add(work, Movement(entry_id=entry.id, account_id=account_id, currency=currency, n=n, **totals))


_OF_ACCOUNT = select(Movement).where(Movement.account_id == bindparam("account_id"))
_NEWEST = _OF_ACCOUNT.where(Movement.currency == bindparam("currency")).order_by(Movement.n.desc()).limit(1)
_LAST = _OF_ACCOUNT.order_by(Movement.currency.desc(), Movement.n.desc()).limit(1)
_LAST_BEFORE = _LAST.where(Movement.currency < bindparam("currency"))


def newest(session: Session, account_id: UUID, currency: str) -> Movement | None:
    """The last movement of an account in one currency."""
    return session.scalars(_NEWEST, {"account_id": account_id, "currency": currency}).one_or_none()


def newest_of_each(session: Session, account_id: UUID) -> list[Movement]:
    """The last movement of an account in each of its currencies: one look into the index for each."""
    found: list[Movement] = []
    last = session.scalars(_LAST, {"account_id": account_id}).one_or_none()
    while last is not None:
        found.append(last)
        last = session.scalars(_LAST_BEFORE, {"account_id": account_id, "currency": last.currency}).one_or_none()
    return found[::-1]
