"""Two versions of the rules beside each other; a decision that two people sign; the end of an account, taken back in time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from portal import verify
from portal.accounts.passwords import hash_password
from portal.enforcement.operations import co_sign, propose_action
from tests.enforcement.conftest import FACTS, Desk, with_exhibit
from tests.factories.market import Market, Party, Staff
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE = {"viewport": {"width": 360, "height": 740}}
ON_ONE_DATABASE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
RETURNED = "Say in the facts on which days Stacy wrote."
SIGNED = "Nothing says when work would go on, and Tim was asked."


@dataclass
class Room:
    """Stacy's reported case at the desk, and a way in for each of its people."""

    live: Live
    desk: Desk

    def person(self, party: Party, **options: object) -> Visitor:
        visitor = self.live.person(**options)
        visitor.sign_in(party.person.email or "", PASSWORD)
        return visitor

    def staff(self, staff: Staff) -> Visitor:
        visitor = self.live.person()
        visitor.sign_in(staff.person.email or "", PASSWORD, staff.secret)
        return visitor

    def everything_holds(self) -> None:
        self.live.work()
        assert list(verify.violations(self.live.office, self.live.settings)) == []


@pytest.fixture
def room(live: Live) -> Room:
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    case = market.dispute(story.stacy, story.contract, report=True)["case"]
    return Room(live, with_exhibit(Desk(market, story, case)))


@ON_ONE_DATABASE
def test_two_versions_are_compared_word_by_word(live: Live) -> None:
    Market(live.office).publish()
    reader = live.person(**PHONE)
    reader.go("/rules")
    reader.leads_on(reader.page.locator("main a[href='/rules/terms-of-service/compare']"))
    reader.reads("What changed on Sunday 1 March 2026", "Compared with the version of Friday 1 March 2024")
    words = reader.page.locator("section.clause")
    assert words.locator("ins").count() and words.locator("del").count()
    reader.picture("compare-360")
    changed = words.filter(has=reader.page.locator("ins")).filter(has=reader.page.locator("footer a", has_text="Before")).first
    number = changed.locator("h2 .number").inner_text()
    reader.leads_on(changed.locator("footer a", has_text="Before"))
    assert "/2024-03-01/" in reader.page.url
    reader.reads(number)
    reader.page.go_back()
    reader.page.locator("details > summary", has_text="the same").click()
    reader.seen()


@ON_ONE_DATABASE
def test_two_people_sign_the_end_of_an_account(room: Room) -> None:
    ref = room.desk.ready()
    rae = room.staff(room.desk.story.rae)
    rae.go(f"/desk/actions/{ref}")
    fill_in(rae, room.desk)
    propose(rae)
    rae.go(f"/desk/actions/{ref}")
    rae.reads("You signed this yourself")
    assert rae.page.get_by_role("button", name=re.compile("^Sign and issue")).count() == 0
    ola = room.staff(room.desk.story.ola)
    take(ola, ref)
    ola.reads("Would you decide the same?", FACTS)
    ola.page.get_by_label("Your reason").fill(RETURNED)
    ola.press("Return it to the writer")
    rae.go(f"/desk/actions/{ref}")
    rae.reads("A second person returned this", RETURNED)
    rae.page.get_by_label("What happened", exact=True).fill(f"{FACTS} Stacy wrote on 14 and on 18 November.")
    propose(rae)
    take(ola, ref)
    ola.reads("Stacy wrote on 14 and on 18 November.")
    ola.page.get_by_label("Your reason").fill(SIGNED)
    ola.picture("four-eyes")
    ola.leads_on(ola.page.get_by_role("button", name=re.compile("^Sign and issue")))
    ola.reads("Proposed by", "Co-signed by")
    room.everything_holds()
    tim = room.person(room.desk.story.tim, **PHONE)
    tim.go(f"/me/actions/{ref}")
    tim.reads("Your account closes on", "read everything and signed too", "Stacy wrote on 14 and on 18 November.")
    tim.never_reads(RETURNED, SIGNED)
    tim.picture("closes-360")


def fill_in(rae: Visitor, desk: Desk) -> None:
    """The end of the account, which the rule does not name for a first time."""
    page, day = rae.page, desk.market.day
    page.locator("summary", has_text="Not permitted this time").click()
    page.get_by_label(re.compile("^End of the account")).check()
    page.get_by_label("First day of what happened").fill(day(10).isoformat())
    page.get_by_label("Last day of what happened").fill(day(1).isoformat())
    page.get_by_label(re.compile("Photo app")).first.check()
    page.locator("input[name=exhibits]").first.check()
    page.get_by_label("What happened", exact=True).fill(FACTS)
    page.get_by_label("Why this falls under the rule").fill("The milestone was paid, and its work never came.")
    page.get_by_label("What would change this decision").fill("The work is delivered\nProof of an illness")


def propose(rae: Visitor) -> None:
    rae.press("Read what they will read")
    rae.reads("The end of an account always needs a second signature.")
    rae.press("Send for co-signature")


def take(ola: Visitor, ref: str) -> None:
    """The proposal is in the queue; whoever opens it takes it first, unless it is theirs already."""
    ola.go("/desk?filter=cosignature")
    ola.leads_on(ola.page.locator(f"main a[href='/desk/actions/{ref}']"))
    button = ola.page.get_by_role("button", name=re.compile("^Take"))
    if button.count():
        ola.leads_on(button.first)


@ON_ONE_DATABASE
def test_the_end_of_an_account_is_taken_back_before_it_takes_effect(room: Room) -> None:
    desk, story = room.desk, room.desk.story
    ref, do = desk.ready(), room.desk.market.do
    do(propose_action, story.rae.actor, action_ref=ref, version=1, fields=desk.form(measure="termination", ends_on=""))
    do(co_sign, story.ola.actor, action_ref=ref, reason=SIGNED)
    room.everything_holds()
    tim = room.person(story.tim, **PHONE)
    tim.go(f"/me/actions/{ref}")
    tim.reads("Your account closes on Wednesday 23 December 2026", "Not yet in effect")
    tim.go("/me/funds")
    tim.reads("$1,750.00 USD")
    take_back(room.staff(story.rae), ref)
    room.everything_holds()
    tim.go(f"/me/actions/{ref}")
    tim.reads("We took this decision back before it took effect")
    tim.picture("taken-back-360")
    tim.go("/me/inbox")
    tim.leads_on(tim.page.locator("main a[href^='/me/inbox/']").first)
    tim.reads("The work has come.")
    stacy = room.person(story.stacy)
    stacy.go("/me/inbox")
    stacy.never_reads("rule 6.4 applies", "closes on")
    for _ in range(16):
        desk.later(days=2)
        room.live.work()
    room.everything_holds()
    again = room.person(story.tim, **PHONE)
    again.go("/me")
    again.never_reads("closed", "closes on")


def take_back(rae: Visitor, ref: str) -> None:
    """Found on the page of the decision; what everybody will read is seen first."""
    rae.go(f"/desk/actions/{ref}")
    rae.follow("Take it back before it takes effect")
    rae.reads("It will not take effect, and it never counts.")
    rae.page.get_by_label(re.compile("reason|Why", re.I)).first.fill("The work has come.")
    rae.press("Show what they will read")
    rae.picture("take-back")
    rae.leads_on(rae.page.get_by_role("button", name=re.compile("^Take back")))
    rae.reads("Taken back")
