"""Money that was paid in and not released when a bank called it back: it waits for the bank, and is in nobody's balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Milestone
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import house_book, open_book, post
from portal.ledger.escrow import book_of, escrow_of
from portal.ledger.escrow_course import CALLED, Flow, course_of, flows_of
from portal.ledger.models import Book, BookKind, Entry, Funding, Transfer
from portal.ledger.refund_models import EscrowReturn
from portal.log.operations import Row

CALLED_BACK = N_(
    "A bank calls back what was paid in for this milestone. It cannot be released or given back until the bank has decided: "
    "report this again after that.")


class Chargeback(Protocol):
    """What is asked here of a chargeback, which is a room above."""

    @property
    def id(self) -> UUID: ...
    @property
    def milestone_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


def check_not_called(work: Work, milestone: Milestone, amount: Money) -> None:
    """While a bank calls back what was paid in, only what is there besides can be released or given back. Errors: `called_back`
    (conflict)."""
    called, book = book_of(work, BookKind.CALLED, milestone), escrow_of(work, milestone)
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
    called = book_of(work, BookKind.CALLED, milestone) or open_book(
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
    called, book = book_of(work, BookKind.CALLED, milestone), escrow_of(work, milestone)
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
