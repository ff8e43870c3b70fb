"""A bank calls back what was paid in and nobody has earned: it waits for the bank, and goes back once, whoever gives it back."""

from datetime import timedelta
from typing import Any

import pytest

from portal.disputes.glance import money_of_case
from portal.ledger.models import BookKind
from tests.disputes.test_chargebacks import KINDS, bodies, come, house, mark, row, seen, violations
from tests.factories.market import Market, Story, refused, usd


def called(market: Market, story: Story, amount_minor: int = 40_000, **other: Any) -> str:
    """$400 were paid in for the second milestone, of which nothing was released; so much is called back."""
    market.pay_in(story.contract, 2, 40_000)
    return come(market, story, amount_minor, milestone_number=2, **other)


def off(market: Market, story: Story) -> int:
    """The work is off: what went back to the client, in minor units."""
    return market.give_up(story.contract, 2)


def test_it_waits_and_is_neither_released_nor_given_back(market: Market, story: Story) -> None:
    before = market.funds(story.tim)
    ref = called(market, story, 30_000)
    one = seen(market, ref, story.stacy.actor)
    assert (one.paid_in, one.held, one.gone, one.refunded_before) == (usd(30_000), usd(0), usd(0), usd(0))
    with market.office.database.read() as session:
        [line] = money_of_case(session, row(market, ref).case_id)
    assert (line.cause_ref, line.open, line.claimed, line.paid_in, line.held) == (
        ref, True, usd(30_000), usd(30_000), usd(0)), "the desk sees it at a glance"
    assert refused(lambda: market.earn(story.contract, 2, 10_001)) == "called_back"
    told = {"amount_minor": 10_001, "currency": "USD", "returned_at": market.now}
    assert refused(lambda: market.give_up(story.contract, 2, **told)) == "called_back"
    assert market.give_up(story.contract, 2, **told | {"amount_minor": 10_000}) == 10_000 and off(market, story) == 0
    assert (market.funds(story.stacy).escrow, market.funds(story.stacy).called) == (usd(0), usd(30_000))
    assert market.funds(story.tim) == before
    assert violations(market, story) == []


def test_lost_it_went_back_once(market: Market, story: Story) -> None:
    ref = called(market, story)
    mark(market, ref, "lost")
    assert (row(market, ref).claimed_minor, row(market, ref).taken_minor, row(market, ref).loss_minor) == (0, 0, 0)
    assert (house(market, BookKind.CHARGED_BACK), house(market, BookKind.LOSS)) == (usd(40_000), usd(0))
    assert off(market, story) == 0
    assert (market.funds(story.stacy).escrow, market.funds(story.stacy).refunded) == (usd(0), usd(0))
    assert not market.funds(story.stacy).called
    assert "so it went back from there" in bodies(market, KINDS[2], story.tim)
    assert violations(market, story) == []


def test_won_it_can_be_released_or_given_back_again(market: Market, story: Story) -> None:
    ref = called(market, story)
    mark(market, ref, "won")
    market.earn(story.contract, 2, 25_000)
    assert off(market, story) == 15_000
    assert house(market, BookKind.CHARGED_BACK) == usd(0)
    assert "can be released or given back again" in bodies(market, KINDS[2], story.tim)
    assert violations(market, story) == []


def test_what_nobody_earned_comes_first_and_only_the_rest_is_held(market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 40_000)
    market.earn(story.contract, 2, 10_000, days_ago=9)
    ref = come(market, story, 35_000, milestone_number=2)
    assert (seen(market, ref, story.tim.actor).paid_in, market.funds(story.tim).held) == (usd(30_000), usd(5_000))
    told = bodies(market, KINDS[0], story.tim)
    assert "$300.00 USD of it was paid in and not released yet." in told
    assert "$50.00 USD of this milestone is on hold" in told
    assert "so that you do not get it twice" in bodies(market, KINDS[0], story.stacy)
    mark(market, ref, "lost")
    assert house(market, BookKind.CHARGED_BACK) == usd(35_000)
    assert violations(market, story) == []


def test_given_back_before_it_is_on_record_and_the_bank_is_told(market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 40_000)
    assert off(market, story) == 40_000
    ref = come(market, story, milestone_number=2)
    mark(market, ref, "contested")
    one = seen(market, ref, story.stacy.actor)
    assert (one.refunded_before, one.paid_in, one.sent["refunded"][0]["amount_minor"]) == (usd(40_000), usd(0), 40_000)
    mark(market, ref, "lost")
    assert (house(market, BookKind.CHARGED_BACK), house(market, BookKind.LOSS)) == (usd(40_000), usd(-40_000))
    assert violations(market, story) == []


def test_what_is_released_after_a_bank_took_what_was_paid_in_can_be_contested(market: Market, story: Story) -> None:
    mark(market, called(market, story), "lost")
    market.earn(story.contract, 2, 10_000)
    assert market.dispute(story.stacy, story.contract, 10_000, milestone_number=2)["dispute"]
    assert violations(market, story) == []


@pytest.mark.parametrize("steps", ["told lost", "lost told", "lost anew told", "told won", "won told"])
def test_a_payment_that_is_told_after_the_bank_called_it_is_the_banks_to_give(market: Market, story: Story, steps: str) -> None:
    """$100 of the $400 were on record when the bank called all of it; a payment that was made after that is the client's."""
    market.pay_in(story.contract, 2, 10_000)
    ref = come(market, story, milestone_number=2)
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    for step in steps.split():
        if step in ("lost", "won"):
            mark(market, ref, step)
        else:
            market.pay_in(story.contract, 2, *{"told": (30_000,), "anew": (40_000,)}[step], days_ago=10 if step == "told" else 0)
    left = 40_000 * ("won" in steps or "anew" in steps)
    theirs = market.funds(story.stacy)
    assert (theirs.escrow, theirs.called, theirs.refunded) == (usd(left), usd(0), usd(0))
    back, beyond = 0 if "won" in steps else 40_000, 30_000 if steps == "won told" else 0
    assert (house(market, BookKind.CHARGED_BACK), house(market, BookKind.LOSS)) == (usd(back), usd(0))
    one = seen(market, ref, story.stacy.actor)
    assert (one.paid_in, one.beyond, one.loss) == (usd(40_000 - beyond), usd(beyond), usd(0))
    assert refused(lambda: market.pay_in(story.contract, 2, 1, days_ago=0)) == ("more_than_milestone" if left else None)
    assert violations(market, story) == []


def test_what_was_paid_in_after_a_bank_called_is_not_called(market: Market, story: Story) -> None:
    """We hear of the bank after we heard that the client paid anew: the days decide all the same."""
    market.pay_in(story.contract, 2, 10_000)
    market.pay_in(story.contract, 2, 30_000, days_ago=1)
    come(market, story, milestone_number=2, received_at=market.now - timedelta(days=3))
    assert (market.funds(story.stacy).escrow, market.funds(story.stacy).called) == (usd(30_000), usd(10_000))
    assert violations(market, story) == []
