"""What a contract is to the people beside it: whether it was completed, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal.contracts.models import MilestoneState


def is_completed(ended_on: date | None, states: Sequence[str]) -> bool:
    """Whether a contract ended with every milestone that was not cancelled released, and at least one."""
    kept = [state for state in states if state != MilestoneState.CANCELLED]
    return ended_on is not None and bool(kept) and all(state == MilestoneState.RELEASED for state in kept)


def whole_years(since: date, today: date) -> int:
    """Completed years between two days; never below zero."""
    return max(0, today.year - since.year - ((today.month, today.day) < (since.month, since.day)))
