"""A decision stands after an appeal; its person finds something new, somebody else answers, and it is overturned. In browsers."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from tests.appeals.anew import SHOWS, WHY, Anew, hired
from tests.appeals.conftest import Bench
from tests.documents.making import SAMPLES
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market
from tests.journeys.conftest import Live

PASSWORD = "a long sentence for tests"
PHONE, WIDE = {"viewport": {"width": 360, "height": 740}}, {"viewport": {"width": 1280, "height": 900}}
ERROR = "We did not wait for the hospital's letter."


@pytest.fixture
def database(sqlite_database: object) -> object:
    """How a page looks does not depend on the database."""
    return sqlite_database


@pytest.fixture
def anew(live: Live) -> Anew:
    """Tim is suspended; his appeal was answered by Ola: the decision stands."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    made = Bench(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    with_exhibit(made)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    live.work()
    ref = made.file()
    made.decide(ref)
    live.work()
    return Anew(made, ref, hired(made))


def test_opened_again_and_overturned(live: Live, anew: Anew) -> None:
    phone = live.person(**PHONE)
    phone.sign_in("tim@example.org", PASSWORD)
    phone.go("/me")
    phone.picture("anew-me")
    phone.follow("If you find something new: open your appeal again")
    phone.reads("Show us what is new", "You can do this once")
    phone.page.get_by_label("Add a file").set_input_files(
        {"name": "hospital.png", "mimeType": "image/png", "buffer": SAMPLES["image/png"]}
    )
    phone.page.get_by_label("What does this file show?").fill("The hospital's letter")
    phone.press("Add this file")
    phone.page.get_by_label("What is new, and why could you not send it before?").fill(WHY)
    phone.page.get_by_label("What does it show?", exact=False).last.fill(SHOWS)
    phone.picture("anew-form")
    phone.press("Open my appeal again")
    phone.reads("Your appeal is open again. You get our answer by", WHY, SHOWS, "hospital.png")
    phone.picture("anew-receipt")
    by = anew.holder()
    desk = live.person(**WIDE)
    desk.sign_in(by.person.email or "", PASSWORD, by.secret)
    desk.go(f"/desk/appeals/{anew.ref}")
    desk.reads("opened again on new evidence", WHY, SHOWS, "How it was answered before", "new, of this appeal")
    desk.picture("anew-desk")
    desk.page.get_by_label("The decision is overturned").check()
    desk.page.get_by_label("Your reasons").fill("The letter names exactly those days.")
    desk.page.get_by_label("Our error, in one or two sentences").fill(ERROR)
    desk.press("Show what will be undone and read")
    desk.reads("If you confirm it, the decision is overturned")
    desk.press("Overturn the decision")
    live.work()
    phone.go(f"/appeals/{anew.ref}")
    phone.reads("We were wrong. The decision is overturned.", ERROR)
    phone.picture("anew-answer")
    stacy = live.person(**PHONE)
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go("/me/inbox")
    stacy.never_reads(WHY, SHOWS, ERROR)
