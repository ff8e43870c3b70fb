"""What the marketplace is told, at the desk: leads see what waits and what was given up; reviewers do not need to."""

import re

import pytest

from portal.core.access import Role
from portal.ledger.operations import mark_payout
from portal.notices.outcomes import TRIES
from portal.notices.webhooks import post_messages
from portal.settings import ROOT
from portal.web.desk.outgoing import MESSAGES
from tests.factories.market import Market, Staff, Story
from tests.notices.receiving import LOOPBACK, on_file, receiving
from tests.web.conftest import Doors
from tests.web.desk_support import words_of

PATH = "/desk/outgoing"


@pytest.fixture
def lead(market: Market, story: Story) -> Staff:
    return market.staff("Lee Marsh", Role.LEAD)


def test_a_payout_waits_is_given_up_and_answered(doors: Doors, market: Market, story: Story, lead: Staff) -> None:
    lees = doors.open(lead.person)
    assert f'href="{PATH}"' in lees.page("/desk")
    assert "No message waits" in lees.page(PATH)
    ref = market.pay_out(story.tim, story.destination, 5_000)["payout"]
    page = lees.page(PATH)
    assert all(words in page for words in ("1 message waits", "No address of the marketplace", ref, "waits for an address"))
    with receiving() as shop:
        shop.status = 503
        on_file(market, shop.url)
        assert "on its way" in lees.page(PATH)
        for _ in range(TRIES):
            post_messages(market.office, LOOPBACK)
            market.office.clock.advance(minutes=51)  # type: ignore[attr-defined]
    page = doors.open(lead.person).page(PATH)
    assert all(words in page for words in ("1 message was given up", "HTTP 503", "flask webhooks again"))
    assert "No address of the marketplace" not in page
    assert "4711" not in words_of(page)
    market.do(mark_payout, payout_ref=ref, state="sent")
    assert "No message waits" in doors.open(lead.person).page(PATH)


def test_an_address_that_cannot_be_reached_is_named(doors: Doors, market: Market, story: Story, lead: Staff) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
    market.pay_out(story.tim, story.destination, 5_000)
    lees = doors.open(lead.person)
    assert "cannot be reached" not in lees.page(PATH)
    post_messages(market.office, LOOPBACK)
    assert "the address cannot be reached" in lees.page(PATH)


def test_what_was_taken_waits_for_an_answer(doors: Doors, market: Market, story: Story, lead: Staff) -> None:
    with receiving() as shop:
        on_file(market, shop.url)
        market.pay_out(story.tim, story.destination, 5_000)
        post_messages(market.office, LOOPBACK)
    assert "taken, not answered" in doors.open(lead.person).page(PATH)


def test_reviewers_and_people_are_shown_none_of_it(doors: Doors, story: Story) -> None:
    raes = doors.open(story.rae.person, fresh=True)
    assert PATH not in raes.page("/desk")
    assert (raes.get(PATH).status_code, doors.open(story.tim.person).get(PATH).status_code) == (404, 404)


def test_every_kind_of_message_has_words() -> None:
    told = [re.findall(r"tell_marketplace\([^)]*?kind=\"([a-z_.]+)\"", path.read_text(encoding="utf-8"), re.S)
            for path in (ROOT / "portal").rglob("*.py")]
    assert {kind for kinds in told for kind in kinds} == set(MESSAGES)
