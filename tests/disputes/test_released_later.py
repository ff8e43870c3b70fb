"""What is released of a milestone after an earlier part of it was decided, or had its time on hold: a hold of its own."""

import pytest

from portal.disputes.contesting import disputable
from portal.disputes.operations import withdraw_dispute
from portal.disputes.shortfall import Shortfall
from portal.ledger.operations import mark_payout
from portal.ledger.queries import holds_of
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come, mark, seen
from tests.disputes.test_shortfall import contested
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


@pytest.fixture
def taken_back(market: Market, story: Story) -> Bench:
    """The first $100 were contested, and nobody decided: Stacy took it back. 70 days later the rest is released."""
    market.earn(story.contract, 2, PART, days_ago=0)
    bench = Bench(market, story, str(market.dispute(story.stacy, story.contract, PART, milestone_number=2)["dispute"]), story.ola)
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=bench.ref)
    market.office.clock.advance(days=70)  # type: ignore[attr-defined]
    market.earn(story.contract, 2, REST, days_ago=0)
    return bench


def until(bench: Bench) -> int:
    """For how many days from now on the one hold lasts."""
    with bench.market.office.database.read() as session:
        [hold] = holds_of(session, bench.market.now)
    return (hold.until - bench.market.now).days


def test_what_was_never_contested_is_on_hold_for_its_own_time(taken_back: Bench) -> None:
    """All of the milestone can be contested; what had its time on hold is left alone, and both read the same before and after."""
    market, story, before = taken_back.market, taken_back.story, taken_back.market.funds(taken_back.story.tim)
    _words, short = contested(market, story, PART + REST, milestone_number=2)
    assert short == Shortfall(usd(PART), paid_out=False)
    now = market.funds(story.tim)
    assert (now.available, now.pending, now.held) == (before.available, usd(0), usd(REST))
    assert until(taken_back) >= 59 and taken_back.violations() == []


def test_it_has_that_time_once(taken_back: Bench) -> None:
    """Taken back and contested anew it is on hold until the same day, and after that no more."""
    market, tim = taken_back.market, taken_back.story.tim
    again = open_again(taken_back)
    market.do(withdraw_dispute, taken_back.story.stacy.actor, dispute_ref=again.ref)
    market.office.clock.advance(days=20)  # type: ignore[attr-defined]
    again = open_again(taken_back)
    assert (market.funds(tim).held, until(taken_back)) == (usd(REST), 40)
    market.do(withdraw_dispute, taken_back.story.stacy.actor, dispute_ref=again.ref)
    market.office.clock.advance(days=41)  # type: ignore[attr-defined]
    come(market, taken_back.story, PART + REST, milestone_number=2)
    assert market.funds(tim).held == usd(0) and taken_back.violations() == []


def test_what_is_released_while_the_time_runs_shares_it(market: Market, story: Story) -> None:
    market.earn(story.contract, 2, PART, days_ago=0)
    bench = Bench(market, story, str(market.dispute(story.stacy, story.contract, PART, milestone_number=2)["dispute"]), story.ola)
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=bench.ref)
    market.office.clock.advance(days=20)  # type: ignore[attr-defined]
    market.earn(story.contract, 2, REST, days_ago=0)
    open_again(bench, PART + REST)
    assert (market.funds(story.tim).held, until(bench), bench.violations()) == (usd(PART + REST), 40, [])


def test_money_that_comes_back_is_of_what_is_on_hold_alone(taken_back: Bench) -> None:
    """Both parts were being paid out: what had its time on hold is free, what was never contested goes on hold."""
    market, story = taken_back.market, taken_back.story
    market.office.clock.advance(days=6)  # type: ignore[attr-defined]
    payout = str(market.pay_out(story.tim, story.destination, market.funds(story.tim).available.amount_minor)["payout"])
    open_again(taken_back, PART + REST)
    assert market.funds(story.tim).held == usd(0)
    market.do(mark_payout, payout_ref=payout, state="failed")
    assert market.funds(story.tim).held == usd(REST) and taken_back.violations() == []


def test_a_bank_holds_what_was_never_contested(taken_back: Bench) -> None:
    market, tim = taken_back.market, taken_back.story.tim
    come(market, taken_back.story, PART + REST, milestone_number=2)
    assert market.funds(tim).held == usd(REST) and taken_back.violations() == []
