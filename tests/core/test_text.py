"""Canonical text: byte for byte what RFC 8785 says, by a library that does nothing else."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from portal.core.text import blank, canonical, clean, clean_line, is_address, seen_length

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20,
)


@given(VALUES)
def test_canonical_text_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


def test_keys_are_sorted_as_utf_16() -> None:
    assert canonical({"\uffff": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\uffff":1}'


@pytest.mark.parametrize(("value", "text"), [
    (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), '"2026-03-01T10:00:00.000000Z"'),
    (datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC), '"2026-03-01T12:00:00.000005Z"'),
    (date(2026, 3, 1), '"2026-03-01"'), (UUID(int=7), '"00000000-0000-0000-0000-000000000007"'), (b"\x01\xff", '"01ff"'),
    ({2: "b", 10: "a"}, '{"10":"a","2":"b"}'),
])
def test_what_json_does_not_know_has_one_form(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"\ud800": 1}])
def test_what_readers_could_take_differently_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"number beyond|surrogates"):
        canonical(value)


def test_a_fraction_has_no_form() -> None:
    with pytest.raises(TypeError):
        canonical({"share": 0.5})


@pytest.mark.parametrize("text", ["tim@example.org", "a.b+c_d@mail.example.co", "o'neil@xn--bcher.example", "a@b.cc", "A-1@B.CC",
                                  "ana@b\u00fccher.example"])
def test_an_address_to_which_mail_goes(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", [
    "a,b@example.com", "x>,<y@example.com", "a;b@b.cc", "a:b@c.de", "mailto:a@b.cc", "<a@b.cc>", "a(c)@b.cc", '"q"@b.cc', "",
    "=?utf-8?q?=0A?=@b.cc", "a..b@b.cc", ".a@b.cc", "a.@b.cc", "a@b..cc", "a@-b.cc", "a@b", "a@[127.0.0.1]", "a@b.cc\n",
    "a@\uff45xample.org", "a@stra\u00dfe.example", "a@x\u3002org", "\uff41@b.cc",
    "a\u200b@b.cc", "a\u202e@b.cc", "a b@c.de", "a@b@c.de", "a" * 65 + "@b.cc",
])
def test_what_would_lead_mail_elsewhere_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize("text", ["", " \n\t", "\u00a0\u200b", "\u202e\u202c", "\x01", "\u3164", "\u2800\ufeff", "\u200d" * 9])
def test_a_text_of_which_nothing_can_be_seen_is_empty(text: str) -> None:
    assert blank(text) and clean(text) == ""


@pytest.mark.parametrize("text", ["a", "\u202eمرحبا\u202c", "👩\u200d💻", "日", "\u0301", "\ue000", "\u200bx"])
def test_what_can_be_seen_is_kept_as_it_is(text: str) -> None:
    assert not blank(text) and clean(text) == text


@pytest.mark.parametrize(("text", "length"), [
    ("", 0), ("abc", 3), ("  a \n\t b  ", 3), ("a" + "\u200b" * 40 + "b", 2), ("a" + "\u2800" * 40, 1), ("\u3164" * 40, 0),
    ("a\ufe0f\U000e0101b", 2), ("a" + "\u00a0" * 40 + "b", 3), ("a" + "\u200d\u2060\ufeff\u00ad" * 9 + "b", 2),
    ("\u6211\u5011\u770b\u904e", 4), ("a \u2800 b", 3),
])
def test_only_what_is_seen_has_a_length(text: str, length: int) -> None:
    assert seen_length(text) == length


@given(TEXTS)
def test_what_is_blank_has_no_length(text: str) -> None:
    assert (seen_length(text) == 0) is blank(text) and seen_length(text) <= len(text)


@pytest.mark.parametrize(("text", "kept"), [
    ("Mal\u202eory", "Malory"), ("\u2067\u202dStudio\u2069 \u202cNorte", "Studio Norte"), ("\u202e\u2066", ""),
    ("\u202aTim\u2068 Brandt\u202c\u2069", "Tim Brandt"), ("Tim\u2069\u2066", "Tim"),
    ("\u202bقلت \u2068Tim\u2069\u202c", "\u202bقلت \u2068Tim\u2069\u202c"),
    ("\u05d3\u05e0\u05d4 \u200e(2)", "\u05d3\u05e0\u05d4 \u200e(2)"), ("a\r\nb\tc", "a b c"),
])
def test_no_line_turns_round_what_stands_beside_it(text: str, kept: str) -> None:
    """A name stands in one sentence with amounts: "… contests $400.00". What it turns within itself alone is kept as typed."""
    assert clean_line(text) == kept
