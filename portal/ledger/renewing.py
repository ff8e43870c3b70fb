"""A payment that a client makes anew after a bank had given the one before back: where it begins, and what was given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Earning


@dataclass(frozen=True, slots=True)
class Called:
    """What a bank called back of what was only paid in, since when, in minor units. `unmet`: of that, what no payment that we
    know of had brought in."""

    at: datetime
    minor: int
    unmet: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What banks gave back of a milestone, in minor units: of what was released, and of what was only paid in. `marks`: the
    events by which released money was given back, the first one first. `called`: what they called of what was paid in, but
    for what they let stand."""

    released_minor: int
    paid_in_minor: int
    marks: tuple[UUID, ...]
    called: tuple[Called, ...] = ()


_BY_BANKS: list[Callable[[Session, UUID], Given]] = []


def tells_of_banks(told: Callable[[Session, UUID], Given]) -> Callable[[Session, UUID], Given]:
    """Names the function of a room above that knows what banks gave back."""
    _BY_BANKS.append(told)
    return told


def given_back(session: Session, milestone_id: UUID) -> Given:
    """What banks gave back of a milestone: that can be paid in and released anew."""
    found = [told(session, milestone_id) for told in _BY_BANKS]
    return found[0] if found else Given(0, 0, ())


def renewed_from(session: Session, milestone_id: UUID) -> UUID | None:
    """The first earning of the newest payment that a client made anew after a bank had given the one before back; None for none.

    What was held, contested and decided before it says nothing about this payment: it has a window and a right of its own.
    """
    marks = given_back(session, milestone_id).marks
    if not marks:
        return None
    keys = session.scalars(select(Earning.id).where(Earning.milestone_id == milestone_id, Earning.id > marks[0]).order_by(
        Earning.id)).all()
    firsts = [next((key for key in keys if key > mark), None) for mark in marks]
    return max((key for key in firsts if key is not None), default=None)
