"""A counterpart's own claim comes before ours: where we hold the money that they contest, our hold gives way to theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Earning, Milestone
from portal.core.database import KEYS
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Books, lock_books
from portal.ledger.holds import end_hold, held_pots, is_since
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold, HoldEnd
from portal.ledger.rules import Draw, Pot, draw, draw_paid, rest, total
from portal.ledger.successors import follow
from portal.log.operations import Row


@dataclass(frozen=True, slots=True)
class GaveWay:
    """A hold of ours that ended for the claim of a counterpart: how much it let go, and what it left on hold."""

    hold: Hold
    taken: Money
    successor: Hold | None


_FREE_AND_HELD = Books.where(Book.kind.in_((BookKind.EARNING, BookKind.HELD)), Book.earning_id.in_(KEYS))


def make_way(
    work: Work, milestone: Milestone, wanted: Money, event_id: UUID, since: UUID | None = None
) -> tuple[list[GaveWay], list[Row]]:
    """Lets go of what we hold on a milestone, oldest first, as far as that amount is not free there (`since` an earning of it).

    A hold ends whole; what our claim still holds beyond it stays on hold as its successor, for the same cause and until the
    same day, so that an overturned decision ends it and nothing is held longer. Source: DESIGN 2.5.
    """
    of_milestone = work.db.scalars(select(Earning.id).where(Earning.milestone_id == milestone.id))
    earnings = {one for one in of_milestone if is_since(one, since)}
    books = lock_books(work, _FREE_AND_HELD, ids=list(earnings))
    free = sum(book.balance_minor or 0 for book in books if book.kind == BookKind.EARNING)
    ours = _ours(work.db, {book.hold_id for book in books if book.hold_id is not None and book.balance_minor})
    lacking, gave, rows = total(_to_hold(work.db, books, ours, wanted)) - free, list[GaveWay](), list[Row]()
    for hold in ours:
        if lacking <= 0:
            break
        one, written = _give_way(work, hold, earnings, lacking, event_id)
        lacking -= one.taken.amount_minor
        gave.append(one)
        rows += written
    return gave, rows


def to_be_held(session: Session, milestone: Milestone, wanted: Money, since: UUID | None = None) -> list[Draw]:
    """What a counterpart's claim on a milestone would put on hold at this moment, of which earnings. Reads only."""
    found = session.scalars(select(Book).where(
        Book.kind.in_((BookKind.EARNING, BookKind.HELD)),
        Book.earning_id.in_(select(Earning.id).where(Earning.milestone_id == milestone.id)),
    ))
    books = [one for one in found if one.earning_id is not None and is_since(one.earning_id, since)]
    ours = _ours(session, {book.hold_id for book in books if book.hold_id is not None and book.balance_minor})
    return _to_hold(session, books, ours, wanted)


def _to_hold(session: Session, books: list[Book], ours: list[Hold], wanted: Money) -> list[Draw]:
    """What of the money that is free or held by us there answers a claim of what the client paid: less our fee for it."""
    keys, there = {hold.id for hold in ours}, dict[UUID, int]()
    for book in books:
        if book.earning_id is not None and (book.hold_id is None or book.hold_id in keys):
            there[book.earning_id] = there.get(book.earning_id, 0) + (book.balance_minor or 0)
    pots = [
        Pot(one.id, one.id, there[one.id], one.released_at, one.amount_minor, one.fee_minor)
        for one in session.scalars(select(Earning).where(Earning.id.in_(there)))
    ]
    return draw_paid(pots, wanted.amount_minor)


def _ours(session: Session, keys: set[UUID]) -> list[Hold]:
    """Which of these open holds are for a claim of the platform, oldest first."""
    query = select(Hold).join(Claim, Hold.claim_id == Claim.id).where(
        Hold.id.in_(keys), Hold.ended_at.is_(None), Claim.claimant == Claimant.PLATFORM
    )
    return list(session.scalars(query.order_by(Hold.id)))


def _give_way(
    work: Work, hold: Hold, earnings: set[UUID], lacking: int, event_id: UUID
) -> tuple[GaveWay, list[Row]]:
    pots, home = held_pots(work, hold)
    given = draw([pot for pot in pots if pot.earning_id in earnings], lacking)
    left = rest(pots, given)
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=bool(left))
    amount = Money(total(given), hold.currency)
    if not left:
        return GaveWay(hold, amount, None), rows
    after, written = follow(work, hold, left, home, event_id=event_id, until=hold.expires_at)
    return GaveWay(hold, amount, after), [*rows, *written]
