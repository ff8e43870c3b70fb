"""Editorial corrections: small changes of wording pass, everything that could change a rule is refused, at check and publish."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from portal.act import Office
from portal.core.errors import RuleBroken
from portal.rulebook.checking import check_folder
from portal.rulebook.checks import corrections_change_no_rule
from portal.rulebook.clause_data import read_clause_data
from portal.rulebook.correcting import frozen_wording
from portal.rulebook.editorial import corrections, differences, problems, wording_of
from portal.rulebook.editorial_words import MEANING
from portal.rulebook.models import PolicyVersion
from portal.rulebook.reading import read_policy
from portal.settings import ROOT
from tests.factories.rules import BODY, FIRST, Rulebook

TERMS = ROOT / "policies" / "terms-of-service"
SPANISH = BODY.replace("Clients pay within two days.", "Los clientes pagan en dos días.")


def refused(before: str, after: str, language: str = "en") -> list[str]:
    """What is wrong with the second text as a correction of the first."""
    head = f"---\ntitle: T\npublished_on: 2026-01-01\neffective_on: 2026-01-02\nlanguage: {language}\nchanges: A word.\n"
    old, new = read_policy(f"{head}---\n{before}"), read_policy(f"{head}editorial: true\n---\n{after}")
    return [error.what for error in problems(new, {}, wording_of(old, {}))]


@pytest.mark.parametrize(("old", "new"), [
    ("freindly", "friendly"), ("Welcome to the rules.", "Welcome to the rules!"), ("good time.", "good  time. "),
    ("freindly way, and", "freindly way – and"), ("Welcome to", "*Welcome* to"), ("Being polite", "Being polyte"),
    ("answer messages", "answer mesages"), ("WELCOME", "WELCOME"),
])
def test_wording_may_change(old: str, new: str) -> None:
    assert refused(BODY, BODY.replace(old, new)) == []


@pytest.mark.parametrize(("old", "new", "word"), [
    ("two days", "three days", "two"), ("two days", "two months", "days"), ("$40", "$400", "40"), ("$40", "€40", "$"),
    ("Nobody may", "Somebody may", "Nobody"), ("Nobody may", "Nobody must", "may"), ("before the", "after the", "before"),
    ("Clients pay", "Freelancers pay", "Clients"), ("more than", "less than", "more"), ("and answer", "or answer", "and"),
    ("messages", "no messages", "no"), ("## 2 Being", "## 3 Being", "number or its place"),
    ("{#polite}", "{#kind}", "ids"), ("in good time", "in n\u043ead time", "U+043E"), ("good time", "good\u202e time", "U+202E"),
    ("Write to each other in a freindly way", "Be nice", "carries meaning"), ("## 2 Being", "### 2 Being", "place"),
    ("answer messages", "<!-- answer --> messages", "<!--"), ("messages", "[messages](/rules/x#y)", "["),
    ("freindly way", "good spirit", "of its words changed"),
])
def test_what_could_change_a_rule_is_refused(old: str, new: str, word: str) -> None:
    assert BODY.replace(old, new) != BODY
    found = refused(BODY, BODY.replace(old, new))
    assert len(found) == 1
    assert word in found[0]


OTHER_WORDS = [
    ("in full", "in part"), ("at once", "at last"), ("suspend", "terminate"), ("is given", "is denied"), ("legal", "illegal"),
    ("possible", "impossible"), ("refundable", "nonrefundable"), ("paid", "unpaid"),
    ("harmful", "harmless"), ("milestone", "milestones"), ("contract", "contact"), ("promptly", ""), ("", "seldom"), ("-5", "5"),
    (".5", "5"),
]


@pytest.mark.parametrize(("old", "new"), OTHER_WORDS)
def test_a_word_does_not_become_another(old: str, new: str) -> None:
    around = "## 1 One {#one}\n\nWhat stands in this contract we %s change and keep" + " written" * 30 + ".\n"
    assert "more than an editorial correction" in refused(around % old, around % new)[0]


@pytest.mark.parametrize(("old", "new", "language"), [
    ("recieve", "receive", "en"), ("accomodation", "accommodation", "en"), ("paymen", "payment", "en"),
    ("the the fee", "the fee", "en"), ("in way", "in a way", "en"), ("respecta", "respeta", "es"), ("resibir", "recibir", "es"),
])
def test_a_word_may_be_written_rightly(old: str, new: str, language: str) -> None:
    around = "## 1 One {#one}\n\nEsto %s" + " texto" * 40 + ".\n"
    assert refused(around % old, around % new, language) == []


def test_an_accent_at_the_end_makes_another_word_in_spanish() -> None:
    around = "## 1 Uno {#uno}\n\nNorthlight %s" + " texto" * 40 + ".\n"
    assert refused(around % "pagara", around % "pagará", "es") and refused(around % "debido", around % "indebido", "es")


def test_words_are_weighed_in_the_language_of_the_text() -> None:
    assert refused(SPANISH, SPANISH.replace("dos días", "tres días"), "es")
    assert refused(SPANISH, SPANISH.replace("freindly", "friendly"), "es") == []
    assert refused(BODY, BODY.replace("freindly", "friendly"), "de") != []
    assert refused(BODY, BODY.replace("good time.", "good time!"), "de") == []


def test_machine_data_order_and_clauses_stay_as_they_are() -> None:
    policy = read_policy((TERMS / "2026-03-01.md").read_text(encoding="utf-8"))
    text = (TERMS / "2026-03-01.clauses.toml").read_text(encoding="utf-8")
    before = wording_of(policy, read_clause_data(text))
    assert differences(before, before) == []
    other = re.sub(r"interim = true", "interim = false", text)
    assert text != other
    assert "machine data" in differences(before, wording_of(policy, read_clause_data(other)))[0].what
    assert "order" in refused(BODY, "\n".join(reversed(BODY.split("\n\n"))).replace("\n\n", "\n"))[0]


@given(st.sampled_from(sorted(MEANING["en"])), st.integers(0, 200), st.booleans())
def test_no_word_that_carries_meaning_comes_or_goes(word: str, place: int, capital: bool) -> None:
    """Wherever such a word is put into a real text or taken out of it, in whatever case, it is no correction."""
    words = (TERMS / "2026-03-01.md").read_text(encoding="utf-8").split("---\n", 2)[2].split("\n\n")[0].split(" ")
    place %= len(words)
    more = " ".join([*words[:place], word.title() if capital else word, *words[place:]])
    assert refused(f"{' '.join(words)}\n", f"{more}\n")
    assert refused(f"{more}\n", f"{' '.join(words)}\n")


@given(st.text(alphabet="abcdefg ,.;:'\n", max_size=60), st.text(alphabet="abcdefg ,.;:'\n", max_size=60))
def test_numbers_and_negations_are_the_same_in_whatever_passes(before: str, after: str) -> None:
    old, new = f"It is not 5 days. {before}\n", f"It is not 5 days. {after}\n"
    if not refused(old, new):
        kept = re.compile(r"\d+|\bnot\b|\bdays\b")
        assert kept.findall(old) == kept.findall(new)


@pytest.fixture
def rules(office: Office, tmp_path: Path) -> Rulebook:
    return Rulebook(office, tmp_path / "policies").begin()


def found(rules: Rulebook) -> list[str]:
    return [f"{one.file}:{one.line}: {one.what}" for one in check_folder(rules.folder)]


def test_a_correction_is_published_at_once_and_keeps_what_it_corrects(rules: Rulebook) -> None:
    today = rules.today()
    rules.write(today, body=BODY.replace("freindly", "friendly"), front="editorial: true\n", changes="A typing error.")
    assert found(rules) == []
    rules.publish()
    with rules.office.database.read() as session:
        first, second = session.scalars(sa.select(PolicyVersion).order_by(PolicyVersion.effective_on)).all()
        assert (first.corrects_id, second.corrects_id) == (None, first.id)
        changed = corrections(frozen_wording(session, first), frozen_wording(session, second))
        assert [(one.unit.cited, one.before, one.after) for one in changed] == [("2", "freindly", "friendly")]
        assert list(corrections_change_no_rule(session)) == []


@pytest.mark.parametrize(("body", "front", "changes"), [
    (BODY.replace("two days", "nine days"), "editorial: true\n", "x"), (BODY, "editorial: true\n", ""),
    (BODY, "editorial: perhaps\n", "x"),
])
def test_check_and_publish_refuse_alike(rules: Rulebook, body: str, front: str, changes: str) -> None:
    rules.write(rules.today(20), body=body, front=front, changes=changes)
    assert len(found(rules)) == 1
    with pytest.raises(RuleBroken, match="not_editorial"):
        rules.publish()


def test_a_first_version_corrects_nothing_and_a_correction_has_no_past(office: Office, tmp_path: Path) -> None:
    rules = Rulebook(office, tmp_path / "policies")
    rules.write(FIRST, published_on=date(2024, 2, 1), front="editorial: true\n")
    assert "no earlier version" in found(rules)[0]
    with pytest.raises(RuleBroken, match="not_editorial"):
        rules.publish()
    rules.write(FIRST, published_on=date(2024, 2, 1))
    rules.publish()
    day = rules.today(-3)
    rules.write(day, published_on=day, front="editorial: true\n")
    with pytest.raises(RuleBroken, match="in_the_past"):
        rules.publish()


def test_nothing_comes_between_a_correction_and_what_it_corrects(rules: Rulebook) -> None:
    rules.write(rules.today(30), published_on=rules.today(), front="editorial: true\n")
    rules.publish()
    between = rules.write(rules.today(20), body=BODY.replace("two days", "nine days"))
    assert "more than an editorial" in found(rules)[0]
    with pytest.raises(RuleBroken, match="corrected_before"):
        rules.publish()
    between.unlink()
    rules.write(rules.today(40), body=BODY.replace("two days", "nine days"))
    assert rules.publish()


def test_a_translation_is_corrected_with_its_original(rules: Rulebook) -> None:
    spanish = {"language": "es", "translation": True, "title": "Reglas"}
    rules.write(FIRST, published_on=date(2024, 2, 1), body=SPANISH, **spanish)  # type: ignore[arg-type]
    rules.publish()
    today = rules.today()
    rules.write(today, body=BODY.replace("freindly", "friendly"), front="editorial: true\n")
    rules.write(today, body=SPANISH.replace("dos", "tres"), front="editorial: true\n", **spanish)  # type: ignore[arg-type]
    assert "“dos” carries meaning" in found(rules)[0]
    with pytest.raises(RuleBroken, match="not_editorial"):
        rules.publish()
    rules.write(today, body=SPANISH.replace("freindly", "friendly"), **spanish)  # type: ignore[arg-type]
    assert "Only one of this text" in found(rules)[0]
    rules.write(today, body=SPANISH.replace("freindly", "friendly"), front="editorial: true\n", **spanish)  # type: ignore[arg-type]
    assert found(rules) == []
    rules.publish()
    with rules.office.database.read() as session:
        assert list(corrections_change_no_rule(session)) == []
        both = session.scalars(sa.select(PolicyVersion).where(PolicyVersion.effective_on == today)).all()
        assert len({one.corrects_id for one in both}) == 1
        assert [json.loads(one.front)["editorial"] for one in both] == [True, True]


def test_a_policy_of_others_can_be_corrected_too(tmp_path: Path) -> None:
    front = "clauses:\n- {at: '1. Pay', id: pay, number: '1', heading: Pay}\n- {at: '2. Be', id: be, number: '2', heading: Be}\n"
    text = "1. Pay in two days.\n\n2. Be polite and freindly.\n"
    head = "---\ntitle: T\npublished_on: 2026-01-01\neffective_on: {}\nlanguage: en\nchanges: A word.\n{}{}---\n{}"
    place = tmp_path / "others"
    place.mkdir()
    (place / "2026-01-01.md").write_text(head.format("2026-01-01", front, "", text), encoding="utf-8")
    corrected = text.replace("freindly", "friendly")
    (place / "2026-01-02.md").write_text(head.format("2026-01-02", front, "editorial: true\n", corrected), encoding="utf-8")
    assert check_folder(tmp_path) == []
    (place / "2026-01-02.md").write_text(
        head.format("2026-01-02", front, "editorial: true\n", corrected.replace("two", "ten")), encoding="utf-8"
    )
    assert len(check_folder(tmp_path)) == 1


@pytest.mark.parametrize(("length", "unit", "soonest"), [(15, "days", 15), (30, "days", 30), (10, "days", 15), (1, "months", 31)])
def test_a_version_with_new_rules_waits_as_long_as_our_promise_says(
    tmp_path: Path, length: int, unit: str, soonest: int
) -> None:
    office: Office = None  # type: ignore[assignment]
    rules = Rulebook(office, tmp_path)
    rules.promise(date(2025, 1, 1), length, unit)
    rules.write(FIRST, published_on=date(2024, 2, 1))
    published = date(2026, 5, 1)
    for ahead, wrong in ((soonest - 1, 1), (soonest, 0)):
        day = date.fromordinal(published.toordinal() + ahead)
        path = rules.write(day, published_on=published)
        said = [one for one in found(rules) if "before its notice" in one]
        assert len(said) == wrong
        path.unlink()
