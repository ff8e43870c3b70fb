"""Terminations from before we promised that one can ask to come back: what nobody reviewed by its date ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from portal.cases.models import Clock, WorkItem
from portal.core.clock import MovedClock
from portal.enforcement import checks
from portal.enforcement.models import RestrictionChange
from portal.enforcement.rules import State
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import days_later, heard, state_of, terminated, violations
from tests.enforcement.test_lapses import settle


@pytest.fixture
def clock() -> MovedClock:
    """Before the promise took effect."""
    return MovedClock(datetime(2026, 10, 20, 12, tzinfo=UTC))


def reviewed_at(desk: Desk, ref: str) -> timedelta:
    """How long it is until the review date."""
    with desk.office.database.read() as session:
        clock = session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.kind == "restriction_review")).one()
    return clock.due_at - desk.market.now


def test_what_nobody_reviewed_by_its_date_ends(desk: Desk) -> None:
    ref = terminated(desk)
    days_later(desk, 31)
    desk.later(seconds=reviewed_at(desk, ref).total_seconds() + 3600)
    settle(desk)
    settle(desk)
    assert state_of(desk) is State.GOOD
    with desk.office.database.read() as session:
        clock = session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.kind == "restriction_review")).one()
        assert list(session.scalars(select(RestrictionChange.at))) == [desk.action(ref).lifted_at] == [clock.due_at]
    days_later(desk, 3)
    assert heard(desk, "action_changed") == ["Tim Okafor is available again."] * 2 and violations(desk) == []


def test_safety_review_moves_once_and_waits_for_a_lead(desk: Desk) -> None:
    ref = terminated(desk)
    desk.market.make(lambda work: work.db.execute(sa.text('UPDATE "case" SET safety = true')))
    days_later(desk, 31)
    desk.later(seconds=reviewed_at(desk, ref).total_seconds() + 3 * 86400)
    settle(desk)
    with desk.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.kind == "restriction_review")).one()
        assert (item.subject_ref, item.stage, item.safety, item.closed_at) == (ref, "review", True, None)
        assert item.due_at - desk.market.now == timedelta(days=4)
    assert state_of(desk) is State.TERMINATED and violations(desk) == []
    desk.later(days=4)
    settle(desk)
    assert state_of(desk) is State.GOOD
    with desk.office.database.read() as session:
        assert session.scalars(select(WorkItem.closed_at).where(WorkItem.kind == "restriction_review")).one()


def test_review_that_nobody_did_is_found(desk: Desk) -> None:
    ref = terminated(desk)
    after = desk.market.now + reviewed_at(desk, ref)
    with desk.office.database.read() as session:
        assert list(checks.reviews_are_on_time(session, after + timedelta(hours=23))) == []
        assert len(list(checks.reviews_are_on_time(session, after + timedelta(hours=25)))) == 1
