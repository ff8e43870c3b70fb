"""What happened to an account's money: line by line, as a file, and as points of a picture; none of it grows with the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, union, union_all
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract, Earning, Milestone
from portal.core.database import UtcDateTime
from portal.core.money import Money
from portal.ledger.models import Book, Entry, Movement, Transfer
from portal.ledger.movements import TOTALS
from portal.log.models import Event

PAGE = 50
PORTION = 500
POINTS, EXACT = 60, 120
"""How many equal parts a picture of a busy time has; up to how many movements each of them is drawn."""
SHORTEST, LONGEST = timedelta(days=30), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Place:
    """The contract that an entry was about, when it was about one alone."""

    contract_ref: str
    contract_title: str
    milestone_number: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One movement with what it changed: `changes` and `totals` by part, in minor units."""

    n: int
    at: datetime
    kind: str
    entry_id: UUID
    about_ref: str
    currency: str
    changes: dict[str, int]
    totals: dict[str, int]
    place: Place | None

    @property
    def balance(self) -> Money:
        """Pending, available and on hold together."""
        return Money(self.totals["free_minor"] + self.totals["held_minor"], self.currency)

    @property
    def held(self) -> Money:
        return Money(self.totals["held_minor"], self.currency)

    @property
    def change(self) -> Money:
        """How much the balance changed, without a sign (`grew` says which way)."""
        return Money(abs(self._changed), self.currency)

    @property
    def grew(self) -> bool:
        return self._changed > 0

    @property
    def moved(self) -> Money:
        """The amount that moved, also where the balance stayed the same."""
        return Money(max((abs(change) for change in self.changes.values()), default=0), self.currency)

    @property
    def _changed(self) -> int:
        return self.changes.get("free_minor", 0) + self.changes.get("held_minor", 0)


@dataclass(frozen=True, slots=True)
class Point:
    """What an account had at an instant."""

    at: datetime
    balance: Money
    held: Money


def page_of(
    session: Session, account_id: UUID, currency: str, *, before: int | None = None, limit: int = PAGE
) -> tuple[list[Line], int | None]:
    """The newest movements before number `before`, newest first, and before which the next page begins (None: no more)."""
    query = select(Movement, Entry.kind, Event.subject_ref).join(Entry, Movement.entry_id == Entry.id)
    query = query.join(Event, Entry.cause_event_id == Event.id)
    query = query.where(Movement.account_id == account_id, Movement.currency == currency)
    if before is not None:
        query = query.where(Movement.n < before)
    rows = session.execute(query.order_by(Movement.n.desc()).limit(limit + 1)).all()
    shown, more = rows[:limit], len(rows) > limit
    places = _places(session, [one.entry_id for one, _, _ in shown])
    lines = [
        _line(one, rows[index + 1][0] if index + 1 < len(rows) else None, kind, ref, places.get(one.entry_id))
        for index, (one, kind, ref) in enumerate(shown)
    ]
    return lines, lines[-1].n if more else None


def _line(one: Movement, before: Movement | None, kind: str, ref: str, place: Place | None) -> Line:
    totals = {part: int(getattr(one, part)) for part in TOTALS}
    changes = {part: total - (int(getattr(before, part)) if before else 0) for part, total in totals.items()}
    return Line(
        one.n, one.created_at, kind, one.entry_id, ref, one.currency,
        {part: change for part, change in changes.items() if change}, totals, place,
    )


def _places(session: Session, entries: Sequence[UUID]) -> dict[UUID, Place]:
    """By entry, the one contract (and milestone) whose books it moved money of."""
    earned, paid_in = aliased(Milestone), aliased(Milestone)
    touched = union(*(
        select(Transfer.entry_id.label("entry_id"), side.label("book_id")).where(Transfer.entry_id.in_(entries))
        for side in (Transfer.debit_id, Transfer.credit_id)
    )).subquery()
    rows = session.execute(
        select(
            touched.c.entry_id, func.min(Contract.ref), func.max(Contract.ref), func.min(Contract.title),
            func.min(func.coalesce(earned.number, paid_in.number)), func.max(func.coalesce(earned.number, paid_in.number)),
        )
        .join(Book, Book.id == touched.c.book_id).join(Contract, Book.contract_id == Contract.id)
        .outerjoin(Earning, Book.earning_id == Earning.id).outerjoin(earned, Earning.milestone_id == earned.id)
        .outerjoin(paid_in, Book.milestone_id == paid_in.id).group_by(touched.c.entry_id)
    )
    return {
        entry_id: Place(first, title, lowest if lowest == highest else None)
        for entry_id, first, last, title, lowest, highest in rows if first == last
    }


