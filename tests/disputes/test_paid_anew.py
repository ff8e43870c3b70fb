"""After a bank gave a payment back the client can pay again in the same milestone: a new earning, with a right of its own."""

import pytest

from portal.disputes.checks import CHECKS
from portal.disputes.contesting import disputable
from portal.disputes.operations import withdraw_dispute
from portal.ledger.checks import CHECKS as MONEY
from portal.ledger.operations import mark_refund
from portal.ledger.queries import holds_of
from portal.ledger.refund_queries import refunds_of
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come, mark
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import touch

ALL = 40_000


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in (*CHECKS, *MONEY) for line in check(session)]


def given_back(market: Market, story: Story, amount_minor: int = ALL, bank: str = "bank-1") -> str:
    ref = come(market, story, amount_minor, external_id=bank)
    mark(market, ref, "lost")
    return ref


def pay_anew(market: Market, story: Story, amount_minor: int = ALL) -> None:
    market.pay_in(story.contract, 1, amount_minor)
    market.earn(story.contract, 1, amount_minor, days_ago=0)


def days_pass(market: Market, dispute_ref: str, days: int) -> None:
    market.office.clock.advance(days=days)  # type: ignore[attr-defined]
    market.do(touch, dispute_ref=dispute_ref)


def test_before_the_bank_has_decided_nothing_is_paid_twice(market: Market, story: Story) -> None:
    ref = come(market, story)
    assert refused(lambda: market.earn(story.contract, 1, 1)) == "more_than_milestone"
    mark(market, ref, "won")
    assert refused(lambda: market.earn(story.contract, 1, 1)) == "more_than_milestone"


def test_what_the_bank_gave_back_can_be_paid_again_and_no_more(market: Market, story: Story) -> None:
    given_back(market, story, 10_000)
    assert refused(lambda: market.earn(story.contract, 1, 10_001)) == "more_than_milestone"
    assert refused(lambda: market.pay_in(story.contract, 1, ALL + 1)) == "more_than_milestone"
    before = market.funds(story.tim)
    pay_anew(market, story, 10_000)
    now = market.funds(story.tim)
    assert (now.pending, now.available) == (usd(10_000), before.available), "it is cleared like any other"
    assert refused(lambda: market.earn(story.contract, 1, 1)) == "more_than_milestone"
    assert violations(market) == []


def test_what_a_bank_gave_back_makes_room_once(market: Market, story: Story) -> None:
    """We heard of the release and never of its payment: what its bank gave back is no room beside what was paid anew."""
    given_back(market, story)
    market.pay_in(story.contract, 1, ALL, days_ago=0)
    assert refused(lambda: market.pay_in(story.contract, 1, 1)) == "more_than_milestone"
    market.earn(story.contract, 1, ALL, days_ago=0)
    assert refused(lambda: market.pay_in(story.contract, 1, 1)) == "more_than_milestone"
    assert market.funds(story.stacy).escrow == usd(0) and violations(market) == []


def test_its_own_payment_told_late_is_none_made_anew(market: Market, story: Story) -> None:
    given_back(market, story)
    market.pay_in(story.contract, 1, ALL, days_ago=200)
    assert market.funds(story.stacy).escrow == usd(0)
    market.pay_in(story.contract, 1, ALL)
    assert market.funds(story.stacy).escrow == usd(ALL)
    assert refused(lambda: market.pay_in(story.contract, 1, 1)) == "more_than_milestone"


def test_it_has_its_own_window(market: Market, story: Story) -> None:
    given_back(market, story)
    market.office.clock.advance(days=40)  # type: ignore[attr-defined]
    assert refused(lambda: market.dispute(story.stacy, story.contract, 1)) == "called_back"
    pay_anew(market, story)
    with market.office.database.read() as session:
        [found] = disputable(session, story.contract, "UTC", market.now)
    assert found.paid == usd(ALL)
    market.dispute(story.stacy, story.contract, ALL)
    assert market.funds(story.tim).held == usd(ALL) and violations(market) == []


