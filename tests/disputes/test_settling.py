"""A dispute settled by its two sides: an offer, its answers, and the money that moves in the act in which both agree."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.accounts.throttles import LIMITS
from portal.cases.models import Clock, WorkItem
from portal.core.access import Actor
from portal.disputes.contesting import contestable
from portal.disputes.models import SettlementOffer
from portal.disputes.offers import offers_of
from portal.disputes.operations import accept_settlement, decline_settlement, offer_settlement, take_offer_back, withdraw_dispute
from portal.ledger.models import Hold
from tests.disputes.deciding import Bench
from tests.factories.market import refused, usd


def offer(bench: Bench, actor: Actor, refund_minor: int = 15_000, days: int = 7) -> str:
    args = {"dispute_ref": bench.ref, "refund_minor": refund_minor, "days": days, "text": "I keep the drawing."}
    return str(bench.market.do(offer_settlement, actor, **args)["offer"])


def press(bench: Bench, operation: Any, actor: Actor, ref: str) -> Any:
    return bench.market.do(operation, actor, dispute_ref=bench.ref, offer_ref=ref)


def ends(bench: Bench) -> list[str | None]:
    with bench.market.office.database.read() as session:
        return [one.end_kind for one in offers_of(session, bench.dispute.id)]


def running(bench: Bench) -> set[str]:
    with bench.market.office.database.read() as session:
        return set(session.scalars(sa.select(Clock.kind).where(Clock.ended_at.is_(None), Clock.case_id.is_not(None))))


@pytest.mark.parametrize(("back", "kept"), [(15_000, 25_000), (40_000, 0), (0, 40_000)])
def test_accepted_means_done(bench: Bench, back: int, kept: int) -> None:
    story, market = bench.story, bench.market
    before = market.funds(story.tim)
    press(bench, accept_settlement, story.stacy.actor, offer(bench, story.tim.actor, back))
    now, dispute = market.funds(story.tim), bench.dispute
    assert (dispute.state, dispute.outcome, dispute.refund_minor) == ("settled", None, back)
    assert dispute.ended_at == market.now
    assert (now.held, now.available - before.available) == (usd(0), usd(kept))
    if back:
        assert market.funds(story.stacy).refunded == usd(back)
    with market.office.database.read() as session:
        item = session.scalars(sa.select(WorkItem).where(WorkItem.subject_ref == bench.ref)).one()
        assert (item.close_reason, session.scalars(sa.select(Hold.ended_at)).one()) == ("settled", market.now)
    assert not running(bench) & {"dispute_decision", "settlement_offer"}
    assert bench.violations() == []


def test_what_both_agreed_counts_and_is_not_contested_anew(bench: Bench) -> None:
    story, market = bench.story, bench.market
    press(bench, accept_settlement, story.stacy.actor, offer(bench, story.tim.actor))
    assert refused(lambda: market.dispute(story.stacy, story.contract, 1_000)) == "settled_before"
    with market.office.database.read() as session:
        assert not contestable(session, [story.stacy.account.id], "UTC", market.now, [story.contract.id])
    assert market.funds(story.tim).held == usd(0)


def test_both_are_told_what_moves_and_the_mail_says_no_amount(bench: Bench) -> None:
    offered = offer(bench, bench.story.tim.actor)
    told = {**bench.told("settlement_offered"), "tim": bench.told("settlement_offered_receipt")["tim"]}
    press(bench, accept_settlement, bench.story.stacy.actor, offered)
    for words in (told, bench.told("dispute_settled")):
        for who in ("stacy", "tim"):
            assert "$150.00 USD goes back to Stacy Moreno, and $250.00 USD is released to Tim Okafor." in words[who]
    assert "I keep the drawing." in told["stacy"]
    mails = bench.mails({"settlement_offered", "settlement_offered_receipt", "dispute_settled"})
    assert len(mails) == 4
    assert not [mail for mail in mails if "150" in mail or "drawing" in mail]


def another(bench: Bench) -> Bench:
    """A dispute of the same two about another contract, of which nobody is informed yet."""
    other = bench.market.contract(bench.story.stacy, bench.story.tim, "Another app", [40_000], released={1: 5})
    return replace(bench, ref=str(bench.market.dispute(bench.story.stacy, other)["dispute"]))


def test_an_offer_of_another_dispute_is_none_of_this_one(bench: Bench) -> None:
    second = another(bench)
    ref = offer(second, bench.story.tim.actor)
    assert refused(lambda: press(bench, accept_settlement, bench.story.stacy.actor, ref)) == "not_found"
    assert ends(second) == [None]


def test_an_offer_is_open_no_longer_than_the_hold(bench: Bench) -> None:
    second = another(bench)
    second.days_pass(57)
    offer(second, bench.story.stacy.actor)
    [held] = bench.market.funds(bench.story.tim).holds
    with bench.market.office.database.read() as session:
        [one] = offers_of(session, second.dispute.id)
    assert one.answer_by == held.until < bench.market.now + timedelta(days=7)


def test_the_client_can_offer_too_and_one_answer_ends_the_other_offer(bench: Bench) -> None:
    offer(bench, bench.story.tim.actor, 10_000)
    press(bench, accept_settlement, bench.story.tim.actor, offer(bench, bench.story.stacy.actor, 20_000))
    assert ends(bench) == ["overtaken", "accepted"]
    assert bench.market.funds(bench.story.stacy).refunded == usd(20_000)
    assert bench.violations() == []


def test_one_open_offer_for_each_side(bench: Bench) -> None:
    tim, stacy = bench.story.tim.actor, bench.story.stacy.actor
    first = offer(bench, tim)
    assert refused(lambda: offer(bench, tim)) == "offered"
    assert refused(lambda: press(bench, accept_settlement, tim, first)) == "own_offer"
    assert refused(lambda: press(bench, decline_settlement, tim, first)) == "own_offer"
    assert refused(lambda: press(bench, take_offer_back, stacy, first)) == "not_your_offer"
    assert refused(lambda: press(bench, accept_settlement, bench.story.omar.actor, first)) == "not_found"
    press(bench, take_offer_back, tim, first)
    press(bench, decline_settlement, stacy, offer(bench, tim, 1))
    assert ends(bench) == ["taken_back", "declined"]
    for operation, actor in ((accept_settlement, stacy), (decline_settlement, stacy), (take_offer_back, tim)):
        assert refused(lambda operation=operation, actor=actor: press(bench, operation, actor, first)) == "offer_gone"
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    assert (bench.dispute.state, bench.violations()) == ("answered", [])


def test_nobody_is_written_to_without_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each offer, and each dispute, is told to the other side."""
    monkeypatch.setitem(LIMITS, "settlement_offer", (2, timedelta(hours=12)))
    tim, stacy = bench.story.tim.actor, bench.story.stacy
    for _time in range(2):
        press(bench, take_offer_back, tim, offer(bench, tim))
    assert refused(lambda: offer(bench, tim)) == "too_many"
    offer(bench, stacy.actor)
    monkeypatch.setitem(LIMITS, "dispute", (1, timedelta(hours=12)))
    bench.market.do(withdraw_dispute, stacy.actor, dispute_ref=bench.ref)
    assert refused(lambda: bench.market.dispute(stacy, bench.story.contract)) == "too_many"
    bench.market.office.clock.advance(hours=12)
    assert refused(lambda: bench.market.dispute(stacy, bench.story.contract)) is None


