"""A termination from before we promised that one can ask: a newer promise that is better counts, and its own date stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from portal.act import Office
from portal.core.clock import MovedClock
from portal.enforcement.rules import State
from tests.appeals.coming_back import Closed, closed
from tests.factories.market import refused
from tests.factories.promising import proven
from tests.web.conftest import Doors


@pytest.fixture
def clock() -> MovedClock:
    """Before the promise took effect."""
    return MovedClock(datetime(2026, 10, 20, 12, tzinfo=UTC))


@pytest.fixture
def desk(office: Office) -> Closed:
    return closed(office, passes=False)


def test_while_nothing_is_promised_there_is_nothing_to_ask(desk: Closed) -> None:
    assert desk.asking().why_not == "not_promised" and refused(desk.come_back) == "not_promised"


def test_one_can_ask_after_the_promised_time_and_a_no_leaves_the_date_of_the_letter(desk: Closed) -> None:
    desk.passes(days=40)
    found = desk.asking()
    assert found.why_not == "too_early" and found.from_at is not None
    assert (found.from_at.year, found.from_at.month) == (2027, 5)
    desk.passes(seconds=(found.from_at - desk.market.now).total_seconds())
    assert desk.notices("reinstatement_opens") == [], "no letter named this day"
    ref = desk.come_back()
    desk.decide(ref, "declined", next_on=desk.day_in(150))
    assert proven(desk.market) == []
    desk.passes(days=160)
    assert len(desk.notices("reinstatement_opens")) == 1 and desk.state() is State.TERMINATED
    desk.passes(days=40)
    assert desk.state() is State.GOOD, "the letter's date: nobody reviewed it by then, so it ended"
    assert desk.asking().why_not == "over" and proven(desk.market) == []


def test_what_waits_when_the_date_comes_has_nothing_left_to_ask(desk: Closed) -> None:
    desk.passes(days=385)
    assert desk.state() is State.TERMINATED
    ref = desk.come_back()
    desk.passes(days=12)
    assert desk.state() is State.GOOD and desk.request(ref).state == "over" and proven(desk.market) == []


def test_its_page_says_when_it_ends(app: Flask) -> None:
    """How a page reads does not depend on the database."""
    desk = closed(app.extensions["office"], passes=False)
    desk.passes(days=40)
    mine = Doors(app, desk.market).open(desk.story.tim.person).page("/me")
    assert "Our next look at this decision, by" in mine and "it ends by itself" in mine and "We owe you no answer" not in mine
