"""Money that a client paid in for a milestone: theirs until it is released, in no freelancer's balance."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import contract_by_external_id, locked_milestone_of, tells_paid_in
from portal.core.access import Permission
from portal.core.database import KEYS
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import sha256
from portal.core.work import Work
from portal.ledger.books import Books, Move, house_book, lock_books, open_book, post
from portal.ledger.escrow_course import PAID, Flow, change_by, course_of, flows_of
from portal.ledger.models import Book, BookKind, Entry, Funding, Transfer
from portal.ledger.refund_models import Refund
from portal.ledger.renewing import given_back
from portal.log.operations import Row, add, record

CALLED_BACK = N_(
    "A bank calls back what was paid in for this milestone. It cannot be released or given back until the bank has decided.")


def record_funding(
    work: Work, *, source_key: str, contract_external_id: str, milestone_number: int, amount_minor: int, currency: str,
    funded_at: datetime,
) -> dict[str, Any]:
    """Puts on record what a client paid in for a milestone. Amount in minor units.

    What was released of it, or given back, before we heard of the payment is covered by it, so that nothing is left to be given
    back twice. The same facts under the same `source_key` again change nothing. Errors: `source_key_reused`, `not_an_amount`,
    `more_than_milestone` (all that was paid in for it and did not go back to the client), `other_currency`, `released_later`,
    `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    contract, milestone = locked_milestone(work, contract_external_id, milestone_number)
    amount = Money(amount_minor, currency)
    known = work.db.scalars(select(Funding).where(Funding.source_key == source_key)).one_or_none()
    if known is not None:
        told = (milestone.id, amount_minor, currency, funded_at)
        if told != (known.milestone_id, known.amount_minor, known.currency, known.funded_at):
            raise RuleBroken("source_key_reused", "This payment is on record with other facts.", field="source_key")
        return {"funding": str(known.id)}
    _check(work, milestone, amount, funded_at)
    funding = add(work, Funding(
        source_key=source_key, milestone_id=milestone.id, account_id=contract.client_id, amount_minor=amount_minor,
        currency=currency, funded_at=funded_at,
    ))
    work.db.flush()
    event_id, moves = new_id(), _paid_into(work, contract, milestone, amount, funded_at)
    rows = post(work, "funding", f"funding:{funding.id}", event_id, currency, moves)
    record(work, "funding.recorded", contract.ref, rows=[funding, *rows], event_id=event_id, milestone=milestone_number)
    return {"funding": str(funding.id)}


def _paid_into(work: Work, contract: Contract, milestone: Milestone, amount: Money, funded_at: datetime) -> list[Move]:
    """Moves of a payment: first it covers what was released or given back of it before we heard of it, the rest waits.

    Where nothing is left to wait, the milestone's book says so: of its payments we were told (`left_in_escrow`).
    """
    world, house = house_book(work, BookKind.WORLD, amount.currency), house_book(work, BookKind.ESCROW, amount.currency)
    book = escrow_of(work, milestone) or open_book(
        work, BookKind.ESCROW, contract.client_id, amount.currency, contract_id=contract.id, milestone_id=milestone.id
    )
    waits = change_by(flows_of(work.db, milestone.id), Flow(funded_at, PAID, amount.amount_minor))
    parts = ((house, amount.amount_minor - waits), (book.id, waits))
    return [(world, goal, minor) for goal, minor in parts if minor]


def return_key(source_key: str) -> str:
    """Under which source key of the books the return with that key of the marketplace's moved money."""
    return f"escrow_return:{sha256(source_key)}"


def locked_milestone(work: Work, contract_external_id: str, number: int) -> tuple[Contract, Milestone]:
    """A contract and its milestone of that number, locked. Errors: `NotFound`."""
    contract = contract_by_external_id(work.db, contract_external_id)
    return contract, locked_milestone_of(work.db, contract.id, number)


def _check(work: Work, milestone: Milestone, amount: Money, funded_at: datetime) -> None:
    if amount.amount_minor <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount")
    if amount.currency != milestone.currency:
        raise RuleBroken("other_currency", "The amount is in another currency.", field="amount")
    if _paid(work, milestone) + amount.amount_minor > milestone.amount_minor:
        raise RuleBroken("more_than_milestone", "This is more than was agreed for the milestone.", field="amount")
    if funded_at > work.now:
        raise RuleBroken("released_later", "This day is still to come.", field="funded_at")


def _paid(work: Work, milestone: Milestone) -> int:
    """What of all that was paid in for a milestone did not go back to its client, in minor units.

    What banks gave back of releases is first what was released of payments that we were never told of: it makes no room here.
    """
    given, released = given_back(work.db, milestone.id), 0
    if given.released_minor:
        released = max(given.released_minor - course_of(flows_of(work.db, milestone.id)).unheard, 0)
    return funded_on(work.db, milestone).amount_minor - given.paid_in_minor - _returned(work.db, milestone) - released


def funded_on(session: Session, milestone: Milestone) -> Money:
    """What was paid in for a milestone so far."""
    total = session.scalar(select(func.sum(Funding.amount_minor)).where(Funding.milestone_id == milestone.id))
    return Money(int(total or 0), milestone.currency)


def _returned(session: Session, milestone: Milestone) -> int:
    """What of all that was paid in for a milestone went back to its client before anybody earned it, in minor units."""
    query = select(func.sum(Refund.amount_minor)).join(Book, Refund.book_id == Book.id)
    return int(session.scalar(query.where(Refund.milestone_id == milestone.id, Book.hold_id.is_(None))) or 0)


_IN_ESCROW = select(Book.milestone_id, Book.balance_minor).where(Book.kind == BookKind.ESCROW, Book.milestone_id.in_(KEYS))


@tells_paid_in
def left_in_escrow(session: Session, milestone_ids: Collection[UUID]) -> dict[UUID, int]:
    """What is paid in for each of these milestones and neither released, given back nor called back by a bank, in minor units."""
    found = session.execute(_IN_ESCROW, {"ids": list(milestone_ids)}) if milestone_ids else ()
    return {key: int(balance or 0) for key, balance in found if key is not None}


def escrow_of(work: Work, milestone: Milestone) -> Book | None:
    """The book of what was paid in for a milestone, locked; None when we were not told of any payment."""
    return _book_of(work, BookKind.ESCROW, milestone)


_OF_MILESTONE = Books.where(Book.kind == bindparam("kind"), Book.milestone_id == bindparam("milestone_id"))


def _book_of(work: Work, kind: BookKind, milestone: Milestone) -> Book | None:
    books = lock_books(work, _OF_MILESTONE, kind=kind, milestone_id=milestone.id)
    return books[0] if books else None


def check_not_called(work: Work, milestone: Milestone, amount: Money) -> None:
    """While a bank calls back what was paid in, only what is there besides can be released or given back. Errors: `called_back`
    (conflict)."""
    called, book = _book_of(work, BookKind.CALLED, milestone), escrow_of(work, milestone)
    if called is not None and called.balance_minor and amount.amount_minor > (book.balance_minor or 0 if book else 0):
        raise Conflict("called_back", CALLED_BACK, field="amount")


def call_escrow(
    work: Work, contract: Contract, milestone: Milestone, wanted: Money, chargeback_id: UUID, event_id: UUID
) -> tuple[Money, list[Row]]:
    """A bank calls back: so much of what was paid in and not released waits for it, and is neither released nor given back.

    Answers with how much of the wanted amount that is. Source: DESIGN 2.5, promise chargeback_hold.
    """
    book = escrow_of(work, milestone)
    amount = Money(min(wanted.amount_minor, book.balance_minor or 0) if book else 0, milestone.currency)
    if book is None or not amount:
        return amount, []
    called = _book_of(work, BookKind.CALLED, milestone) or open_book(
        work, BookKind.CALLED, contract.client_id, amount.currency, contract_id=contract.id, milestone_id=milestone.id
    )
    moves = [(book.id, called.id, amount.amount_minor)]
    return amount, post(work, "escrow_called", called_key(chargeback_id), event_id, amount.currency, moves)


def end_call(work: Work, milestone: Milestone, chargeback_id: UUID, event_id: UUID, *, lost: bool) -> list[Row]:
    """The bank decided about what was paid in: it gave it back (`lost`), or it can be released and given back by us again."""
    called, book = _book_of(work, BookKind.CALLED, milestone), escrow_of(work, milestone)
    if called is None or book is None or not called.balance_minor:
        return []
    currency, waits = called.currency, called.balance_minor
    if lost:
        moves = [(called.id, house_book(work, BookKind.CHARGED_BACK, currency), waits)]
        return post(work, "escrow_lost", f"escrow_lost:{chargeback_id}", event_id, currency, moves)
    return post(work, "escrow_freed", f"escrow_freed:{chargeback_id}", event_id, currency, [(called.id, book.id, waits)])


def called_key(chargeback_id: UUID) -> str:
    """Under which source key a chargeback took what was paid in."""
    return f"escrow_called:{chargeback_id}"


def called_by(session: Session, chargeback_id: UUID, currency: str) -> Money:
    """What of a chargeback was paid in and not released when it came."""
    query = select(func.sum(Transfer.amount_minor)).join(Entry, Transfer.entry_id == Entry.id)
    return Money(int(session.scalar(query.where(Entry.source_key == called_key(chargeback_id))) or 0), currency)


def drawn_from(work: Work, milestone: Milestone, flow: Flow, goals: list[tuple[UUID, int]]) -> list[Move]:
    """Moves of a release or a return that is on record as that flow: of what is left of what was paid in as much as it took
    when it happened, the rest from what we were not told of; `goals` in order."""
    book, house = escrow_of(work, milestone), house_book(work, BookKind.ESCROW, milestone.currency)
    there = book.balance_minor or 0 if book else 0
    left = there
    if there:
        flows = flows_of(work.db, milestone.id)
        left = min(there, max(change_by(flows, flow), there - course_of(flows).left))
    moves: list[Move] = []
    for goal, amount in goals:
        known = min(left, amount)
        left -= known
        moves += [(book.id, goal, known)] if book and known else []
        moves += [(house, goal, amount - known)] if amount > known else []
    return moves
