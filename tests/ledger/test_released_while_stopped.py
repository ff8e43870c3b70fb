"""Delivered work keeps its release clock: what is released while an account is suspended or closed clears and is paid out."""

from typing import cast

import pytest

from portal.core.clock import MovedClock
from portal.enforcement.queries import standing
from portal.ledger.checks import CHECKS
from portal.ledger.operations import mark_payout
from tests.appeals.conftest import opened_case, reported
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_lapses import settle
from tests.factories.market import Market, Story, usd


@pytest.mark.parametrize("measure", ["suspension", "termination"])
def test_what_is_released_meanwhile_clears_and_is_paid_out(market: Market, story: Story, measure: str) -> None:
    reported(market, story)
    desk = with_exhibit(Desk(market, story, opened_case(market.office)))
    if measure == "termination":
        sign(desk, propose(desk))
        desk.later(days=31)
        settle(desk)
    else:
        desk.issue(desk.ready())
    assert state_of(desk) == {"suspension": "suspended", "termination": "terminated"}[measure]
    before = market.funds(story.tim)
    market.earn(story.contract, 2, 40_000, days_ago=0)
    released = market.funds(story.tim)
    assert (released.pending, released.available) == (usd(40_000), before.available)
    cast(MovedClock, market.office.clock).advance(days=6)
    settle(desk)
    cleared = market.funds(story.tim)
    assert (cleared.pending, cleared.available) == (usd(0), before.available + usd(40_000))
    assert state_of(desk) in ("suspended", "terminated")
    ref = market.pay_out(story.tim, story.destination, cleared.available.amount_minor)["payout"]
    for step in ("sent", "paid"):
        market.do(mark_payout, payout_ref=ref, state=step)
    after = market.funds(story.tim)
    assert (after.available, after.held, after.paid_out) == (usd(0), usd(0), cleared.available)
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []


def state_of(desk: Desk) -> str:
    with desk.office.database.read() as session:
        return standing(session, desk.story.tim.account.id, desk.market.now).state.value
