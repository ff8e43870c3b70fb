"""The statement of reasons is a letter made from the frozen record; its first opening is an act."""

import base64
import hashlib
import json

from sqlalchemy import select

from portal.enforcement.models import Statement
from portal.log.models import Event
from portal.notices.models import Informed, InformedHow
from tests.enforcement.conftest import FACTS, Desk, with_exhibit
from tests.enforcement.test_lapses import settle
from tests.factories.market import Market, Story
from tests.web.conftest import Doors


def informed(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(Informed.how).join(Event, Informed.created_at == Event.at).distinct()))


def test_the_letter_says_everything(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    page = doors.open(contested.story.tim.person).page(f"/me/actions/{action}")
    for words in (
        "<strong dir=\"auto\">You wrote</strong></header><p dir=\"auto\">I was ill for two weeks.",
        "Your account is suspended until the end of Saturday 12 December 2026", FACTS, "6.4 Taking payment for nothing",
        "The milestone was paid and its work never came.", "I was ill for two weeks.", "Three good years.",
        "Proof of an illness.", f"Reviewer {contested.story.rae.handle}, a person.", "until at least Saturday 22 May 2027",
        "$1,750.00 USD is yours to withdraw now.", "It is not held because of this decision.", "You count as informed since",
    ):
        assert words in page, words


def test_a_hold_because_of_the_decision_is_named_so(doors: Doors, market: Market, story: Story) -> None:
    """Stacy contests $300 of the milestone; the decision claims the $100 that are left."""
    desk = with_exhibit(Desk(market, story, market.dispute(story.stacy, story.contract, 30_000, report=True)["case"]))
    action = desk.ready()
    desk.issue(action, **desk.hold(10_000))
    page = doors.open(story.tim.person).page(f"/me/actions/{action}")
    assert "not held because of this decision" in page and "This is held because of this decision." in page
    mine = doors.open(story.tim.person).page("/me")
    assert "$100.00 USD of “Photo app” is on hold because of this decision, until" in mine and "$300.00 USD" in mine


def test_until_when_is_the_day_of_its_last_part_and_what_is_over_stands_in_what_happened(doors: Doors, contested: Desk) -> None:
    """Nobody looked again at what could have lasted to the end of the decision; the rest ends before that."""
    day, action = contested.market.day, contested.ready()
    contested.issue(
        action, measure="restriction", scope=["profile", "new_offers"], ends_on=day(-20).isoformat(),
        ends_on_new_offers=day(-10).isoformat(), review_on_profile=day(-5).isoformat(),
    )
    tim, until = doors.open(contested.story.tim.person), "A part of your account is restricted until the end of"
    assert f"{until} Saturday 12 December 2026" in tim.page(f"/me/actions/{action}")
    contested.later(days=6)
    settle(contested)
    letter, mine = tim.page(f"/me/actions/{action}"), tim.page("/me")
    assert f"{until} Wednesday 2 December 2026" in letter and f"{until} Saturday" not in letter
    assert "The end, on Wednesday 2 December 2026" in mine and "12 December" not in mine
    over = f"Nobody of us looked again in time at a part of the decision {action}, so it ended: the whole profile."
    assert tim.page("/me").count(over) == 1
    contested.later(days=5)
    settle(contested)
    assert tim.page("/me").count(over) == 1


def test_the_first_opening_informs_and_reading_confirms(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    tim = doors.open(contested.story.tim.person)
    contested.later(hours=1)
    tim.page(f"/me/actions/{action}")
    assert InformedHow.OPENED in informed(contested)
    before = len(informed(contested))
    tim.page(f"/me/actions/{action}")
    assert len(informed(contested)) == before
    assert tim.post(f"/me/actions/{action}/read").status_code == 303


def test_the_last_day_to_appeal_is_the_same_on_the_first_reading(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    contested.later(days=3)
    tim = doors.open(contested.story.tim.person)
    page = tim.page(f"/me/actions/{action}")
    assert "You count as informed since Wednesday 25 November 2026" in page
    assert "Last day: Tuesday 25 May 2027 (in 181 days)" in page
    assert "until the end of Tuesday 25 May 2027 (in 181 days)" in tim.page(f"/appeals/new?action={action}")


def test_a_prefetch_informs_nobody(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    contested.later(hours=1)
    tim = doors.open(contested.story.tim.person)
    ahead = tim.get(f"/me/actions/{action}", **{"Sec-Purpose": "prefetch"})
    assert ahead.status_code == 200
    assert "I have read this" in ahead.text
    assert informed(contested) == []


def test_the_record_is_given_byte_for_byte_with_its_digest(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    response = doors.open(contested.story.tim.person).get(f"/me/actions/{action}.json")
    with contested.office.database.read() as session:
        assert response.text == session.scalars(select(Statement.record)).one()
    digest = hashlib.sha256(response.data)
    assert response.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert json.loads(response.text)["ref"] == action
    assert digest.hexdigest() in doors.open(contested.story.tim.person).page(f"/me/actions/{action}")


def test_after_its_end_the_letter_says_so(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    contested.later(days=25)
    page = doors.open(contested.story.tim.person).page(f"/me/actions/{action}")
    assert "Your account was suspended until the end of Saturday 12 December 2026" in page
    assert ">Over<" in page
