"""A takeover, in real browsers: a reviewer protects the account, its person reads how to get it back, a client reads no rule."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
FIXED = "We protect this account for a short time. No rule is said to have been broken."
SEEN = "Sign-ins from a device that is new"
FACTS = "On two days somebody signed in from a device that this account had never used, and added a place for payouts."


@pytest.fixture
def desk(live: Live) -> Desk:
    """Stacy has disputed and reported: there is a case about Tim."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    return with_exhibit(Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"]))


def protect(live: Live, desk: Desk) -> None:
    rae = live.person()
    rae.sign_in(desk.story.rae.person.email or "", PASSWORD, desk.story.rae.secret)
    rae.go(f"/desk/cases/{desk.case_ref}")
    rae.press("Take this case")
    rae.page.get_by_text("Protect this account").click()
    rae.press("Write what was seen")
    rae.picture("protect-editor-empty")
    day = desk.market.day
    page = rae.page
    page.get_by_label("First day of what happened").fill(day(1).isoformat())
    page.get_by_label("Last day of what happened").fill(day(0).isoformat())
    page.get_by_label("What was seen, in a few words").fill(SEEN)
    page.locator("input[name=exhibits]").first.check()
    page.get_by_label("What we saw").fill(FACTS)
    page.get_by_label("Why this account needs protection").fill("Tim has used one device for three years.")
    rae.press("Read what they will read")
    rae.reads(FIXED, "How you get your account back", SEEN)
    rae.picture("protect-preview")
    rae.leads_on(page.get_by_role("button", name="Issue this protection until"))
    rae.reads("Who was told")
    rae.picture("protect-issued")


def tim_reads(live: Live, phone: Visitor) -> None:
    letter = live.letters("tim@example.org")[-1]
    body = letter.get_body(("plain",))
    assert body is not None and "How you get your account back:" in body.get_content()
    phone.sign_in("tim@example.org", PASSWORD)
    phone.go("/me")
    phone.reads("Your account is locked to protect you until", "No rule is said to have been broken.")
    phone.picture("protect-me")
    phone.follow("Read the statement")
    phone.reads("How you get your account back", "Sign-ins from a device that is new", "Our promise that it rests on")
    phone.never_reads("We decided that rule", "We decided that this rule applies")
    phone.picture("protect-statement")
    phone.go("/me/funds")
    phone.reads("Available")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_victim_of_a_takeover_and_their_client(live: Live, desk: Desk) -> None:
    protect(live, desk)
    live.work()
    tim_reads(live, live.person(viewport={"width": 360, "height": 740}))
    live.clock.advance(hours=25)
    live.work()
    stacy = live.person()
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go(f"/collaborators/{desk.story.tim.account.ref}")
    stacy.reads(FIXED, "is not available until")
    stacy.never_reads(SEEN, FACTS, "takeover", "rule 1.8")
    stacy.picture("protect-counterpart")
    live.clock.advance(hours=48)
    live.work()
    stacy.go(f"/collaborators/{desk.story.tim.account.ref}")
    stacy.reads("Tim Okafor is available")
