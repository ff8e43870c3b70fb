"""The only place that reads the wall clock, and the calendar arithmetic of deadlines."""

from __future__ import annotations

import calendar
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


class MovedClock:
    """A clock that is set by hand and only ever moves forward: for demo data and journeys."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._now

    def move_to(self, instant: datetime) -> None:
        with self._lock:
            if instant < self._now:
                raise ValueError("a clock never goes back")
            self._now = instant

    def advance(self, **delta: float) -> None:
        self.move_to(self() + timedelta(**delta))


@lru_cache(maxsize=600)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UTC when the name is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def end_of_day(day: date, zone_name: str) -> datetime:
    """The instant 24:00 of that day in that zone: days end at 24:00 in the person's time zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone(zone_name)).astimezone(UTC)


def local_day(instant: datetime, zone_name: str) -> date:
    """The calendar day on which the instant falls in that zone."""
    return instant.astimezone(zone(zone_name)).date()


def last_day(due_at: datetime, zone_name: str) -> date:
    """The last day on which something due at `due_at` can still be done."""
    return local_day(due_at - timedelta(microseconds=1), zone_name)


def ends_a_day(due_at: datetime, zone_name: str) -> bool:
    """Whether that instant is 24:00 in that zone, so that its last day can be used to the end."""
    return due_at == end_of_day(last_day(due_at, zone_name), zone_name)


def add_months(day: date, months: int) -> date:
    """Calendar months: 31 August + 6 months is the last day of February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def before(day: date, length: int, unit: str) -> date:
    """The day so many days or months earlier. Errors: ValueError for a unit that is neither."""
    match unit:
        case "days":
            return day - timedelta(days=length)
        case "months":
            return add_months(day, -length)
    raise ValueError(f"no calendar rule named {unit} counts back")


@lru_cache(maxsize=64)
def public_holidays(country: str) -> holidays.HolidayBase:
    """The public holidays of a country code; none for an empty code."""
    return holidays.country_holidays(country) if country else holidays.HolidayBase()


def add_working_days(day: date, count: int, country: str = "") -> date:
    """The day `count` working days later: Saturdays, Sundays and public holidays do not count."""
    free = public_holidays(country)
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in free:
            count -= 1
    return day


def deadline(start: datetime, length: int, unit: str, zone_name: str, country: str = "") -> datetime:
    """When a promise of that length runs out. Hours run on; days and months end at 24:00 in the zone.

    Units: hours, days, working_days, months. Source: DESIGN section 4.
    """
    if unit == "hours":
        return start + timedelta(hours=length)
    first = local_day(start, zone_name)
    match unit:
        case "days":
            end = first + timedelta(days=length)
        case "working_days":
            end = add_working_days(first, length, country)
        case "months":
            end = add_months(first, length)
        case _:
            raise ValueError(f"no calendar rule named {unit}")
    return end_of_day(end, zone_name)
