"""What `flask verify` proves of the books: what anybody earned, paid in or was left with follows from the transfers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Earning
from portal.ledger.adjustment_models import Adjustment, AdjustmentKind, AdjustmentOutcome, AdjustmentSignature
from portal.ledger.escrow import return_key
from portal.ledger.models import (
    Book,
    BookKind,
    Destination,
    Entry,
    Funding,
    Movement,
    Payout,
    PayoutState,
    Transfer,
)
from portal.ledger.movements import TOTALS, changes_of
from portal.ledger.refund_models import EscrowReturn


def books_are_in_one_currency(session: Session) -> Iterator[str]:
    """What left or reached a book is in the currency of that book."""
    for column in (Transfer.debit_id, Transfer.credit_id):
        query = select(Book.id, Book.currency, Transfer.id, Transfer.currency).join(Transfer, column == Book.id)
        rows = session.execute(query.where(Book.currency != Transfer.currency).order_by(Transfer.id))
        for book_id, named, transfer_id, moved in rows:
            yield f"book {book_id} is in {named}, and transfer {transfer_id} of it in {moved}"


def fees_are_what_was_taken(session: Session) -> Iterator[str]:
    """Each earning brought its owner its amount and us its fee, and what was paid in is where it was paid to."""
    goal = aliased(Book)
    moved: dict[UUID, dict[str, int]] = {}
    rows = session.execute(
        select(Entry.source_key, goal.kind, func.sum(Transfer.amount_minor)).join(Transfer, Transfer.entry_id == Entry.id)
        .join(goal, Transfer.credit_id == goal.id).where(Entry.kind.in_(("earning", "funding")))
        .group_by(Entry.source_key, goal.kind)
    )
    for key, kind, amount in rows:
        moved.setdefault(UUID(key.partition(":")[2]), {})[kind] = int(amount)
    for earning in session.scalars(select(Earning).order_by(Earning.id)):
        told = {BookKind.EARNING: earning.amount_minor, BookKind.FEE: earning.fee_minor}
        if moved.get(earning.id) != {kind: amount for kind, amount in told.items() if amount}:
            yield f"earning {earning.id} says {told}, its transfers say {moved.get(earning.id)}"
    for funding in session.scalars(select(Funding).order_by(Funding.id)):
        if moved.get(funding.id) != {BookKind.ESCROW: funding.amount_minor}:
            yield f"funding {funding.id} says {funding.amount_minor}, its transfers say {moved.get(funding.id)}"


def returns_are_what_went_back(session: Session) -> Iterator[str]:
    """Each return that the marketplace reported moved what it says, to the client."""
    goal = aliased(Book)
    moved = dict(session.execute(
        select(Entry.source_key, func.sum(Transfer.amount_minor)).join(Transfer, Transfer.entry_id == Entry.id)
        .join(goal, Transfer.credit_id == goal.id).where(Entry.kind == "escrow_return", goal.kind == BookKind.REFUND)
        .group_by(Entry.source_key)
    ).all())
    for one in session.scalars(select(EscrowReturn).order_by(EscrowReturn.id)):
        went = int(moved.get(return_key(one.source_key), 0))
        if went != one.amount_minor:
            yield f"return {one.source_key} says {one.amount_minor}, and {went} went back"


def payouts_are_where_they_stand(session: Session) -> Iterator[str]:
    """What is under way to a place is in the book of its payout until it has arrived or is back, and the place is its owner's."""
    rows = session.execute(
        select(Payout, Destination.account_id, func.coalesce(Book.balance_minor, 0))
        .join(Destination, Payout.destination_id == Destination.id)
        .outerjoin(Book, and_(Book.payout_id == Payout.id, Book.kind == BookKind.PAYOUT)).order_by(Payout.id)
    )
    for payout, owner, holds in rows:
        expected = 0 if payout.state in (PayoutState.PAID, PayoutState.FAILED) else payout.amount_minor
        if holds != expected:
            yield f"payout {payout.ref} is {payout.state}: its book should hold {expected} and holds {holds}"
        if owner != payout.account_id:
            yield f"payout {payout.ref} goes to a place of somebody else"


def movements_follow_transfers(session: Session) -> Iterator[str]:
    """Each movement says what its account was left with by the transfers up to it, and none is missing."""
    changes = _changes(session)
    before: Movement | None = None
    for one in session.scalars(select(Movement).order_by(Movement.account_id, Movement.currency, Movement.n)):
        if before is None or (before.account_id, before.currency) != (one.account_id, one.currency):
            before = None
        told = {part: getattr(one, part) - (getattr(before, part) if before else 0) for part in TOTALS}
        expected = changes.pop((one.entry_id, one.account_id), {})
        if {part: amount for part, amount in told.items() if amount} != expected or one.n != (before.n + 1 if before else 1):
            yield f"movement {one.id} of account {one.account_id} says {told}, its transfers say {expected}"
        before = one
    yield from (f"entry {entry} moved money of account {account} without a movement" for entry, account in sorted(changes))


def _changes(session: Session) -> dict[tuple[UUID, UUID], dict[str, int]]:
    """By entry and account, what the transfers say that changed."""
    source, goal = aliased(Book), aliased(Book)
    rows = session.execute(
        select(Transfer.entry_id, source.kind, source.owner_id, goal.kind, goal.owner_id, Transfer.amount_minor)
        .join(source, Transfer.debit_id == source.id).join(goal, Transfer.credit_id == goal.id).order_by(Transfer.entry_id)
    )
    found: dict[tuple[UUID, UUID], dict[str, int]] = {}
    for entry_id, moves in groupby(rows, key=lambda row: row[0]):
        for account_id, parts in changes_of(((row[1], row[2]), (row[3], row[4]), row[5]) for row in moves).items():
            found[entry_id, account_id] = {part: amount for part, amount in parts.items() if amount}
    return found


def adjustments_were_signed(session: Session) -> Iterator[str]:
    """Each correction that somebody else signed moved its amount the way it says, once; no other one moved anything."""
    source, goal = aliased(Book), aliased(Book)
    rows = session.execute(
        select(Entry.source_key, source.kind, goal.kind, func.sum(Transfer.amount_minor), Transfer.currency)
        .join(Transfer, Transfer.entry_id == Entry.id).join(source, Transfer.debit_id == source.id)
        .join(goal, Transfer.credit_id == goal.id)
        .where(or_(Entry.kind == "adjustment", source.kind == BookKind.ADJUSTED, goal.kind == BookKind.ADJUSTED))
        .group_by(Entry.source_key, source.kind, goal.kind, Transfer.currency)
    )
    moved: dict[str, list[tuple[str, str, int, str]]] = {}
    for key, taken_from, given_to, amount, currency in rows:
        moved.setdefault(key, []).append((taken_from, given_to, int(amount), currency))
    signed = and_(
        AdjustmentSignature.adjustment_id == Adjustment.id, AdjustmentSignature.outcome == AdjustmentOutcome.SIGNED
    )
    for row, signature in session.execute(select(Adjustment, AdjustmentSignature).outerjoin(AdjustmentSignature, signed)):
        way = (BookKind.ADJUSTED, BookKind.EARNING) if row.kind == AdjustmentKind.ADDED else (
            BookKind.EARNING, BookKind.ADJUSTED
        )
        expected = [(*way, row.amount_minor, row.currency)] if signature is not None else []
        if moved.pop(f"adjustment:{row.id}", []) != expected:
            yield f"adjustment {row.ref} did not move what was signed"
    yield from (f"the entry {key} corrects money and nobody signed it" for key in sorted(moved))
