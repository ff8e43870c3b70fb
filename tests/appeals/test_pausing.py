"""Asking that a decision waits: granted or refused by somebody else, paused when we are late, and what everybody hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.appeals.models import Appeal
from portal.appeals.operations import answer_pause, ask_pause, withdraw_appeal
from portal.appeals.pause_models import PauseAnswer, PauseOutcome, PauseRequest
from portal.appeals.pauses import Pausing, pauses_something, pausing
from portal.cases.models import Clock, WorkItem
from portal.core.access import Role
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.work import Work
from portal.enforcement.models import RestrictionChange
from portal.enforcement.operations import lift_action
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from portal.log.models import Event
from portal.log.operations import add
from portal.notices.models import Notice
from tests.appeals.conftest import Bench
from tests.appeals.test_deciding import notices, state_of
from tests.factories.market import Staff
from tests.factories.promising import later, proven, rows

WHY = "My only client leaves on Friday if I cannot deliver."
REFUSED = "The messages show two more clients who wait for an answer since the same week."


def ask(bench: Bench, ref: str, body: str = WHY, actor: Any = None) -> str:
    return str(bench.market.do(ask_pause, actor or bench.story.tim.actor, appeal_ref=ref, why=body)["request"])


def answer(bench: Bench, request: str, outcome: str, by: Staff | None = None, reasons: str = REFUSED) -> None:
    bench.market.do(answer_pause, (by or bench.story.ola).actor, pause_ref=request, outcome=outcome, reasons=reasons)


def now(bench: Bench, ref: str) -> Pausing:
    with bench.office.database.read() as session:
        appeal = session.scalars(select(Appeal).where(Appeal.ref == ref)).one()
        return pausing(session, appeal, bench.market.now)


def has_effect(bench: Bench, ref: str) -> bool:
    """What a reviewer reads before a pause is granted: whether it would stop anything."""
    with bench.office.database.read() as session:
        return pauses_something(session, session.scalars(select(Appeal).where(Appeal.ref == ref)).one(), bench.market.now)


def clocks(bench: Bench, request: str) -> list[tuple[str, str | None]]:
    found = rows(bench.market, select(Clock).where(Clock.subject_ref == request).order_by(Clock.id))
    return [(one.kind, one.result) for one in found]


def item(bench: Bench, request: str) -> WorkItem:
    return rows(bench.market, select(WorkItem).where(WorkItem.subject_ref == request).order_by(WorkItem.id.desc()))[0]


def test_it_has_a_receipt_a_day_and_somebody_who_has_the_appeal(bench: Bench) -> None:
    ref = bench.file()
    request = ask(bench, ref)
    [receipt] = rows(bench.market, select(Notice).where(Notice.kind == "pause_asked"))
    assert receipt.recipient_id == bench.story.tim.person.id and "is paused until your appeal is answered" in receipt.body
    [clock] = rows(bench.market, select(Clock).where(Clock.subject_ref == request))
    assert (clock.kind, clock.length, clock.unit) == ("pause_answer", 3, "working_days")
    found = now(bench, ref)
    assert found.why_not == "asked" and found.asked[-1].answer_by == clock.due_at == item(bench, request).due_at
    assert item(bench, request).assignee_id == bench.story.ola.person.id
    with pytest.raises(Conflict, match="not_possible"):
        ask(bench, ref, "Once more.")
    assert state_of(bench) is State.SUSPENDED and proven(bench.market) == []


def test_granted_it_has_no_effect_and_those_told_hear_it_once(bench: Bench) -> None:
    ref = bench.file()
    request, end = ask(bench, ref, ""), bench.action(bench.action_ref).ends_at
    assert has_effect(bench, ref)
    answer(bench, request, "granted", reasons="")
    assert not has_effect(bench, ref)
    assert state_of(bench) is State.GOOD and clocks(bench, request) == [("pause_answer", "kept")]
    changed = notices(bench, "action_changed")
    assert len(changed) == 2 and all("ppeal" not in (one.body or "") and WHY not in (one.body or "") for one in changed)
    [mine] = rows(bench.market, select(Notice).where(Notice.kind == "pause_answered"))
    assert mine.recipient_id == bench.story.tim.person.id and "its last day stays the same" in mine.body
    assert now(bench, ref).why_not == "paused" and proven(bench.market) == []
    bench.decide(ref)
    with bench.office.database.read() as session:
        found = standing(session, bench.story.tim.account.id, bench.market.now)
    assert (found.state, found.until) == (State.SUSPENDED, end)
    assert len(notices(bench, "action_changed")) == 4 and proven(bench.market) == []


def test_overturned_after_a_pause_is_undone_as_ever(bench: Bench) -> None:
    ref = bench.file()
    answer(bench, ask(bench, ref), "granted")
    bench.decide(ref, "reversed")
    assert state_of(bench) is State.GOOD and proven(bench.market) == []


def test_a_refusal_has_reasons_and_is_contested_once_before_somebody_else(bench: Bench) -> None:
    kim, ref = bench.market.staff("Kim Soto"), bench.file()
    holder = bench.item(ref)
    first = bench.story.ola if holder is not None and holder.assignee_id == bench.story.ola.person.id else kim
    other = kim if first is bench.story.ola else bench.story.ola
    request = ask(bench, ref)
    for reasons in ("", "Too short."):
        with pytest.raises(RuleBroken, match="reasons_missing"):
            answer(bench, request, "refused", first, reasons)
    answer(bench, request, "refused", first)
    [told] = rows(bench.market, select(Notice).where(Notice.kind == "pause_answered"))
    assert REFUSED in told.body and REFUSED not in told.mail_body and "ask once that somebody else decides" in told.body
    assert state_of(bench) is State.SUSPENDED and now(bench, ref).why_not is None
    second = ask(bench, ref, "Please look again.")
    assert item(bench, second).assignee_id == other.person.id
    with pytest.raises(NotAllowed, match="own_decision"):
        answer(bench, second, "refused", first)
    answer(bench, second, "refused", other)
    assert now(bench, ref).why_not == "answered" and proven(bench.market) == []
    with pytest.raises(Conflict, match="not_possible"):
        ask(bench, ref)


def test_who_signed_the_decision_can_grant_it_and_nothing_else(bench: Bench) -> None:
    ref = bench.file()
    request = ask(bench, ref)
    with pytest.raises(NotAllowed, match="own_decision"):
        answer(bench, request, "refused", bench.story.rae)
    answer(bench, request, "granted", bench.story.rae)
    assert state_of(bench) is State.GOOD and proven(bench.market) == []
    with pytest.raises(Conflict, match="answered"):
        answer(bench, request, "refused")


def test_the_database_refuses_a_refusal_by_who_signed(bench: Bench) -> None:
    request = ask(bench, bench.file())

    def write(work: Work) -> None:
        row = work.db.scalars(select(PauseRequest).where(PauseRequest.ref == request)).one()
        add(work, PauseAnswer(
            request_id=row.id, outcome=PauseOutcome.REFUSED, answered_by=bench.story.rae.person.id, answered_at=work.now,
            language="en", reasons=REFUSED, sha256="0" * 64,
        ))
        work.db.flush()

    with pytest.raises(DBAPIError, match="who had a part can only grant a pause"):
        bench.market.make(write)


def test_late_it_is_paused_and_the_person_reads_whose_fault_it_is(bench: Bench) -> None:
    ref = bench.file()
    request = ask(bench, ref)
    later(bench.market, days=6)
    assert clocks(bench, request) == [("pause_answer", "missed")] and state_of(bench) is State.GOOD
    [told] = rows(bench.market, select(Notice).where(Notice.kind == "pause_answered"))
    assert "our fault" in told.body and item(bench, request).close_reason == "lapsed"
    assert rows(bench.market, select(RestrictionChange.kind)) == ["paused"] and proven(bench.market) == []
    later(bench.market, days=10)
    assert rows(bench.market, select(RestrictionChange.kind)) == ["paused"], "our late answer pauses nothing a second time"
    assert proven(bench.market) == []


def test_late_under_a_safety_rule_an_outside_reviewer_has_it_and_nobody_reads_of_a_lead(bench: Bench) -> None:
    bench.action_ref = bench.ready("threats")
    bench.issue(bench.action_ref, clause_version_id=str(bench.clause("threats")))
    request, kim = ask(bench, bench.file()), bench.market.staff("Kim Sato", external=True)
    later(bench.market, days=6)
    assert item(bench, request).assignee_id == kim.person.id
    [told] = rows(bench.market, select(Notice).where(Notice.kind == "pause_late"))
    assert "You have our answer by" in told.body and "lead" not in told.body and proven(bench.market) == []


def test_under_a_safety_rule_a_lead_decides_in_its_place(bench: Bench) -> None:
    safety = bench
    safety.action_ref = safety.ready("threats")
    safety.issue(safety.action_ref, clause_version_id=str(safety.clause("threats")))
    ref = safety.file()
    request, lead = ask(safety, ref), safety.market.staff("Lee Marsh", Role.LEAD)
    later(safety.market, days=6)
    assert state_of(safety) is State.SUSPENDED
    assert clocks(safety, request) == [("pause_answer", "missed"), ("pause_safety", None)]
    assert (item(safety, request).assignee_id, item(safety, request).stage) == (lead.person.id, "late")
    [told] = rows(safety.market, select(Notice).where(Notice.kind == "pause_late"))
    assert "a lead decides by" in told.body and proven(safety.market) == []
    later(safety.market, days=4)
    assert rows(safety.market, select(Event.id).where(Event.kind == "pause.lead_late"))
    answer(safety, request, "refused", lead)
    assert clocks(safety, request) == [("pause_answer", "missed"), ("pause_safety", "missed")] and proven(safety.market) == []


def test_what_ends_the_appeal_ends_the_request(bench: Bench) -> None:
    ref = bench.file()
    first = ask(bench, ref)
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert clocks(bench, first) == [("pause_answer", "void")] and item(bench, first).close_reason == "void"
    assert now(bench, ref).why_not == "over" and proven(bench.market) == []
    bench.file()
    second = ask(bench, ref)
    bench.decide(ref)
    assert clocks(bench, second) == [("pause_answer", "void")] and proven(bench.market) == []


def test_a_pause_by_our_late_answer_makes_a_waiting_request_void(bench: Bench) -> None:
    ref = bench.file()
    bench.later(days=13)
    request = ask(bench, ref)
    later(bench.market, days=1)
    later(bench.market, hours=13)
    assert state_of(bench) is State.GOOD and clocks(bench, request) == [("pause_answer", "void")]
    assert proven(bench.market) == []


def test_where_nothing_is_taken_away_there_is_nothing_to_pause(bench: Bench) -> None:
    ref = bench.file()
    request = ask(bench, ref)
    bench.market.do(
        lift_action, bench.story.rae.actor, action_ref=bench.action_ref, reason="He showed us the letter of the hospital.",
        version=bench.action(bench.action_ref).version,
    )
    assert now(bench, ref).why_not == "asked" and not has_effect(bench, ref)
    answer(bench, request, "granted")
    [told] = rows(bench.market, select(Notice).where(Notice.kind == "pause_answered"))
    assert "takes anything away at the moment" in told.body and now(bench, ref).why_not == "nothing"
    assert proven(bench.market) == []


def test_nobody_else_asks(bench: Bench) -> None:
    ref = bench.file()
    for actor in (bench.story.stacy.actor, bench.story.tim.by_link("C-OTHER")):
        with pytest.raises(NotFound):
            ask(bench, ref, actor=actor)
    assert ask(bench, ref, actor=bench.story.tim.by_link(bench.case_ref))


def test_the_receipt_of_an_appeal_promises_a_pause_only_where_one_would_come(bench: Bench) -> None:
    pauses, lead = "If we are late, what we took away is paused", "nothing is paused, and a lead or an outside reviewer has to"
    bench.file()
    assert pauses in receipt(bench)
    bench.action_ref = bench.ready("threats")
    bench.issue(bench.action_ref, clause_version_id=str(bench.clause("threats")))
    bench.file()
    assert lead in receipt(bench) and pauses not in receipt(bench)


def test_of_what_is_over_no_pause_is_promised(bench: Bench) -> None:
    bench.market.do(
        lift_action, bench.story.rae.actor, action_ref=bench.action_ref, reason="He showed us the letter of the hospital.",
        version=bench.action(bench.action_ref).version,
    )
    bench.file()
    assert "If we are late" not in receipt(bench)


def receipt(bench: Bench) -> str:
    """What came last to say that an appeal arrived."""
    with bench.office.database.read() as session:
        rows = select(Notice.body).where(Notice.kind == "appeal_filed").order_by(Notice.id.desc())
        return str(session.scalars(rows.limit(1)).one())
