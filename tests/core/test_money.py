"""Amounts as people type them: read exactly, or asked about, never guessed."""

import pytest

from portal.core.errors import RuleBroken
from portal.core.money import Money, parse_money


@pytest.mark.parametrize(
    ("text", "minor"), [("400", 40_000), ("400.5", 40_050), ("1,200.00", 120_000), ("$ 12.34", 1_234), ("1,234,567", 123_456_700)]
)
def test_reads_what_is_clear(text: str, minor: int) -> None:
    assert parse_money(text, "USD") == Money(minor, "USD")


@pytest.mark.parametrize(
    "text", ["", "17,50", "1e1", "1e999999", "1_0.0", "٤٠", "1,,0", "-5", "0", "0.001", "9" * 40, "NaN", "Infinity", "12,34,56"]
)
def test_asks_about_everything_else(text: str) -> None:
    with pytest.raises(RuleBroken, match="not_an_amount"):
        parse_money(text, "USD")


def test_currencies_have_their_own_decimals() -> None:
    assert parse_money("400", "JPY") == Money(400, "JPY")
    assert parse_money("1.234", "BHD") == Money(1234, "BHD")
    with pytest.raises(RuleBroken):
        parse_money("1.5", "JPY")
