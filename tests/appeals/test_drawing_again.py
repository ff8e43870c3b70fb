"""Drawing an appeal again, and a safety rule whose appeal a lead, or somebody from outside, has to answer within 72 hours."""

import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from portal.accounts.operations import grant_role
from portal.appeals.operations import add_to_appeal, ask_appellant, draw_again, keep_answer
from portal.cases.models import Clock
from portal.core.access import Role
from portal.log.models import Event
from tests.appeals.conftest import Bench
from tests.appeals.test_lapses import settle
from tests.factories.market import Staff, refused


def give_away(bench: Bench, ref: str, by: Staff, reason: str = "Ola is on leave.") -> None:
    bench.market.do(draw_again, by.actor, appeal_ref=ref, version=bench.appeal(ref).version, reason=reason)


def test_drawing_again_needs_a_reason_that_is_kept(bench: Bench) -> None:
    ref, lee = bench.file(), bench.market.staff("Lee Ahn", Role.LEAD)
    assert refused(lambda: give_away(bench, ref, lee, " ")) == "reason_missing"
    give_away(bench, ref, lee)
    with bench.office.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "appeal.drawn")).one()
    assert json.loads(event.payload or "{}")["reason"] == "Ola is on leave."


def test_a_lead_who_signed_or_belongs_to_the_case_gives_nothing_away(bench: Bench) -> None:
    ref, lee = bench.file(), bench.market.staff("Lee Ahn", Role.LEAD)
    bench.market.make(lambda work: grant_role(work, person_id=bench.story.rae.person.id, role=Role.LEAD.value))
    rae = replace(bench.story.rae, role=Role.LEAD)
    assert refused(lambda: give_away(bench, ref, rae)) == "own_decision"
    bench.join(lee, bench.story.stacy)
    assert refused(lambda: give_away(bench, ref, lee)) == "conflicted"


def test_only_whom_it_was_drawn_for_keeps_an_answer(bench: Bench) -> None:
    ref, kim = bench.file(), bench.market.staff("Kim Sato")
    typed = {"appeal_ref": ref, "fields": {"reasons": "Half a sen"}}
    assert refused(lambda: bench.market.do(keep_answer, kim.actor, **typed)) == "with_somebody_else"
    bench.market.do(keep_answer, bench.story.ola.actor, **typed)


def late_under_a_safety_rule(bench: Bench) -> tuple[str, Staff]:
    """An appeal that a lead has to decide within 72 hours."""
    bench.action_ref = bench.ready("threats")
    bench.issue(bench.action_ref, clause_version_id=str(bench.clause("threats")))
    lee, ref = bench.market.staff("Lee Ahn", Role.LEAD), bench.file()
    bench.later(days=14, hours=13)
    settle(bench)
    return ref, lee


def test_the_lead_has_72_hours_from_when_the_answer_was_due(bench: Bench) -> None:
    bench.action_ref = bench.ready("threats")
    bench.issue(bench.action_ref, clause_version_id=str(bench.clause("threats")))
    lee, ref = bench.market.staff("Lee Ahn", Role.LEAD), bench.file()
    due = bench.appeal(ref).answer_by
    assert due is not None
    bench.later(days=15, hours=2)
    settle(bench)
    item = bench.item(ref)
    assert item is not None and item.due_at == bench.appeal(ref).answer_by == due + timedelta(hours=72)
    assert item.assignee_id == lee.person.id


def test_an_outside_reviewer_decides_it_as_well_as_a_lead(bench: Bench) -> None:
    bench.action_ref = bench.ready("threats")
    bench.issue(bench.action_ref, clause_version_id=str(bench.clause("threats")))
    ref, kim = bench.file(), bench.market.staff("Kim Sato", external=True)
    bench.market.staff("Bo Lind")
    bench.later(days=14, hours=13)
    settle(bench)
    assert bench.item(ref).assignee_id == kim.person.id  # type: ignore[union-attr]


def test_a_question_stops_the_72_hours_too(bench: Bench) -> None:
    ref, lee = late_under_a_safety_rule(bench)
    due = bench.appeal(ref).answer_by
    assert due is not None and due > bench.market.now
    bench.market.do(
        ask_appellant, lee.actor, appeal_ref=ref, version=bench.appeal(ref).version, days=5, question="Which hospital?"
    )
    bench.later(days=4)
    settle(bench)
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="The one in the main street.")
    appeal, item = bench.appeal(ref), bench.item(ref)
    assert appeal.answer_by == due + timedelta(days=4) > bench.market.now
    assert item is not None and item.due_at == appeal.answer_by
    with bench.office.database.read() as session:
        running = select(Clock.due_at).where(Clock.kind == "appeal_answer_safety", Clock.ended_at.is_(None))
        assert session.scalars(running).one() == appeal.answer_by
        assert session.scalars(select(Event.id).where(Event.kind == "appeal.lead_late")).all() == []
