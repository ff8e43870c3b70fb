"""Policy files read into clauses, and given back whole."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rulebook.reading import PolicyError, normalise, read_policy, read_with_errors

FRONT = "---\ntitle: Terms\npublished_on: 2024-02-01\neffective_on: 2024-03-01\nlanguage: en\nchanges: First.\n---\n"
BODY = """Welcome.

## 4 Payments {#payments}

How money moves.

### 4.1 Milestones {#milestones}

Paid first.

### 4.2 Paying elsewhere {#off-platform-payment}

Please pay here.

## Closing words {#closing}
"""


def test_headings_become_clauses_with_number_id_and_parent() -> None:
    policy = read_policy(FRONT + BODY)
    found = [(c.key, c.number, c.heading, c.level, c.parent) for c in policy.clauses]
    assert found == [
        ("opening", "", "", 0, None),
        ("payments", "4", "Payments", 2, None),
        ("milestones", "4.1", "Milestones", 3, "payments"),
        ("off-platform-payment", "4.2", "Paying elsewhere", 3, "payments"),
        ("closing", "", "Closing words", 2, None),
    ]
    assert [c.ordinal for c in policy.clauses] == [0, 1, 2, 3, 4]
    assert policy.clauses[3].line == 18 and policy.clauses[3].text.startswith("### 4.2 Paying elsewhere {#")


def test_front_matter_is_read() -> None:
    policy = read_policy(FRONT + BODY)
    assert (policy.title, policy.language, policy.changes) == ("Terms", "en", "First.")
    assert (policy.published_on, policy.effective_on) == (date(2024, 2, 1), date(2024, 3, 1))


@pytest.mark.parametrize("cited", ["4.2", "§ 4.2", "Section 4.2.", "off-platform-payment", "paying elsewhere"])
def test_a_clause_is_found_by_number_id_and_heading(cited: str) -> None:
    found = read_policy(FRONT + BODY).find(cited)
    assert found is not None and found.key == "off-platform-payment"


def test_an_unknown_citation_finds_nothing() -> None:
    assert read_policy(FRONT + BODY).find("4.20") is None


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("Hello.", 1, "no front matter"),
        (FRONT.replace("title: Terms", "title: [Terms") + BODY, 3, "not YAML"),
        (FRONT.replace("title: Terms", "title:") + BODY, 2, "title"),
        (FRONT.replace("2024-03-01", "soon") + BODY, 4, "effective_on"),
        (FRONT + BODY.replace(" {#milestones}", ""), 14, "no id"),
        (FRONT + BODY.replace("#milestones", "#Mile Stones"), 14, "cannot be used"),
        (FRONT + BODY.replace("#milestones", "#payments"), 14, "was used in line 10"),
        (FRONT + BODY.replace("4.1", "4.2"), 18, "number 4.2 was used"),
        (FRONT + BODY + "\nUnderlined\n---\n", 24, "underlined heading"),
        (FRONT + "a\x00b", 8, "not text"),
        (FRONT, 8, "no text"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    assert what in caught.value.what and caught.value.line == line and caught.value.how


def test_all_errors_are_listed_at_once() -> None:
    broken = BODY.replace(" {#milestones}", "").replace(" {#closing}", "")
    errors = read_with_errors(FRONT.replace(": en", ": none here") + broken)[1]
    assert len(errors) == 3


def test_code_and_comments_begin_no_clause() -> None:
    body = "## 1 One {#one}\n\n```\n## not this\n```\n\n<!--\n## nor this\n-->\n"
    assert [c.key for c in read_policy(FRONT + body).clauses] == ["one"]


def test_the_one_normalisation() -> None:
    assert normalise("\ufeffCafe\u0301\r\nb\rc") == "Café\nb\nc\n"


WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00#"), max_size=40)


@given(opening=WORDS, bodies=st.lists(WORDS, max_size=6))
def test_nothing_is_lost(opening: str, bodies: list[str]) -> None:
    paragraphs = "".join(f"## {n} Part {{#part-{n}}}\n> {words}\n" for n, words in enumerate(bodies, 1))
    text = f"{FRONT}> {opening}\n{paragraphs}"
    policy, _ = read_with_errors(text)
    assert policy is not None
    assert policy.front + "".join(clause.text for clause in policy.clauses) == normalise(text)
