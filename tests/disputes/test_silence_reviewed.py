"""Nobody answered in time: until the refund they can still answer, or ask once that somebody decides about it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.cases.need_models import Need
from portal.core.access import Role
from portal.core.migrate import FOLDER, current, migrate
from portal.disputes.models import DisputeDecision
from portal.disputes.operations import withdraw_dispute
from portal.disputes.queries import going_back, view_of
from portal.notices.operations import opening
from tests.disputes.deciding import WHY, Bench
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import let_go, touch

BEFORE = re.findall(r'^down_revision = "(\d+)"', next(FOLDER.glob("*_refund_for_silence.py")).read_text("utf-8"), re.M)[0]


@pytest.fixture
def silent(market: Market, story: Story) -> Bench:
    """Tim was informed of Stacy's dispute over $400 and let the seven days pass."""
    lee = market.staff("Lee Marsh", Role.LEAD)
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(opening, story.tim.actor, about_ref=ref)
    bench = Bench(market, story, ref, lee)
    bench.days_pass(8)
    assert bench.dispute.state == "unanswered"
    return bench


def test_both_read_what_can_still_be_done(silent: Bench) -> None:
    told = silent.told("dispute_unanswered")
    assert "You can still answer, or ask that somebody else reviews this, until" in told["tim"]
    assert "unless an answer arrives before, or Tim Okafor asks that somebody else reviews this." in told["stacy"]
    mails = silent.mails({"dispute_unanswered"})
    assert sum("unless an answer or a request for a review arrives before." in mail for mail in mails) == 1
    assert not any("Okafor" in mail for mail in mails)
    with silent.market.office.database.read() as session:
        assert view_of(session, silent.ref, silent.story.tim.actor).can_contest
        assert not view_of(session, silent.ref, silent.story.stacy.actor).can_contest
        assert set(going_back(session, {silent.ref})) == {silent.ref}


def test_they_are_reminded_before_the_money_goes_back(silent: Bench) -> None:
    before = len(silent.mails({"dispute_reminder"}))
    silent.days_pass(4)
    silent.days_pass(3)
    told = silent.told("dispute_reminder")
    assert len(silent.mails({"dispute_reminder"})) == before + 2 and set(told) == {"tim"}
    assert "the time to answer has passed" in told["tim"] and "ask that somebody else reviews this" in told["tim"]
    silent.days_pass(2)
    assert len(silent.mails({"dispute_reminder"})) == before + 2
    assert silent.market.funds(silent.story.stacy).refunded == usd(40_000)


@pytest.mark.parametrize(("outcome", "refund", "kept"), [("release", 0, 215_000), ("split", 15_000, 200_000),
                                                         ("refund", 40_000, 175_000)])
def test_somebody_decides_whether_it_goes_back(silent: Bench, outcome: str, refund: int, kept: int) -> None:
    silent.ask(silent.story.tim.actor)
    asked = silent.told("dispute_review_asked")["stacy"]
    assert "Tim Okafor did not answer the dispute" in asked and WHY in asked
    assert "Somebody now looks at whether the money goes back." in silent.told("dispute_review_receipt")["tim"]
    silent.days_pass(9)
    assert silent.market.funds(silent.story.tim).held == usd(40_000)
    silent.review(silent.drawn(), outcome=outcome, refund_minor=refund)
    seen = silent.seen(silent.story.tim.actor)
    assert [(one.row.n, one.handle != "") for one in seen.decisions] == [(0, False), (2, True)]
    assert (seen.changed, silent.dispute.outcome) == (outcome != "refund", outcome)
    assert silent.market.funds(silent.story.tim).available == usd(kept)
    assert (silent.dispute.ended_at is not None, silent.violations()) == (True, [])


def test_nobody_decided_a_refund_for_silence(silent: Bench) -> None:
    silent.days_pass(8)
    told = silent.told("dispute_ended")
    assert "$400.00 USD goes back to you." in told["stacy"] and "was not answered in time" in told["tim"]
    assert silent.dispute.outcome == "refund"
    with silent.market.office.database.read() as session:
        assert not view_of(session, silent.ref, silent.story.tim.actor).can_contest
    assert refused(lambda: silent.ask(silent.story.tim.actor)) == "dispute_over"
    assert silent.violations() == []


