"""Our fee in a decision and a settlement: said to both sides before they accept, in every currency, to the last minor unit."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.money import Money
from portal.disputes.fees import fee_back, fees_of
from portal.disputes.matter import matter_of
from portal.disputes.operations import accept_decision, accept_settlement, answer_dispute, decide_dispute, offer_settlement
from portal.disputes.outcome import outcome_of
from portal.disputes.queries import dispute_by_ref
from portal.ledger.models import Hold
from portal.notices.models import Notice
from portal.notices.operations import opening
from tests.factories.market import Market, Story
from tests.ledger.steps import touch

REASONS = "One drawing was delivered in time. The version that term 2 speaks of never came."
CURRENCIES = {"USD": (36_000, 4_000), "JPY": (811, 89), "KWD": (180_007, 20_003)}
"""What was earned and our fee for it, in minor units."""


def contested(market: Market, story: Story, currency: str) -> str:
    earned, fee = CURRENCIES[currency]
    contract = market.contract(story.stacy, story.tim, f"Poster {currency}", [earned + fee], currency=currency)
    market.earn(contract, 1, earned, days_ago=7, fee_minor=fee, currency=currency)
    ref = str(market.dispute(story.stacy, contract, earned + fee, currency=currency)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The drawing is the first version.")
    return ref


def decide(market: Market, story: Story, ref: str, refund_minor: int) -> None:
    with market.office.database.read() as session:
        row = dispute_by_ref(session, ref)
        case_ref, version = matter_of(session, row).case.ref, row.version
    market.take(story.rae, case_ref)
    with market.office.database.read() as session:
        version = dispute_by_ref(session, ref).version
    market.do(decide_dispute, story.rae.actor, dispute_ref=ref, version=version, outcome="split", refund_minor=refund_minor,
              cites="term:2", reasons=REASONS)


def said(market: Market, kind: str) -> dict[str, str]:
    with market.office.database.read() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == kind))
        return {str(one.recipient_id): one.body or "" for one in rows}


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
@pytest.mark.parametrize("part", [3, 7])
def test_what_is_said_before_is_what_moves(market: Market, story: Story, currency: str, part: int) -> None:
    earned, fee = CURRENCIES[currency]
    ref = contested(market, story, currency)
    decide(market, story, ref, earned // part)
    with market.office.database.read() as session:
        outcome = outcome_of(session, dispute_by_ref(session, ref), story.stacy.actor)
        assert outcome is not None
        ruling = outcome.newest.ruling
    assert (ruling.back.amount_minor, ruling.fee.amount_minor) == (earned // part, fee * (earned // part) // earned)
    for party in (story.stacy, story.tim):
        market.do(accept_decision, party.actor, dispute_ref=ref)
    assert market.funds(story.stacy, currency).refunded == ruling.in_all
    with market.office.database.read() as session:
        after = outcome_of(session, dispute_by_ref(session, ref), story.stacy.actor)
        assert after is not None
        again = after.newest.ruling
    assert (again.back, again.fee, again.kept) == (ruling.back, ruling.fee, ruling.kept)


def test_both_sides_read_fee_and_total(market: Market, story: Story) -> None:
    ref = contested(market, story, "USD")
    decide(market, story, ref, 9_000)
    told = said(market, "dispute_decided")
    assert "Our fee for it, $10.00 USD, goes back to you too: that is $100.00 USD in all." in told[str(story.stacy.person.id)]
    his = told[str(story.tim.person.id)]
    assert "Our fee for it, $10.00 USD, goes back to Stacy Moreno too: that is $100.00 USD in all. We pay the fee back" in his


def test_an_offer_names_fee_and_total(market: Market, story: Story) -> None:
    ref = contested(market, story, "USD")
    offer = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=18_000, days=7, text="Let us share it.")
    words = "Our fee for it, $20.00 USD, goes back to Stacy Moreno too: that is $200.00 USD in all."
    assert words in said(market, "settlement_offered")[str(story.stacy.person.id)]
    assert words in said(market, "settlement_offered_receipt")[str(story.tim.person.id)]
    market.do(accept_settlement, story.stacy.actor, dispute_ref=ref, offer_ref=offer["offer"])
    assert market.funds(story.stacy).refunded == Money(20_000, "USD")


def test_the_last_part_of_an_earning_brings_its_whole_fee(market: Market, story: Story) -> None:
    """What went back before counts: rounding down twice would keep a cent of the fee."""
    contract = market.contract(story.stacy, story.tim, "Poster", [1_100])
    market.earn(contract, 1, 999, days_ago=7, fee_minor=101)
    first = str(market.dispute(story.stacy, contract, 550)["dispute"])
    with market.office.database.read() as session:
        hold = session.scalars(select(Hold).where(Hold.ended_at.is_(None))).one()
        assert fee_back(session, hold, Money(500, "USD")) == Money(50, "USD")
    market.do(opening, story.tim.actor, about_ref=first)
    for days in (8, 8):
        market.office.clock.advance(days=days)
        market.do(touch, dispute_ref=first)
    back = market.funds(story.stacy).refunded
    assert back == Money(hold.amount_minor + 50, "USD"), "nobody answered"
    second = market.dispute(story.stacy, contract, 500)
    with market.office.database.read() as session:
        hold = session.scalars(select(Hold).where(Hold.ended_at.is_(None))).one()
        rest = Money(hold.amount_minor, "USD")
        foreseen = fee_back(session, hold, rest)
        assert fees_of(session, [hold.id]) == {hold.id: foreseen.amount_minor}, "as it stands beside what is on hold"
    market.do(answer_dispute, story.tim.actor, dispute_ref=second["dispute"], answer="The drawing is the first version.")
    again = market.do(offer_settlement, story.tim.actor, dispute_ref=second["dispute"], refund_minor=rest.amount_minor,
                      days=7, text="")
    market.do(accept_settlement, story.stacy.actor, dispute_ref=second["dispute"], offer_ref=again["offer"])
    assert market.funds(story.stacy).refunded == back + rest + foreseen


def test_without_a_fee_nothing_is_said_of_one(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The drawing is the first version.")
    decide(market, story, ref, 15_000)
    assert ["fee" in body for body in said(market, "dispute_decided").values()] == [False, False]
