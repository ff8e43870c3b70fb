"""How long before it counts a new version has to be told: 15 days at least, longer where our own promise says so."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.core.clock import add_months, add_working_days, deadline, last_day

LEAST_DAYS = 15
"""Source: P2B 3(2). A promise of ours can only make it longer."""
PROMISE = "rule_change_notice"


def first_bound_day(told_at: datetime, length: int, unit: str, zone: str, country: str = "") -> date:
    """The first day after the notice period: it ends, like every promise in days, at 24:00 in the person's zone."""
    ends = max(deadline(told_at, LEAST_DAYS, "days", zone), deadline(told_at, length, unit, zone, country))
    return last_day(ends, zone) + timedelta(days=1)


def soonest(published_on: date, length: int, unit: str) -> date:
    """The first day on which a version that is published on that day can take effect."""
    match unit:
        case "hours":
            promised = published_on + timedelta(days=-(-length // 24))
        case "working_days":
            promised = add_working_days(published_on, length)
        case "months":
            promised = add_months(published_on, length)
        case _:
            promised = published_on + timedelta(days=length)
    return max(promised, published_on + timedelta(days=LEAST_DAYS))
