"""Money comes back in the very moment in which a bank decides, or after what was due: in every way in which it can be reported,
what is due or decided first counts first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from portal.disputes import chargebacks, topping_up
from portal.disputes.operations import answer_dispute
from portal.ledger.facts import report_money
from tests.disputes.test_chargebacks import bodies, come, mark, violations
from tests.disputes.test_topping_up import fails, paid_out
from tests.factories.market import Market, Story, usd

A_MOMENT = 0.5
"""In seconds: so long the bank's word is waited for, which itself waits for the money that comes back."""


def fails_in_a_file(market: Market, payout: str) -> None:
    market.do(report_money, facts=[{"type": "payout", "payout": payout, "state": "failed", "line": 1}])


each_way = pytest.mark.parametrize("fails", [fails, fails_in_a_file])


@each_way
@pytest.mark.parametrize(("end", "available"), [("won", 215_000), ("lost", 175_000)])
def test_a_bank_decides_about_what_comes_back_meanwhile(
    market: Market, story: Story, monkeypatch: pytest.MonkeyPatch, fails: Callable[..., None], end: str, available: int
) -> None:
    payout = paid_out(market, story)
    ref = come(market, story)
    assert market.funds(story.tim).held == usd(15_000)
    holds, read, tell, seek = Event(), Event(), topping_up._tell, chargebacks.hold_of_claim

    def told(*given: Any) -> Any:
        holds.set()
        read.wait(A_MOMENT)
        return tell(*given)

    def sought(*given: Any) -> Any:
        found = seek(*given)
        read.set()
        return found

    monkeypatch.setattr(topping_up, "_tell", told)
    with ThreadPoolExecutor(1) as hands:
        back = hands.submit(fails, market, payout)
        assert holds.wait(60)
        monkeypatch.setattr(chargebacks, "hold_of_claim", sought)
        mark(market, ref, end)
        back.result(60)
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(0), usd(available))
    assert violations(market, story) == []


@each_way
def test_a_hold_that_was_to_end_by_then_holds_nothing_more(market: Market, story: Story, fails: Callable[..., None]) -> None:
    payout = paid_out(market, story)
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="It is what we agreed.")
    assert market.funds(story.tim).held == usd(15_000)
    market.office.clock.advance(days=20)
    fails(market, payout)
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(0), usd(215_000))
    assert not bodies(market, "hold_topped_up", story.tim) and violations(market, story) == []
