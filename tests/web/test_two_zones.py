"""A side whose day ends earlier or later than the other's reads the moment, on every page, and never a wrong 24:00."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.cases.models import Case, WorkItem
from portal.core.clock import MovedClock, end_of_day
from portal.core.database import Database
from portal.disputes.operations import answer_dispute
from tests.disputes.deciding import Bench, answered
from tests.factories.market import Party
from tests.verification.making import Checks
from tests.web.conftest import Browser
from tests.web.desk_support import Desk, open_desk, words_of


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    """Stacy lives in Chicago, Tim in New York, where a day ends an hour earlier."""
    made = open_desk(sqlite_database, clock, tmp_path)
    for party, zone in ((made.story.stacy, "America/Chicago"), (made.story.tim, "America/New_York")):
        move(made, party, zone)
    return made


def move(desk: Desk, party: Party, zone: str) -> None:
    moved = update(Person).where(Person.id == party.person.id).values(zone=zone)
    desk.market.make(lambda work: work.db.execute(moved))


def decided(desk: Desk) -> Bench:
    made = answered(desk.market, desk.story)
    with desk.market.office.database.read() as session:
        desk.take(session.get_one(Case, made.dispute.case_id).ref)
    made.decide()
    return made


def test_the_choice_ends_at_one_moment(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    ref = decided(desk).ref
    stacy, tim = (browser.page(f"/disputes/{ref}") for browser in sides)
    carried_out = "Without a request for a review, our decision is carried out"
    assert f"at the end of Sunday 29 November 2026 {carried_out}" in words_of(stacy)
    assert f"Monday 30 November 2026, 01:00 your time {carried_out}" in words_of(tim)
    assert "until Monday 30 November 2026, 01:00 your time" in tim
    assert "30 November 2026, 24:00" not in tim


def test_a_heading_names_a_day_that_counts_whole(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    decided(desk)
    heading = sides[1].page("/me").split("<h1>")[1].split("</h1>")[0]
    assert "You can accept our decision or ask for a review by Sunday 29 November 2026." in heading
    assert "Monday 30 November 2026, 01:00 your time" in sides[1].page("/me"), "the moment stands beneath"


def test_the_desk_says_it_once(desk: Desk) -> None:
    page = desk.get(f"/desk/disputes/{decided(desk).ref}")
    assert page.count("until Monday 30 November 2026, 06:00 UTC") == 2
    assert "end of Monday 30 November" not in page


def test_an_answer_is_awaited_until_the_moment_it_is_due(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    ref = str(desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"])
    stacy, tim = (browser.page(f"/disputes/{ref}") for browser in sides)
    assert "Tim Okafor has until Sunday 29 November 2026, 23:00 your time to answer" in stacy
    assert "by Sunday 29 November 2026, 23:00 your time" in stacy
    assert "by Sunday 29 November 2026, 24:00" in tim
    assert "by Sunday 29 November 2026, 23:00 your time" in sides[0].page("/me")
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=ref, answer="It is what we agreed.")
    assert ", 23:00 your time" in sides[0].page("/me")


def test_the_desk_names_the_day_until_which_something_is_accepted(desk: Desk) -> None:
    """A day of the person's zone: never the moment after it in the reviewer's."""
    checks = Checks.begin(desk.market, desk.story)
    item = str(checks.ask()["item"])
    checks.send(item)
    checks.accept(item, date(2027, 11, 29))
    for path in (f"/desk/identity/{item}", f"/desk/cases/{checks.case_ref}/identity", f"/desk/cases/{checks.case_ref}"):
        page = words_of(desk.get(path)).lower()
        assert "accepted until the end of monday 29 november 2027" in page, path
        assert "30 november 2027" not in page


def test_whoever_reports_with_a_dispute_has_our_answer_at_the_end_of_their_own_day(desk: Desk) -> None:
    desk.market.dispute(desk.story.stacy, desk.story.contract, report=True)
    with desk.market.office.database.read() as session:
        due_at = session.scalars(select(WorkItem.due_at).where(WorkItem.kind == "report")).one()
    assert due_at == end_of_day(date(2026, 11, 25), "America/Chicago")


def test_the_other_sides_time_is_said_in_one_way_on_one_page(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    """It ends in the first hours of the reader's day."""
    move(desk, desk.story.tim, "America/Chicago")
    move(desk, desk.story.stacy, "America/New_York")
    ref = str(desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"])
    page, moment = sides[0].page(f"/disputes/{ref}"), "Monday 30 November 2026, 01:00 your time"
    assert f"Tim Okafor has until {moment} to answer" in page and f"by {moment}" in page
    assert "Please answer by Sunday 29 November 2026." in sides[1].page(f"/disputes/{ref}")
