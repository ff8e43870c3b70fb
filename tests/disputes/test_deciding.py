"""Deciding a dispute: who may, how much, by which words; both sides told alike; the money follows acceptance or time."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Member
from portal.cases.models import Clock
from portal.core.errors import NotAllowed, NotFound, StepUpNeeded
from portal.core.work import Work
from portal.disputes.contesting import disputable
from portal.disputes.deciding import read_ahead
from portal.disputes.matter import matter_of
from portal.disputes.operations import answer_dispute, decide_dispute, withdraw_dispute
from portal.disputes.queries import dispute_by_ref
from portal.disputes.ruling import citable
from portal.log.operations import add
from tests.disputes.deciding import REASONS, Bench
from tests.factories.market import Market, Story, refused, usd


def test_both_hear_the_same_facts_in_their_own_words(bench: Bench) -> None:
    bench.decide()
    told = bench.told("dispute_decided")
    assert "$150.00 USD goes back to you and $250.00 USD goes to Tim Okafor." in told["stacy"]
    assert "$250.00 USD is yours and $150.00 USD goes back to Stacy Moreno." in told["tim"]
    for body in told.values():
        assert REASONS in body
        assert "term 2 of your contract: Each milestone is delivered within ten days" in body
        assert "after Sunday 29 November 2026" in body
    now = bench.dispute
    assert (now.state, now.outcome, now.refund_minor, now.ended_at) == ("decided", "split", 15_000, None)
    assert (bench.market.funds(bench.story.tim).held, bench.violations()) == (usd(40_000), [])


def test_mails_name_neither_sums_nor_reasons(bench: Bench) -> None:
    bench.decide()
    bench.accept(bench.story.tim.actor)
    bench.accept(bench.story.stacy.actor)
    mails = bench.mails({"dispute_decided", "dispute_ended"})
    assert len(mails) == 4
    for mail in mails:
        assert bench.ref in mail
        assert not [word for word in ("$", "drawing", "Photo app") if word in mail]


def test_money_follows_at_once_when_both_accept(bench: Bench) -> None:
    bench.decide()
    assert bench.accept(bench.story.stacy.actor)["carried_out"] is False
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    assert bench.accept(bench.story.tim.actor)["carried_out"] is True
    tim, stacy = bench.market.funds(bench.story.tim), bench.market.funds(bench.story.stacy)
    assert (tim.available, tim.held, stacy.refunded) == (usd(200_000), usd(0), usd(15_000))
    assert "You both accepted" in bench.told("dispute_ended")["tim"]
    assert (bench.dispute.ended_at, bench.violations()) == (bench.market.now, [])


def test_seven_days_pass_and_it_is_done(bench: Bench) -> None:
    bench.decide()
    bench.accept(bench.story.stacy.actor)
    bench.days_pass(7)
    assert bench.dispute.ended_at is None
    bench.days_pass(1)
    assert bench.dispute.ended_at is not None
    assert bench.market.funds(bench.story.stacy).refunded == usd(15_000)
    assert "time to ask for a review" in bench.told("dispute_ended")["tim"]
    with bench.market.office.database.read() as session:
        assert set(session.scalars(select(Clock.result).where(Clock.kind.like("dispute_%")))) == {"kept"}
    assert bench.violations() == []


@pytest.mark.parametrize(("outcome", "refund", "available", "back"), [
    ("release", 0, 215_000, 0), ("refund", 40_000, 175_000, 40_000), ("split", 1, 214_999, 1),
])
def test_each_outcome_moves_what_it_says(bench: Bench, outcome: str, refund: int, available: int, back: int) -> None:
    bench.decide(outcome=outcome, refund_minor=refund)
    bench.days_pass(8)
    assert bench.market.funds(bench.story.tim).available == usd(available)
    with bench.market.office.database.read() as session:
        assert dispute_by_ref(session, bench.ref).refund_minor == back
    assert bench.violations() == []


@pytest.mark.parametrize(("change", "code"), [
    ({"refund_minor": 40_001}, "too_much"), ({"refund_minor": 40_000}, "other_amount"), ({"refund_minor": 0}, "other_amount"),
    ({"refund_minor": -1}, "other_amount"), ({"outcome": "refund", "refund_minor": 1}, "other_amount"),
    ({"outcome": "release", "refund_minor": 1}, "other_amount"), ({"outcome": "keep"}, "unknown_outcome"),
    ({"cites": "term:9"}, "no_source"), ({"cites": ""}, "no_source"), ({"cites": "clause:x"}, "no_source"),
    ({"reasons": "Because."}, "reasons_missing"), ({"reasons": "x" * 40 + "\x00"}, "unstorable_text"),
    ({"version": 99}, "stale"), ({"dispute_ref": "D-NONE"}, "not_found"),
])
def test_what_cannot_be_decided(bench: Bench, change: dict[str, Any], code: str) -> None:
    assert refused(lambda: bench.decide(**change)) == code
    assert (bench.dispute.state, bench.told("dispute_decided")) == ("answered", {})


def test_a_rule_that_bound_both_can_be_cited(bench: Bench) -> None:
    with bench.market.office.database.read() as session:
        clause = next(one for one in citable(session, matter_of(session, bench.dispute)) if one.key == "payment-for-nothing")
    bench.decide(cites=f"clause:{clause.id}")
    assert f"rule {clause.number}, {clause.heading}" in bench.told("dispute_decided")["tim"]


def test_only_reviewers_who_are_free_decide(bench: Bench) -> None:
    for actor in (bench.story.tim.actor, bench.story.stacy.actor):
        with pytest.raises(NotAllowed):
            bench.market.do(decide_dispute, actor, **bench.choice())
    rae = replace(bench.story.rae.actor, stepped_up_at=None)
    with pytest.raises(StepUpNeeded):
        bench.market.do(decide_dispute, rae, **bench.choice())
    bench.market.make(lambda work: _join(work, bench))
    assert refused(bench.decide) == "conflicted"


def _join(work: Work, bench: Bench) -> Member:
    story = bench.story
    return add(work, Member(account_id=story.stacy.account.id, person_id=story.rae.person.id, role="worker"))


def test_nothing_is_decided_while_the_freelancer_can_answer(market: Market, story: Story) -> None:
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    code = refused(lambda: market.do(
        decide_dispute, story.rae.actor, dispute_ref=ref, version=1, outcome="release", refund_minor=0, cites="term:3",
        reasons=REASONS,
    ))
    assert code == "not_answered"


def test_strangers_and_other_links_accept_nothing(bench: Bench) -> None:
    bench.decide()
    for actor in (bench.story.omar.actor, bench.story.tim.by_link("C-OTHER")):
        with pytest.raises(NotFound):
            bench.accept(actor)
    case = bench.market.funds(bench.story.tim).holds[0].case_ref
    bench.accept(bench.story.tim.by_link(case))
    assert refused(lambda: bench.accept(bench.story.tim.actor)) == "accepted"
    assert bench.seen(bench.story.stacy.actor).accepted == {"freelancer": bench.market.now}


def test_decided_disputes_are_neither_answered_nor_withdrawn_nor_opened_again(bench: Bench) -> None:
    assert refused(lambda: bench.accept(bench.story.tim.actor)) == "not_decided"
    bench.decide()
    tim, stacy, do = bench.story.tim.actor, bench.story.stacy.actor, bench.market.do
    assert refused(lambda: do(answer_dispute, tim, dispute_ref=bench.ref, answer="More.")) == "answered"
    assert refused(lambda: do(withdraw_dispute, stacy, dispute_ref=bench.ref)) == "dispute_over"
    assert refused(lambda: bench.market.dispute(bench.story.stacy, bench.story.contract)) == "already_disputed"
    assert refused(bench.decide) == "decided"


def test_late_we_pay_and_the_books_say_so(bench: Bench) -> None:
    bench.days_pass(15)
    assert bench.market.funds(bench.story.tim).available == usd(215_000)
    bench.decide(outcome="refund", refund_minor=40_000)
    assert "We pay it, because we were late" in bench.told("dispute_decided")["stacy"]
    assert "Nothing is taken from you." in bench.told("dispute_decided")["tim"]
    bench.days_pass(8)
    tim, stacy = bench.market.funds(bench.story.tim), bench.market.funds(bench.story.stacy)
    assert (tim.available, stacy.refunded, bench.violations()) == (usd(215_000), usd(40_000), [])
    with bench.market.office.database.read() as session:
        assert list(disputable(session, bench.story.contract, "UTC", bench.market.now)) == []


def test_hold_that_runs_out_while_both_think_is_paid_by_us(bench: Bench) -> None:
    bench.market.office.clock.advance(days=10)
    bench.decide(outcome="split", refund_minor=10_000)
    bench.ask(bench.story.tim.actor)
    bench.days_pass(51)
    bench.review(bench.drawn(), outcome="split", refund_minor=10_000)
    assert bench.market.funds(bench.story.stacy).refunded == usd(10_000)
    assert bench.violations() == []


def test_both_read_ahead_what_they_will_read(bench: Bench) -> None:
    choice = {name: value for name, value in bench.choice().items() if name != "version"}
    with bench.market.office.database.read() as session:
        ahead = read_ahead(bench.market.office.work(session, bench.story.rae.actor), **choice)
    bench.decide()
    assert [text.body for _person, text in ahead] == list(map(bench.told("dispute_decided").get, ("stacy", "tim")))
