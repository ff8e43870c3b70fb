"""Somebody cannot pay for food: three presses on a phone, a receipt, an answer in words; late, a lead has it."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from portal.core.access import Role
from tests.factories.market import Market, Staff, Story
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE, DESK = {"viewport": {"width": 360, "height": 740}}, {"viewport": {"width": 1280, "height": 900}}
WAY = "I am in danger, or cannot pay for food or medicine"
WORDS = "My rent is due and the fridge is empty."
ANSWER = "Your $1,750 can go out today: press “Withdraw it”. I look again at noon."


@pytest.fixture
def database(sqlite_database: object) -> object:
    """How a page looks does not depend on the database."""
    return sqlite_database


@pytest.fixture
def market(live: Live) -> Market:
    return Market(live.office, password_hash=hash_password(PASSWORD))


def tell(phone: Visitor) -> str:
    """From the own page to the receipt; its address."""
    phone.go("/me")
    phone.follow(WAY)
    phone.reads("We ask for no proof", "call the emergency number of your country first")
    phone.picture("need-new")
    phone.page.get_by_label("I cannot pay for food").check()
    phone.page.get_by_label("In your own words").fill(WORDS)
    phone.press("Tell us now")
    phone.reads("We have it. A person answers you by", "Your receipt", WORDS, "You can withdraw $")
    phone.picture("need-receipt")
    return phone.page.url


def at_the_desk(live: Live, staff: Staff) -> Visitor:
    visitor = live.person(**DESK)
    visitor.sign_in(staff.person.email or "", PASSWORD, staff.secret)
    visitor.go("/desk")
    visitor.picture("need-queue")
    visitor.leads_on(visitor.page.locator("table.queue tbody tr").first.get_by_role("link"))
    return visitor


def answer(live: Live, staff: Staff) -> None:
    rae = at_the_desk(live, staff)
    rae.press("Take this case")
    rae.reads("Tim Okafor needs help", "I cannot pay for food", WORDS, "can be withdrawn now, in every standing")
    rae.picture("need-desk")
    rae.page.get_by_label("Your answer").fill(ANSWER)
    rae.press("Show what they will read")
    rae.reads("What Tim Okafor reads in the inbox", f"Reviewer {staff.handle} answers you:")
    rae.picture("need-desk-preview")
    rae.press("Send this answer")
    rae.reads("Nothing waits here", "answered")


def test_three_presses_and_an_answer_in_words(live: Live, market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    phone = live.person(**PHONE)
    phone.sign_in("tim@example.org", PASSWORD)
    here = tell(phone)
    answer(live, story.rae)
    live.work()
    mail = live.letters("tim@example.org")[-1].get_body(("plain",))
    assert mail is not None and ANSWER not in mail.get_content() and "food" not in mail.get_content()
    phone.go(here)
    phone.reads("We answered you", ANSWER)
    phone.picture("need-answered")
    phone.page.get_by_label("In your own words").fill("It arrived. Thank you.")
    phone.press("Send it")
    phone.reads("It arrived. Thank you.", "A person answers you by")
    phone.page.get_by_text("It is over", exact=True).click()
    phone.press("Yes, it is over")
    phone.reads("You said that this is over", "Tell us anew")
    phone.go("/me")
    phone.picture("need-me")


def test_nobody_answers_and_a_lead_has_it(live: Live, market: Market, story: Story) -> None:
    lead = market.staff("Lee Marsh", Role.LEAD)
    phone = live.person(**PHONE)
    phone.sign_in("tim@example.org", PASSWORD)
    here = tell(phone)
    live.clock.advance(days=4)
    live.work()
    phone.go(here)
    phone.reads("We are late with our answer", "A lead has been told", "we count it in public")
    phone.picture("need-late")
    lee = at_the_desk(live, lead)
    lee.reads("Tim Okafor needs help", "Not answered in time: a lead has it")
    lee.picture("need-desk-lead")
