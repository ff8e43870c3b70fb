"""Inside the ledger: where a refund stands by all that is on record of it, and its book, which follows that."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.database import KEYS
from portal.core.work import Work
from portal.ledger.books import Books, house_book, lock_books, post
from portal.ledger.models import Book, BookKind, Transfer
from portal.ledger.refund_models import REPORTED, Refund, RefundReport, RefundState, RefundStop, Standing, StopEnd, Told
from portal.log.operations import Row

_OF_REFUND = Books.where(Book.id == bindparam("book_id"))
WENT_BACK = Transfer.debit_id.not_in(select(Book.id).where(Book.kind == BookKind.LOSS, Book.owner_id.is_(None)))
"""Of all that arrived in a client's `refund` book: what a refund is made of, and not what we pay because it was sent although
a bank gave the same money back."""


def standing_of(session: Session, refund: Refund, reference: str = "") -> Standing:
    """Where a refund stands; `reference`: the sending that is reported now, if any."""
    return standings_of(session, [refund], reference)[refund.id]


def standings_of(session: Session, refunds: Collection[Refund], reference: str = "") -> dict[UUID, Standing]:
    """The same of each of them, in two queries for all."""
    keys, told = [one.id for one in refunds], dict[UUID, set[tuple[str, str, int | None]]]()
    waits, lost = dict[UUID, int](), dict[UUID, int]()
    for refund_id, amount, end in session.execute(_STOPS, {"ids": keys}):
        sums = waits if end is None else lost
        sums[refund_id] = sums.get(refund_id, 0) + (amount if end in (None, StopEnd.LOST) else 0)
    for refund_id, one, state, part in session.execute(_REPORTS, {"ids": keys}):
        told.setdefault(refund_id, set()).add((one, state, part))
    return {
        each.id: Standing(
            each.amount_minor, frozenset(told.get(each.id) or _before_references(each, reference)), waits.get(each.id, 0),
            lost.get(each.id, 0),
        ) for each in refunds
    }


_STOPS = select(RefundStop.refund_id, RefundStop.amount_minor, RefundStop.end_kind).where(RefundStop.refund_id.in_(KEYS))
_REPORTS = select(RefundReport.refund_id, RefundReport.reference, RefundReport.state, RefundReport.amount_minor).where(
    RefundReport.refund_id.in_(KEYS))


def _before_references(refund: Refund, reference: str) -> Told:
    """What is taken for reported of a refund from before reports had references, by where it stands: failed under none, and sent
    under the first that is named now, so that money which comes back from that sending is not taken for another one's."""
    if refund.state not in REPORTED:
        return frozenset()
    return frozenset({(reference if refund.state == RefundState.SENT else "", refund.state, None)})


def stopped_by(session: Session, called_by_ref: str) -> int:
    """What of refunds a chargeback stopped, in minor units."""
    return sum(session.scalars(select(RefundStop.amount_minor).where(RefundStop.called_by_ref == called_by_ref)))


def book_of(work: Work, refund: Refund) -> Book:
    """Where the money of a refund is, locked."""
    return lock_books(work, _OF_REFUND, book_id=refund.book_id)[0]


def settle_book(work: Work, refund: Refund, standing: Standing, event_id: UUID) -> list[Row]:
    """What was sent although a bank gave it back is paid by us, and is ours again if that sending failed."""
    book = book_of(work, refund)
    lacks = standing.kept - (book.balance_minor or 0)
    if not lacks:
        return []
    loss = house_book(work, BookKind.LOSS, refund.currency)
    if lacks > 0:
        return post(work, "refund_kept", f"refund_kept:{event_id}", event_id, refund.currency, [(loss, book.id, lacks)])
    return post(work, "refund_not_kept", f"refund_kept:{event_id}", event_id, refund.currency, [(book.id, loss, -lacks)])
