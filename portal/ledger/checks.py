"""What `flask verify` proves of money: each function names the rows that break one promise of DESIGN 2.5, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.models import Clock, LegalOrder
from portal.contracts.models import Earning, Milestone
from portal.ledger.extension_checks import longer_holds_were_signed
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold, Payout, PayoutState, Transfer
from portal.ledger.movement_checks import (
    adjustments_were_signed,
    books_are_in_one_currency,
    fees_are_what_was_taken,
    movements_follow_transfers,
    payouts_are_where_they_stand,
    returns_are_what_went_back,
)
from portal.ledger.refund_models import Refund
from portal.ledger.refund_standing import WENT_BACK, standings_of
from portal.ledger.renewing import given_back
from portal.log.models import Event

Check = Callable[[Session], Iterator[str]]
Sums = dict[tuple[UUID, str], int]
GRACE = timedelta(days=1)
PORTION = 1_000


def _movement(session: Session) -> dict[UUID, int]:
    """What arrived in each book less what left it, from the transfers alone."""
    moved: dict[UUID, int] = {}
    for column, sign in ((Transfer.credit_id, 1), (Transfer.debit_id, -1)):
        for book_id, amount in session.execute(select(column, func.sum(Transfer.amount_minor)).group_by(column)):
            moved[book_id] = moved.get(book_id, 0) + sign * int(amount)
    return moved


def balances_are_true(session: Session) -> Iterator[str]:
    """Every book of an account says what its transfers say."""
    moved = _movement(session)
    for book_id, kind, balance in session.execute(
        select(Book.id, Book.kind, Book.balance_minor).where(Book.owner_id.is_not(None)).order_by(Book.id)
    ):
        if balance != moved.get(book_id, 0):
            yield f"book {book_id} ({kind}) says {balance}, its transfers say {moved.get(book_id, 0)}"


def everything_sums_to_nothing(session: Session) -> Iterator[str]:
    """In each currency the books of accounts and the house's together come to zero."""
    moved, sums = _movement(session), dict[str, int]()
    for book_id, currency, balance in session.execute(select(Book.id, Book.currency, Book.balance_minor)):
        sums[currency] = sums.get(currency, 0) + (moved.get(book_id, 0) if balance is None else balance)
    yield from (f"all books in {currency} come to {total}, not to zero" for currency, total in sorted(sums.items()) if total)


def holds_are_within_claims(session: Session) -> Iterator[str]:
    """No open hold is larger than its claim, rests on an ended claim, or is in another currency."""
    rows = session.execute(
        select(Hold, Claim).join(Claim, Hold.claim_id == Claim.id).where(Hold.ended_at.is_(None)).order_by(Hold.id)
    )
    for hold, claim in rows:
        if hold.amount_minor > claim.amount_minor or hold.currency != claim.currency:
            claimed = f"{claim.amount_minor} {claim.currency}"
            yield f"hold {hold.ref} holds {hold.amount_minor} {hold.currency}, claimed are {claimed}"
        if claim.ended_at is not None:
            yield f"hold {hold.ref} is open although its claim {claim.ref} has ended"


def milestones_hold_what_is_claimed(session: Session) -> Iterator[str]:
    """What is on hold on a milestone is not more than what is still claimed there, of all sides together."""
    claimed = (
        select(Claim.milestone_id, func.sum(Claim.amount_minor).label("total"))
        .where(Claim.ended_at.is_(None), Claim.milestone_id.is_not(None)).group_by(Claim.milestone_id).subquery()
    )
    rows = session.execute(
        select(func.min(Hold.ref), func.sum(Hold.amount_minor), func.coalesce(func.max(claimed.c.total), 0))
        .join(Claim, Hold.claim_id == Claim.id).outerjoin(claimed, claimed.c.milestone_id == Claim.milestone_id)
        .where(Hold.ended_at.is_(None), Claim.milestone_id.is_not(None)).group_by(Claim.milestone_id)
    )
    for ref, held, total in rows:
        if int(held) > int(total):
            yield f"the milestone of hold {ref} has {held} on hold, and {total} are claimed there"


