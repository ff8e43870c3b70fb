"""A newer promise that gives the freelancer more time, and one that would end a hold for the other side sooner."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from portal.cases.models import WorkItem
from portal.core.clock import end_of_day, last_day
from portal.disputes.models import Dispute
from portal.ledger.models import Hold
from portal.notices.operations import opening
from tests.factories.market import Market, Story
from tests.factories.promising import clock_of, later, promise_anew, proven, rows, taken

DAY = timedelta(days=1)


def test_what_was_over_when_it_took_effect_stays_over(market: Market, story: Story, tmp_path: Path) -> None:
    """More time for the freelancer from a day on which theirs was over: it stays over, whenever that is noticed."""
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    market.do(opening, story.tim.actor, about_ref=ref)
    promise_anew(market, tmp_path, {"dispute_answer": {"length": 14}, "dispute_refund_delay": {"length": 30}}, ahead=20)
    later(market, days=30)
    [dispute] = rows(market, select(Dispute).where(Dispute.ref == ref))
    assert (dispute.state, dispute.outcome) == ("decided", "refund")
    assert taken(market) == [] and proven(market) == []


def test_more_time_for_the_freelancer_moves_the_dispute_with_its_reminders(market: Market, story: Story, tmp_path: Path) -> None:
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    before = clock_of(market, "dispute_answer")
    promise_anew(market, tmp_path, {"dispute_answer": {"length": 10}, "dispute_hold": {"length": 20}})
    later(market, days=2)
    clock = clock_of(market, "dispute_answer")
    assert clock.due_at == end_of_day(last_day(before.due_at, clock.zone) + 3 * DAY, clock.zone)
    [dispute] = rows(market, select(Dispute).where(Dispute.ref == ref))
    [item] = rows(market, select(WorkItem).where(WorkItem.subject_ref == ref, WorkItem.kind == "dispute"))
    assert dispute.answer_by == clock.due_at and item.due_at > clock.due_at
    [hold] = rows(market, select(Hold).where(Hold.ended_at.is_(None)))
    assert hold.expires_at == clock_of(market, "hold").due_at, "the time of a hold for a dispute is the other side's too"
    assert len(taken(market)) == 1 and proven(market) == []
