"""What we owe and did not send in time, at the desk: for leads and auditors, by account, beside what is counted in public."""

from __future__ import annotations

import pytest

from portal.accounts.models import Member
from portal.cases.clocks import run_due
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.ledger.operations import mark_payout
from portal.log.operations import add
from tests.factories.market import Market, Staff, Story
from tests.web.conftest import Doors
from tests.web.desk_support import words_of

PATH = "/desk/overdue"


@pytest.fixture
def lead(market: Market, story: Story) -> Staff:
    return market.staff("Lee Marsh", Role.LEAD)


def late(market: Market, story: Story, clock: MovedClock) -> str:
    """A payout of Tim's that we did not send in time; its reference."""
    ref = str(market.pay_out(story.tim, story.destination, 5_000)["payout"])
    clock.advance(days=8)
    market.make(lambda work: run_due(work, [], [story.tim.account.id]))
    return ref


@pytest.mark.parametrize("role", [Role.LEAD, Role.AUDITOR])
def test_what_we_owe_stands_there_until_it_is_sent(
    doors: Doors, market: Market, story: Story, clock: MovedClock, role: Role
) -> None:
    reader = market.staff("Lee Marsh", role)
    assert f'href="{PATH}"' in doors.open(reader.person).page("/desk")
    market.pay_out(story.tim, story.destination, 100)
    assert "No payout is overdue" in words_of(doors.open(reader.person).page(PATH)), "it still has time"
    ref = late(market, story, clock)
    page = words_of(doors.open(reader.person).page(PATH))
    assert "2 payouts are overdue We owe this now, in all: $51.00 USD · to 1 account" in page
    row = f"promised by Wednesday 25 November 2026 {story.tim.account.ref} Tim Okafor $50.00 USD {ref} asked for on"
    assert row in page and "days late" in page
    market.do(mark_payout, payout_ref=ref, state="sent")
    clock.advance(days=1)
    page = words_of(doors.open(reader.person).page(PATH))
    assert "1 payout is overdue We owe this now, in all: $1.00 USD · to 1 account" in page and ref not in page
    assert "Payouts that we did not send in time 2 Of these, not sent yet 1" in page


def test_who_belongs_to_an_account_is_not_shown_what_we_owe_it(
    doors: Doors, market: Market, story: Story, clock: MovedClock, lead: Staff
) -> None:
    ref = late(market, story, clock)
    member = {"account_id": story.tim.account.id, "person_id": lead.person.id, "role": "worker"}
    market.make(lambda work: add(work, Member(**member)))
    page = words_of(doors.open(lead.person).page(PATH))
    assert "1 payout is overdue" in page and "1 of them is not listed for you" in page
    assert ref not in page and "Tim Okafor" not in page


def test_reviewers_and_people_are_shown_none_of_it(doors: Doors, story: Story) -> None:
    raes = doors.open(story.rae.person, fresh=True)
    assert PATH not in raes.page("/desk")
    assert (raes.get(PATH).status_code, doors.open(story.tim.person).get(PATH).status_code) == (404, 404)
