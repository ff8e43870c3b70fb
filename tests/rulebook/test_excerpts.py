"""What a search shows of a text: the words marked, the part with most of them, nothing changed on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.core.words import wanted
from portal.rulebook.excerpts import SLACK, WIDTH, excerpt, marked

LONG = "Nothing here. " * 40 + "Money goes back to the client when the milestone was not delivered. " + "And so on. " * 40


def shown(text: str, query: str) -> str:
    return "".join(f"[{p.text}]" if p.marked else p.text for p in excerpt(text, wanted(query)))


def test_the_words_are_marked_where_they_stand_together() -> None:
    found = shown(LONG, "milestones money clients")
    assert "[Money] goes back to the [client] when the [milestone] was" in found
    assert found.startswith("… ") and found.endswith(" …")


def test_without_a_word_it_is_the_beginning() -> None:
    assert shown(LONG, "unicorn").startswith("Nothing here. Nothing")


def test_signs_that_overlap_are_one_mark() -> None:
    assert shown("客户付款人在这里", "付款人") == "客户[付款人]在这里"


@given(st.text(max_size=900), st.text(max_size=20))
def test_nothing_is_changed_and_nothing_is_too_long(text: str, query: str) -> None:
    assert "".join(piece.text for piece in marked(text, wanted(query))) == text
    pieces = excerpt(text, wanted(query))
    whole = "".join(piece.text for piece in pieces)
    assert whole.removeprefix("… ").removesuffix(" …") in text or whole in text
    assert len(whole) <= WIDTH + SLACK + 4
