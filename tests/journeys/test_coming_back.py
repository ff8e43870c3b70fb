"""After a termination somebody asks to come back, is asked something, and is back under conditions; a client hears one line."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from portal.core.access import Role
from tests.appeals.coming_back import CONDITIONS, DIFFERENT, HAPPENED, REASONS, Closed
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.factories.market import Market
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE, WIDE = {"viewport": {"width": 360, "height": 740}}, {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def database(sqlite_database: object) -> object:
    """How a page looks does not depend on the database."""
    return sqlite_database


@pytest.fixture
def desk(live: Live) -> Closed:
    """Tim's account was closed half a year ago."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    case = str(market.dispute(story.stacy, story.contract, report=True)["case"])
    made = Closed(market, story, case, kim=market.staff("Kim Soto"), lee=market.staff("Lee Marsh", Role.LEAD))
    with_exhibit(made)
    made.action_ref = propose(made)
    sign(made, made.action_ref)
    made.passes(days=31)
    made.passes(days=185)
    live.work()
    return made


def signed_in(live: Live, email: str, secret: str | None = None, *, wide: bool = False) -> Visitor:
    visitor = live.person(**(WIDE if wide else PHONE))
    visitor.sign_in(email, PASSWORD, *((secret,) if secret else ()))
    return visitor


def test_asked_then_back_under_conditions(live: Live, desk: Closed) -> None:
    phone = signed_in(live, "tim@example.org")
    phone.go("/me")
    phone.picture("back-me-can-ask")
    phone.follow("Ask to come back")
    phone.reads("answers you within 14 days", "If we are late, the decision ends and you are back.")
    phone.page.get_by_label("What has happened since?").fill(HAPPENED)
    phone.page.get_by_label("What would be different?").fill(DIFFERENT)
    phone.picture("back-form")
    phone.press("Send my request")
    phone.reads("You get our answer by", HAPPENED, DIFFERENT)
    phone.picture("back-receipt")
    ref = phone.page.url.rsplit("/", 1)[-1]
    holder = desk.holder(ref)
    visitor = signed_in(live, holder.person.email or "", holder.secret, wide=True)
    visitor.go("/desk?filter=reinstatement")
    visitor.follow("Request to come back")
    visitor.reads("asks to come back", HAPPENED)
    visitor.page.get_by_label("Back, under conditions in words").check()
    visitor.page.get_by_label("Your reasons").fill(REASONS)
    visitor.page.get_by_label("The conditions").fill(CONDITIONS)
    visitor.press("Show what follows")
    visitor.reads("Given back: work in the account", "is available again.")
    visitor.picture("back-desk-ahead")
    visitor.press("Answer: back")
    visitor.reads("Answered", CONDITIONS)
    live.work()
    phone.go("/me")
    phone.reads("under these conditions", CONDITIONS, "In good standing")
    phone.picture("back-me-again")
    phone.go(f"/reinstatements/{ref}")
    phone.reads("Yes: you are back", REASONS)
    phone.picture("back-answer")
    stacy = signed_in(live, "stacy@example.org")
    stacy.go("/me/inbox")
    stacy.page.get_by_role("link", name="About your work with Tim Okafor").first.click()
    stacy.page.wait_for_load_state()
    stacy.reads("Tim Okafor is available again.")
    stacy.never_reads(HAPPENED, REASONS, CONDITIONS)
