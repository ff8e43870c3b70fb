"""The one review of a decision, by somebody else; two readers above the published amount; twenty at once."""

from typing import Any

import pytest

from portal.disputes.operations import propose_decision, return_decision, second_decision
from tests.disputes.deciding import WHY, Bench, answered
from tests.factories.market import Market, Staff, Story, refused, usd
from tests.ledger.test_races import CALLERS, at_once


def test_somebody_else_reviews_and_it_is_carried_out(bench: Bench) -> None:
    bench.decide()
    bench.ask(bench.story.tim.actor)
    assert WHY in bench.told("dispute_review_asked")["stacy"]
    assert set(bench.told("dispute_review_receipt")) == {"tim"}
    bench.review(bench.drawn(), outcome="release", refund_minor=0)
    told = bench.told("dispute_reviewed")
    assert "changed the decision. $400.00 USD is yours." in told["tim"]
    assert "$400.00 USD goes to Tim Okafor, and nothing goes back to you." in told["stacy"]
    assert (bench.market.funds(bench.story.tim).available, bench.told("dispute_ended")) == (usd(215_000), {})
    assert (bench.seen(bench.story.tim.actor).changed, bench.violations()) == (True, [])


def test_who_decided_cannot_review(bench: Bench) -> None:
    bench.decide()
    assert refused(lambda: bench.review(bench.story.ola)) == "not_asked"
    bench.ask(bench.story.stacy.actor)
    assert bench.drawn().person.id != bench.story.rae.person.id
    assert refused(lambda: bench.review(bench.story.rae)) == "own_decision"
    other = next(one for one in (bench.story.ola, bench.lee) if one.person.id != bench.drawn().person.id)
    assert refused(lambda: bench.review(other)) == "with_somebody_else"
    assert refused(lambda: bench.decide(by=bench.drawn())) == "decided"
    assert bench.dispute.ended_at is None


def test_each_side_asks_once_and_not_after_accepting(bench: Bench) -> None:
    bench.decide()
    bench.accept(bench.story.stacy.actor)
    assert refused(lambda: bench.ask(bench.story.stacy.actor)) == "accepted"
    assert refused(lambda: bench.ask(bench.story.tim.actor, " ")) == "reason_missing"
    bench.ask(bench.story.tim.actor)
    assert refused(lambda: bench.ask(bench.story.tim.actor)) == "asked"
    assert refused(lambda: bench.accept(bench.story.tim.actor)) == "under_review"
    bench.days_pass(10)
    assert bench.market.funds(bench.story.tim).held == usd(40_000)


def test_both_may_ask_and_one_review_answers_both(bench: Bench) -> None:
    bench.decide()
    bench.ask(bench.story.tim.actor)
    bench.ask(bench.story.stacy.actor)
    assert set(bench.seen(bench.story.tim.actor).reviews) == {"client", "freelancer"}
    bench.review(bench.drawn())
    assert "The decision stands." in bench.told("dispute_reviewed")["stacy"]
    assert refused(lambda: bench.ask(bench.story.tim.actor)) == "dispute_over"


def test_after_seven_days_nobody_can_ask(bench: Bench) -> None:
    bench.decide()
    bench.market.office.clock.advance(days=8)
    assert refused(lambda: bench.ask(bench.story.tim.actor)) == "dispute_over"
    assert bench.violations() == []


def test_a_late_review_ends_the_hold_and_then_we_pay(bench: Bench) -> None:
    bench.decide()
    bench.ask(bench.story.tim.actor)
    bench.days_pass(15)
    assert (bench.dispute.ended_at, bench.market.funds(bench.story.tim).held) == (None, usd(0))
    bench.ask(bench.story.stacy.actor)
    bench.review(bench.drawn())
    tim, stacy = bench.market.funds(bench.story.tim), bench.market.funds(bench.story.stacy)
    assert (tim.available, stacy.refunded, bench.violations()) == (usd(215_000), usd(15_000), [])


