"""A refund for silence that somebody asks to be reviewed, while everything else wants the same money: it goes one way, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.errors import Refusal
from portal.disputes.models import DisputeDecision, DisputeReview
from portal.disputes.operations import answer_dispute, ask_review, withdraw_dispute
from tests.disputes import test_silence_reviewed
from tests.disputes.deciding import WHY, Bench
from tests.disputes.test_chargebacks import come, mark
from tests.factories.market import usd
from tests.ledger.steps import touch
from tests.ledger.test_races import CALLERS, at_once

silent = test_silence_reviewed.silent
EARNED, PAID = usd(215_000), usd(40_000)


def asked(bench: Bench) -> Callable[[], Any]:
    return lambda: bench.market.do(ask_review, bench.story.tim.actor, dispute_ref=bench.ref, reason=WHY)


def counted(bench: Bench) -> tuple[int, int]:
    with bench.market.office.database.read() as session:
        found = [session.scalar(select(func.count()).select_from(one)) or 0 for one in (DisputeReview, DisputeDecision)]
    return found[0], found[1]


def kept(bench: Bench) -> tuple[Any, Any]:
    """What the freelancer has of all that was earned, and what the client got back."""
    mine = bench.market.funds(bench.story.tim)
    return mine.available + mine.held, bench.market.funds(bench.story.stacy).refunded


def test_of_twenty_wishes_one_is_reviewed(silent: Bench) -> None:
    assert at_once([asked(silent)] * CALLERS)["done"] == 1
    assert counted(silent) == (1, 1) and kept(silent) == (EARNED, usd(0)) and silent.violations() == []


@pytest.mark.parametrize("other", ["answer", "withdraw", "chargeback", "payout", "settle"])
def test_a_wish_meets_what_else_moves_the_money(silent: Bench, other: str) -> None:
    market, story = silent.market, silent.story
    ways = {
        "answer": lambda: market.do(answer_dispute, story.tim.actor, dispute_ref=silent.ref, answer="It was delivered."),
        "withdraw": lambda: market.do(withdraw_dispute, story.stacy.actor, dispute_ref=silent.ref),
        "chargeback": lambda: come(market, story, 40_000, external_id="bank-1"),
        "payout": lambda: market.pay_out(story.tim, story.destination, 175_000),
        "settle": lambda: market.do(touch, dispute_ref=silent.ref),
    }
    if other == "settle":
        market.office.clock.advance(days=8)  # type: ignore[attr-defined]
    ended = at_once([asked(silent), ways[other]] * (CALLERS // 2))
    assert ended["done"] >= 1 and silent.violations() == []
    mine, back = kept(silent)
    out = market.funds(story.tim).paid_out
    assert mine + back + out == EARNED and back in (usd(0), PAID) and (back == PAID) == (other == "settle")


@pytest.mark.parametrize("lost", [True, False])
def test_a_review_that_a_bank_overtakes_moves_nothing_twice(silent: Bench, lost: bool) -> None:
    market, story = silent.market, silent.story
    asked(silent)()
    holder = silent.drawn()
    ref = come(market, story, 40_000, external_id="bank-1")
    with pytest.raises(Refusal):
        silent.review(holder, outcome="refund", refund_minor=40_000)
    mark(market, ref, "lost" if lost else "won")
    silent.days_pass(40)
    mine, back = kept(silent)
    assert (mine, back) == (usd(175_000) if lost else EARNED, usd(0)) and silent.violations() == []
