"""Two versions compared clause by clause, and their words put together again from the marks."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rulebook.comparing import Comparison, compare
from portal.rulebook.wording import Span, mark

PAY = "Payments for work that began here are made here for two years after the first contract."
FEE = "We keep a tenth of each milestone, and we show it before you agree on a contract."
TALK = "Be plain with one another, answer within a week, and say so when you cannot."


@dataclass(frozen=True)
class Words:
    key: str
    number: str
    heading: str
    text: str


def clause(number: str, heading: str, body: str, key: str = "") -> Words:
    return Words(key, number, heading, f"## {number} {heading}\n\n{body}\n")


def text_before(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans if span.kind != "added")


def text_after(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans if span.kind != "removed")


def told(comparison: Comparison) -> list[tuple[str, str | None, str | None, bool]]:
    return [
        (pair.kind, pair.before and pair.before.number, pair.after and pair.after.number, pair.changed)
        for pair in comparison.pairs
    ]


BEFORE = [clause("1", "Pay", PAY), clause("2", "Fees", FEE), clause("3", "Talking", TALK)]
CASES = {
    "nothing": (BEFORE, [("same", "1", "1", False), ("same", "2", "2", False), ("same", "3", "3", False)]),
    "words": (
        [clause("1", "Pay", PAY.replace("two", "three")), *BEFORE[1:]],
        [("changed", "1", "1", True), ("same", "2", "2", False), ("same", "3", "3", False)],
    ),
    "line breaks only": (
        [clause("1", "Pay", PAY.replace(" here ", "\nhere ")), *BEFORE[1:]],
        [("same", "1", "1", False), ("same", "2", "2", False), ("same", "3", "3", False)],
    ),
    "a new one between": (
        [BEFORE[0], clause("2", "Rest", "Sleep at night."), clause("3", "Fees", FEE), clause("4", "Talking", TALK)],
        [("same", "1", "1", False), ("new", None, "2", True), ("renumbered", "2", "3", False), ("renumbered", "3", "4", False)],
    ),
    "gone": ([BEFORE[0], BEFORE[2]], [("same", "1", "1", False), ("removed", "2", None, True), ("same", "3", "3", False)]),
    "another name for the same number": (
        [clause("1", "Paying", PAY), *BEFORE[1:]],
        [("changed", "1", "1", True), ("same", "2", "2", False), ("same", "3", "3", False)],
    ),
    "another name and number": (
        [*BEFORE[1:], clause("7", "Paying", PAY + " Always.")],
        [("same", "2", "2", False), ("same", "3", "3", False), ("renumbered", "1", "7", True)],
    ),
    "merged": (
        [clause("1", "Pay", f"{PAY}\n{FEE}"), BEFORE[2]],
        [("changed", "1", "1", True), ("merged", "2", "1", True), ("same", "3", "3", False)],
    ),
    "nothing left": ([], [("removed", "1", None, True), ("removed", "2", None, True), ("removed", "3", None, True)]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_became_of_each_clause(case: str) -> None:
    after, expected = CASES[case]
    assert told(compare(BEFORE, after)) == expected


def test_a_clause_that_was_split_names_where_it_comes_from() -> None:
    before = [clause("1", "Pay", f"{PAY}\n{FEE}"), BEFORE[2]]
    after = [clause("1", "Pay", PAY), clause("2", "Fees", FEE), clause("3", "Talking", TALK)]
    found = compare(before, after)
    assert told(found) == [("changed", "1", "1", True), ("split", "1", "2", True), ("same", "3", "3", False)]
    assert "".join(span.text for span in found.pairs[1].words) == after[1].text


def test_the_id_decides_before_number_and_heading() -> None:
    before = [clause("1", "Pay", PAY, "pay"), clause("2", "Fees", FEE, "fees")]
    after = [clause("1", "Pay", FEE, "fees"), clause("2", "Fees", PAY, "pay")]
    assert [(p.kind, p.before and p.before.key) for p in compare(before, after).pairs] == [
        ("renumbered", "fees"), ("renumbered", "pay"),
    ]


def test_clauses_without_numbers_can_move() -> None:
    before = [clause("", "Pay", PAY), clause("", "Fees", FEE), clause("", "Talking", TALK)]
    assert [p.kind for p in compare(before, [before[2], *before[:2]]).pairs] == ["moved", "same", "same"]


@pytest.mark.parametrize("number", ["2.1", "2.1.a", "4", "B.3"])
@pytest.mark.parametrize("line", ["{} Pay here.", "### {}\\. Pay here. {{#pay}}", "**{}** Pay here.", "Section {}: Pay here."])
def test_another_number_is_no_other_word(number: str, line: str) -> None:
    pairs = compare(
        [Words("pay", number, "", line.format(number))], [Words("pay", "10", "", line.format("10"))]
    ).pairs
    assert [(pair.kind, pair.changed) for pair in pairs] == [("renumbered", False)]


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("within 5 days.", "within 10 days.", [("same", "within "), ("removed", "5"), ("added", "10"), ("same", " days.")]),
        ("pay me now", "ask us now", [("removed", "pay me"), ("added", "ask us"), ("same", " now")]),
        ("五日以内", "十日以内", [("removed", "五"), ("added", "十"), ("same", "日以内")]),
        ("القاعدة الأولى", "القاعدة الثانية", [("same", "القاعدة "), ("removed", "الأولى"), ("added", "الثانية")]),
        ("नियम पहला", "नियम दूसरा", [("same", "नियम "), ("removed", "पहला"), ("added", "दूसरा")]),
        ("ภายในห้าวัน", "ภายในสิบวัน", [("same", "ภายใน"), ("removed", "ห้า"), ("added", "สิบ"), ("same", "วัน")]),
        ("$10,000", "$1,000", [("same", "$"), ("removed", "10,000"), ("added", "1,000")]),
        ("", "", []),
    ],
)
def test_words_are_marked(before: str, after: str, marked: list[tuple[str, str]]) -> None:
    assert mark(before, after) == tuple(Span(kind, text) for kind, text in marked)  # type: ignore[arg-type]


WORDS = st.lists(
    st.sampled_from(["you", "we", "pay", "here", " ", "\n", "\n\n", ".", "五", "日", "e\u0301", "و", "\x85"]), max_size=60
)
TEXTS = st.one_of(WORDS.map("".join), WORDS.map(" ".join), st.text(max_size=40))


@given(TEXTS, TEXTS)
def test_both_texts_can_be_put_together_again(before: str, after: str) -> None:
    spans = mark(before, after)
    assert (text_before(spans), text_after(spans)) == (before, after)
    assert all(span.text for span in spans)


def test_long_texts_can_be_put_together_again_too() -> None:
    @settings(max_examples=25)
    @given(st.randoms(use_true_random=False), st.integers(2, 400))
    def check(random, kinds) -> None:  # type: ignore[no-untyped-def]
        before = [f"w{random.randrange(kinds)} " for _ in range(random.randrange(900))]
        after = before[:]
        for _ in range(random.randrange(40)):
            at = random.randrange(len(after) + 1)
            after[at : at + random.randrange(30)] = [f"w{random.randrange(kinds)} " for _ in range(random.randrange(30))]
        spans = mark("".join(before), "".join(after))
        assert (text_before(spans), text_after(spans)) == ("".join(before), "".join(after))

    check()


NUMBERS, HEADINGS = st.sampled_from(["", "1", "2", "2.1"]), st.sampled_from(["", "Pay"])
KEYS = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), NUMBERS, HEADINGS, TEXTS),
    max_size=8, unique_by=lambda each: each[0] or object(),
).map(lambda rows: [Words(*row) for row in rows])


@given(KEYS, KEYS)
def test_every_clause_stands_in_one_pair_of_its_own(before: list[Words], after: list[Words]) -> None:
    pairs = compare(before, after).pairs
    assert [id(pair.after) for pair in pairs if pair.kind not in ("merged", "removed")] == [id(each) for each in after]
    assert sorted(id(p.before) for p in pairs if p.kind not in ("split", "new")) == sorted(id(each) for each in before)
    for pair in pairs:
        if pair.kind != "split":
            assert text_before(pair.words) == (pair.before.text if pair.before else "")
        if pair.kind != "merged":
            assert text_after(pair.words) == (pair.after.text if pair.after else "")


def _long(seed: int, length: int = 100_000) -> str:
    return " ".join(f"w{(index * 7919 + index // 13 * seed) % 4001}" for index in range(length))


@pytest.mark.parametrize("size", [1, 100, 2_000])
def test_a_long_text_takes_seconds_at_most(size: int) -> None:
    """100,000 words, as one clause or as many; and with every clause changed."""
    step = 100_000 // size
    some = _long(1).split()
    before = [clause(str(n), "", " ".join(some[n * step : (n + 1) * step]), f"k{n}") for n in range(size)]
    after = [clause(each.number, "", each.text.replace("w7 ", "x7 ").replace("w12 ", ""), each.key) for each in before]
    started = time.perf_counter()
    marked = [pair.words for pair in compare(before, after).pairs]
    assert time.perf_counter() - started < 10
    assert len(marked) == size


@pytest.mark.parametrize(
    ("before", "after"),
    [("a b " * 50_000, "b a " * 50_001), ("a " * 99_000, "b " * 99_000), (_long(3), _long(5)), ("x" * 10**6, "y" * 10**6)],
)
def test_texts_with_nothing_in_common_take_no_longer(before: str, after: str) -> None:
    started = time.perf_counter()
    spans = mark(before, after)
    assert time.perf_counter() - started < 10
    assert (text_before(spans), text_after(spans)) == (before, after)
