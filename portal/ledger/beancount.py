"""Books as plain text that accounting programs read (beancount): one account's movements, and the whole ledger.

References only: no name, address or title of anybody. The same books give the same text. Amounts have the decimals of
their currency and are exact; every balance is asserted without tolerance, so a cent too much is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import local_day
from portal.core.money import Money
from portal.ledger.history import Line
from portal.ledger.models import Book, BookKind, Entry, Transfer
from portal.ledger.own_keys import Notes, Reports, Told, of_books, of_entries
from portal.log.models import Event

PARTS = {
    "free_minor": "Assets:Portal:Free", "held_minor": "Assets:Portal:OnHold", "under_way_minor": "Assets:Portal:UnderWay",
    "paid_minor": "Assets:PaidOut", "refunded_minor": "Assets:Refunded", "escrow_minor": "Assets:Portal:PaidIn",
}
OTHER_SIDE = "Equity:Contracts"
HOUSE: dict[str, str] = {
    BookKind.WORLD: "Equity:House:World", BookKind.ESCROW: "Assets:House:Escrow", BookKind.PAID: "Equity:House:Paid",
    BookKind.FEE: "Income:House:Fee", BookKind.OWED: "Expenses:House:Owed", BookKind.ADJUSTED: "Expenses:House:Adjusted",
    BookKind.CHARGED_BACK: "Equity:House:ChargedBack", BookKind.LOSS: "Expenses:House:Loss",
}

NOTHING: Mapping[str, Any] = {}


def amount(minor: int, currency: str) -> str:
    """`-1750.00 USD`: exact, with the decimals of its currency."""
    return f"{Money(minor, currency).decimal:f} {currency}"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _noted(notes: Mapping[str, Any]) -> list[str]:
    """Metadata under a line."""
    return [
        f"  {name}: {amount(value.amount_minor, value.currency) if isinstance(value, Money) else quoted(str(value))}"
        for name, value in notes.items()
    ]


def _transaction(
    day: date, kind: str, ref: str, postings: Iterable[tuple[str, int, str]], notes: Mapping[str, Any] = NOTHING
) -> str:
    lines = [f"{day} * {quoted(kind)} {quoted(ref)}", *_noted(notes)]
    lines += [f"  {name}  {amount(minor, currency)}" for name, minor, currency in postings]
    return "\n".join(lines) + "\n\n"


def of_account(lines: Iterable[Line], account_ref: str, currency: str, zone: str) -> Iterator[str]:
    """An account's movements in one currency; days are those of its owner."""
    yield f'option "title" {quoted(f"{account_ref} {currency}")}\noption "operating_currency" "{currency}"\n\n'
    opened, day, last = False, date.min, None
    for line in lines:
        day = max(day, local_day(line.at, zone))
        if not opened:
            yield "".join(f"{day} open {name} {currency}\n" for name in (*PARTS.values(), OTHER_SIDE)) + "\n"
            opened = True
        postings = [(PARTS[part], change, currency) for part, change in line.changes.items()]
        rest = -sum(line.changes.values())
        yield _transaction(day, line.kind, line.about_ref, [*postings, *([(OTHER_SIDE, rest, currency)] if rest else [])])
        last = line
    if last is not None:
        for part, name in PARTS.items():
            yield f"{day + timedelta(days=1)} balance {name}  {_exactly(last.totals[part], currency)}\n"


def _exactly(minor: int, currency: str) -> str:
    """An asserted balance; `~ 0` allows no difference at all."""
    return f"{Money(minor, currency).decimal:f} ~ 0 {currency}"


def of_ledger(session: Session, called: Mapping[str, Told] | None = None) -> Iterator[str]:
    """Every book and transfer of the portal, oldest first, and in the end what each book holds by its own balance.

    What a book of somebody holds is owed to them: a liability, so its sign is turned round. A day is the one on which something
    was put on record, in UTC. With `called`, chargebacks by our reference, the marketplace's own ids and keys stand beside, and
    when things happened. Source: DESIGN 6.
    """
    first = session.scalar(select(func.min(Entry.created_at)))
    yield 'option "title" "The ledger of the portal"\n'
    for currency in session.scalars(select(Book.currency).distinct().order_by(Book.currency)):
        yield f'option "operating_currency" "{currency}"\n'
    yield "\n"
    if first is None:
        return
    names, notes, told = dict[UUID, str](), dict[UUID, Notes](), Reports()
    if called is not None:
        notes, told = of_books(session), of_entries(session, called)
    for book, owner in _books(session):
        names[book.id] = _name(book, owner)
        opened = f"{_day(first)} open {names[book.id]} {book.currency}"
        yield "\n".join([opened, *_noted(notes.get(book.id, NOTHING))]) + "\n"
    yield "\n"
    house, last = dict[UUID, int](), _day(first)
    for day, text in _transactions(session, names, house, told):
        last = max(last, day)
        yield text
    for book, _owner in _books(session):
        holds = house.get(book.id, 0) if book.balance_minor is None else book.balance_minor
        yield f"{last + timedelta(days=1)} balance {names[book.id]}  {_exactly(-holds, book.currency)}\n"


def _books(session: Session) -> Iterator[tuple[Any, ...]]:
    query = select(Book, Account.ref).outerjoin(Account, Book.owner_id == Account.id).order_by(Book.id)
    yield from map(tuple, session.execute(query.execution_options(yield_per=1000)))


def _name(book: Book, owner: str | None) -> str:
    kind = "".join(word.capitalize() for word in book.kind.split("_"))
    if owner is None:
        return f"{HOUSE.get(book.kind, f'Equity:House:{kind}')}:{book.currency}"
    return f"Liabilities:{owner}:{kind}:{book.id.hex.upper()}"


def _day(at: datetime) -> date:
    return local_day(at, "UTC")


def _transactions(
    session: Session, names: dict[UUID, str], house: dict[UUID, int], told: Reports
) -> Iterator[tuple[date, str]]:
    """Each entry with its transfers; what house books hold is added up on the way."""
    query = (
        select(Entry.id, Entry.created_at, Entry.kind, Event.subject_ref, Entry.source_key, Transfer.debit_id, Transfer.credit_id,
               Transfer.amount_minor, Transfer.currency)
        .join(Transfer, Transfer.entry_id == Entry.id).join(Event, Entry.cause_event_id == Event.id)
        .order_by(Entry.created_at, Entry.id, Transfer.id)
    )
    rows: Iterator[tuple[Any, ...]] = map(tuple, session.execute(query.execution_options(yield_per=1000)))
    for (_, at, kind, ref, key), moves in groupby(rows, key=itemgetter(0, 1, 2, 3, 4)):
        postings: list[tuple[str, int, str]] = []
        for *_, debit, credit, minor, currency in moves:
            postings += [(names[debit], minor, currency), (names[credit], -minor, currency)]
            house[debit] = house.get(debit, 0) - minor
            house[credit] = house.get(credit, 0) + minor
        yield _day(at), _transaction(_day(at), kind, ref, postings, told.of(key, ref))
