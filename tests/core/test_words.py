"""Words as they are searched: in every script, with their places, the same for a text and for what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.text import fold
from portal.core.words import MOST_WORDS, Wanted, search_text, wanted, words


@pytest.mark.parametrize(("text", "found"), [
    ("Rule 4.2: pay, AÑO", "rule 4.2 pay ano"),
    ("$10,000.50 and 10.000,50 €", "10000.50 and"),
    ("3,5 días, 1.2.3", "3 5 dias 1.2.3"),
    ("B.3, 1.2.a and A.1.", "b.3 1.2.a and a.1"),
    ("1.234.567,8 in 1.25.x", "1234567.8 in 1.25.x"),
    ("e.g. end.Next a.b@example.org", "e g end next a b example org"),
    ("付款人", "付款 款人 人"),
    ("ไทย", "ไท ทย ย"),
    ("हिन्दी", "हिनदी"),
    ("café cafe\u0301 CAFÉ", "cafe"),
    ("½ ﬁ ℌ Straße", "1 2 fi h strasse"),
    ("e-mail a_b c'd", "e mail a b c d"),
    ("中a文", "中 a 文"),
    ("", ""), ("… — !?", ""),
])
def test_what_is_a_word(text: str, found: str) -> None:
    assert search_text(text) == found


@pytest.mark.parametrize(("query", "found"), [
    ("milestones", [Wanted("milestone", True)]),
    ("if I pay", [Wanted("pay", True)]),
    ("is it", [Wanted("is", False), Wanted("it", False)]),
    ("4.2 30", [Wanted("4.2", False), Wanted("30", False)]),
    ("B.3 rule", [Wanted("b.3", False), Wanted("rule", True)]),
    ("付款", [Wanted("付款", True), Wanted("款", True)]),
    ("pay PAY pays", [Wanted("pay", True)]),
])
def test_what_is_wanted(query: str, found: list[Wanted]) -> None:
    assert list(wanted(query)) == found


def test_a_query_has_an_end() -> None:
    assert len(wanted(" ".join(f"w{n}ord" for n in range(500)))) == MOST_WORDS


@given(st.text())
def test_words_stand_where_they_say_and_folding_twice_changes_nothing(text: str) -> None:
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.text and word.text == fold(word.text) and not set(word.text) & set(" '\"\\:*&|!()")


@given(st.text())
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    have = search_text(text).split(" ")
    assert all(any(one.fits(word) for word in have) for one in wanted(text))
