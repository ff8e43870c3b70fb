"""Amounts as people type them: read exactly, or asked about, never guessed."""

import pytest

from portal.core.errors import RuleBroken
from portal.core.i18n import language
from portal.core.money import Money, parse_money, typed_money


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


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("$400.50", "USD", 40_050), ("400 usd", "USD", 40_000), ("EUR 17", "EUR", 1_700), ("$5", "CAD", 500),
    ("\u202b400\u202c", "USD", 40_000),
])
def test_its_own_sign_may_stand_beside_an_amount(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(("text", "currency", "code"), [
    ("€400", "USD", "other_currency"), ("400 EUR", "USD", "other_currency"), ("$5", "EUR", "other_currency"),
    ("1" + "a" * 300_000 + "1", "USD", "not_an_amount"), ("٤٠٠", "USD", "not_an_amount"),
])
def test_another_currency_is_never_taken_for_ours(text: str, currency: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        parse_money(text, currency)
    assert refusal.value.code == code


@pytest.mark.parametrize(("text", "minor"), [
    ("1885,00", 188_500), ("1.885,00", 188_500), ("1.500", 150_000), ("1885,5", 188_550), ("1.885,00 US$", 188_500),
    ("400", 40_000), ("1.234.567", 123_456_700), ("17,50 $", 1_750),
])
def test_spanish_amounts_are_read_as_spanish_pages_write_them(text: str, minor: int) -> None:
    assert parse_money(text, "USD", "es") == Money(minor, "USD")


@pytest.mark.parametrize(("text", "lang"), [("1.500", "en"), ("1,500", "es"), ("12.345", "en"), ("850,000", "es")])
def test_what_can_be_read_in_two_ways_is_asked_about_with_the_larger_one_named(text: str, lang: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        parse_money(text, "USD", lang)
    assert refusal.value.code == "two_readings"
    assert refusal.value.params["whole"].amount_minor == int("".join(c for c in text if c.isdigit())) * 100


@pytest.mark.parametrize(("text", "lang"), [("1885.50", "es"), ("1,500.00", "es"), ("1.50.0", "es"), ("1.500,00", "en")])
def test_the_other_languages_signs_are_asked_about(text: str, lang: str) -> None:
    with pytest.raises(RuleBroken, match="not_an_amount"):
        parse_money(text, "USD", lang)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("amount", [Money(188_500, "USD"), Money(5, "USD"), Money(1_234_567, "JPY"), Money(1_500, "BHD")])
def test_what_stands_in_a_field_is_read_back(amount: Money, lang: str) -> None:
    assert parse_money(typed_money(amount, lang), amount.currency, lang) == amount


@pytest.mark.parametrize(("currency", "lang", "typed", "minor"), [
    ("JPY", "en", "1,234", 1_234), ("JPY", "es", "1.234", 1_234), ("KWD", "en", "1,234.567", 1_234_567),
    ("KWD", "es", "1.234,567", 1_234_567), ("KWD", "en", "1.5", 1_500), ("KWD", "en", "0.005", 5),
    ("USD", "en", "1,234.50", 123_450), ("RSD", "en", "1,234.50", 123_450), ("IQD", "es", "1.234,567", 1_234_567),
])
def test_each_currency_has_its_decimals(currency: str, lang: str, typed: str, minor: int) -> None:
    amount = Money(minor, currency)
    assert parse_money(typed, currency, lang) == amount
    assert parse_money(typed_money(amount, lang), currency, lang) == amount


@pytest.mark.parametrize(("currency", "typed", "example"), [
    ("JPY", "1.5", "without decimals, for example ¥400 JPY"), ("JPY", "x", "without decimals"),
    ("KWD", "1.2345", "at most 3 decimals, for example 400.000 KWD"), ("USD", "1.234567", "for example 400.00"),
])
def test_the_example_has_the_decimals_of_the_currency(currency: str, typed: str, example: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        parse_money(typed, currency)
    assert example in language("en").refusal(refused.value)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(("text", "currency"), [("0", "USD"), ("0.00", "USD"), ("0,00", "USD"), ("$0", "USD"), ("0.000", "KWD"),
                                                ("0,0", "JPY")])
def test_nothing_is_an_amount_where_that_is_possible(text: str, currency: str, lang: str) -> None:
    assert parse_money(text, currency, lang, least=0) == Money(0, currency)
    with pytest.raises(RuleBroken, match="not_an_amount"):
        parse_money(text, currency, lang)


@pytest.mark.parametrize("text", ["", ".", "...", ",", "0.0.0", "-0", "0.00001", "0 EUR"])
def test_what_is_not_nothing_is_not_taken_for_it(text: str) -> None:
    with pytest.raises(RuleBroken):
        parse_money(text, "USD", least=0)


@pytest.mark.parametrize(("text", "currency", "lang", "read"), [
    ("1,234", "JPY", "en", 1_234), ("1.234", "JPY", "en", "two_readings"), ("1.2345", "JPY", "en", "not_an_amount"),
    ("1.234", "JPY", "es", 1_234), ("1,234", "JPY", "es", "two_readings"), ("1,2345", "JPY", "es", "not_an_amount"),
    ("1,234", "KWD", "en", 1_234_000), ("1.234", "KWD", "en", 1_234), ("1.2345", "KWD", "en", "not_an_amount"),
    ("1.234", "KWD", "es", 1_234_000), ("1,234", "KWD", "es", 1_234), ("1,2345", "KWD", "es", "not_an_amount"),
    ("1,234", "USD", "en", 123_400), ("1.234", "USD", "en", "two_readings"), ("1.2345", "USD", "en", "not_an_amount"),
])
def test_no_decimal_is_ever_rounded_away(text: str, currency: str, lang: str, read: int | str) -> None:
    if isinstance(read, int):
        assert parse_money(text, currency, lang) == Money(read, currency)
        return
    with pytest.raises(RuleBroken, match=read):
        parse_money(text, currency, lang)
