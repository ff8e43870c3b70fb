"""A refund that was not sent is stopped for as much as a bank calls the same money back, until the bank has decided.

Source: DESIGN 2.5, issue "The money": money is never both refunded and charged back.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Move, house_book, post
from portal.ledger.models import BookKind
from portal.ledger.refund_models import Refund, RefundState, RefundStop, StopEnd
from portal.ledger.refund_standing import book_of, standing_of
from portal.ledger.refunds import ask_to_send, instruction
from portal.ledger.returned import is_settled, put_to_work
from portal.log.operations import Row, add, record
from portal.notices.outgoing import answered, tell_marketplace


def unsent_refunds(work: Work, milestone_id: UUID) -> Sequence[Refund]:
    """What of a milestone goes back to its client and was not reported as sent, the oldest first; locked."""
    query = select(Refund).where(Refund.milestone_id == milestone_id, Refund.state != RefundState.SENT).order_by(Refund.id)
    return work.db.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def stop_refunds(work: Work, refunds: Sequence[Refund], wanted: Money, called_by_ref: str) -> Money:
    """Stops so much of these refunds, and tells the marketplace of each; how much that is. Their money stays where it is."""
    stopped = 0
    for refund in refunds:
        part = min(wanted.amount_minor - stopped, standing_of(work.db, refund).to_send)
        if part:
            stopped += part
            _stop(work, refund, part, called_by_ref)
    return Money(stopped, wanted.currency)


def _stop(work: Work, refund: Refund, part: int, called_by_ref: str) -> None:
    event_id = new_id()
    rows = [_put_stop(work, refund, part, called_by_ref), *_move_on(work, refund), *answered(work, refund.ref)]
    rows += _ask_less(work, refund, part, called_by_ref, event_id)
    record(work, "refund.stopped", refund.ref, rows=rows, event_id=event_id, amount_minor=part, chargeback=called_by_ref)


def _put_stop(work: Work, refund: Refund, part: int, called_by_ref: str) -> RefundStop:
    stop = add(work, RefundStop(refund_id=refund.id, called_by_ref=called_by_ref, amount_minor=part))
    work.db.flush()
    return stop


def _ask_less(work: Work, refund: Refund, part: int, called_by_ref: str, event_id: UUID) -> list[Row]:
    """Tells the marketplace what it is not to send of a refund, and what is left of it to be sent."""
    refund.asked_minor = standing_of(work.db, refund).to_send
    return [(refund, "asked"), *tell_marketplace(work, event_id=event_id, kind="refund.stopped", about_ref=refund.ref, data={
        **instruction(work, refund, part), "left": {"amount_minor": refund.asked_minor, "currency": refund.currency},
        "chargeback": called_by_ref, "stopped_at": work.now,
    })]


def stop_what_came_back(
    work: Work, refund: Refund, called: Money, called_by_ref: str, event_id: UUID, *, lost: bool
) -> list[Row]:
    """A sending failed of a refund that had been sent when a bank called the same money back: so much is not sent anew.

    `lost`: the bank has given it back by now; what had been booked as our loss because the client had got it twice is ours
    again (`refund_standing.settle_book`). The rows for the event.
    """
    part = min(called.amount_minor, standing_of(work.db, refund).to_send)
    if not part:
        return []
    stop = _put_stop(work, refund, part, called_by_ref)
    ended = list[Row]()
    if lost:
        stop.ended_at, stop.end_kind = work.now, StopEnd.LOST
        work.db.flush()
        ended = [(stop, "ended")]
    return [stop, *ended, *_ask_less(work, refund, part, called_by_ref, event_id)]


def end_stops(work: Work, called_by_ref: str, event_id: UUID, currency: str, *, lost: bool) -> tuple[Money, list[Row]]:
    """The bank decided about the refunds that its chargeback stopped: it gave that money back (`lost`), or they are due again.

    Given back, it is taken from what they had set aside; what had been sent all the same is our own loss. How much that loss
    is, and the rows for the event.
    """
    rows, ended, moves, losses = list[Row](), dict[Refund, int](), list[Move](), 0
    query = select(RefundStop, Refund).join(Refund, RefundStop.refund_id == Refund.id).where(
        RefundStop.called_by_ref == called_by_ref, RefundStop.ended_at.is_(None)).order_by(Refund.id, RefundStop.id)
    for stop, refund in work.db.execute(query.with_for_update().execution_options(populate_existing=True)).all():
        stop.ended_at, stop.end_kind = work.now, StopEnd.LOST if lost else StopEnd.FREED
        rows.append((stop, "ended"))
        ended[refund] = ended.get(refund, 0) + stop.amount_minor
    work.db.flush()
    for refund, part in ended.items():
        if lost:
            taken, loss = _given_back(work, refund, part)
            moves, losses = [*moves, *taken], losses + loss
        else:
            _due_again(work, refund)
    posted = post(work, "refund_lost", lost_key(called_by_ref), event_id, currency, moves) if moves else []
    return Money(losses, currency), [*rows, *posted]


def lost_key(called_by_ref: str) -> str:
    """Under which source key a chargeback took what would have gone back to the client."""
    return f"refund_lost:{called_by_ref}"


def _given_back(work: Work, refund: Refund, part: int) -> tuple[list[Move], int]:
    """Moves to what banks gave back: from the refund what it need not keep, the rest from us; and how much the rest is."""
    book, back = book_of(work, refund), house_book(work, BookKind.CHARGED_BACK, refund.currency)
    there = (book.balance_minor or 0) - standing_of(work.db, refund).kept
    moves = [(book.id, back, there)] if there else list[Move]()
    loss = part - there
    return moves + ([(house_book(work, BookKind.LOSS, refund.currency), back, loss)] if loss else []), loss


def _due_again(work: Work, refund: Refund) -> None:
    """The marketplace is asked once more to send what is left of it."""
    event_id, left = new_id(), standing_of(work.db, refund).to_send
    rows = _move_on(work, refund)
    if left:
        if refund.state == RefundState.FAILED:
            is_settled(work, refund.ref)
            put_to_work(work, refund.ref, refund.account_id, Money(left, refund.currency))
        refund.asked_minor = left
        rows += [(refund, "asked"), *answered(work, refund.ref), *ask_to_send(work, refund, left, event_id)]
    if rows:
        record(work, "refund.due_again", refund.ref, rows=rows, event_id=event_id, amount_minor=left)


def _move_on(work: Work, refund: Refund) -> list[Row]:
    """Where a refund stands follows from what is on record of it; nobody has to look after one that is not to be sent."""
    after = standing_of(work.db, refund).state
    if after == refund.state:
        return []
    is_settled(work, refund.ref)
    refund.state, refund.changed_at, refund.version = after, work.now, refund.version + 1
    return [(refund, "changed")]
