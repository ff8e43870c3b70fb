"""Inside the ledger: what of a milestone's payments is left, by all that is on record of it in the order in which it happened.

The order in which it was reported plays no part, so the same reports end in the same books however late one comes. What was
released or given back before any payment that we know of was of one that we were not told of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, exists, literal, select, union_all
from sqlalchemy.orm import Session

from portal.contracts.models import Earning
from portal.ledger.models import Book, Funding
from portal.ledger.refund_models import EscrowReturn, Refund, RefundReport
from portal.ledger.renewing import given_back

PAID, RELEASED, RETURNED, CALLED = "paid", "released", "returned", "called"


class Flow(NamedTuple):
    """So much came in or went out at that instant: paid in; released, given back, or called by a bank."""

    at: datetime
    what: str
    minor: int

    @property
    def comes_in(self) -> bool:
        return self.what == PAID


class Course(NamedTuple):
    """What is left of what was paid in; what was released, and what a bank called, that no payment had been made for, as far as
    we know."""

    left: int
    unheard: int
    uncalled: int


def course_of(flows: Iterable[Flow]) -> Course:
    """What is left after all of this; of what happened at the same instant, what came in came first."""
    left = unheard = uncalled = 0
    for flow in sorted(flows, key=lambda one: (one.at, not one.comes_in)):
        if flow.comes_in:
            left += flow.minor
        else:
            lacks = max(flow.minor - left, 0)
            unheard += lacks if flow.what == RELEASED else 0
            uncalled += lacks if flow.what == CALLED else 0
            left = max(left - flow.minor, 0)
    return Course(left, unheard, uncalled)


def change_by(flows: list[Flow], new: Flow) -> int:
    """By how much what is left differs because of that one, which is among them."""
    others = list(flows)
    others.remove(new)
    return abs(course_of(flows).left - course_of(others).left)


_MILESTONE: BindParameter[UUID] = bindparam("milestone_id")
_BEFORE_KEYS = select(Refund.created_at, literal(RETURNED), Refund.amount_minor).join(Book, Refund.book_id == Book.id).where(
    Refund.milestone_id == _MILESTONE, Book.hold_id.is_(None),
    ~exists().where(RefundReport.refund_id == Refund.id, RefundReport.reference == EscrowReturn.source_key),
)
"""What earlier versions gave back, which had no row of its own."""
_FLOWS = union_all(
    select(Funding.funded_at, literal(PAID), Funding.amount_minor).where(Funding.milestone_id == _MILESTONE),
    select(Earning.released_at, literal(RELEASED), Earning.amount_minor + Earning.fee_minor).where(
        Earning.milestone_id == _MILESTONE),
    select(EscrowReturn.returned_at, literal(RETURNED), EscrowReturn.amount_minor).where(
        EscrowReturn.milestone_id == _MILESTONE),
    _BEFORE_KEYS,
)


def flows_of(session: Session, milestone_id: UUID) -> list[Flow]:
    """All that is on record of a milestone's payments, in no order; what a bank called counts from when it called it, and not at
    all where it let the payment stand."""
    rows = session.execute(_FLOWS, {"milestone_id": milestone_id})
    called = [Flow(one.at, CALLED, one.minor) for one in given_back(session, milestone_id).called]
    return [*(Flow(at, what, int(minor)) for at, what, minor in rows), *called]