def test_only_who_did_not_answer_asks_and_with_a_reason(silent: Bench) -> None:
    assert refused(lambda: silent.ask(silent.story.stacy.actor)) == "not_decided"
    assert refused(lambda: silent.ask(silent.story.tim.actor, " ")) == "reason_missing"
    assert refused(lambda: silent.accept(silent.story.tim.actor)) == "not_decided"
    assert silent.dispute.state == "unanswered"


def test_an_answer_instead_is_decided_and_then_reviewed(silent: Bench) -> None:
    silent.answer()
    silent.decide()
    silent.ask(silent.story.tim.actor)
    silent.review(silent.drawn(), outcome="release", refund_minor=0)
    assert [one.row.n for one in silent.seen(silent.story.tim.actor).decisions] == [1, 2]
    assert silent.violations() == []


def test_who_asked_for_a_review_neither_answers_nor_asks_again(silent: Bench) -> None:
    silent.ask(silent.story.tim.actor)
    assert refused(silent.answer) == "dispute_over"
    assert refused(lambda: silent.ask(silent.story.tim.actor)) == "asked"
    assert refused(lambda: silent.accept(silent.story.tim.actor)) == "under_review"
    assert refused(lambda: silent.market.do(
        withdraw_dispute, silent.story.stacy.actor, dispute_ref=silent.ref)) == "dispute_over"
    silent.ask(silent.story.stacy.actor, "He had two weeks.")
    assert set(silent.seen(silent.story.tim.actor).reviews) == {"client", "freelancer"}


def test_where_we_are_late_the_hold_ends_and_we_pay(silent: Bench) -> None:
    silent.ask(silent.story.tim.actor)
    silent.days_pass(15)
    assert (silent.dispute.ended_at, silent.market.funds(silent.story.tim).held) == (None, usd(0))
    silent.review(silent.drawn(), outcome="refund", refund_minor=40_000)
    tim, stacy = silent.market.funds(silent.story.tim), silent.market.funds(silent.story.stacy)
    assert (tim.available, stacy.refunded, silent.violations()) == (usd(215_000), usd(40_000), [])


def test_without_anything_on_hold_there_is_nothing_to_review(silent: Bench) -> None:
    hold = silent.market.funds(silent.story.tim).holds[0]
    silent.market.do(let_go, hold_ref=hold.ref, kind="expired")
    assert refused(lambda: silent.ask(silent.story.tim.actor)) == "nothing_held"
    silent.days_pass(8)
    assert (silent.dispute.outcome, silent.dispute.refund_minor, silent.violations()) == ("refund", 0, [])


def test_late_by_a_moment_is_too_late(silent: Bench) -> None:
    with silent.market.office.database.read() as session:
        at = going_back(session, {silent.ref})[silent.ref]
    silent.market.office.clock.move_to(at - timedelta(seconds=1))
    silent.market.do(touch, dispute_ref=silent.ref)
    assert silent.dispute.ended_at is None
    silent.market.office.clock.move_to(at)
    assert refused(lambda: silent.ask(silent.story.tim.actor)) == "dispute_over"


def test_the_version_before_takes_no_such_refund_away(silent: Bench) -> None:
    """Migrating back stops at it, with everything as it was, also what later steps had taken back already."""
    silent.days_pass(9)
    database = silent.market.office.database
    with database.read() as session:
        before = (current(session.connection()), session.scalar(sa.select(DisputeDecision.sha256)))
    with pytest.raises(RuntimeError, match="refunds for silence are on record"):
        migrate(database, BEFORE)
    with database.read() as session:
        assert (current(session.connection()), session.scalar(sa.select(DisputeDecision.sha256))) == before
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == 0, "the tables of later steps are there"
    assert silent.violations() == []