def all_lines(session: Session, account_id: UUID, currency: str) -> Iterator[Line]:
    """Every movement in order, the oldest first, read in portions."""
    after, before = 0, None
    while True:
        query = select(Movement, Entry.kind, Event.subject_ref).join(Entry, Movement.entry_id == Entry.id)
        query = query.join(Event, Entry.cause_event_id == Event.id)
        query = query.where(Movement.account_id == account_id, Movement.currency == currency, Movement.n > after)
        rows = session.execute(query.order_by(Movement.n).limit(PORTION)).all()
        if not rows:
            return
        places = _places(session, [one.entry_id for one, _, _ in rows])
        for one, kind, ref in rows:
            yield _line(one, before, kind, ref, places.get(one.entry_id))
            before, after = one, one.n
        session.expunge_all()


def _course() -> Select[Any, Any, Any]:
    """For each of so many instants, `at_0` and so on, the newest movement until then: one look into the index for each."""
    then = aliased(Movement)
    asked = union_all(*(
        select(bindparam(f"at_{n}", type_=UtcDateTime()).label("at")) for n in range(POINTS + 1)
    )).subquery()
    last = (
        select(then.id)
        .where(then.account_id == bindparam("account_id"), then.currency == bindparam("currency"), then.created_at <= asked.c.at)
        .order_by(then.created_at.desc(), then.n.desc()).limit(1).correlate(asked).scalar_subquery()
    )
    query = select(asked.c.at, Movement.free_minor, Movement.held_minor).outerjoin(Movement, Movement.id == last)
    return query.order_by(asked.c.at)


_COURSE = _course()
_MINE = (Movement.account_id == bindparam("account_id"), Movement.currency == bindparam("currency"))
_FIRST = select(Movement.created_at).where(*_MINE, Movement.n == 1)
_UNTIL = select(Movement).where(*_MINE, Movement.created_at <= bindparam("at")).order_by(
    Movement.created_at.desc(), Movement.n.desc()).limit(1)
_BETWEEN = select(Movement.created_at, Movement.free_minor, Movement.held_minor).where(
    *_MINE, Movement.n > bindparam("after"), Movement.n <= bindparam("upto")).order_by(Movement.n)


def course(session: Session, account_id: UUID, currency: str, now: datetime) -> tuple[list[Point], bool]:
    """What the account had up to now, since its first movement, at most a year: at each instant at which anything moved.

    After more than `EXACT` movements (then False) only at instants of the same distance, so that it does not grow with the past.
    """
    mine = {"account_id": account_id, "currency": currency}
    first = session.scalar(_FIRST, mine)
    if first is None:
        return [], True
    start = now - min(max(now - first, SHORTEST), LONGEST)
    before, last = (session.scalars(_UNTIL, mine | {"at": at}).one_or_none() for at in (start, now))
    after, upto = before.n if before else 0, last.n if last else 0
    if upto - after > EXACT:
        days = {f"at_{step}": start + (now - start) * step / POINTS for step in range(POINTS + 1)}
        return [_point(currency, *row) for row in session.execute(_COURSE, mine | days)], False
    moved = {at: (free, held) for at, free, held in session.execute(_BETWEEN, mine | {"after": after, "upto": upto})}
    begin = (start, before.free_minor, before.held_minor) if before else (start, 0, 0)
    end = (now, last.free_minor, last.held_minor) if last else (now, 0, 0)
    return [_point(currency, *row) for row in (begin, *((at, *both) for at, both in moved.items()), end)], True


def _point(currency: str, at: datetime, free: int | None, held: int | None) -> Point:
    return Point(at, Money((free or 0) + (held or 0), currency), Money(held or 0, currency))
