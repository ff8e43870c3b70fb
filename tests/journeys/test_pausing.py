"""A person asks that a decision waits: refused with reasons, granted by somebody else; a client hears one line. In browsers."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from portal.appeals.operations import file_appeal
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Staff
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE, WIDE = {"viewport": {"width": 360, "height": 740}}, {"viewport": {"width": 1280, "height": 900}}
WHY = "My only client leaves on Friday if I cannot deliver."
REFUSED = "Two more clients have waited for an answer since the same week."


@pytest.fixture
def database(sqlite_database: object) -> object:
    """How a page looks does not depend on the database."""
    return sqlite_database


@pytest.fixture
def desk(live: Live) -> Desk:
    """Tim is suspended and has appealed; besides Rae, who decided, two others are at the desk."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    made = with_exhibit(Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"]))
    action = made.ready()
    made.issue(action)
    market.do(file_appeal, story.tim.actor, action_ref=action, grounds=["not_the_rule"],
              body="I was in hospital for two weeks and told Stacy so on the first day.")
    live.work()
    return made


def answers(live: Live, staff: Staff, outcome: str, reasons: str, *seen: str) -> None:
    visitor = live.person(**WIDE)
    visitor.sign_in(staff.person.email or "", PASSWORD, staff.secret)
    visitor.go("/desk?filter=pause")
    visitor.follow("Request for a pause")
    visitor.reads("asks that a decision waits until the appeal is answered", *seen)
    visitor.page.get_by_label(outcome).check()
    visitor.page.get_by_label("Your reasons").fill(reasons)
    visitor.press("Show what they will read")
    visitor.picture(f"pause-desk-{'yes' if outcome.startswith('It waits') else 'no'}")
    visitor.page.get_by_role("button", name="Answer: it").click()
    visitor.page.wait_for_load_state()
    visitor.reads("Answered")


def ask(phone: Visitor, words: str, button: str) -> None:
    phone.page.get_by_label("Why it should wait").fill(words)
    phone.press(button)
    phone.reads("Pause asked for", "We answer this by", "If we are late, it is paused.")


def test_refused_then_granted_by_somebody_else(live: Live, desk: Desk) -> None:
    story, kim = desk.story, desk.market.staff("Kim Soto")
    phone = live.person(**PHONE)
    phone.sign_in("tim@example.org", PASSWORD)
    phone.go("/me")
    phone.follow("Ask that the decision waits until your appeal is answered")
    phone.reads("Until your appeal is answered", "You have our answer within 3 working days")
    phone.picture("pause-ask")
    ask(phone, WHY, "Ask for a pause")
    phone.picture("pause-asked")
    phone.go("/me")
    phone.reads("Our answer whether the decision waits meanwhile, by")
    phone.picture("pause-me")
    answers(live, story.ola, "It goes on while the appeal waits", REFUSED, WHY)
    phone.go("/me")
    phone.follow("Ask that somebody else decides whether the decision waits")
    phone.reads(REFUSED, "You can ask once that somebody else decides whether it waits.")
    phone.picture("pause-refused")
    ask(phone, "", "Ask somebody else")
    answers(live, kim, "It waits: no effect until the appeal is answered", "", REFUSED)
    live.work()
    phone.go("/me")
    phone.reads("Decision paused")
    phone.picture("pause-me-paused")
    stacy = live.person(**PHONE)
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go("/me/inbox")
    stacy.page.get_by_role("link", name="About your work with Tim Okafor").first.click()
    stacy.page.wait_for_load_state()
    stacy.reads("Tim Okafor is available for now.")
    stacy.never_reads(WHY, REFUSED)
