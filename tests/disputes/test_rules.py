"""The pure rules of disputes."""

from datetime import UTC, datetime

import pytest

from portal.core.money import Money
from portal.disputes.rules import answer_due, kept_apart, window_ends

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize(("state", "earned", "kept"), [
    ("planned", 0, False), ("cancelled", 0, False), ("funded", 0, True), ("delivered", 0, True), ("released", 0, False),
    ("released", 400, False), ("delivered", 100, False),
])
def test_whose_money_it_still_is(state: str, earned: int, kept: bool) -> None:
    assert kept_apart(state, usd(earned)) is kept


def test_window_ends_at_the_end_of_the_persons_day() -> None:
    assert window_ends(NOON, 30, "days", "America/New_York") == datetime(2026, 4, 3, 4, tzinfo=UTC)
    assert window_ends(None, 30, "days", "UTC") is None


def test_answer_time_runs_from_being_informed() -> None:
    informed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert answer_due(informed, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 9, tzinfo=UTC)
    assert answer_due(None, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 11, tzinfo=UTC)