def contracts_hold_what_is_claimed(session: Session) -> Iterator[str]:
    """Of a contract's own money no more is on hold for claims than is still claimed of it: of each milestone for that milestone
    or for the contract as a whole."""
    claimed: dict[tuple[UUID, UUID | None], int] = {}
    for claim in session.scalars(select(Claim).where(Claim.ended_at.is_(None))):
        key = (claim.contract_id, claim.milestone_id)
        claimed[key] = claimed.get(key, 0) + claim.amount_minor
    rows = session.execute(
        select(Milestone.contract_id, Earning.milestone_id, func.min(Hold.ref), func.sum(Book.balance_minor))
        .join(Earning, Earning.milestone_id == Milestone.id).join(Book, Book.earning_id == Earning.id)
        .join(Hold, Book.hold_id == Hold.id)
        .where(Book.kind == BookKind.HELD, Book.balance_minor > 0, Hold.claim_id.is_not(None))
        .group_by(Milestone.contract_id, Earning.milestone_id)
    )
    for contract_id, milestone_id, ref, held in rows:
        total = claimed.get((contract_id, milestone_id), 0) + claimed.get((contract_id, None), 0)
        if int(held or 0) > total:
            yield f"of the money of hold {ref} {held} is on hold in its milestone, and {total} are claimed there"


def holds_share_their_limit(session: Session) -> Iterator[str]:
    """No money of a milestone is on hold for a counterpart longer than an earlier hold for one there allowed: one that was opened
    before a bank gave the payment back says nothing of a payment that was made anew, nor of what was released since."""
    before, its_claim = aliased(Hold), aliased(Claim)
    rows = session.execute(
        select(Hold, before, Claim.milestone_id).join(Claim, Hold.claim_id == Claim.id)
        .join(its_claim, and_(its_claim.milestone_id == Claim.milestone_id, its_claim.claimant == Claim.claimant))
        .join(before, and_(before.claim_id == its_claim.id, before.id < Hold.id, before.expires_at < Hold.expires_at))
        .where(Hold.amount_minor > 0, before.amount_minor > 0, Claim.claimant == Claimant.COUNTERPART)
        .order_by(Hold.id, before.expires_at)
    )
    named: set[str] = set()
    for hold, earlier, milestone_id in rows:
        marks = given_back(session, milestone_id).marks if milestone_id is not None else ()
        apart = any(earlier.id < mark < hold.id for mark in marks)
        apart = apart or _released_since(session, hold, milestone_id, earlier.claim_id)
        if not apart and hold.ref not in named:
            named.add(hold.ref)
            until, limit = hold.expires_at.isoformat(), earlier.expires_at.isoformat()
            yield f"hold {hold.ref} runs until {until}, an earlier one on its milestone until {limit}"


def _released_since(session: Session, hold: Hold, milestone_id: UUID | None, claim_id: UUID | None) -> bool:
    """Whether all that a hold is, or was, of was released on that milestone after that claim was made."""
    earnings = select(Earning).join(Book, Book.earning_id == Earning.id).where(
        Book.hold_id == hold.id, Book.kind == BookKind.HELD)
    found = session.scalars(earnings).all()
    return bool(found) and all(
        one.milestone_id == milestone_id and claim_id is not None and one.id > claim_id for one in found)


def holds_hold_what_they_say(session: Session) -> Iterator[str]:
    """The held books of an open hold come to its amount, those of an ended hold to nothing."""
    held = and_(Book.hold_id == Hold.id, Book.kind == BookKind.HELD)
    rows = session.execute(
        select(Hold.ref, Hold.amount_minor, Hold.ended_at, func.coalesce(func.sum(Book.balance_minor), 0))
        .outerjoin(Book, held).group_by(Hold.id, Hold.ref, Hold.amount_minor, Hold.ended_at).order_by(Hold.id)
    )
    for ref, amount, ended_at, inside in rows:
        expected = 0 if ended_at is not None else amount
        if int(inside or 0) != expected:
            yield f"hold {ref} should hold {expected} and holds {inside}"


