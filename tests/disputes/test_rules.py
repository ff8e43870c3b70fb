"""The pure rules of disputes."""

from datetime import UTC, datetime

import pytest

from portal.core.money import Money
from portal.disputes.rules import answer_due, paid_on, window_ends

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize(("state", "earned", "refunded", "paid"), [
    ("planned", 0, 0, 0), ("cancelled", 0, 0, 0), ("funded", 0, 0, 400), ("delivered", 0, 0, 400), ("released", 0, 0, 0),
    ("released", 400, 0, 400), ("released", 400, 150, 250), ("delivered", 100, 0, 100),
])
def test_what_the_client_has_paid(state: str, earned: int, refunded: int, paid: int) -> None:
    assert paid_on(state, usd(400), usd(earned), usd(refunded)) == usd(paid)


def test_window_ends_at_the_end_of_the_persons_day() -> None:
    assert window_ends(NOON, 30, "days", "America/New_York") == datetime(2026, 4, 3, 4, tzinfo=UTC)
    assert window_ends(None, 30, "days", "UTC") is None


def test_answer_time_runs_from_being_informed() -> None:
    informed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert answer_due(informed, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 9, tzinfo=UTC)
    assert answer_due(None, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 11, tzinfo=UTC)
