"""When a milestone can be disputed and for how much, and from when the time to answer runs."""

from __future__ import annotations

from datetime import datetime

from portal.contracts.models import MilestoneState
from portal.core.clock import deadline
from portal.core.money import Money

KEPT_APART = frozenset({MilestoneState.FUNDED, MilestoneState.DELIVERED})


def window_ends(released_at: datetime | None, length: int, unit: str, zone: str) -> datetime | None:
    """Until when a milestone can be disputed; None while it is not released. Promise: dispute_window."""
    return deadline(released_at, length, unit, zone) if released_at is not None else None


def paid_on(state: str, agreed: Money, earned: Money, refunded: Money) -> Money:
    """What the client has paid on a milestone and not got back: what was released, or what is kept apart for it."""
    return agreed if not earned and state in KEPT_APART else earned - refunded


def answer_due(informed_at: datetime | None, now: datetime, length: int, unit: str, zone: str, country: str) -> datetime:
    """When the time to answer ends: counted from the day the freelancer was informed; unknown, it has not yet started."""
    return deadline(informed_at or now, length, unit, zone, country)