def holds_stay_on_their_contract(session: Session) -> Iterator[str]:
    """Money of one contract or milestone never secures a claim on another."""
    rows = session.execute(
        select(Hold.ref, Claim.ref, Book.id)
        .join(Claim, Hold.claim_id == Claim.id)
        .join(Book, and_(Book.hold_id == Hold.id, Book.kind == BookKind.HELD))
        .join(Earning, Book.earning_id == Earning.id).join(Milestone, Earning.milestone_id == Milestone.id)
        .where(or_(Book.contract_id != Claim.contract_id, Milestone.contract_id != Claim.contract_id,
                   Claim.milestone_id != Earning.milestone_id))
    )
    for hold, claim, book in rows:
        yield f"hold {hold} for claim {claim} has money of elsewhere in book {book}"


def nothing_is_lost(session: Session) -> Iterator[str]:
    """For each account: pending + available + held = earned + corrected - paid out - refunded or given back by a bank."""
    standing = _by_account(session, select(Book.owner_id, Book.currency, func.sum(Book.balance_minor)).where(
        Book.kind.in_((BookKind.EARNING, BookKind.HELD))).group_by(Book.owner_id, Book.currency))
    earned = _by_account(session, select(Earning.account_id, Earning.currency, func.sum(Earning.amount_minor)).group_by(
        Earning.account_id, Earning.currency))
    paid = _by_account(session, select(Payout.account_id, Payout.currency, func.sum(Payout.amount_minor)).where(
        Payout.state != PayoutState.FAILED).group_by(Payout.account_id, Payout.currency))
    refunded, corrected = _refunded(session), _corrected(session)
    refs = dict(session.execute(select(Account.id, Account.ref)).all())
    for key in sorted({*standing, *earned, *corrected, *paid, *refunded}):
        expected = earned.get(key, 0) + corrected.get(key, 0) - paid.get(key, 0) - refunded.get(key, 0)
        if standing.get(key, 0) != expected:
            yield f"account {refs.get(key[0])} has {standing.get(key, 0)} {key[1]} and should have {expected}"


def _by_account(session: Session, query: Select[Any, Any, Any]) -> Sums:
    return {(owner, currency): int(total) for owner, currency, total in session.execute(query) if owner is not None}


def _refunded(session: Session) -> Sums:
    source, goal = aliased(Book), aliased(Book)
    return _by_account(session, (
        select(source.owner_id, Transfer.currency, func.sum(Transfer.amount_minor))
        .join(source, Transfer.debit_id == source.id).join(goal, Transfer.credit_id == goal.id)
        .where(source.kind == BookKind.HELD, goal.kind.in_((BookKind.REFUND, BookKind.CHARGED_BACK)))
        .group_by(source.owner_id, Transfer.currency)
    ))


def _corrected(session: Session) -> Sums:
    sums: Sums = {}
    source, goal = aliased(Book), aliased(Book)
    for mine, other, sign in ((goal, source, 1), (source, goal, -1)):
        moved = _by_account(session, (
            select(mine.owner_id, Transfer.currency, func.sum(Transfer.amount_minor))
            .join(source, Transfer.debit_id == source.id).join(goal, Transfer.credit_id == goal.id)
            .where(other.kind == BookKind.ADJUSTED).group_by(mine.owner_id, Transfer.currency)
        ))
        for key, amount in moved.items():
            sums[key] = sums.get(key, 0) + sign * amount
    return sums


