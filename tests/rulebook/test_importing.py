"""Texts that others wrote, adopted without losing a character."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rulebook.importing import Note, adopt, original_text, slug
from portal.rulebook.reading import ClauseText, PolicyError, PolicyText, normalise, read_policy

DAYS = {"published_on": date(2024, 2, 1), "effective_on": date(2024, 3, 1)}


def adopted(text: str, **named: object) -> tuple[PolicyText, list[Note]]:
    file, notes = adopt(text, **{**DAYS, "language": "en", **named})  # type: ignore[arg-type]
    assert original_text(file) == normalise(text)
    return read_policy(file), notes


SHAPES = {
    "numbered paragraphs": (
        "Hello.\n\n1. General\n\n1.1. You agree.\n\n1.2. We agree.\n\n2. Money\n\n2.1. Pay.\n2.2. Be paid.\n",
        ["opening", "1 General", "1.1", "1.2", "2 Money", "2.1", "2.2"],
    ),
    "bold paragraph signs": (
        "**§1 General**\n\nText.\n\n**§2 Money**\n\n(1) One.\n\n(2) Two.\n\n**§10a Late**\nText.\n",
        ["1 General", "2 Money", "2.1", "2.2", "10a Late"],
    ),
    "escaped dots": ("# House\n\n### 9\\. First\n\na\n\n### 10\\. Second\n\nb\n", [" House", "9 First", "10 Second"]),
    "letters above numbers": (
        "## A. Words\n\n1. Foo is this.\n1. Bar is that.\n\n## B. Users\n\n### 1. Controls\n\nx\n\n### 2. Needs\n\nx\n",
        ["A Words", "A.1", "A.2", "B Users", "B.1 Controls", "B.2 Needs"],
    ),
    "underlined": (
        "Club rules\n==========\n\nHello.\n\n1. Users\n--------\n\nText.\n\nOther\n-----\n\nMore.\n",
        [" Club rules", "1 Users", " Other"],
    ),
    "bold numbers": (
        "## 2.\tUSE\n\n**2.1**\tYou may.\n\n**2.2**\tWe may:\n* (i) one\n* (ii) two\n\n**2.3 Ending.** It ends.\n",
        ["2 USE", "2.1", "2.2", "2.2.i", "2.2.ii", "2.3 Ending"],
    ),
    "no headings": ("Be nice.\n\nPay on time.\n", ["opening"]),
    "capitals": ("GENERAL\n\nBe nice.\n\nMONEY\n\nPay.\n", [" GENERAL", " MONEY"]),
    "articles": (
        "Article 1 - Scope\n\nText.\n\nArticle 2 - Fees\n\n(a) one\n(b) two\n",
        ["1 Scope", "2 Fees", "2.a", "2.b"],
    ),
    "annexes": (
        "# 1. Main\n\n## 1.1 Sub\n\nx\n\n# Annex A: Data\n\n## 1. Scope\n\nx\n",
        ["1 Main", "1.1 Sub", "Annex A Data", "Annex A.1 Scope"],
    ),
    "nested lists": (
        "# 1. Top\n\n1. one\n   a. x\n   b. y\n2. two\n    1. deep\n3. three\n",
        ["1 Top", "1.1", "1.1.a", "1.1.b", "1.2", "1.2.1", "1.3"],
    ),
    "letters that look Roman": ("I. First\n\n1. a\n\n   (g) x\n   (h) y\n   (i) z\n\nII. Second\n", None),
    "Roman above letters": (
        "TERMS\n\nI. GENERAL\n\nA. First\n\nx\n\nB. Second\n\nII. MONEY\n\nA. Third\n",
        [" TERMS", "I GENERAL", "I.A First", "I.B Second", "II MONEY", "II.A Third"],
    ),
    "bold Roman above bold numbers": (
        "**I. General**\n\n**1. One**\n\nx\n\n**2. Two**\n\nII. Money\n\n**1. Three**\n",
        ["I General", "I.1 One", "I.2 Two", "II Money", "II.1 Three"],
    ),
    "letters to twelve": ("\n\n".join(f"**{c}. Name**\n\nx" for c in "ABCDEFGHIJKL"), list("ABCDEFGHIJKL")),
    "no blank behind the marks": ("##1. One\n\nx\n\n###1.1 Sub\n\ny\n", ["1 One", "1.1 Sub"]),
    "small letters behind dots": ("## 2. Two\n\n### 2.1 eligibility\n\nx\n\n### 3 months\n", ["2 Two", "2.1 eligibility", ""]),
    "a footnote and a comment in names": ("## 1. One[^1]\n\n1.1 Pay here<!-- really\n-->.\n", ["1 One", "1.1 Pay here"]),
    "code and comments": ("# 1. A\n\n```\n# no\n1. no\n```\n\n<!--\n## no\n-->\n\n| 1. | x |\n", ["1 A"]),
    "wrapped lines": ("# 1. X\n\n1. as said in section\n4. of this\n2. second\n3.5 million\n", ["1 X", "1.1", "1.2"]),
    "an id of their own": ("# 1. X {#kept}\n\n1) one\n2) two\n", ["1 X", "1.1", "1.2"]),
    "line ends and accents": ("\ufeff# 1. Cafe\u0301\r\n\r\ntext\r\n\r\n# 2. No end", ["1 Café", "2 No end"]),
}


def _cited(clause: ClauseText, wanted: str) -> str:
    """The clause's number, with its heading where the test names one."""
    if clause.key == "opening":
        return clause.key
    return f"{clause.number} {clause.heading}" if " " in wanted else clause.number


