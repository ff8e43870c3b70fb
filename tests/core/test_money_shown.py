"""Amounts as people read them: in their own way of writing numbers, and with a currency that nobody can take for another."""

import re
from itertools import combinations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import RuleBroken
from portal.core.i18n import LANGUAGES, Language, catalogue, language
from portal.core.money import Money, parse_money
from portal.settings import ROOT

EVERY = sorted(code for code in Locale("en").currencies if len(code) == 3 and code.isascii() and code.isalpha())
"""Every code of a currency that Unicode's data know, also of those that are no longer used."""
PAIRS = list(combinations(("USD", "CAD", "MXN", "COP", "EUR", "JPY", "KWD"), 2))
LANGS = pytest.mark.parametrize("lang", LANGUAGES, ids=lambda lang: lang.code)


@pytest.mark.parametrize(("currency", "english", "spanish"), [
    ("USD", "$1,234,567.89 USD", "1.234.567,89 USD"), ("CAD", "1,234,567.89 CAD", "1.234.567,89 CAD"),
    ("MXN", "1,234,567.89 MXN", "1.234.567,89 MXN"), ("COP", "1,234,567.89 COP", "1.234.567,89 COP"),
    ("EUR", "€1,234,567.89 EUR", "1.234.567,89\N{NO-BREAK SPACE}€ EUR"), ("JPY", "¥123,456,789 JPY", "123.456.789 JPY"),
    ("KWD", "123,456.789 KWD", "123.456,789 KWD"), ("RSD", "1,234,567.89 RSD", "1.234.567,89 RSD"),
    ("LBP", "1,234,567.89 LBP", "1.234.567,89 LBP"), ("IQD", "123,456.789 IQD", "123.456,789 IQD"),
])
def test_each_language_writes_its_numbers_and_names_the_currency(currency: str, english: str, spanish: str) -> None:
    amount = Money(123_456_789, currency)
    assert (language("en").money(amount), language("es").money(amount)) == (english, spanish)


@LANGS
@given(minor=st.integers(0, 10**12))
def test_two_currencies_never_read_the_same(lang: Language, minor: int) -> None:
    shown = {currency: lang.money(Money(minor, currency)) for currency in EVERY}
    assert len(EVERY) > 250 and len(set(shown.values())) == len(EVERY)
    assert all(text.endswith(f" {currency}") and text.count(currency) == 1 for currency, text in shown.items())


@LANGS
@given(minor=st.integers(1, 10**10), pair=st.sampled_from(PAIRS))
def test_what_is_shown_can_be_typed_again_and_is_refused_for_another_currency(
    lang: Language, minor: int, pair: tuple[str, str]
) -> None:
    for own, other in (pair, pair[::-1]):
        shown = lang.money(Money(minor, own))
        assert parse_money(shown, own, lang.code) == Money(minor, own)
        with pytest.raises(RuleBroken) as refused:
            parse_money(shown, other, lang.code)
        assert refused.value.code in {"other_currency", "not_an_amount", "two_readings"}


def test_amounts_are_written_in_one_place() -> None:
    """Only `Language.money` puts a currency beside a number for people; programs read `Money.decimal` and the code."""
    sources = [path for ending in ("*.py", "*.html", "*.txt") for path in (ROOT / "portal").rglob(ending)]
    writing = [path for path in sources if re.search(r"format_currency|[$€£¥](%\(|\{)", path.read_text("utf-8"))]
    assert [path.relative_to(ROOT).as_posix() for path in writing] == ["portal/core/i18n.py"]


def test_no_sentence_holds_a_sign_of_its_own() -> None:
    sentences = [part for one in catalogue("es") if one.id for part in (one.id if isinstance(one.id, tuple) else (one.id,))]
    assert len(sentences) > 1000 and [text for text in sentences if re.search(r"[$€£¥]", str(text))] == []