def test_of_twenty_decisions_at_once_one_wins(bench: Bench) -> None:
    choice = bench.choice()
    ended = at_once([lambda: bench.decide(**choice)] * CALLERS)
    assert ended == {"done": 1, "decided": CALLERS - 1}
    assert (len(bench.told("dispute_decided")), bench.violations()) == (2, [])


def test_of_twenty_acceptances_at_once_each_side_has_one(bench: Bench) -> None:
    bench.decide()
    tim, stacy = (lambda: bench.accept(bench.story.tim.actor)), (lambda: bench.accept(bench.story.stacy.actor))
    ended = at_once([tim, stacy] * (CALLERS // 2))
    assert ended["done"] == 2
    assert (bench.market.funds(bench.story.stacy).refunded, bench.violations()) == (usd(15_000), [])


@pytest.fixture
def large(market: Market, story: Story) -> Bench:
    """$1,500 of one milestone is contested."""
    contract = market.contract(story.stacy, story.tim, "Shop", [150_000], released={1: 8}, started=12)
    made = market.dispute(story.stacy, contract, 150_000)
    return Bench(market, story, str(made["dispute"]), answered(market, story).lee)


def propose(large: Bench, by: Staff | None = None, **other: Any) -> dict[str, Any]:
    return large.market.do(propose_decision, (by or large.story.rae).actor, **large.choice(**other))


def second(large: Bench, by: Staff, operation: Any = second_decision, **other: Any) -> dict[str, Any]:
    return large.market.do(operation, by.actor, dispute_ref=large.ref, version=large.dispute.version, **other)


def test_a_second_person_reads_large_decisions(large: Bench) -> None:
    large.answer()
    assert refused(large.decide) == "needs_second_reader"
    propose(large)
    assert (large.dispute.state, large.told("dispute_decided")) == ("answered", {})
    assert refused(lambda: propose(large)) == "proposed"
    assert refused(lambda: second(large, large.story.rae)) == "own_proposal"
    second(large, large.story.ola)
    row = large.seen(large.story.tim.actor).newest
    assert (row.handle, row.reader) == (large.story.rae.handle, large.story.ola.handle)
    large.ask(large.story.tim.actor)
    assert refused(lambda: propose(large, large.story.ola)) == "own_decision"
    assert large.violations() == []


def test_what_is_returned_or_not_read_in_time_is_its_writers_again(large: Bench) -> None:
    large.answer()
    propose(large)
    assert refused(lambda: second(large, large.story.ola, return_decision, reason=" ")) == "reason_missing"
    second(large, large.story.ola, return_decision, reason="Say what the drawing was worth.")
    assert large.assignee() == large.story.rae.person.id
    propose(large, refund_minor=20_000)
    large.days_pass(4)
    assert refused(lambda: second(large, large.story.ola)) == "with_somebody_else"
    assert (large.dispute.state, large.assignee(), large.violations()) == ("answered", large.story.rae.person.id, [])


def test_small_amounts_need_one_reader(bench: Bench) -> None:
    assert refused(lambda: propose(bench)) == "no_reader_needed"
    assert refused(lambda: second(bench, bench.story.ola)) == "no_proposal"


@pytest.mark.parametrize(("currency", "amount_minor", "code"), [
    ("JPY", 150_000, None), ("JPY", 150_001, "needs_second_reader"), ("KWD", 300_000, None),
    ("KWD", 300_001, "needs_second_reader"), ("CHF", 1, "needs_second_reader"),
])
def test_each_currency_has_its_own_amount_and_two_read_where_there_is_none(
    market: Market, story: Story, currency: str, amount_minor: int, code: str | None
) -> None:
    contract = market.contract(story.stacy, story.tim, "Shop", [400_000], released={1: 8}, currency=currency)
    made = market.dispute(story.stacy, contract, amount_minor, currency=currency)
    bench = Bench(market, story, str(made["dispute"]), story.ola)
    bench.answer()
    assert refused(lambda: bench.decide(outcome="refund", refund_minor=amount_minor)) == code
    assert bench.violations() == []
