"""When we are late, ask, or find nobody: pauses, clocks that stand still, and what they hear who were told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.appeals.models import AppealDecision
from portal.appeals.operations import add_to_appeal, ask_appellant, draw_again, refuse_appeal, withdraw_appeal
from portal.cases.clocks import run_due
from portal.cases.models import Case, Clock
from portal.core.access import WORKER, Role
from portal.core.text import sha256
from portal.core.work import Work
from portal.enforcement.models import RestrictionChange
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from portal.log.operations import add
from tests.appeals.conftest import Bench
from tests.appeals.test_deciding import notices, state_of
from tests.appeals.test_filing import informed_late
from tests.factories.market import Staff, refused, usd


def settle(bench: Bench) -> None:
    """What the worker does: whatever is due in the case, and with Tim's money, happens."""

    def step(work: Work) -> None:
        work.actor = WORKER
        case_id = work.db.scalars(select(Case.id).where(Case.ref == bench.case_ref)).one()
        run_due(work, [case_id], [bench.story.tim.account.id])

    bench.market.make(step)


def ask(bench: Bench, ref: str, days: int = 5) -> None:
    bench.market.do(
        ask_appellant, bench.story.ola.actor, appeal_ref=ref, version=bench.appeal(ref).version, days=days,
        question="Which hospital was it?",
    )


def test_late_answer_pauses_the_restriction_and_everybody_hears_it_once(bench: Bench) -> None:
    ref = bench.file()
    bench.later(days=15)
    settle(bench)
    settle(bench)
    assert state_of(bench) is State.GOOD
    changed = notices(bench, "action_changed")
    assert len(changed) == 3 and all("ppeal" not in (notice.body or "") for notice in changed[1:])
    assert "our fault" in (changed[0].body or "")
    assert bench.item(ref) is not None


def test_upheld_after_a_pause_resumes_until_the_same_end(bench: Bench) -> None:
    ref, end = bench.file(), bench.action(bench.action_ref).ends_at
    bench.later(days=15)
    settle(bench)
    bench.decide(ref)
    with bench.office.database.read() as session:
        now = standing(session, bench.story.tim.account.id, bench.market.now)
        assert list(session.scalars(select(RestrictionChange.kind).order_by(RestrictionChange.at))) == ["paused", "resumed"]
    assert (now.state, now.until) == (State.SUSPENDED, end)
    assert len(notices(bench, "appeal_decided")) == 1 and len(notices(bench, "action_changed")) == 5


def test_withdrawing_after_a_pause_resumes_too(bench: Bench) -> None:
    ref = bench.file()
    bench.later(days=15)
    settle(bench)
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert state_of(bench) is State.SUSPENDED


def test_our_clock_stands_still_while_we_wait_for_the_person(bench: Bench) -> None:
    ref = bench.file()
    due = bench.appeal(ref).answer_by
    assert due is not None
    bench.later(days=2)
    ask(bench, ref)
    assert bench.appeal(ref).state == "waiting" and refused(lambda: bench.decide(ref)) == "waiting"
    bench.later(days=3)
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="The one in the main street.")
    appeal = bench.appeal(ref)
    assert (appeal.state, appeal.answer_by) == ("in_review", due + timedelta(days=3))
    assert bench.item(ref).due_at == appeal.answer_by  # type: ignore[union-attr]
    assert bench.item(ref).waiting_on == "staff"  # type: ignore[union-attr]


def test_without_an_answer_our_clock_goes_on(bench: Bench) -> None:
    ref = bench.file()
    due = bench.appeal(ref).answer_by
    assert due is not None
    ask(bench, ref)
    bench.later(days=10)
    settle(bench)
    appeal = bench.appeal(ref)
    assert (appeal.state, appeal.answer_by) == ("in_review", due + timedelta(days=6))
    bench.decide(ref)


def test_a_question_cannot_stop_an_overturning(bench: Bench) -> None:
    ref = bench.file()
    ask(bench, ref)
    bench.decide(ref, "reversed", by=bench.story.rae)
    assert state_of(bench) is State.GOOD


