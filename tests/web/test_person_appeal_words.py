"""What the page of an appeal says after our time has passed, when we opened it ourselves, and when it is opened again."""

from __future__ import annotations

import re

import pytest

from portal.core.access import Role
from tests.appeals.conftest import Bench
from tests.appeals.test_lapses import settle
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Story
from tests.web.conftest import Doors


@pytest.fixture
def bench(market: Market, story: Story) -> Bench:
    """Stacy contested and reported; Tim is suspended for 20 days."""
    made = Bench(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    with_exhibit(made)
    return made


def page_of(doors: Doors, bench: Bench, ref: str) -> str:
    return " ".join(doors.open(bench.story.tim.person).page(f"/appeals/{ref}").split())


def suspended(bench: Bench, **form: str) -> str:
    bench.action_ref = bench.ready("threats" if form else "payment-for-nothing")
    bench.issue(bench.action_ref, **form)
    return bench.action_ref


def test_late_it_says_so_and_that_the_decision_is_paused(doors: Doors, bench: Bench) -> None:
    suspended(bench)
    ref = bench.file()
    assert "<h1>We have your appeal. You get our answer by Sunday 6 December 2026.</h1>" in page_of(doors, bench, ref)
    bench.later(days=15)
    settle(bench)
    page = page_of(doors, bench, ref)
    assert "<h1>We are late with the answer to your appeal</h1>" in page
    assert "You should have had it on Sunday 6 December 2026. That is our fault" in page
    assert "the decision is paused: it has no effect" in page
    assert "You get our answer by" not in page
    mine = doors.open(bench.story.tim.person).page("/me")
    assert "The suspension ends by itself" in mine
    assert f"The decision {bench.action_ref} ended." not in mine


def test_late_under_a_safety_rule_a_lead_has_it(doors: Doors, bench: Bench) -> None:
    suspended(bench, clause_version_id=str(bench.clause("threats")))
    bench.market.staff("Lee Ahn", Role.LEAD)
    ref = bench.file()
    assert "If we are late, a lead or an outside reviewer has to decide within 72 hours." in page_of(doors, bench, ref)
    bench.later(days=14, hours=13)
    settle(bench)
    here, mine = page_of(doors, bench, ref), doors.open(bench.story.tim.person).page("/me")
    assert "We are late. A lead answers your appeal by Wednesday 9 December 2026." in here
    assert "We are late, and that is our fault. A lead has it now." in mine
    assert "<h1>Stacy Moreno contests $400.00 USD. Please answer by Monday 14 December 2026.</h1>" in mine
    assert "outside reviewer has to decide" not in here and "If we are late, a lead" not in mine
    assert "the decision is not paused" in page_of(doors, bench, ref)


def test_late_under_a_safety_rule_no_lead_is_named_where_none_has_it(doors: Doors, bench: Bench) -> None:
    suspended(bench, clause_version_id=str(bench.clause("threats")))
    ref = bench.file()
    bench.later(days=14, hours=13)
    settle(bench)
    here, mine = page_of(doors, bench, ref), doors.open(bench.story.tim.person).page("/me")
    assert "We are late. You get our answer by Wednesday 9 December 2026." in here and "the decision is not paused" in here
    assert "We are late, and that is our fault." in mine and not re.search("[Aa] lead (answers|has)", here + mine)


def opened_again(bench: Bench, *, after: str) -> str:
    """A later decision counted an earlier one that is now overturned; its own appeal was answered before, or never sent."""
    first = suspended(bench)
    bench.later(days=30)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref, ends_on=bench.market.day(-80).isoformat())
    if after == "answered":
        bench.decide(bench.file())
    bench.market.staff("Kim Sato")
    bench.decide(bench.file(action_ref=first), "reversed", by=bench.story.rae)
    with bench.office.database.read() as session:
        return next(one.ref for one in bench.appeals(session) if one.state == "filed")


def test_one_that_we_opened_says_that_nobody_had_to_ask(doors: Doors, bench: Bench) -> None:
    page = page_of(doors, bench, opened_again(bench, after="nothing"))
    assert "<h1>We look at this decision again. You get our answer by" in page
    assert "You did not have to ask" in page
    assert "We wrote" in page
    assert "You wrote" not in page
    assert "What you wrote" not in page


def test_one_that_is_opened_again_keeps_the_earlier_answer(doors: Doors, bench: Bench) -> None:
    page = page_of(doors, bench, opened_again(bench, after="answered"))
    assert "<h1>We look at this decision again. You get our answer by" in page
    assert "<summary>Our earlier answer, of " in page
    assert "We read the letters and the messages of both sides." in page
    assert "You wrote" in page