def blocks_are_within_orders(session: Session) -> Iterator[str]:
    """What is on hold without a claim names a law or an order about that account, and is no more than that states."""
    rows = session.execute(
        select(Hold, LegalOrder).join(LegalOrder, Hold.order_id == LegalOrder.id).order_by(LegalOrder.id, Hold.id)
    ).all()
    held: dict[UUID, int] = {}
    for hold, order in rows:
        if hold.ended_at is None:
            held[order.id] = held.get(order.id, 0) + hold.amount_minor
        stated = order.amount_minor or 0
        if hold.account_id != order.account_id or hold.currency != order.currency or hold.amount_minor > stated:
            yield f"hold {hold.ref} is more than, or of something else than, its order {order.ref} states"
        elif held.get(order.id, 0) > stated:
            yield f"hold {hold.ref} holds once more what its order {order.ref} states"


def holds_end_in_time(session: Session, now: datetime | None = None) -> Iterator[str]:
    """No hold is open more than a day after it ran out. Without an instant: the newest event's, so that only time in
    which the portal worked is held against it."""
    now = now or session.scalar(select(func.max(Event.at)))
    if now is None:
        return
    late = select(Hold.ref, Hold.expires_at).where(Hold.ended_at.is_(None), Hold.expires_at < now - GRACE).order_by(Hold.id)
    yield from (f"hold {ref} ran out at {at.isoformat()} and is still open" for ref, at in session.execute(late))


def hold_clocks_end_with_their_hold(session: Session) -> Iterator[str]:
    """The clock of each open hold runs out when the hold says."""
    runs = and_(Clock.subject_ref == Hold.ref, Clock.kind == "hold", Clock.ended_at.is_(None), Clock.due_at == Hold.expires_at)
    missing = select(Hold.ref).outerjoin(Clock, runs).where(Hold.ended_at.is_(None), Clock.id.is_(None)).order_by(Hold.id)
    yield from (f"hold {ref} is open and no clock runs to its end" for ref in session.scalars(missing))


def refunds_are_what_went_back(session: Session) -> Iterator[str]:
    """What the marketplace is asked to send a client is what went into their book, and that client's."""
    rows = session.execute(
        select(Refund.ref, Refund.amount_minor, Refund.account_id, Book.owner_id, Book.kind, func.sum(Transfer.amount_minor))
        .join(Book, Refund.book_id == Book.id).outerjoin(Transfer, and_(Transfer.credit_id == Book.id, WENT_BACK))
        .group_by(Refund.id, Refund.ref, Refund.amount_minor, Refund.account_id, Book.owner_id, Book.kind).order_by(Refund.id)
    )
    for ref, amount, client, owner, kind, inside in rows:
        if (amount, client, kind) != (int(inside or 0), owner, BookKind.REFUND):
            yield f"refund {ref} says {amount}, and {int(inside or 0)} went into the book"


def refunds_stand_as_reported(session: Session) -> Iterator[str]:
    """A refund stands where the reports of its sendings and what banks call back put it, and its book holds what was sent or can
    still be; of earlier ones without references nothing is on record."""
    query = select(Refund, Book.balance_minor).join(Book, Refund.book_id == Book.id).order_by(Refund.id)
    for part in session.execute(query.execution_options(yield_per=PORTION)).partitions():
        standings = standings_of(session, [refund for refund, _ in part])
        for refund, holds in part:
            standing = standings[refund.id]
            if refund.state != standing.state:
                yield f"refund {refund.ref} is {refund.state}, and its reports say {standing.state}"
            if holds != standing.kept:
                yield f"the book of refund {refund.ref} holds {holds}, and should hold {standing.kept}"


PROVES: dict[int, tuple[Check, ...]] = {
    5: (
        balances_are_true, books_are_in_one_currency, everything_sums_to_nothing, holds_are_within_claims,
        milestones_hold_what_is_claimed, contracts_hold_what_is_claimed,
        holds_share_their_limit, holds_hold_what_they_say, holds_stay_on_their_contract, nothing_is_lost,
        blocks_are_within_orders, holds_end_in_time,
        hold_clocks_end_with_their_hold, fees_are_what_was_taken, movements_follow_transfers,
        adjustments_were_signed, returns_are_what_went_back, refunds_are_what_went_back, refunds_stand_as_reported,
        longer_holds_were_signed, payouts_are_where_they_stand,
    ),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