@pytest.mark.parametrize("days", [4, 31])
def test_time_to_answer_is_as_promised(bench: Bench, days: int) -> None:
    ref = bench.file()
    assert refused(lambda: ask(bench, ref, days=days)) == "answer_time"


def test_nobody_eligible_pauses_after_five_days(bench: Bench) -> None:
    bench.join(bench.story.ola, bench.story.stacy)
    ref = bench.file()
    bench.later(days=6)
    kim = bench.market.staff("Kim Sato")
    settle(bench)
    assert state_of(bench) is State.GOOD
    assert bench.item(ref).assignee_id == kim.person.id  # type: ignore[union-attr]


def test_a_lead_gives_it_to_somebody_else(bench: Bench) -> None:
    ref, lee = bench.file(), bench.market.staff("Lee Ahn", Role.LEAD)
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "reason": "Ola is on leave."}
    assert refused(lambda: bench.market.do(draw_again, bench.story.ola.actor, **args)) == "not_lead"
    bench.market.do(draw_again, lee.actor, **args)
    assert bench.item(ref).assignee_id == lee.person.id  # type: ignore[union-attr]


def refuse(bench: Bench, ref: str, by: Staff) -> None:
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "reason": "Mail came on time."}
    bench.market.do(refuse_appeal, by.actor, **args)


def test_who_refused_a_late_appeal_neither_refuses_nor_decides_it_again(bench: Bench) -> None:
    informed_late(bench, 1)
    bench.later(days=220)
    refuse(bench, bench.file(late_reason="I did not open my mail."), bench.story.ola)
    ref = bench.file(late_reason="I was in hospital.")
    assert bench.item(ref).assignee_id is None  # type: ignore[union-attr]
    assert refused(lambda: refuse(bench, ref, bench.story.ola)) == "own_decision"
    assert refused(lambda: bench.decide(ref)) == "own_decision"
    row = {"appeal_id": bench.appeal(ref).id, "n": 1, "decided_by": bench.story.ola.person.id, "outcome": "upheld",
           "language": "en", "record": "{}", "sha256": sha256("{}")}
    with pytest.raises(DBAPIError, match="who had a part"):
        bench.market.make(lambda work: add(work, AppealDecision(**row)))


def test_late_appeals_can_be_refused_with_a_reason_and_filed_once_more(bench: Bench) -> None:
    informed_late(bench, 1)
    bench.later(days=220)
    for name in ("", "Kim Sato"):
        reviewer = bench.market.staff(name) if name else bench.story.ola
        ref = bench.file(late_reason="I did not open my mail.")
        refuse(bench, ref, reviewer)
        assert (bench.appeal(ref).state, bench.appeal(ref).refused_by) == ("inadmissible", reviewer.person.id)
    assert refused(lambda: bench.file(late_reason="Again.")) == "refused"


def test_in_time_is_never_refused(bench: Bench) -> None:
    ref = bench.file()
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "reason": "No."}
    assert refused(lambda: bench.market.do(refuse_appeal, bench.story.ola.actor, **args)) == "in_time"


def test_no_clock_of_a_decided_appeal_runs_on(bench: Bench) -> None:
    ref = bench.file()
    ask(bench, ref)
    bench.decide(ref, "reversed")
    with bench.office.database.read() as session:
        running = select(Clock.kind).where(Clock.subject_ref.in_([ref, bench.action_ref]), Clock.ended_at.is_(None))
        assert list(session.scalars(running)) == []


def test_money_that_is_free_by_now_is_not_released_again(bench_maker: Callable[..., Bench]) -> None:
    bench = bench_maker(dispute=False)
    ref = bench.file()
    bench.later(days=31)
    settle(bench)
    assert bench.market.funds(bench.story.tim).held == usd(0)
    assert refused(lambda: bench.decide(ref, "partially_reversed", release_hold=True)) == "nothing_changed"