def test_its_hold_has_a_limit_of_its_own(market: Market, story: Story) -> None:
    """The dispute of the first payment was held for 60 days; they are over when the second one is contested."""
    first = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.office.clock.advance(days=2)  # type: ignore[attr-defined]
    given_back(market, story)
    days_pass(market, first, 70)
    pay_anew(market, story)
    market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        [hold] = holds_of(session, market.now)
    assert hold.amount == usd(ALL) and (hold.until - market.now).days >= 59 and violations(market) == []


def test_taking_it_back_and_opening_it_anew_holds_it_no_longer(market: Market, story: Story) -> None:
    given_back(market, story)
    pay_anew(market, story)
    first = str(market.dispute(story.stacy, story.contract)["dispute"])
    with market.office.database.read() as session:
        [hold] = holds_of(session, market.now)
    market.office.clock.advance(days=20)  # type: ignore[attr-defined]
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=first)
    market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        [again] = holds_of(session, market.now)
    assert again.until == hold.until and violations(market) == []


@pytest.fixture
def decided(bench: Bench) -> Bench:
    """We gave Stacy $150 of $400, which were sent, and Tim $250; then her bank gives her $100 of that all the same."""
    bench.decide()
    bench.accept(bench.story.stacy.actor)
    bench.accept(bench.story.tim.actor)
    with bench.market.office.database.read() as session:
        [back] = refunds_of(session, bench.story.stacy.account.id)
    bench.market.do(mark_refund, refund_ref=back.ref, state="sent", reference="t-1")
    given_back(bench.market, bench.story, 10_000)
    return bench


def test_what_we_decided_of_the_old_payment_is_not_contested_once_more(decided: Bench) -> None:
    market, story = decided.market, decided.story
    assert refused(lambda: market.dispute(story.stacy, story.contract, 1)) == "decided_before"
    pay_anew(market, story, 10_000)
    assert refused(lambda: market.dispute(story.stacy, story.contract, 10_001)) == "more_than_paid"
    market.dispute(story.stacy, story.contract, 10_000)
    assert decided.violations() == []


def test_a_second_payment_is_decided_once_too(decided: Bench) -> None:
    market, story = decided.market, decided.story
    pay_anew(market, story, 10_000)
    ref = str(market.dispute(story.stacy, story.contract, 10_000)["dispute"])
    again = Bench(market, story, ref, decided.lee)
    again.answer()
    again.decide(outcome="release", refund_minor=0)
    again.accept(story.stacy.actor)
    again.accept(story.tim.actor)
    assert refused(lambda: market.dispute(story.stacy, story.contract, 1)) == "decided_before"


def refunded_anew(market: Market, story: Story, called_minor: int = ALL) -> None:
    """A bank gave so much back, what was paid anew was contested, and goes back to the client too."""
    given_back(market, story, called_minor)
    pay_anew(market, story)
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    bench = Bench(market, story, ref, story.ola)
    bench.answer()
    bench.decide(outcome="refund", refund_minor=ALL)
    bench.accept(story.stacy.actor)
    bench.accept(story.tim.actor)


def test_what_a_bank_gave_back_before_stops_no_refund_of_the_new_payment(market: Market, story: Story) -> None:
    """It gave back more than was ever paid: that is our loss, and no part of what goes back of the new payment."""
    refunded_anew(market, story, ALL + 10_000)
    for state in ("sent", "failed"):
        with market.office.database.read() as session:
            [back] = refunds_of(session, story.stacy.account.id)
        market.do(mark_refund, refund_ref=back.ref, state=state, reference="t-1")
    with market.office.database.read() as session:
        [back] = refunds_of(session, story.stacy.account.id)
    assert (back.state, back.left, back.by_bank) == ("failed", usd(ALL), usd(0)) and violations(market) == []


def test_it_is_never_both_refunded_and_called_back(market: Market, story: Story) -> None:
    refunded_anew(market, story)
    assert market.funds(story.stacy).refunded == usd(ALL)
    again = given_back(market, story, ALL, "bank-2")
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []
    assert again and violations(market) == []
    assert not market.funds(story.stacy).refunded, "her bank gave it back before it was sent"
