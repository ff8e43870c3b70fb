"""A client's own claim comes before ours: what we hold of the contested milestone gives way, and both sides read what is true."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.cases.models import Clock
from portal.core.ids import new_id, new_ref
from portal.disputes.chargebacks import record_chargeback
from portal.disputes.checks import ended_disputes_hold_nothing
from portal.disputes.operations import withdraw_dispute
from portal.ledger.models import Claim, Claimant, Hold
from portal.notices.models import Notice
from portal.verify import REGISTRY
from tests.appeals.conftest import Bench as Appeals
from tests.appeals.conftest import opened_case, reported
from tests.disputes.deciding import Bench, answered
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Story, usd
from tests.ledger.steps import touch


def suspended(market: Market, story: Story, held_minor: int = 40_000) -> Appeals:
    """Rae suspended Tim, and we hold so much of Stacy's milestone."""
    reported(market, story)
    desk = Appeals(market, story, opened_case(market.office))
    with_exhibit(desk)
    desk.action_ref = desk.ready()
    desk.issue(desk.action_ref, **desk.hold(held_minor))
    return desk


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for promise in REGISTRY for query in promise.queries for line in query(session)]


def holds(market: Market) -> list[Hold]:
    with market.office.database.read() as session:
        return list(session.scalars(sa.select(Hold).order_by(Hold.id)))


def claims(market: Market) -> list[Claim]:
    with market.office.database.read() as session:
        return list(session.scalars(sa.select(Claim).order_by(Claim.id)))


def test_what_we_held_is_there_for_the_client_and_can_be_decided(market: Market, story: Story) -> None:
    desk = suspended(market, story)
    bench = answered(market, story)
    ours, theirs = holds(market)
    assert (ours.end_kind, theirs.amount_minor, theirs.ended_at) == ("released", 40_000, None)
    assert [(one.claimant, one.end_kind) for one in claims(market)] == [("platform", "released"), ("counterpart", None)]
    told = bench.told("dispute_opened")["tim"]
    assert f"$400.00 USD of it was on hold because of our decision {desk.action_ref}. That hold has ended" in told
    assert "Nothing of this milestone is on hold because of that decision any more." in told
    assert "$400.00 USD of this milestone is on hold until" in bench.told("dispute_receipt")["stacy"]
    assert desk.action_ref not in bench.told("dispute_receipt")["stacy"]
    bench.decide(outcome="refund", refund_minor=40_000)
    for party in (story.stacy, story.tim):
        bench.accept(party.actor)
    assert (market.funds(story.stacy).refunded, market.funds(story.tim).held) == (usd(40_000), usd(0))
    assert violations(market) == []


def test_what_the_client_does_not_claim_stays_on_hold_as_before(market: Market, story: Story) -> None:
    desk = suspended(market, story)
    market.office.clock.advance(days=3)
    bench = answered(market, story, 15_000)
    first, rest, theirs = sorted(holds(market), key=lambda hold: -hold.amount_minor)
    assert (first.end_kind, rest.amount_minor, rest.ended_at, theirs.ended_at) == ("released", 25_000, None, None)
    assert (rest.successor_of_id, rest.claim_id, rest.cause_event_id) == (first.id, first.claim_id, first.cause_event_id)
    assert rest.expires_at == first.expires_at and claims(market)[0].ended_at is None
    with market.office.database.read() as session:
        clock = session.scalars(sa.select(Clock).where(Clock.subject_ref == rest.ref)).one()
    assert (clock.due_at, clock.length, clock.started_at) == (first.expires_at, 30, first.created_at)
    told = bench.told("dispute_opened")["tim"]
    assert "$150.00 USD of it was on hold because of our decision" in told
    assert "$250.00 USD stays on hold because of that decision, until" in told and desk.action_ref in told
    assert (market.funds(story.tim).held, violations(market)) == (usd(40_000), [])


def test_overturning_ends_what_is_left_of_ours_and_nothing_else(market: Market, story: Story) -> None:
    desk = suspended(market, story)
    market.dispute(story.stacy, story.contract, 15_000)
    ref = desk.file()
    desk.begin(ref)
    desk.decide(ref, "reversed")
    left = market.funds(story.tim).holds
    assert [(hold.amount, hold.claimant) for hold in left] == [(usd(15_000), Claimant.COUNTERPART)]
    assert violations(market) == []


def test_what_is_left_of_ours_ends_with_its_time(market: Market, story: Story) -> None:
    suspended(market, story)
    market.dispute(story.stacy, story.contract, 15_000)
    market.office.clock.advance(days=31)
    market.do(touch, account_id=story.tim.account.id)
    left = next(one for one in holds(market) if one.successor_of_id)
    assert (left.end_kind, violations(market)) == ("expired", [])


