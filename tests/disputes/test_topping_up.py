"""Money of a contested milestone was being paid out, or a law asked for it, and comes back: the claim that came too late for it
holds it now."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import MemberRole
from portal.act import Office
from portal.core.access import Role
from portal.disputes.operations import (
    offer_settlement,
    propose_decision,
    return_decision,
    second_decision,
    withdraw_dispute,
)
from portal.disputes.queries import dispute_by_ref
from portal.disputes.shortfall import Shortfall, shortfall_of
from portal.disputes.topping_up import HeldAgain
from portal.enforcement.ending import what_ends
from portal.enforcement.models import Action
from portal.enforcement.operations import lift_action
from portal.enforcement.undoing import preview_undoing
from portal.ledger.operations import mark_payout
from portal.ledger.queries import hold_of_claim
from portal.notices.models import Notice
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import bodies, come, mark, violations
from tests.disputes.test_members import joined
from tests.disputes.test_shortfall import LEFT, with_order
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import correct


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


def test_what_is_free_beside_it_is_left_alone(market: Market, story: Story) -> None:
    """All was on its way when it was contested; a correction put 50 more on record there, which did not come back."""
    paid_out(market, story, 190_000)
    rest = paid_out(market, story, 25_000)
    market.dispute(story.stacy, story.contract)
    correct(market, story, 5_000, "added")
    fails(market, rest)
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(25_000), usd(5_000))
    assert violations(market, story) == []


def test_what_an_offer_is_about_stays_as_it_is(market: Market, story: Story) -> None:
    payout = paid_out(market, story)
    args: dict[str, Any] = {"dispute_ref": market.dispute(story.stacy, story.contract)["dispute"]}
    market.do(offer_settlement, story.tim.actor, refund_minor=10_000, days=5, text="", **args)
    fails(market, payout)
    assert market.funds(story.tim).held == usd(15_000)
    assert violations(market, story) == []


def test_what_was_written_about_less_is_not_made_by_a_second_reader(market: Market, story: Story) -> None:
    """All that was on hold was to go back: now that is a part of it, and nobody has weighed the rest."""
    shop = market.contract(story.stacy, story.tim, "Shop", [150_000], released={1: 8}, started=12)
    payout = paid_out(market, story, market.funds(story.tim).available.amount_minor - 5_000)
    large = Bench(market, story, str(market.dispute(story.stacy, shop, 150_000)["dispute"]), market.staff("Lee Marsh", Role.LEAD))
    large.answer()
    market.do(propose_decision, story.rae.actor, **large.choice(outcome="refund", refund_minor=5_000))
    fails(market, payout)
    assert market.funds(story.tim).held == usd(150_000)
    read = {"dispute_ref": large.ref, "version": large.dispute.version}
    assert refused(lambda: market.do(second_decision, story.ola.actor, **read)) == "hold_changed"
    market.do(return_decision, story.ola.actor, **read, reason="Say what becomes of the money that came back.")
    market.do(propose_decision, story.rae.actor, **large.choice(outcome="refund", refund_minor=150_000))
    market.do(second_decision, story.ola.actor, dispute_ref=large.ref, version=large.dispute.version)
    for side in (story.stacy, story.tim):
        large.accept(side.actor)
    assert market.funds(story.stacy).refunded == usd(150_000) and large.violations() == []


def lift(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        action = session.scalars(select(Action)).one()
    args = {"action_ref": action.ref, "version": action.version, "reason": "The order is lifted."}
    market.do(lift_action, story.rae.actor, **args)


def ahead(market: Market) -> list[tuple[HeldAgain, ...]]:
    """What goes on hold, as the page of lifting the decision says it and as the page of overturning it does."""
    with market.office.database.read() as session:
        action = session.scalars(select(Action)).one()
        return [plan(session, action, market.now).held_again for plan in (what_ends, preview_undoing)]


def said_to_lack(market: Market, dispute_ref: str) -> Shortfall:
    with market.office.database.read() as session:
        dispute = dispute_by_ref(session, dispute_ref)
        return shortfall_of(session, dispute, hold_of_claim(session, dispute.claim_id))


@pytest.mark.parametrize("silent", [False, True])
def test_what_an_order_lets_go_is_on_hold_at_once(office: Office, silent: bool) -> None:
    """Both read it in words that name no order, after the letter that it ended, if one may be sent; the freelancer cannot take it
    out."""
    market, story = with_order(office, LEFT, silent=silent)
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    assert said_to_lack(market, ref) == Shortfall(usd(28_000), paid_out=False)
    assert ahead(market) == [(HeldAgain(usd(28_000), story.contract.title, ref),)] * 2, "whoever ends it reads so before"
    lift(market, story)
    [hold] = market.funds(story.tim).holds
    assert (hold.amount, hold.dispute_ref) == (usd(40_000), ref)
    assert market.funds(story.tim).available == usd(175_000) and not said_to_lack(market, ref)
    for party in (story.stacy, story.tim):
        told = bodies(market, "hold_topped_up", party)
        assert told.count("$280.00 USD of it is on hold now: $400.00 USD in all") == 1
        assert not any(word in told for word in ("order", "law", "payout"))
    with market.office.database.read() as session:
        to_tim = select(Notice.kind).where(Notice.recipient_id == story.tim.person.id).order_by(Notice.id)
        kinds = session.scalars(to_tim).all()
    assert kinds[-2:] == ["dispute_opened" if silent else "action_changed", "hold_topped_up"]
    assert violations(market, story) == []


def test_what_nobody_waits_for_is_free(office: Office) -> None:
    """The dispute was taken back: what the order lets go goes on hold for nobody, and its page says nothing of it."""
    market, story = with_order(office, LEFT, silent=False)
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=market.dispute(story.stacy, story.contract)["dispute"])
    assert ahead(market) == [(), ()]
    lift(market, story)
    assert market.funds(story.tim).held == usd(0)


def test_what_is_missing_still_is_said_in_the_same_words(office: Office) -> None:
    """Of what was contested the order had $100, and $180 had been paid out: that was not free, and does not come back."""
    market, story = with_order(office, 185_000, silent=True)
    paid_out(market, story, 18_000)
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    assert said_to_lack(market, ref) == Shortfall(usd(28_000), paid_out=False)
    assert [one.amount for [one] in ahead(market)] == [usd(10_000)] * 2
    lift(market, story)
    assert (said_to_lack(market, ref), market.funds(story.tim).held) == (Shortfall(usd(18_000), paid_out=False), usd(22_000))
    assert violations(market, story) == []
