"""Money that a client paid in for a milestone: theirs until it is released, in no freelancer's balance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import contract_by_external_id, locked_milestone_of, tells_paid_in
from portal.core.access import Permission
from portal.core.database import KEYS
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import sha256
from portal.core.work import Work
from portal.ledger.books import Books, Move, house_book, lock_books, open_book, post
from portal.ledger.escrow_course import PAID, Flow, change_by, course_of, flows_of
from portal.ledger.models import Book, BookKind, Funding
from portal.ledger.refund_models import Refund
from portal.ledger.renewing import given_back
from portal.ledger.reported import check_amount, check_day, check_room, check_same
from portal.log.operations import Row, add, record

PaidLate = Callable[[Work, Milestone, Funding, int, UUID], Sequence[Row]]
PAID_LATE: list[PaidLate] = []


def on_paid_late(covers: PaidLate) -> PaidLate:
    """Names a function of a room above: which banks called so much of a payment, of which we are told now, after it was made.
    It gets the key of the event, and answers with the rows for it."""
    PAID_LATE.append(covers)
    return covers


def record_funding(
    work: Work, *, source_key: str, contract_external_id: str, milestone_number: int, amount_minor: int, currency: str,
    funded_at: datetime,
) -> dict[str, Any]:
    """Puts on record what a client paid in for a milestone. Amount in minor units.

    What was released of it, given back, or called by a bank, before we heard of the payment is covered by it, so that nothing is
    left to be given back twice. The same facts under the same `source_key` again change nothing. Errors: `source_key_reused`,
    `not_an_amount`, `more_than_milestone` (all that was paid in for it and did not go back to the client), `other_currency`,
    `released_later`, `before_account`, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    contract, milestone = locked_milestone(work, contract_external_id, milestone_number)
    amount = Money(amount_minor, currency)
    known = work.db.scalars(select(Funding).where(Funding.source_key == source_key)).one_or_none()
    if known is not None:
        told = {"milestone": milestone.id, "amount_minor": amount_minor, "currency": currency, "funded_at": funded_at}
        check_same(work, {
            "milestone": known.milestone_id, "amount_minor": known.amount_minor, "currency": known.currency,
            "funded_at": known.funded_at,
        }, told)
        return {"funding": str(known.id)}
    check_amount(milestone, amount_minor, currency)
    check_day(work, contract.client_id, funded_at, "funded_at")
    waits, banks = _course_of_payment(work, milestone, Flow(funded_at, PAID, amount_minor))
    check_room(milestone, _paid(work, milestone) + amount_minor - banks)
    funding = add(work, Funding(
        source_key=source_key, milestone_id=milestone.id, account_id=contract.client_id, amount_minor=amount_minor,
        currency=currency, funded_at=funded_at,
    ))
    work.db.flush()
    event_id, moves = new_id(), _paid_into(work, contract, milestone, amount, waits + banks)
    rows = post(work, "funding", f"funding:{funding.id}", event_id, currency, moves)
    rows += [row for covers in PAID_LATE for row in covers(work, milestone, funding, banks, event_id)] if banks else []
    record(work, "funding.recorded", contract.ref, rows=[funding, *rows], event_id=event_id, milestone=milestone_number)
    return {"funding": str(funding.id)}


def _course_of_payment(work: Work, milestone: Milestone, payment: Flow) -> tuple[int, int]:
    """What is left of a payment of which we are told now, and what of it a bank has called since, in minor units.

    The rest was released or given back before we heard of it. A bank gets no more than what it called and nobody had paid in.
    """
    flows = flows_of(work.db, milestone.id)
    before, after = course_of(flows), course_of([*flows, payment])
    unmet = sum(one.unmet for one in given_back(work.db, milestone.id).called if one.at >= payment.at)
    return after.left - before.left, min(before.uncalled - after.uncalled, unmet)


def _paid_into(work: Work, contract: Contract, milestone: Milestone, amount: Money, there: int) -> list[Move]:
    """Moves of a payment: so much of it is there, the rest covers what was released or given back before we heard of it.

    Where nothing is left to wait, the milestone's book says so: of its payments we were told (`left_in_escrow`).
    """
    world, house = house_book(work, BookKind.WORLD, amount.currency), house_book(work, BookKind.ESCROW, amount.currency)
    book = escrow_of(work, milestone) or open_book(
        work, BookKind.ESCROW, contract.client_id, amount.currency, contract_id=contract.id, milestone_id=milestone.id
    )
    parts = ((house, amount.amount_minor - there), (book.id, there))
    return [(world, goal, minor) for goal, minor in parts if minor]


def return_key(source_key: str) -> str:
    """Under which source key of the books the return with that key of the marketplace's moved money."""
    return f"escrow_return:{sha256(source_key)}"


def locked_milestone(work: Work, contract_external_id: str, number: int) -> tuple[Contract, Milestone]:
    """A contract and its milestone of that number, locked. Errors: `NotFound`."""
    contract = contract_by_external_id(work.db, contract_external_id)
    return contract, locked_milestone_of(work.db, contract.id, number)


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
    return book_of(work, BookKind.ESCROW, milestone)


_OF_MILESTONE = Books.where(Book.kind == bindparam("kind"), Book.milestone_id == bindparam("milestone_id"))


def book_of(work: Work, kind: BookKind, milestone: Milestone) -> Book | None:
    """A milestone's book of that kind, locked; None where there is none yet."""
    books = lock_books(work, _OF_MILESTONE, kind=kind, milestone_id=milestone.id)
    return books[0] if books else None


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
