"""The machine-readable side of clauses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rulebook.clause_data import (
    DEFAULT,
    MEASURES,
    ClauseData,
    from_canonical,
    in_language,
    line_of,
    read_clause_data,
    read_data_with_errors,
)
from portal.rulebook.reading import PolicyError

RULE = """# a rule
[paying]
permits = [["warning"], ["restriction", "suspension"], ["termination"]]
max_days = [0, 30, 90]
interim = true
monetary = true
dsa_category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
[paying.advice]
en = "Pay here."
es = "Pague aquí."

[appeal]
promise = "appeal_answer"
kind = "answer"
length = 14
unit = "days"
start = "the appeal is filed"
consequence = "restriction_pauses"
"""


def test_a_rule_is_read() -> None:
    data = read_clause_data(RULE)["paying"]
    assert [data.permitted(n) for n in (1, 2, 3, 9)] == [
        ("warning",),
        ("restriction", "suspension"),
        ("termination",),
        ("termination",),
    ]
    assert (data.longest_suspension(1), data.longest_suspension(2)) == (90, 30)
    assert (data.interim, data.safety, data.monetary) == (True, False, True)
    assert in_language(data.advice, "es") == "Pague aquí."


def test_a_promise_is_read() -> None:
    data = read_clause_data(RULE)["appeal"]
    assert (data.promise, data.length, data.unit) == ("appeal_answer", 14, "days")
    assert data.consequence == "restriction_pauses"


def test_a_clause_without_data_permits_only_a_warning() -> None:
    assert {DEFAULT.permitted(n) for n in range(0, 5)} == {("warning",)}
    assert not (DEFAULT.interim or DEFAULT.safety or DEFAULT.monetary) and DEFAULT.look_back_months == 12


@pytest.mark.parametrize(("language", "words"), [("es", "hola"), ("es-MX", "hola"), ("fr", "hello")])
def test_words_fall_back_to_english(language: str, words: str) -> None:
    assert in_language((("en", "hello"), ("es", "hola")), language) == words
    assert in_language((), language) == ""


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[a]\npermits = [", 2, "not TOML"),
        ('[a]\n\npermits = [["warning"]]', 3, "permits"),
        ('[a]\npermits = [["warning"], ["stern look"], ["warning"]]', 2, "permits"),
        ('[a]\npermits = [[], ["warning"], ["warning"]]', 2, "permits"),
        ("[a]\nmax_days = [0, 30, 91]", 2, "max_days"),
        ("[b]\n[a]\ninterim = 1", 3, "interim"),
        ('[a]\ncounterparts = "nobody"', 2, "counterparts"),
        ('[a]\ncounterparts = "category"', 1, "not whole"),
        ('[a]\ndsa_category = "MINE"', 2, "dsa_category"),
        ("[a]\nsurprise = true", 2, "not known"),
        ('[a]\npromise = "hold"', 1, "not whole"),
        ('[a]\nunit = "days"', 1, "not whole"),
        ('[a]\npromise = "x"\nkind = "answer"\nlength = 1\nunit = "days"\nstart = "now"', 1, "not whole"),
        ("a = 1", 1, "not the table"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_clause_data(text)
    assert says in caught.value.what and caught.value.line == line and caught.value.how


def test_one_bad_table_does_not_hide_the_others() -> None:
    data, errors = read_data_with_errors(RULE + "\n[bad]\ninterim = 3\nsafety = 3\n")
    assert set(data) == {"paying", "appeal"} and len(errors) == 2


def test_lines_of_tables_and_names() -> None:
    assert (line_of(RULE, "paying"), line_of(RULE, "paying", "advice"), line_of(RULE, "appeal", "unit")) == (2, 8, 16)


FLAGS = st.booleans()
TEXTS = st.dictionaries(st.sampled_from(["en", "es", "pt-BR"]), st.text(min_size=1), max_size=3).map(
    lambda texts: tuple(sorted(texts.items()))
)
DATA = st.builds(
    ClauseData,
    permits=st.tuples(*[st.lists(st.sampled_from(MEASURES), min_size=1, unique=True).map(tuple)] * 3),
    max_days=st.tuples(*[st.one_of(st.none(), st.integers(1, 90))] * 3),
    interim=FLAGS,
    safety=FLAGS,
    monetary=FLAGS,
    advice=TEXTS,
    category=TEXTS,
    length=st.one_of(st.none(), st.integers(0, 1000)),
)


@given(DATA)
def test_what_is_frozen_comes_back_the_same(data: ClauseData) -> None:
    assert from_canonical(json.loads(json.dumps(data.canonical()))) == data


def test_a_record_of_an_older_day_gets_defaults() -> None:
    assert from_canonical({"v": 1, "safety": True}) == ClauseData(safety=True)


def test_what_came_later_leaves_older_records_as_they_were() -> None:
    assert "asks_identity" not in DEFAULT.canonical()
    asking = read_clause_data("[who]\nasks_identity = true")["who"]
    assert asking.asks_identity and asking.canonical()["asks_identity"] is True
    assert from_canonical(asking.canonical()) == asking
    assert not from_canonical(DEFAULT.canonical()).asks_identity


def test_a_clause_that_is_only_quoted_before_paying_says_nothing_of_what_may_follow() -> None:
    quoted = read_clause_data('[milestones]\nbefore_you_pay = "milestones"')["milestones"]
    assert not quoted.rules and not DEFAULT.rules and read_clause_data("[x]\nsafety = true")["x"].rules
    assert "before_you_pay" not in DEFAULT.canonical() and from_canonical(quoted.canonical()) == quoted
    with pytest.raises(PolicyError, match="Choose one of"):
        read_clause_data('[milestones]\nbefore_you_pay = "weather"')


@pytest.mark.parametrize(("promise", "unit", "counted"), [
    ("message_retention", "months", "days"), ("message_retention", "hours", "days"),
    ("new_destination", "months", "days or hours"),
    ("link_destination", "working_days", "days or hours"), ("clearing", "months", "days or hours"),
    ("tell_clients", "hours", "days or months"),
])
def test_times_that_would_be_read_as_other_ones_are_refused(promise: str, unit: str, counted: str) -> None:
    text = f'[a]\npromise = "{promise}"\nkind = "period"\nlength = 3\nunit = "{unit}"\nstart = "it is there"\n'
    with pytest.raises(PolicyError) as caught:
        read_clause_data(text)
    assert caught.value.how == f"This time is counted in {counted}."
    assert read_clause_data(text.replace(unit, "days"))["a"].unit == "days"
