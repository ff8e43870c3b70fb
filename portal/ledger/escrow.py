"""Money that a client paid in for a milestone: theirs until it is released, in no freelancer's balance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import contract_by_external_id, locked_milestone_of, tells_paid_in
from portal.core.access import Permission
from portal.core.database import KEYS
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import sha256
from portal.core.work import Work
from portal.ledger.books import Books, Move, house_book, lock_books, open_book, post
from portal.ledger.escrow_course import CALLED, PAID, Flow, change_by, course_of, flows_of
from portal.ledger.models import Book, BookKind, Entry, Funding, Transfer
from portal.ledger.refund_models import EscrowReturn, Refund
from portal.ledger.renewing import given_back
from portal.ledger.reported import check_amount, check_day, check_room, check_same
from portal.log.operations import Row, add, record

CALLED_BACK = N_(
    "A bank calls back what was paid in for this milestone. It cannot be released or given back until the bank has decided: "
    "report this again after that.")

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
    work: Work, milestone: Milestone, wanted: Money, received_at: datetime, chargeback_id: UUID, event_id: UUID
) -> tuple[Money, list[Row]]:
    """A bank calls back: so much of what was paid in by then and not released waits for it, and is neither released nor given
    back.

    Answers with how much of the wanted amount that is. Source: DESIGN 2.5, promise chargeback_hold.
    """
    book, flows = escrow_of(work, milestone), flows_of(work.db, milestone.id)
    takes = course_of(flows).left - course_of([*flows, Flow(received_at, CALLED, wanted.amount_minor)]).left
    amount = Money(min(takes, book.balance_minor or 0) if book else 0, milestone.currency)
    if book is None or not amount:
        return amount, []
    return amount, _wait_for_bank(work, book, amount.amount_minor, called_key(chargeback_id), event_id)


def _wait_for_bank(work: Work, book: Book, minor: int, source_key: str, event_id: UUID) -> list[Row]:
    """So much of what was paid in for a milestone waits for the bank that calls it back."""
    assert book.owner_id is not None, "what was paid in is its client's"
    milestone = work.db.get_one(Milestone, book.milestone_id)
    called = _book_of(work, BookKind.CALLED, milestone) or open_book(
        work, BookKind.CALLED, book.owner_id, book.currency, contract_id=book.contract_id, milestone_id=book.milestone_id
    )
    return post(work, "escrow_called", source_key, event_id, book.currency, [(book.id, called.id, minor)])


def cover_call(
    work: Work, milestone: Milestone, funding: Funding, minor: int, chargeback_id: UUID, event_id: UUID, *, lost: bool
) -> list[Row]:
    """So much of a payment of which we are told now was called by that bank after it was made: it waits for the bank, or makes
    good what we had booked as our loss once it gave it back (`lost`)."""
    book = escrow_of(work, milestone)
    assert book is not None, "the payment was put there"
    if not lost:
        return _wait_for_bank(work, book, minor, late_key(chargeback_id, funding.id), event_id)
    moves = [(book.id, house_book(work, BookKind.LOSS, book.currency), minor)]
    return post(work, "escrow_lost", covered_key(chargeback_id, funding.id), event_id, book.currency, moves)


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


class Chargeback(Protocol):
    """What is asked here of a chargeback, which is a room above."""

    @property
    def id(self) -> UUID: ...
    @property
    def milestone_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


def called_key(chargeback_id: UUID) -> str:
    """Under which source key a chargeback took what was paid in."""
    return f"escrow_called:{chargeback_id}"


def late_key(chargeback_id: UUID, funding_id: UUID) -> str:
    """Under which source key it took a payment of which we were told while the bank decided."""
    return f"{called_key(chargeback_id)}:{funding_id}"


def covered_key(chargeback_id: UUID, funding_id: UUID) -> str:
    """Under which source key a payment of which we were told once the bank had given it back made good our loss."""
    return f"escrow_covers:{chargeback_id}:{funding_id}"


def gone_before_key(chargeback_id: UUID, return_id: UUID) -> str:
    """Under which source key a return of which we were told once the bank had given it back became our loss."""
    return f"escrow_gone:{chargeback_id}:{return_id}"


def gone_before(session: Session, row: Chargeback) -> Money:
    """What a bank gave back although it had gone back to the client before, as we heard once it had."""
    returns = session.scalars(select(EscrowReturn.id).where(EscrowReturn.milestone_id == row.milestone_id)).all()
    return _moved(session, row, [gone_before_key(row.id, key) for key in returns])


def called_by(session: Session, row: Chargeback) -> Money:
    """What of a chargeback was paid in and not released when it came, as far as we heard until the bank decided."""
    return _moved(session, row, [called_key(row.id), *(late_key(row.id, key) for key in _fundings(session, row))])


def covered_late(session: Session, row: Chargeback) -> Money:
    """What of a chargeback was paid in too, as we heard once the bank had given it back."""
    return _moved(session, row, [covered_key(row.id, key) for key in _fundings(session, row)])


def _fundings(session: Session, row: Chargeback) -> Sequence[UUID]:
    return session.scalars(select(Funding.id).where(Funding.milestone_id == row.milestone_id)).all()


def _moved(session: Session, row: Chargeback, source_keys: Sequence[str]) -> Money:
    query = select(func.sum(Transfer.amount_minor)).join(Entry, Transfer.entry_id == Entry.id)
    return Money(int(session.scalar(query.where(Entry.source_key.in_(source_keys))) or 0), row.currency)


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
