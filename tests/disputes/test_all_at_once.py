"""Everything that moves a contested milestone's money in one moment, files of reports among it: in whatever order it comes,
nothing is moved twice, and nothing is on hold for what is over."""

from typing import Any

import pytest

from portal.act import Office
from portal.disputes.chargebacks import mark_chargeback
from portal.disputes.operations import accept_settlement, decide_dispute, withdraw_dispute
from portal.ledger.facts import report_money
from tests.disputes.deciding import answered
from tests.disputes.test_settling import offer
from tests.disputes.test_settling_races import called_back, violations
from tests.factories.market import Market, usd
from tests.ledger.test_races import at_once


@pytest.mark.parametrize("end", ["won", "lost"])
def test_all_that_moves_money_meets(office: Office, end: str) -> None:
    market = Market(office)
    story, do = market.story(), market.do
    failed = {"type": "payout", "payout": str(market.pay_out(story.tim, story.destination, 190_000)["payout"]), "state": "failed"}
    bench = answered(market, story)
    agreed: dict[str, Any] = {"dispute_ref": bench.ref, "offer_ref": offer(bench, story.tim.actor)}
    choice, part = bench.choice(), {"contract": story.contract.external_id, "milestone": 2}
    paid_in = {"type": "funding", "source_key": "a", "amount_minor": 40_000, "currency": "USD",
               "funded_at": market.now.isoformat()} | part

    def told(*facts: dict[str, Any]) -> Any:
        return do(report_money, facts=[fact | {"line": number} for number, fact in enumerate(facts, 1)])

    ended = at_once([
        lambda: told(failed), lambda: called_back(bench), lambda: do(decide_dispute, story.rae.actor, **choice),
        lambda: do(withdraw_dispute, story.stacy.actor, dispute_ref=bench.ref),
        lambda: do(accept_settlement, story.stacy.actor, **agreed),
        lambda: told(paid_in, {"type": "escrow_return", "source_key": "b"} | part),
        lambda: market.pay_out(story.tim, story.destination, 5_000),
        lambda: do(mark_chargeback, chargeback_ref=called_back(bench)["chargeback"], stage=end),
    ] * 2)
    assert ended["done"] >= 8 and violations(bench) == []
    office.clock.advance(days=100)
    told(failed)
    assert market.funds(story.tim).held == usd(0) and violations(bench) == []
