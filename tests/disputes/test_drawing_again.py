"""A lead gives a review to somebody else by lot; since when somebody has a dispute; who may ask before anything is looked up."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import StaffRole
from portal.cases.models import Clock, WorkItem
from portal.core.errors import NotAllowed
from portal.disputes.deciding import draw_review_again
from portal.disputes.operations import propose_decision, return_decision, second_decision
from portal.enforcement.handing import hand_over
from portal.log.models import Event
from tests.disputes.deciding import Bench
from tests.disputes.test_reviewing import large, propose, second
from tests.factories.market import Staff, refused

__all__ = ["large"]


def draw(bench: Bench, by: Staff, reason: str = "They are away for a month.", **other: Any) -> dict[str, Any]:
    args = {"dispute_ref": bench.ref, "version": bench.dispute.version, "reason": reason} | other
    return bench.market.do(draw_review_again, by.actor, **args)


def item(bench: Bench) -> WorkItem:
    with bench.market.office.database.read() as session:
        return session.scalars(select(WorkItem).where(WorkItem.subject_ref == bench.ref, WorkItem.closed_at.is_(None))).one()


@pytest.fixture
def reviewed(bench: Bench) -> tuple[Bench, Staff]:
    """Tim asked for a review of Rae's decision; a lead who is somebody else than Lee."""
    lead = bench.market.staff("Kim Sato", bench.lee.role)
    bench.decide()
    bench.ask(bench.story.tim.actor)
    return bench, lead


def test_drawn_again_it_is_somebody_elses_and_why_is_on_record(reviewed: tuple[Bench, Staff]) -> None:
    bench, _lead = reviewed
    before, lead = bench.assignee(), bench.lee
    bench.market.office.clock.advance(hours=1)
    assert draw(bench, lead)["found"] is True
    assert bench.assignee() not in (before, bench.story.rae.person.id)
    assert (item(bench).assigned_at, item(bench).stage) == (bench.market.now, "to_review")
    with bench.market.office.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "dispute.drawn")).one()
    assert "They are away for a month." in (event.payload or "") and event.actor == lead.actor.name
    assert bench.violations() == []


def test_only_a_lead_without_a_part_draws_with_a_reason_and_once_it_is_asked(bench: Bench) -> None:
    assert refused(lambda: draw(bench, bench.lee)) == "not_asked"
    bench.decide(by=bench.lee)
    bench.ask(bench.story.tim.actor)
    kim = bench.market.staff("Kim Sato", bench.lee.role)
    assert refused(lambda: draw(bench, bench.story.ola)) == "not_lead"
    assert refused(lambda: draw(bench, bench.lee)) == "own_decision"
    assert refused(lambda: draw(bench, kim, reason=" ")) == "reason_missing"
    assert refused(lambda: draw(bench, kim, version=0)) == "decided"
    draw(bench, kim)


def test_with_nobody_else_it_waits_for_somebody_and_the_clock_runs(bench: Bench) -> None:
    bench.decide()
    bench.ask(bench.story.tim.actor)
    first = bench.drawn()
    assert draw(bench, bench.lee)["found"] is True
    other = bench.drawn()
    assert {first.handle, other.handle} == {bench.story.ola.handle, bench.lee.handle}
    bench.market.do(_leave, bench.lee.actor, person_id=first.person.id)
    assert draw(bench, bench.lee)["found"] is False
    with bench.market.office.database.read() as session:
        running = select(Clock.kind).where(Clock.subject_ref == bench.ref, Clock.ended_at.is_(None))
        assert "dispute_reviewer" in session.scalars(running).all()


def _leave(work: Any, *, person_id: Any) -> dict[str, Any]:
    """Somebody is not at the desk any more."""
    work.db.execute(StaffRole.__table__.update().where(StaffRole.person_id == person_id).values(ended_at=work.now))
    return {}


def test_handing_over_says_where_it_is_drawn(reviewed: tuple[Bench, Staff]) -> None:
    bench, lead = reviewed
    with bench.market.office.database.read() as session:
        case_ref = session.scalars(select(Event.case_ref).where(Event.kind == "dispute.opened")).one()
    args = {"case_ref": case_ref, "what": bench.ref, "to": lead.handle, "reason": "They are away."}
    assert refused(lambda: bench.market.do(hand_over, lead.actor, **args)) == "drawn"
    draw(bench, lead)


def test_what_comes_back_is_its_writers_since_it_came_back(large: Bench) -> None:
    large.answer()
    propose(large)
    assert (item(large).assignee_id, item(large).assigned_at) == (None, None)
    large.market.office.clock.advance(hours=2)
    second(large, large.story.ola, return_decision, reason="Say what the drawing was worth.")
    assert (large.assignee(), item(large).assigned_at) == (large.story.rae.person.id, large.market.now)


@pytest.mark.parametrize("operation", [propose_decision, second_decision, return_decision])
def test_who_may_not_decide_learns_nothing_of_what_exists(bench: Bench, operation: Any) -> None:
    more = {"reason": "No."} if operation is return_decision else {}
    for ref in (bench.ref, "S-NOTHERE2"):
        args = bench.choice(dispute_ref=ref) if operation is propose_decision else {"dispute_ref": ref, "version": 1, **more}
        with pytest.raises(NotAllowed, match="not_allowed"):
            bench.market.do(operation, bench.story.stacy.actor, **args)
