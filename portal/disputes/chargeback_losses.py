"""What a bank gives back comes from what is here, or is our own loss: all of it is booked, and it is never anybody's debt.

Source: DESIGN 2.5, issue "The money"; promise chargeback_hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.contracts.models import Milestone
from portal.contracts.queries import lock_milestone
from portal.core.access import Permission
from portal.core.errors import existing
from portal.core.ids import new_id
from portal.core.work import Work
from portal.disputes.chargeback_models import Chargeback, Stage
from portal.disputes.chargeback_queries import at_the_bank, paid_in_of, rest_booked, rest_key, rest_of
from portal.ledger.books import Move, house_book, post
from portal.ledger.escrow import on_paid_late
from portal.ledger.escrow_called import cover_call, gone_before, gone_before_key
from portal.ledger.escrow_returns import on_returned_late, returned_at
from portal.ledger.models import BookKind, Claim, Funding, Hold, HoldEnd
from portal.ledger.operations import end_claim, end_hold
from portal.ledger.refund_models import EscrowReturn, Refund
from portal.ledger.refunds import on_refund_back
from portal.ledger.stopping import stop_what_came_back
from portal.log.operations import Row, record


def release(work: Work, row: Chargeback, hold: Hold | None, event_id: UUID) -> list[Row]:
    """The payment stands: the hold ends, and with it the claim."""
    if hold is None or row.claim_id is None:
        return []
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id)
    return rows + end_claim(work, work.db.get_one(Claim, row.claim_id), Stage.WON)


def give_back(work: Work, row: Chargeback, hold: Hold | None, event_id: UUID) -> list[Row]:
    """The bank gave the money back: what is on hold covers it, and what is not is the platform's own loss.

    So is what of it the client had got back before, and what was never paid for the milestone as far as we know.
    """
    back, rows = house_book(work, BookKind.CHARGED_BACK, row.currency), list[Row]()
    if hold is not None:
        rows += end_hold(work, hold, HoldEnd.REFUNDED, event_id=event_id, to_book=back) if hold.ended_at is None else []
    if row.claim_id is not None:
        rows += end_claim(work, work.db.get_one(Claim, row.claim_id), Stage.LOST)
    if row.loss_minor:
        moves = _out_of_ours(work, row, row.loss_minor)
        rows += post(work, "chargeback_loss", f"chargeback_loss:{row.id}", event_id, row.currency, moves)
    return rows + _book_rest(work, row, event_id)


def _out_of_ours(work: Work, row: Chargeback, minor: int) -> list[Move]:
    """From our own book for losses, to what banks gave back."""
    loss, back = (house_book(work, book, row.currency) for book in (BookKind.LOSS, BookKind.CHARGED_BACK))
    return [(loss, back, minor)]


def _to_book(session: Session, row: Chargeback) -> int:
    """The rest of a chargeback but for what of it was booked when we heard that it had gone back before."""
    return max((rest_of(session, row) - gone_before(session, row)).amount_minor, 0)


def _book_rest(work: Work, row: Chargeback, event_id: UUID) -> list[Row]:
    rest = _to_book(work.db, row)
    moves = _out_of_ours(work, row, rest)
    return post(work, "chargeback_rest", rest_key(row), event_id, row.currency, moves) if rest else []


def rests_not_booked(session: Session) -> list[str]:
    """Chargebacks that a bank decided before all of them was booked: of what the client had got before, or never paid for the
    milestone, nothing is in the books yet."""
    query = select(Chargeback).where(Chargeback.end_kind == Stage.LOST, Chargeback.amount_minor > Chargeback.claimed_minor)
    return [one.ref for one in session.scalars(query.order_by(Chargeback.id)) if _unbooked(session, one)]


def _unbooked(session: Session, row: Chargeback) -> bool:
    return row.end_kind == Stage.LOST and bool(_to_book(session, row)) and not rest_booked(session, row)


def book_rest(work: Work, *, chargeback_ref: str) -> dict[str, Any]:
    """Books our own loss in such a chargeback, once; nothing is told, because both sides have read of it as our loss.

    Errors: `NotFound`.
    """
    work.require(Permission.RUN_CLOCKS)
    row, event_id = existing(work.db.scalars(select(Chargeback).where(Chargeback.ref == chargeback_ref)).one_or_none()), new_id()
    lock_milestone(work.db, row.milestone_id)
    if _unbooked(work.db, row):
        rows = _book_rest(work, row, event_id)
        record(work, "chargeback.rest_booked", row.ref, case_ref=work.db.get_one(Case, row.case_id).ref, rows=rows,
               event_id=event_id, rest_minor=_to_book(work.db, row))
    return {"chargeback": row.ref}


@on_paid_late
def called_when_it_was_paid(work: Work, milestone: Milestone, funding: Funding, minor: int, event_id: UUID) -> Sequence[Row]:
    """A payment of which we are told now was made before a bank called that money back: it is the bank's to give, and no client's
    once more. While the bank decides it waits for it; once the bank gave it back, it is no loss of ours."""
    called, rows = select(Chargeback).where(
        Chargeback.milestone_id == milestone.id, Chargeback.received_at >= funding.funded_at, at_the_bank()
    ), list[Row]()
    for one in work.db.scalars(called.order_by(Chargeback.received_at, Chargeback.id)).all():
        part, lost = min(rest_of(work.db, one).amount_minor, minor), one.end_kind == Stage.LOST
        if part:
            rows += _book_rest(work, one, event_id) if _unbooked(work.db, one) else []
            rows += cover_call(work, milestone, funding, part, one.id, event_id, lost=lost)
            minor -= part
    return rows


@on_returned_late
def gone_when_it_was_called(work: Work, back: EscrowReturn, minor: int, event_id: UUID) -> Sequence[Row]:
    """A return of which we are told now was sent before a bank called that money back, and the bank gave it back too: the client
    had got it before, so it is our own loss."""
    called, rows = select(Chargeback).where(
        Chargeback.milestone_id == back.milestone_id, Chargeback.received_at >= back.returned_at,
        Chargeback.end_kind == Stage.LOST,
    ), list[Row]()
    house, loss = (house_book(work, kind, back.currency) for kind in (BookKind.ESCROW, BookKind.LOSS))
    for one in work.db.scalars(called.order_by(Chargeback.received_at, Chargeback.id)).all():
        part = min(paid_in_of(work.db, one).amount_minor, minor)
        if part:
            key = gone_before_key(one.id, back.id)
            rows += post(work, "chargeback_rest", key, event_id, back.currency, [(loss, house, part)])
            minor -= part
    return rows


@on_refund_back
def not_sent_anew(work: Work, refund: Refund, event_id: UUID) -> Sequence[Row]:
    """What came back of a refund that had been sent when a bank called the same money back, and that the bank has, or may give
    back still: it is the bank's to give, once."""
    at = returned_at(work.db, refund)
    since = Chargeback.id > refund.id if at is None else or_(Chargeback.id > refund.id, Chargeback.received_at >= at)
    called, rows = select(Chargeback).where(
        Chargeback.milestone_id == refund.milestone_id, since, at_the_bank()
    ), list[Row]()
    for one in work.db.scalars(called.order_by(Chargeback.id).execution_options(populate_existing=True)).all():
        lost = one.end_kind == Stage.LOST
        rows += _book_rest(work, one, event_id) if _unbooked(work.db, one) else []
        rows += stop_what_came_back(work, refund, rest_of(work.db, one), one.ref, event_id, lost=lost)
    return rows
