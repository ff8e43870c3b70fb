"""How long before it counts a new version has to be told: 15 days at least, longer where our own promise says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from portal.core.clock import add_months, add_working_days, deadline, last_day

LEAST_DAYS = 15
"""Source: P2B 3(2). A promise of ours can only make it longer."""
PROMISE = "rule_change_notice"


class Promised(Protocol):
    """What is asked of a promise, be it in force or still in a file."""

    @property
    def length(self) -> int | None: ...
    @property
    def unit(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Period:
    """How long before it counts a new version has to be told."""

    length: int = LEAST_DAYS
    unit: str = "days"


def notice_promised(promises: Mapping[str, Promised]) -> Period:
    """What these promises say of it; the days of the law where they say nothing."""
    promised = promises.get(PROMISE)
    return Period(promised.length or 0, promised.unit or "days") if promised is not None else Period()


def first_bound_day(told_at: datetime, period: Period, zone: str, country: str = "") -> date:
    """The first day after the notice period: it ends, like every promise in days, at 24:00 in the person's zone."""
    ends = max(deadline(told_at, LEAST_DAYS, "days", zone), deadline(told_at, period.length, period.unit, zone, country))
    return last_day(ends, zone) + timedelta(days=1)


def soonest(published_on: date, period: Period) -> date:
    """The first day on which a version that is published on that day can take effect."""
    match period.unit:
        case "hours":
            promised = published_on + timedelta(days=-(-period.length // 24))
        case "working_days":
            promised = add_working_days(published_on, period.length)
        case "months":
            promised = add_months(published_on, period.length)
        case _:
            promised = published_on + timedelta(days=period.length)
    return max(promised, published_on + timedelta(days=LEAST_DAYS))
