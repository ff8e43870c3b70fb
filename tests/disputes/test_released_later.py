"""What is released of a milestone after we decided about an earlier part of it: a window, a claim and a hold of its own."""

import pytest

from portal.disputes.contesting import disputable
from portal.ledger.queries import holds_of
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come, mark, seen
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import touch

PART, REST = 10_000, 30_000


@pytest.fixture
def decided(market: Market, story: Story) -> Bench:
    """Of the second milestone $100 were released and contested, and we gave them to Tim; 70 days later the rest is released."""
    contract, lee = story.contract, story.ola
    market.earn(contract, 2, PART, days_ago=0)
    bench = Bench(market, story, str(market.dispute(story.stacy, contract, PART, milestone_number=2)["dispute"]), lee)
    bench.answer()
    bench.decide(outcome="release", refund_minor=0)
    bench.accept(story.stacy.actor)
    bench.accept(story.tim.actor)
    assert refused(lambda: market.dispute(story.stacy, contract, 1, milestone_number=2)) == "decided_before"
    market.office.clock.advance(days=70)  # type: ignore[attr-defined]
    market.earn(contract, 2, REST, days_ago=0)
    return bench


def open_again(bench: Bench, amount_minor: int = REST) -> Bench:
    story = bench.story
    made = bench.market.dispute(story.stacy, story.contract, amount_minor, milestone_number=2)
    return Bench(bench.market, story, str(made["dispute"]), bench.lee)


def test_it_can_be_contested_and_no_more(decided: Bench) -> None:
    with decided.market.office.database.read() as session:
        [found] = disputable(session, decided.story.contract, "UTC", decided.market.now)
    assert (found.milestone.number, found.paid) == (2, usd(REST))
    assert refused(lambda: open_again(decided, REST + 1)) == "more_than_paid"
    open_again(decided)
    assert decided.violations() == []


def test_only_its_money_is_on_hold_as_long_as_for_any_dispute(decided: Bench) -> None:
    """What we gave Tim stays his; the hold of the first dispute ended before, and sets this one no limit."""
    before = decided.market.funds(decided.story.tim)
    open_again(decided)
    now = decided.market.funds(decided.story.tim)
    assert (now.available, now.pending, now.held) == (before.available, usd(0), usd(REST))
    with decided.market.office.database.read() as session:
        [hold] = holds_of(session, decided.market.now)
    assert (hold.until - decided.market.now).days >= 59


def test_it_is_decided_once_too(decided: Bench) -> None:
    again, story = open_again(decided, REST - 5_000), decided.story
    again.answer()
    again.decide(outcome="refund", refund_minor=REST - 5_000)
    again.accept(story.stacy.actor)
    again.accept(story.tim.actor)
    again.market.do(touch, dispute_ref=again.ref)
    assert again.market.funds(story.stacy).refunded == usd(REST - 5_000)
    assert refused(lambda: open_again(decided, 1)) == "decided_before"
    assert again.violations() == []


@pytest.mark.parametrize("contested", [True, False])
def test_a_bank_that_calls_it_back_holds_it_too(decided: Bench, contested: bool) -> None:
    """A dispute about it gives way to the bank, and its money stays on hold; what we gave Tim before is left alone."""
    market, (stacy, tim) = decided.market, (decided.story.stacy, decided.story.tim)
    before = market.funds(tim).available
    if contested:
        open_again(decided)
    ref = come(market, decided.story, PART + REST, milestone_number=2)
    assert (market.funds(tim).held, market.funds(tim).available) == (usd(REST), before)
    mark(market, ref, "lost")
    one = seen(market, ref, stacy.actor)
    assert (one.taken, one.loss, market.funds(tim).held) == (usd(REST), usd(PART), usd(0))
    assert decided.violations() == []
