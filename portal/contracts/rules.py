"""What a contract is to the people beside it: whether it was completed, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal.contracts.models import MilestoneState

PAID_IN = frozenset({MilestoneState.FUNDED, MilestoneState.DELIVERED})
"""What a contract calls a milestone that its client has paid in and not released."""


def is_completed(ended_on: date | None, states: Sequence[str]) -> bool:
    """Whether a contract ended with every milestone that was not cancelled released, and at least one."""
    kept = [state for state in states if state != MilestoneState.CANCELLED]
    return ended_on is not None and bool(kept) and all(state == MilestoneState.RELEASED for state in kept)


def is_paid_in(state: str, there_minor: int | None) -> bool:
    """Whether a milestone is paid in and not all released: its contract says so, or the payments that we were told of do, of
    which so much is there (None: we were told of none). What the contract calls released is not."""
    return state in PAID_IN or (state != MilestoneState.RELEASED and bool(there_minor))


def whole_years(since: date, today: date) -> int:
    """Completed years between two days; never below zero."""
    return max(0, today.year - since.year - ((today.month, today.day) < (since.month, since.day)))