@pytest.mark.parametrize(("refund", "days", "code"), [
    (40_001, 7, "too_much"), (-1, 7, "too_much"), (1, 0, "other_days"), (1, 15, "other_days"),
])
def test_an_offer_is_about_what_is_on_hold_and_for_some_days(bench: Bench, refund: int, days: int, code: str) -> None:
    assert refused(lambda: offer(bench, bench.story.tim.actor, refund, days)) == code
    assert ends(bench) == []


def test_it_lapses_by_itself_and_the_dispute_goes_on(bench: Bench) -> None:
    ref = offer(bench, bench.story.tim.actor, days=3)
    bench.days_pass(4)
    assert ends(bench) == ["lapsed"]
    assert "so it lapsed" in bench.told("settlement_ended")["tim"]
    assert refused(lambda: press(bench, accept_settlement, bench.story.stacy.actor, ref)) == "offer_gone"
    with bench.market.office.database.read() as session:
        clock = session.scalars(sa.select(Clock).where(Clock.kind == "settlement_offer")).one()
    assert (clock.result, bench.dispute.state, bench.violations()) == ("kept", "answered", [])


def test_what_ends_the_dispute_ends_the_offers(bench: Bench) -> None:
    offer(bench, bench.story.tim.actor)
    bench.market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    assert ends(bench) == ["overtaken"]
    assert refused(lambda: offer(bench, bench.story.tim.actor)) == "dispute_over"


def test_after_our_decision_they_can_still_agree_until_it_is_carried_out(bench: Bench) -> None:
    bench.decide()
    press(bench, accept_settlement, bench.story.stacy.actor, offer(bench, bench.story.tim.actor, 30_000))
    assert (bench.dispute.state, bench.market.funds(bench.story.stacy).refunded) == ("settled", usd(30_000))
    bench.days_pass(9)
    assert (bench.market.funds(bench.story.stacy).refunded, bench.violations()) == (usd(30_000), [])
    with bench.market.office.database.read() as session:
        assert session.scalars(sa.select(Hold.end_kind)).all() == ["split"]


def test_when_our_time_ran_out_nothing_is_left_to_divide_and_we_never_pay_for_an_agreement(bench: Bench) -> None:
    ref = offer(bench, bench.story.tim.actor, days=14)
    bench.days_pass(15)
    assert ends(bench) == ["overtaken"]
    assert refused(lambda: press(bench, accept_settlement, bench.story.stacy.actor, ref)) == "offer_gone"
    assert refused(lambda: offer(bench, bench.story.stacy.actor)) == "nothing_held"
    assert (bench.market.funds(bench.story.tim).held, bench.violations()) == (usd(0), [])


def test_an_unanswered_dispute_can_be_settled(bench_unanswered: Bench) -> None:
    bench = bench_unanswered
    press(bench, accept_settlement, bench.story.stacy.actor, offer(bench, bench.story.tim.actor))
    bench.days_pass(40)
    assert (bench.dispute.state, bench.market.funds(bench.story.stacy).refunded) == ("settled", usd(15_000))
    assert bench.violations() == []


@pytest.fixture
def bench_unanswered(market: Any, story: Any) -> Bench:
    return Bench(market, story, str(market.dispute(story.stacy, story.contract)["dispute"]), story.rae)


@pytest.mark.parametrize("change", [
    {"refund_minor": 1}, {"answer_by": None}, {"end_kind": "declined"}, {"ended_at": None, "end_kind": None, "ended_by": None},
])
def test_the_database_keeps_an_offer_and_its_end(bench: Bench, change: dict[str, Any]) -> None:
    press(bench, accept_settlement, bench.story.stacy.actor, offer(bench, bench.story.tim.actor))
    for statement in (sa.update(SettlementOffer).values(change), sa.delete(SettlementOffer)):
        with pytest.raises(DBAPIError, match="kept as they are"), bench.market.office.database.writer.begin() as connection:
            connection.execute(statement)
