"""The letter, the desk and the clients say the same of a suspension; a letter is read in the reader's language."""

import re

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.notices.models import Notice
from portal.web.desk.words import MEASURE_HINTS
from portal.web.shell.letter_words import BACK
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors
from tests.web.desk_support import words_of
from tests.web.paper.conftest import text_of


@pytest.fixture
def bench(contested: Desk) -> Bench:
    """Tim is suspended for 20 days, and informed."""
    made = Bench(contested.market, contested.story, contested.case_ref)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    return made


def speaks(bench: Bench, code: str) -> None:
    person = bench.story.tim.person.id
    bench.market.make(lambda work: setattr(work.db.get_one(Person, person), "language", code))


def test_the_person_reads_what_their_clients_read(doors: Doors, bench: Bench) -> None:
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{bench.action_ref}")
    assert "They stay open, but no work is done on them meanwhile. The other side can end them at any time." in page
    assert "Work that was delivered is still paid as agreed." in page
    assert "none on running contracts" in MEASURE_HINTS["suspension"]


def test_a_day_that_still_counts_is_named_as_such(doors: Doors, bench: Bench) -> None:
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{bench.action_ref}")
    assert "You can work here again from Sunday 13 December 2026; you need not ask." in page
    assert page.index("What spoke for you</h2>") < page.index("How we weighed it</h2>")
    assert not [text for text in BACK.values() if "ntil %(day)s" in text]


def test_a_frozen_english_letter_speaks_spanish_to_who_reads_spanish(doors: Doors, bench: Bench) -> None:
    speaks(bench, "es")
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{bench.action_ref}")
    assert "Write to us in your own words" not in page and "out-of-court body" not in page
    assert "Escríbanos" in page


def test_what_the_reviewer_wrote_says_in_which_language(doors: Doors, bench: Bench) -> None:
    """Once, before the first of it; and not for who reads that language."""
    page = f"/me/actions/{bench.action_ref}"
    same = doors.open(bench.story.tim.person).page(page)
    assert "as it was written" not in same and "We sent this letter in" not in same and "Written in" not in same
    speaks(bench, "es")
    letter = doors.open(bench.story.tim.person).page(page)
    assert letter.count("queda aquí como lo escribió, en inglés.") == 1
    assert re.search(r'<bdi lang="en">6\.4 Taking payment for nothing</bdi></strong><br>\s*Escrito en inglés\.', letter)


def test_a_translated_rule_says_so_beside_the_rule_and_the_letter_where_it_is_checked(doors: Doors, contested: Desk) -> None:
    """Before the letter, it would say of the whole letter that it is a translation."""
    bench = Bench(contested.market, contested.story, contested.case_ref)
    ref = bench.ready()
    speaks(bench, "es")
    bench.issue(ref)
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{ref}")
    assert page.count("Esto es una traducción.") == 1
    rule, binding = page.index('<figure class="rule">'), page.index("El texto que obliga</summary>")
    assert rule < page.index("Esto es una traducción.") < binding
    assert f"Compruebe este documento en http://localhost:8000/me/actions/{ref}.json" in page


def test_a_frozen_spanish_letter_speaks_english_to_who_reads_english(doors: Doors, contested: Desk) -> None:
    bench = Bench(contested.market, contested.story, contested.case_ref)
    ref = bench.ready()
    speaks(bench, "es")
    bench.issue(ref)
    speaks(bench, "en")
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{ref}")
    assert "Write to us in your own words" in page and "out-of-court body" in page
    assert "We sent this letter in Spanish." in page


def test_an_overturned_decision_names_no_time_to_appeal(doors: Doors, bench: Bench) -> None:
    tim = doors.open(bench.story.tim.person)
    assert "your time to appeal runs from then" in tim.page(f"/me/actions/{bench.action_ref}")
    bench.decide(bench.file(), "reversed")
    page = tim.page(f"/me/actions/{bench.action_ref}")
    assert "You count as informed since" in page
    assert "time to appeal" not in page


@pytest.mark.parametrize("measure", ["suspension", "restriction"])
def test_where_we_act_first_nothing_says_that_we_decided(doors: Doors, contested: Desk, measure: str) -> None:
    """Neither the own page nor the letter, on paper or not; and what it says of the clients is what these are told."""
    ref, tim = contested.ready("threats"), doors.open(contested.story.tim.person)
    taken = {"measure": measure, "scope": ["new_contracts"] if measure == "restriction" else [], "ends_on": ""}
    contested.issue(ref, interim=True, clause_version_id=str(contested.clause("threats")), **taken)
    page = words_of(tim.page(f"/me/actions/{ref}"))
    paper = " ".join(text_of(tim.get(f"/me/actions/{ref}.pdf").data).split())
    for letter in (page, paper):
        assert "With this we act first, under rule 5.2. Nothing has been decided: we ask you what happened" in letter
        assert "They are told that nothing has been decided, and neither the rule nor what happened." in letter
        assert "We decided that rule" not in letter
    own = words_of(tim.page("/me"))
    assert "We acted first, and nothing has been decided." in own and "We decided that this rule applies" not in own
    with contested.office.database.read() as session:
        told = {one.kind: one.body or "" for one in session.scalars(select(Notice).where(Notice.about_ref == ref))}
    assert "We act first here, and nothing has been decided." in told["statement"]
    away = "Tim Okafor is not available" if measure == "suspension" else "A part of the account of Tim Okafor is restricted"
    assert told["counterpart_action"].startswith(f"{away} for a short time. Nothing has been decided.")


def test_a_letter_calls_a_rule_as_clients_are_told_of_it(doors: Doors, contested: Desk) -> None:
    """Where its number could point to who asked for help, they are told its group, and the letter says so."""
    ref = contested.ready("threats")
    contested.issue(ref, clause_version_id=str(contested.clause("threats")))
    page = words_of(doors.open(contested.story.tim.person).page(f"/me/actions/{ref}"))
    assert "are told that this was applied: a rule about people's safety; that this is our decision" in page
    assert "are told that rule" not in page