@pytest.mark.parametrize("shape", [shape for shape, (_, found) in SHAPES.items() if found])
def test_every_numbered_unit_is_cited_by_its_path(shape: str) -> None:
    text, expected = SHAPES[shape]
    assert expected is not None
    clauses = adopted(text)[0].clauses
    assert [_cited(clause, wanted) for clause, wanted in zip(clauses, expected, strict=True)] == expected


def test_letters_after_h_are_letters() -> None:
    found = [clause.number for clause in adopted(SHAPES["letters that look Roman"][0])[0].clauses]
    assert found == ["I", "I.1", "I.1.g", "I.1.h", "I.1.i", "II"]


def test_ids_are_made_of_path_and_heading() -> None:
    policy = adopted(SHAPES["letters above numbers"][0])[0]
    keys = [clause.key for clause in policy.clauses]
    assert keys == ["a-words", "a-1", "a-2", "b-users", "b-1-controls", "b-2-needs"]
    assert policy.clauses[4].parent == "b-users"
    assert adopted(SHAPES["an id of their own"][0])[0].clauses[0].key == "kept"


def test_what_was_numbered_by_place_is_noted() -> None:
    notes = adopted(SHAPES["letters above numbers"][0])[1]
    assert [(note.line, note.what) for note in notes] == [
        (3, "Numbered by its place in the list: A.1."),
        (4, "Numbered by its place in the list: A.2."),
    ]


def test_a_number_that_stands_twice_is_told_apart() -> None:
    policy, notes = adopted("# One\n\n## 1. A\n\nx\n\n# Two\n\n## 1. B\n\nx\n")
    assert [clause.number for clause in policy.clauses] == ["", "1", "", "Two 1"]
    assert notes[0].line == 9 and "stands twice" in notes[0].what


def test_links_to_nothing_are_noted() -> None:
    notes = adopted("# 1. A\n\n[here](#1-a) and [there](#b)\n")[1]
    assert [(note.line, note.what) for note in notes] == [(3, "The link to #b leads to no clause here.")]


def test_their_front_matter_is_kept_and_gives_the_title() -> None:
    text = "---\ntitle: 'House: rules'\nversions:\n  a: '*'\n---\n# 1. A\n\nx\n"
    policy = adopted(text)[0]
    assert policy.title == "House: rules" and policy.front_matter["source_front_matter"] == text[: text.index("# 1")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: >-\n  Folded\n  over lines\n---\n# A\n", "Folded over lines"),
        ("+++\ntitle = 'In TOML'\n+++\n# A\n", "In TOML"),
        ("---\ntitle: [1]\n---\n# A\n", "A"),
        ("GENERAL TERMS\n\nMONEY\n\nPay.\n", "GENERAL TERMS"),
        ("1. Fees\n\nPay.\n", "Policy"),
    ],
)
def test_the_title_is_what_their_text_calls_itself(text: str, title: str) -> None:
    assert adopted(text)[0].title == title