def heard(market: Market, kind: str) -> dict[Any, str]:
    """Whom notices of a kind told what."""
    with market.office.database.read() as session:
        return {one.recipient_id: one.body or "" for one in session.scalars(sa.select(Notice).where(Notice.kind == kind))}


def test_the_end_of_our_hold_is_told_whoever_was_told_of_it(market: Market, story: Story) -> None:
    suspended(market, story)
    market.office.clock.advance(days=31)
    market.do(touch, account_id=story.tim.account.id)
    told = heard(market, "hold_ended")
    assert set(told) == {story.tim.person.id, story.stacy.person.id}
    assert "We held it because of our own decision, and had told you of it." in told[story.stacy.person.id]


def test_a_bank_comes_before_our_own_hold_and_the_freelancer_hears_so(market: Market, story: Story) -> None:
    desk = suspended(market, story)
    market.do(
        record_chargeback, external_id="b1", contract_ref=story.contract.ref, milestone_number=1, amount_minor=15_000,
        currency="USD", received_at=market.now, reason="Services not provided",
    )
    told = heard(market, "chargeback_received")
    mine, theirs = told[story.tim.person.id], told[story.stacy.person.id]
    assert f"$150.00 USD of it was on hold because of our decision {desk.action_ref}. That hold has ended" in mine
    assert "$250.00 USD stays on hold because of that decision, until" in mine
    assert desk.action_ref not in theirs and "stays on hold" not in theirs
    assert violations(market) == []


def test_when_a_banks_hold_runs_out_nobody_is_promised_what_the_bank_decides(market: Market, story: Story) -> None:
    market.do(
        record_chargeback, external_id="b1", contract_ref=story.contract.ref, milestone_number=1, amount_minor=40_000,
        currency="USD", received_at=market.now, reason="Services not provided",
    )
    market.office.clock.advance(days=91)
    market.do(touch, account_id=story.tim.account.id)
    told = heard(market, "hold_ended")
    assert "If it gives the payment back after this, it is our loss" in told[story.tim.person.id]
    assert "What it gives back you get from your bank, not from us." in told[story.stacy.person.id]
    assert not any("we pay" in text for text in told.values())


def test_money_that_is_free_is_taken_first(market: Market, story: Story) -> None:
    suspended(market, story, 10_000)
    bench = answered(market, story, 30_000)
    assert sorted((one.amount_minor, one.end_kind) for one in holds(market)) == [(10_000, None), (30_000, None)]
    assert "because of our decision" not in bench.told("dispute_opened")["tim"]


def test_after_our_time_ran_out_a_withdrawn_dispute_claims_nothing(bench: Bench) -> None:
    market, story = bench.market, bench.story
    bench.days_pass(16)
    assert holds(market)[0].end_kind == "expired"
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=bench.ref)
    assert [one.end_kind for one in claims(market)] == ["released"]
    market.dispute(story.stacy, story.contract)
    first, again = holds(market)
    assert (again.amount_minor, again.expires_at) == (40_000, first.expires_at)
    assert [one.ended_at is None for one in claims(market)] == [False, True]
    assert violations(market) == []


def test_taking_it_back_and_opening_it_anew_holds_nobodys_money_longer(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.office.clock.advance(days=10)
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
    market.dispute(story.stacy, story.contract, 20_000)
    first, again = holds(market)
    assert (again.expires_at, market.funds(story.tim).held) == (first.expires_at, usd(20_000))
    assert violations(market) == []


def copied(market: Market, model: type[Hold] | type[Claim], **other: Any) -> None:
    """The same row once more, as a hand in the database would write it."""
    with market.office.database.read() as session:
        row = session.scalars(sa.select(model).order_by(model.id)).first()
    values = {column.name: getattr(row, column.name) for column in model.__table__.columns}
    values |= {"id": new_id(), "ref": new_ref("X")} | other
    with market.office.database.write() as session:
        session.execute(sa.insert(model).values(values))


def test_the_database_refuses_the_same_money_for_longer_and_a_second_claim(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    first = holds(market)[0]
    ended = {"ended_at": first.created_at, "end_kind": "released"}
    with pytest.raises(sa.exc.DBAPIError, match="share one limit"):
        copied(market, Hold, expires_at=first.expires_at.replace(year=2099), **ended)
    copied(market, Hold, **ended)
    with pytest.raises(sa.exc.DBAPIError, match="once at a time"):
        copied(market, Claim)


def test_a_claim_that_outlives_its_dispute_is_named(bench: Bench) -> None:
    market = bench.market
    market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    with market.office.database.write() as session:
        session.execute(sa.update(Claim).values(ended_at=None, end_kind=None))
    with market.office.database.read() as session:
        assert [claims(market)[0].ref in line for line in ended_disputes_hold_nothing(session)] == [True]
