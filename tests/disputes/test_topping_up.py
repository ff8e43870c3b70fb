"""Money of a contested milestone was being paid out and comes back: the claim that came too late for it holds it now."""

from typing import Any

from sqlalchemy import select

from portal.accounts.models import MemberRole
from portal.disputes.operations import offer_settlement
from portal.ledger.operations import mark_payout
from portal.notices.models import Notice
from tests.disputes.test_chargebacks import bodies, come, mark, violations
from tests.disputes.test_members import joined
from tests.factories.market import Market, Story, usd


def paid_out(market: Market, story: Story, amount_minor: int = 200_000) -> str:
    """Nearly all that is available is on its way: of the contested 400, 150 are left."""
    return str(market.pay_out(story.tim, story.destination, amount_minor)["payout"])


def fails(market: Market, payout: str) -> None:
    market.do(mark_payout, payout_ref=payout, state="failed")


def test_the_dispute_holds_what_it_claims_and_both_are_told_once(market: Market, story: Story) -> None:
    members = {role: joined(market, story.tim, role).person_id for role in (MemberRole.FINANCE, MemberRole.WORKER)}
    payout = paid_out(market, story)
    made = market.dispute(story.stacy, story.contract)
    [before] = market.funds(story.tim).holds
    assert before.amount == usd(15_000)
    for _ in range(2):
        fails(market, payout)
    [after] = market.funds(story.tim).holds
    assert (after.amount, after.until, after.dispute_ref) == (usd(40_000), before.until, made["dispute"])
    for party in (story.stacy, story.tim):
        assert bodies(market, "hold_topped_up", party).count("$250.00 USD of it is on hold now: $400.00 USD in all") == 1
    with market.office.database.read() as session:
        heard = session.scalars(select(Notice.recipient_id).where(Notice.kind == "hold_topped_up")).all()
    assert set(heard) == {story.stacy.person.id, story.tim.person.id, members[MemberRole.FINANCE]}, "not who only works there"
    assert violations(market, story) == []


def test_a_bank_finds_it_and_less_is_our_loss(market: Market, story: Story) -> None:
    payout = paid_out(market, story, 215_000)
    ref = come(market, story)
    fails(market, payout)
    assert market.funds(story.tim).held == usd(40_000)
    mark(market, ref, "lost")
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(0), usd(175_000))
    assert violations(market, story) == []


def test_what_was_earned_later_is_left_alone(market: Market, story: Story) -> None:
    """Another release of the same milestone, after it was contested, is paid out and comes back: it was never claimed."""
    market.pay_out(story.tim, story.destination, 215_000)
    market.dispute(story.stacy, story.contract)
    market.earn(story.contract, 2, 40_000, days_ago=9)
    fails(market, paid_out(market, story, 40_000))
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(0), usd(40_000))
    assert violations(market, story) == []


def test_what_an_offer_is_about_stays_as_it_is(market: Market, story: Story) -> None:
    payout = paid_out(market, story)
    args: dict[str, Any] = {"dispute_ref": market.dispute(story.stacy, story.contract)["dispute"]}
    market.do(offer_settlement, story.tim.actor, refund_minor=10_000, days=5, text="", **args)
    fails(market, payout)
    assert market.funds(story.tim).held == usd(15_000)
    assert violations(market, story) == []
