"""Money that comes back into the earnings that it was taken from: a payout that failed, what a law or an order lets go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from portal.core.work import Work

MoneyBack = Callable[[Work, Mapping[UUID, int]], None]
"""What follows where money came back: how much of which earning, in minor units."""
_MONEY_BACK: list[MoneyBack] = []


def on_money_back(follows: MoneyBack) -> MoneyBack:
    """Names what a room above does once money is back in its earnings, in the same act."""
    _MONEY_BACK.append(follows)
    return follows


def money_is_back(work: Work, came_back: Mapping[UUID, int]) -> None:
    """Lets the rooms above do what follows; the event by which it came back has been recorded."""
    for follows in _MONEY_BACK if came_back else ():
        follows(work, came_back)
