"""Clauses as HTML: harmless, bounded, without their own heading."""

import time

import pytest

from portal.rulebook.rendering import clause_html, clause_plain, clause_words


def test_marks_become_html() -> None:
    html = clause_html("### 4.2 Paying {#paying}\n\nPay **here**.\n\n- one\n- two\n\na | b\n--|--\n1 | 2\n")
    assert "<strong>here</strong>" in html and "<li>one</li>" in html and "<td>2</td>" in html


@pytest.mark.parametrize(
    "text",
    [
        "### 4.2 Paying {#paying}\nBody.",
        "4.2 Paying\n----------\nBody.",
        "**§1 Paying**\n\nBody.",
        "§ 4 Paying\n\nBody.",
        "Article 2 - Paying\n\nBody.",
        "ARTICLE II\n\nPAYING\n\nBody.",
        "第三条 总则\n\nBody.",
        "المادة ٣: المال\n\nBody.",
        "<h2>3. Paying</h2>\n\nBody.",
        "**B. Paying**\n\nBody.",
        "1. Body.",
    ],
)
def test_the_clauses_own_heading_is_left_to_the_page(text: str) -> None:
    assert clause_html(text) == "<p>Body.</p>"


def test_a_bold_first_paragraph_stays() -> None:
    assert "<strong>Please read this.</strong>" in clause_html("**Please read this.**\n\nBody.")


@pytest.mark.parametrize(
    "text",
    [
        "**Please read this**\n\nBody.", "Article 5 of the law says so.\n\nBody.", "第三条 甲方应当付款。\n", "2.1 You pay.\n",
        "(a) one\n",
    ],
)
def test_words_that_are_no_heading_with_a_number_stay(text: str) -> None:
    first = text.split("\n")[0].strip("*")
    assert first in clause_html(text)


def test_a_list_at_the_start_stays_a_list() -> None:
    assert clause_html("1. one\n2. two\n").count("<li>") == 2


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/pixel.png)",
        "[x](javascript:alert(1))",
        "<a href='JaVaScRiPt:alert(1)'>x</a>",
        "[x](data:text/html;base64,AAAA)",
        "<p onclick='alert(1)' style='position:fixed'>x</p>",
        "<svg onload=alert(1)><iframe src=//example.org>",
        "<form action=/x><input name=csrf></form>",
        "</div></main><style>*{display:none}</style>",
    ],
)
@pytest.mark.parametrize("before", ["", "text\n\n", "- ", "[" * 500])
def test_nothing_that_acts_survives(payload: str, before: str) -> None:
    html = clause_html(f"## 1 One {{#one}}\n{before}{payload}").lower()
    shown = html.replace("&lt;", "").replace("&gt;", "")
    for word in ("<script", "<img", "href=\"javascript", "href=\"data", "<svg", "<iframe", "<form", "<style", "<div"):
        assert word not in shown
    assert not any(f"<p {word}" in shown for word in ("onclick", "style"))


def test_links_keep_their_place_and_lose_the_opener() -> None:
    html = clause_html("[a](#payments) [b](https://example.org) [c](/rules/terms) [d](mailto:a@example.org)")
    assert html.count("href=") == 4 and html.count('rel="noopener noreferrer"') == 4


@pytest.mark.parametrize("mark", [
    "[", "![", "*", "_", "`", "<", "- ", "> ", "&", "\\", "|", "1. ", "<!--", "[a](", "[^", "[a][b]", "~~~\n",
])
def test_hostile_text_costs_little_and_is_shown(mark: str) -> None:
    text = (mark * 200_000)[:199_000]
    started = time.perf_counter()
    html = clause_html(f"## 1 One {{#one}}\n{text} end")
    assert clause_html(f"1.1 {text} end", "1.1")
    assert time.perf_counter() - started < 5
    assert html


def test_what_is_too_long_is_shown_plainly() -> None:
    assert clause_html("**a** " * 40_000).startswith("<p>**a** **a**")


def test_a_text_is_rendered_once_and_known_by_its_content() -> None:
    text = "## 1 One {#one}\n\nNobody else wrote **this** here.\n"
    first = clause_html(text)
    assert clause_html("".join(list(text))) is first and clause_html(text + "\n") is not first


def test_plain_text_keeps_paragraphs_and_items_and_loses_marks() -> None:
    text = "### 1.3 W {#w}\n\nA *word* &\nmore.\n\n- A **milestone**\n- [b](#y) <b>x</b>\n\nEnd.\n"
    assert clause_plain(text) == "A word & more.\n\n• A milestone\n\n• b x\n\nEnd."
    assert clause_words(text) == "A word & more. • A milestone • b x End."


def test_what_is_code_stays_as_it_was_written() -> None:
    html = clause_html("## 1 One {#one}\n\n```\n# no\n1. no\n```\n\nEnd.\n")
    assert "<code># no\n1. no\n</code>" in html and "<ol>" not in html and "```" not in html


def test_marks_of_footnotes_are_raised_and_their_words_stay() -> None:
    html = clause_html("Pay[^1] here[^b].\n\n[^1]: https://law.example\n\n[^b]: Or *there*.\n")
    assert "Pay<sup>1</sup> here<sup>b</sup>." in html
    assert "<p><sup>1</sup> https://law.example</p>" in html and "<sup>b</sup> Or <em>there</em>." in html
    assert clause_words("Pay[^1].\n") == "Pay^1."


def test_links_whose_address_stands_elsewhere_are_words_and_blanks_stay() -> None:
    assert clause_html("See [our page][1], [this][], [Name][Town] and [it][own].\n\n[own]: /rules\n") == (
        '<p>See our page, this, [Name][Town] and <a href="/rules" rel="noopener noreferrer">it</a>.</p>')


def test_headings_in_a_quotation_and_html_of_letters_stay() -> None:
    html = clause_html("> ## 2. Quoted\n> words\n\nx<sup>2</sup> and <b>bold</b>.\n")
    assert "<strong>2. Quoted</strong></p>" in html and "x<sup>2</sup> and <b>bold</b>" in html


def test_of_a_picture_its_description_stays() -> None:
    assert clause_html("See ![the fees](fees.png \"t\") here.\n") == "<p>See <em>the fees</em> here.</p>"
    assert clause_html("See <img src=x alt=\"a chart\" onerror=y> here.\n") == "<p>See <em>a chart</em> here.</p>"
