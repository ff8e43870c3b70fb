"""A protection and an order of which only parts apply, in real browsers: written, read on a phone, and given back in part."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from portal.accounts.passwords import hash_password
from portal.enforcement.models import Action
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_ordering import ORDER
from tests.factories.market import Market, Staff
from tests.journeys.conftest import Live, Visitor
from tests.journeys.test_protecting import FACTS, PASSWORD, SEEN
from tests.verification.making import INSTEAD, PURPOSE, Checks

PHONE = {"viewport": {"width": 360, "height": 740}}
WIDE = {"viewport": {"width": 1280, "height": 900}}
DAYS = "Something begins later than the rest, or ends before it"
SOONER = "Something ends sooner: with an identity check"
FIXED = "A law or an order asks us to do this. No rule is said to have been broken."


@pytest.fixture
def desk(live: Live) -> Desk:
    """Stacy has disputed and reported: there is a case about Tim, who has a place for payouts that is new."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    market.destination(story.tim, days_ago=2)
    return with_exhibit(Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"]))


def reviewer(live: Live, staff: Staff) -> Visitor:
    found = live.person(**WIDE)
    found.sign_in(staff.person.email or "", PASSWORD, staff.secret)
    return found


def begin(live: Live, desk: Desk, what: str, button: str) -> Visitor:
    rae = reviewer(live, desk.story.rae)
    rae.go(f"/desk/cases/{desk.case_ref}")
    rae.press("Take this case")
    rae.page.get_by_text(what).click()
    rae.press(button)
    return rae


def ask_who(rae: Visitor) -> str:
    """Asks Tim to show who he is, from the draft and back to it; the reference of the check."""
    page, here = rae.page, rae.page.url
    page.get_by_label("Restriction").check()
    page.get_by_text(SOONER).click()
    rae.press("Ask for an identity check (your draft is kept)")
    page.get_by_label("An identity document").check()
    page.get_by_label("What we need it for").fill(PURPOSE)
    page.get_by_label("What can be sent instead").fill(INSTEAD)
    rae.press("Send this request")
    item = page.url.rsplit("/", 1)[-1]
    rae.go(here)
    return item


def until_shown(rae: Visitor, item: str) -> None:
    """What is ticked for new places rests on the identity check."""
    page = rae.page
    page.get_by_text(SOONER).click()
    page.get_by_label("It ends sooner, with an identity check").select_option(item)
    page.get_by_role("group", name="What ends with it").get_by_label("Payouts to new places").check()


def restrict(page: Page, *ticked: str) -> None:
    page.get_by_label("Restriction").check()
    for one in ticked:
        page.get_by_role("group", name="What is taken away").get_by_label(one, exact=True).check()
    page.get_by_text(DAYS).click()


def tim_on_a_phone(live: Live) -> Visitor:
    live.work()
    phone = live.person(**PHONE)
    phone.sign_in("tim@example.org", PASSWORD)
    phone.go("/me")
    return phone


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_only_new_places_and_search_are_locked_to_protect_somebody(live: Live, desk: Desk) -> None:
    rae, day = begin(live, desk, "Protect this account", "Write what was seen"), desk.market.day
    page, item = rae.page, ask_who(rae)
    restrict(page, "The profile in search", "Payouts to new places")
    until_shown(rae, item)
    page.get_by_label("The profile in search: last day").fill(day(-1).isoformat())
    page.get_by_label("First day of what happened").fill(day(1).isoformat())
    page.get_by_label("Last day of what happened").fill(day(0).isoformat())
    page.get_by_label("What was seen, in a few words").fill(SEEN)
    page.locator("input[name=exhibits]").first.check()
    page.get_by_label("What we saw").fill(FACTS)
    page.get_by_label("Why this account needs protection").fill("Tim has used one device for three years.")
    rae.picture("parts-protect-editor")
    rae.press("Read what they will read")
    rae.reads("Payouts to new places", "This limits access to money, in part", "Nobody else is told about this.")
    rae.reads(f"This rests on our identity check {item}")
    rae.picture("parts-protect-preview")
    rae.leads_on(page.get_by_role("button", name="Issue this protection until"))
    phone = tim_on_a_phone(live)
    phone.reads("Protected until", "We locked a part of your account to protect you.")
    phone.reads("the profile in search, payouts to new places", f"for the identity check {item}, when we no longer ask")
    phone.never_reads("We decided that rule")
    phone.picture("parts-protect-me")
    phone.follow("Read the statement")
    phone.reads("Money goes only to places that could be used when this began.", "Hidden, and shown again on")
    phone.picture("parts-protect-statement")
    phone.follow("Open the identity check")
    phone.reads("What rests on this check", "takes this away meanwhile: payouts to new places.")
    phone.picture("parts-protect-check")
    phone.go("/me/funds")
    phone.reads("Available", "can be used from")
    phone.picture("parts-protect-funds")
    give_back(rae)
    live.work()
    phone.go("/me")
    phone.never_reads("the profile in search")
    phone.follow("Read the statement")
    phone.reads("What was given back", "Given back on", "Payouts to new places")
    phone.picture("parts-protect-given-back")
    checks = Checks.of(desk.market, desk.story, desk.case_ref)
    checks.send(item)
    checks.accept(item)
    live.work()
    phone.go("/me")
    phone.reads("In good standing", "rested on an identity check has ended.")
    phone.picture("parts-protect-shown")


def give_back(rae: Visitor) -> None:
    rae.follow("Give back a part of it")
    rae.page.get_by_label("The profile in search").check()
    rae.page.get_by_label("Why", exact=True).fill("The profile was not changed by anybody else.")
    rae.press("Show what they will read")
    rae.reads("Free again: the profile in search.", "Still limited until")
    rae.picture("parts-giving-back")
    rae.press("Give it back now")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_order_takes_one_service_from_a_later_day_on(live: Live, desk: Desk) -> None:
    rae, day = begin(live, desk, "A law or an order asks for something", "Name the law or the order"), desk.market.day
    page = rae.page
    for name, value in {**ORDER, "order_dated_on": day(3).isoformat()}.items():
        page.locator(f"[name={name}]").fill(value)
    restrict(page, "New contracts", "The profile in search")
    page.get_by_label("New contracts: first day").fill(day(-3).isoformat())
    page.locator("input[name=exhibits]").first.check()
    page.get_by_label("What it asks, and its grounds").fill("The court asks that no new work is taken until both were heard.")
    page.get_by_label("Why it obliges us, and is about this account").fill("The order names the holder and this marketplace.")
    rae.picture("parts-order-editor")
    rae.press("Read what they will read")
    rae.reads("Not before", "New contracts", FIXED)
    rae.press("Send for co-signature")
    signed(live, desk)
    phone = tim_on_a_phone(live)
    phone.reads("A law or an order asks this of us", "What is taken away later: new contracts, from")
    phone.picture("parts-order-me")
    phone.follow("Read the statement")
    phone.reads("Not before", "Running contracts go on.")
    phone.picture("parts-order-statement")
    stacy = live.person(**PHONE)
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go(f"/collaborators/{desk.story.tim.account.ref}")
    stacy.reads("Tim Okafor is available")
    live.clock.advance(days=4)
    live.work()
    stacy = live.person(**PHONE)
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go(f"/collaborators/{desk.story.tim.account.ref}")
    stacy.reads(FIXED, "goes on as agreed")
    stacy.picture("parts-order-counterpart")


def signed(live: Live, desk: Desk) -> None:
    with live.office.database.read() as session:
        ref = session.scalars(select(Action.ref).where(Action.status == "proposed")).one()
    ola = reviewer(live, desk.story.ola)
    ola.go("/desk?filter=cosignature")
    ola.leads_on(ola.page.locator(f"main a[href='/desk/actions/{ref}']"))
    ola.leads_on(ola.page.get_by_role("button", name=re.compile("^Take")).first)
    ola.page.get_by_label("Your reason").fill("I have read the order, and it names this account.")
    ola.picture("parts-order-sign")
    ola.leads_on(ola.page.get_by_role("button", name=re.compile("^Sign and issue")))
