"""What a page prints itself is not printed twice: headings, numbers in front of paragraphs and items; and nothing else goes."""

import re

import pytest
from hypothesis import given, settings

from portal.rulebook.rendering import clause_html, clause_plain
from portal.rulebook.trimming import runs_on
from tests.rulebook.test_documents import Document, adopted, documents


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("1.1 These rules.\n", "1.1", "<p>These rules.</p>"),
        ("1\\.1\\. Escaped rules.\n", "1.1", "<p>Escaped rules.</p>"),
        ("**3.1 Milestones.** Each.\n", "3.1", "<p><strong>Milestones.</strong> Each.</p>"),
        ("**2.1** Sub text\n", "2.1", "<p>Sub text</p>"),
        ("***3. Bold italic.*** x\n", "3", "<p><strong><em>Bold italic.</em></strong> x</p>"),
        ("* 1.1 bullet\n", "1.1", "<p>bullet</p>"),
        ("§ 4 Abs. eins. Der Kunde zahlt.\n", "4", "<p>Abs. eins. Der Kunde zahlt.</p>"),
        ("第一条 为了规范服务，制定本条款。\n", "第一条", "<p>为了规范服务，制定本条款。</p>"),
        ("（一）自由职业者；\n", "第二条.一", "<p>自由职业者；</p>"),
        ("٢.١ يدفع العميل.\n", "٢.١", "<p>يدفع العميل.</p>"),
        ("① eins\n", "1.①", "<p>eins</p>"),
        ("a) letter\n   more\n\n   next\n", "2.1.a", "<p>letter\nmore</p>\n<p>next</p>"),
        ("1. again\n", "1 (2)", "<p>again</p>"),
        ("1.1.2 [Link](https://x.example) on\n", "1.1.2",
         '<p><a href="https://x.example" rel="noopener noreferrer">Link</a> on</p>'),
    ],
)
def test_the_number_that_the_page_prints_is_not_printed_again(text: str, number: str, shown: str) -> None:
    assert clause_html(text, number) == shown


@pytest.mark.parametrize("text", ["2024 was a year.\n", "1. one\n2. two\n", "(b) of another\n"])
def test_other_numbers_stay(text: str) -> None:
    assert clause_html(text, "7") == clause_html(text)


def test_items_within_items_are_no_code() -> None:
    for text in ("        (i) persons, and\n", "\t\ta. persons, and\n"):
        assert clause_html(text, "1.2.b.i" if "(" in text else "1.2.a") == "<p>persons, and</p>"
    assert "<table>" in clause_html("   2. Fees\n\n      | a | b |\n      |---|---|\n      | 1 | 2 |\n", "2")


def test_a_name_above_words_is_in_bold_and_an_item_is_not() -> None:
    assert clause_html("2. Fees\n\n   A fee is due.\n", "2") == "<p><strong>Fees</strong></p>\n<p>A fee is due.</p>"
    assert clause_html("1. Clients\n", "4.1") == "<p>Clients</p>"


def test_first_words_are_told_from_a_heading() -> None:
    assert runs_on("1.1 These rules bind us all and more.\n", "1.1", "These rules bind us all…")
    assert not runs_on("### 4.1 Milestones {#m}\n\nMilestones are paid.\n", "4.1", "Milestones")
    assert not runs_on("Words without a number.\n", "", "Words")


@settings(max_examples=40)
@given(documents())
def test_nothing_goes_but_the_number(document: Document) -> None:
    for clause in adopted(document.text)[1].clauses:
        whole, below = (" ".join(clause_plain(clause.text, number).split()) for number in ("", clause.number))
        assert whole.endswith(below)
        gone = whole[: len(whole) - len(below)]
        assert re.fullmatch(r"(?:• )?[(（]?(?:[\w.§]{1,8}[).）]?)?[.:]? ?", gone), (clause.number, gone)