def test_what_cannot_be_kept_as_it_was_meant_is_noted() -> None:
    notes = adopted("---\ntitle: 'x\n---\n# 1. A\n\n[a][n] [b][own]\n\n[own]: /b\n\n# 2. B\n\n[n]: https://x.example\n")[1]
    assert [(note.line, note.what) for note in notes] == [
        (1, "What stands above the text cannot be read as front matter, so it is part of the text."),
        (6, "[a] has its address in another clause: no link."),
    ]


def test_a_chapter_leaves_the_short_id_to_the_article() -> None:
    clauses = adopted("第一章 总则\n\n第一条 甲方应当付款。\n\n第二条 乙方。\n")[0].clauses
    assert [clause.key for clause in clauses] == ["part-1", "1", "2"]


def test_ids_survive_into_the_next_version() -> None:
    first = adopted("# 1. Money\n\nx\n\n# 2. Work\n\n1. one\n\n# 3. End\n\nx\n")[0]
    second = adopted("# 1. Money\n\ny\n\n# 2. New\n\n1. other\n\n# 3. Work\n\n1. one\n", earlier=first)[0]
    assert [clause.key for clause in second.clauses] == ["1-money", "2-new", "2-1-2", "2-work", "2-1"]
    assert "New: 2 New." in second.changes and "Gone: 3 End (3-end)." in second.changes


def test_mended_words_keep_the_list_of_clauses() -> None:
    file, _ = adopt("# 1. A\n\nteh word\n\n1. one\n\n# 2. B\n", language="en", **DAYS)  # type: ignore[arg-type]
    mended = read_policy(file.replace("teh word", "the\nword"))
    assert [clause.number for clause in mended.clauses] == ["1", "1.1", "2"]
    with pytest.raises(PolicyError, match=r"No line begins with “# 2\. B”"):
        read_policy(file.removesuffix("# 2. B\n"))


def test_an_adopted_file_can_be_adopted_again() -> None:
    file, _ = adopt("# 1. A\n\nx\n", language="en", **DAYS)  # type: ignore[arg-type]
    assert adopt(file, language="en", **DAYS)[0] == file  # type: ignore[arg-type]


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(PolicyError, match="no text"):
        adopt(" \n", language="en", **DAYS)  # type: ignore[arg-type]


@pytest.mark.parametrize(("words", "made"), [("B.3 Año nuevo", "b-3-ano-nuevo"), ("第一", ""), ("a-" * 90, None)])
def test_slugs(words: str, made: str | None) -> None:
    assert slug(words) == made if made is not None else 70 < len(slug(words)) <= 80


LINES = st.one_of(
    st.sampled_from(
        [
            "", "1. One", "2. Two", "1. again", "(a) x", "(i) y", "## A. Def", "### 1. Acc", "# T", "---", "===",
            "Title", "**§1 G**", "**2.1** T", "1.1. t", "   a. sub", "* (i) b", "    1. deep", "```", "<!--", "-->",
            "Article 4 - X", "# 'q': {#k}", "- a: b", "## Opening {#opening}", "# ", "**", "§ 4 F", "CAPS LINE",
            "title: x", "clauses: []", "1.", "# Clause", "\ttab\x85 \u2028", "language: en", "第一条 总则", "（一）x", "① y",
            "١. z", "ARTICLE II", "Article 2: Fees", "§ 1º t", "<h2>3. H</h2>", "1(c) B", "Annex A", "² x", "½. x",
            "İ. x", "Ⅳ. x", "+++", "[a](#b)", "a | b", "--|--", "1\\. e", "**(a)** b", "Cláusula tercera. P", "제1조 (가)",
            "\u200f1.1. r", "1️⃣ e",
        ]
    ),
    st.text(max_size=12),
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_nothing_is_lost_of_any_text(lines: list[str], end: str) -> None:
    text = end.join([*lines, "some words"])
    if "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text):
        policy, _ = adopted(text)
        assert len({clause.key for clause in policy.clauses}) == len(policy.clauses)
        assert original_text(policy.text) == normalise(text)
