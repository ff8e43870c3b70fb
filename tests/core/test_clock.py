"""Calendar rules of deadlines."""

from datetime import UTC, date, datetime

import pytest

from portal.core.clock import MovedClock, add_months, add_working_days, deadline, last_day


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 22), 6, date(2027, 5, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_calendar_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_working_days_skip_weekends_and_holidays() -> None:
    assert add_working_days(date(2026, 11, 20), 3) == date(2026, 11, 25)
    assert add_working_days(date(2026, 12, 23), 2, "DE") == date(2026, 12, 28)


def test_days_end_at_midnight_where_the_person_lives() -> None:
    start = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    due = deadline(start, 14, "days", "America/New_York")
    assert due == datetime(2026, 12, 7, 5, 0, tzinfo=UTC)
    assert last_day(due, "America/New_York") == date(2026, 12, 6)


def test_midnight_is_right_on_the_day_the_clocks_change() -> None:
    start = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)
    assert deadline(start, 2, "days", "Europe/Berlin") == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_hours_run_on() -> None:
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert deadline(start, 72, "hours", "Europe/Berlin") == datetime(2026, 10, 27, 23, 0, tzinfo=UTC)


def test_a_moved_clock_never_goes_back() -> None:
    clock = MovedClock(datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="never goes back"):
        clock.move_to(datetime(2025, 1, 1, tzinfo=UTC))
