"""What was paid in for a milestone and not released went back to its client: the marketplace sent it, and reports it.

With its amount the books end the same in whatever order payments, releases and returns are reported; a report without one can
only mean what is there when it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract, Milestone
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Move, house_book, open_book, post
from portal.ledger.escrow import drawn_from, escrow_of, locked_milestone, return_key
from portal.ledger.escrow_called import check_not_called
from portal.ledger.escrow_course import RETURNED, Flow, course_of, flows_of
from portal.ledger.models import Book, BookKind
from portal.ledger.refund_models import EscrowReturn, Refund, RefundReport
from portal.ledger.refunds import refund_sent_already
from portal.ledger.reported import check_amount, check_day, check_room, check_same
from portal.log.operations import Row, add, record

_earlier = aliased(RefundReport)
_FIRST = ~exists().where(_earlier.refund_id == RefundReport.refund_id, _earlier.id < RefundReport.id)
"""That a report of the query is the first one of its refund."""
ReturnedLate = Callable[[Work, EscrowReturn, int, UUID], Sequence[Row]]
RETURNED_LATE: list[ReturnedLate] = []


def on_returned_late(besides: ReturnedLate) -> ReturnedLate:
    """Names a function of a room above: which banks gave so much back although it had gone back before, as we hear now. It gets
    the key of the event, and answers with the rows for it."""
    RETURNED_LATE.append(besides)
    return besides


def record_escrow_return(
    work: Work, *, source_key: str, contract_external_id: str, milestone_number: int, amount_minor: int | None = None,
    currency: str | None = None, returned_at: datetime | None = None,
) -> dict[str, Any]:
    """The work of a milestone is off: so much of what was paid in for it went back to its client, who is told.

    Amount in minor units, with `returned_at`, when it went back; without one, all that is there of it now. A payment of which we
    are told later covers it, when it was made by then. The key is on record from now on, also where nothing went back: the same
    `source_key` again changes nothing, also when the client has paid in anew since.
    Errors: `source_key_reused`, `not_an_amount`, `more_than_milestone`, `other_currency`, `released_later` for an instant to
    come, `before_account`, `called_back` (conflict) for more than is there while a bank calls the rest back, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    contract, milestone = locked_milestone(work, contract_external_id, milestone_number)
    known = _known(work, source_key)
    if known is not None:
        return _same(work, known, milestone, amount_minor, currency, returned_at)
    before = _went_back(work.db, source_key)
    if before is not None:
        check_same(work, {"milestone": before.milestone_id}, {"milestone": milestone.id})
        return {"returned_minor": before.amount_minor}
    if amount_minor is not None:
        _check(work, contract, milestone, Money(amount_minor, currency or milestone.currency), returned_at)
    book = escrow_of(work, milestone)
    there = book.balance_minor or 0 if book else 0
    amount, event_id = Money(there if amount_minor is None else amount_minor, milestone.currency), new_id()
    row = add(work, EscrowReturn(
        source_key=source_key, milestone_id=milestone.id, asked_minor=amount_minor, amount_minor=amount.amount_minor,
        currency=milestone.currency, returned_at=returned_at or work.now,
    ))
    if not amount:
        record(work, "escrow.none_returned", contract.ref, rows=[row], milestone=milestone_number)
        return {"returned_minor": 0}
    rows = [row, *_move(work, contract, milestone, row, amount, event_id)]
    record(work, "escrow.returned", contract.ref, rows=rows, event_id=event_id, milestone=milestone_number,
           amount_minor=amount.amount_minor)
    return {"returned_minor": amount.amount_minor}


def _known(work: Work, source_key: str) -> EscrowReturn | None:
    return work.db.scalars(select(EscrowReturn).where(EscrowReturn.source_key == source_key)).one_or_none()


def _went_back(session: Session, source_key: str) -> Refund | None:
    """What went back under that key: it is on record as the reference of its first sending."""
    return session.scalars(
        select(Refund).join(RefundReport, RefundReport.refund_id == Refund.id).join(Book, Refund.book_id == Book.id)
        .where(RefundReport.reference == source_key, Book.hold_id.is_(None), _FIRST).limit(1)
    ).one_or_none()


def refund_of_return(session: Session, source_key: str) -> str:
    """The reference of the refund that a return under that key is to its client: what becomes of its sendings is reported of
    that. Errors: `no_such_return` where none is on record, or nothing went back under it."""
    found = _went_back(session, source_key)
    if found is None:
        message = N_("Nothing went back under this key of an escrow_return. Report that line first, with its amount.")
        raise RuleBroken("no_such_return", message, field="escrow_return")
    return found.ref


def _same(
    work: Work, known: EscrowReturn, milestone: Milestone, amount_minor: int | None, currency: str | None,
    returned_at: datetime | None,
) -> dict[str, Any]:
    told = {
        "milestone": milestone.id, "amount_minor": amount_minor, "currency": currency or known.currency,
        "returned_at": returned_at or known.returned_at,
    }
    check_same(work, {
        "milestone": known.milestone_id, "amount_minor": known.asked_minor, "currency": known.currency,
        "returned_at": known.returned_at,
    }, told)
    return {"returned_minor": known.amount_minor}


def _check(work: Work, contract: Contract, milestone: Milestone, amount: Money, returned_at: datetime | None) -> None:
    check_amount(milestone, amount.amount_minor, amount.currency)
    check_room(milestone, amount.amount_minor)
    if returned_at is not None:
        check_day(work, contract.client_id, returned_at, "returned_at")
    check_not_called(work, milestone, amount)


def _from_banks(work: Work, row: EscrowReturn, moves: Sequence[Move]) -> int:
    """What of a return was not there any more, by its day, when a bank called it: so much the bank gave from us."""
    flows, house = flows_of(work.db, row.milestone_id), house_book(work, BookKind.ESCROW, row.currency)
    before = list(flows)
    before.remove(Flow(row.returned_at, RETURNED, row.amount_minor))
    unheard = sum(amount for debit, _, amount in moves if debit == house)
    return min(course_of(flows).uncalled - course_of(before).uncalled, unheard)


def returned_at(session: Session, refund: Refund) -> datetime | None:
    """When that went back, where the marketplace reported it as a return."""
    query = select(EscrowReturn.returned_at).join(RefundReport, RefundReport.reference == EscrowReturn.source_key)
    query = query.join(Refund, RefundReport.refund_id == Refund.id).join(Book, Refund.book_id == Book.id)
    return session.scalars(query.where(Refund.id == refund.id, Book.hold_id.is_(None), _FIRST).limit(1)).one_or_none()


def _move(
    work: Work, contract: Contract, milestone: Milestone, row: EscrowReturn, amount: Money, event_id: UUID
) -> list[Row]:
    """It is sent already: the marketplace keeps what was paid in, and says that it went back."""
    back = open_book(work, BookKind.REFUND, contract.client_id, amount.currency, contract_id=contract.id)
    work.db.flush()
    moves = drawn_from(work, milestone, Flow(row.returned_at, RETURNED, row.amount_minor), [(back.id, amount.amount_minor)])
    rows = post(work, "escrow_return", return_key(row.source_key), event_id, amount.currency, moves)
    rows += [one for besides in RETURNED_LATE for one in besides(work, row, _from_banks(work, row, moves), event_id)]
    return rows + refund_sent_already(work, back, milestone.id, moves, event_id, row.source_key)
