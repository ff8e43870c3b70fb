"""A newer promise counts for what already runs only where it is better for the person; then everything follows it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals.models import Appeal
from portal.appeals.operations import ask_appellant
from portal.appeals.queries import window_of
from portal.cases.clocks import stop_clock
from portal.cases.models import ClockResult
from portal.core.clock import end_of_day, last_day
from portal.enforcement.models import Action
from portal.ledger.models import Hold
from portal.log.models import Event
from tests.appeals.conftest import Bench
from tests.appeals.test_filing import informed_late
from tests.factories.promising import clock_of, later, promise_anew, proven, rows, taken

DAY = timedelta(days=1)


def test_less_time_for_our_answer_counts_and_everything_follows(bench: Bench, tmp_path: Path) -> None:
    ref = bench.file()
    before = clock_of(bench.market, "appeal_answer")
    promise_anew(bench.market, tmp_path, {"appeal_answer": {"length": 7}})
    assert clock_of(bench.market, "appeal_answer").due_at == before.due_at
    later(bench.market, days=2)
    clock, appeal, item = clock_of(bench.market, "appeal_answer"), bench.appeal(ref), bench.item(ref)
    assert clock.due_at == end_of_day(last_day(before.due_at, clock.zone) - 7 * DAY, clock.zone)
    assert appeal.answer_by == clock.due_at and item is not None and item.due_at == clock.due_at
    [row] = taken(bench.market)
    assert (row.clock_id, row.due_before, row.due_at) == (clock.id, before.due_at, clock.due_at)
    assert proven(bench.market) == []
    later(bench.market, days=6)
    assert clock_of(bench.market, "appeal_answer").result == "missed"
    assert rows(bench.market, select(Event.id).where(Event.kind == "action.paused"))


@pytest.mark.parametrize("change", [{"length": 21}, {"length": 7, "consequence": None}, {"length": 14}])
def test_what_is_worse_or_worse_in_something_or_the_same_changes_nothing(
    bench: Bench, tmp_path: Path, change: dict[str, Any]
) -> None:
    ref = bench.file()
    before = clock_of(bench.market, "appeal_answer")
    kind = {"kind": "period"} if "consequence" in change else {}
    promise_anew(bench.market, tmp_path, {"appeal_answer": change | kind})
    later(bench.market, days=3)
    clock = clock_of(bench.market, "appeal_answer")
    assert clock.due_at == before.due_at == bench.appeal(ref).answer_by and clock.promise_id == before.promise_id
    assert taken(bench.market) == [] and clock.compared_on == bench.market.day()


def test_nobody_is_late_by_what_was_not_promised_yet(bench: Bench, tmp_path: Path) -> None:
    """On the tenth day seven days are promised: our answer is due by the end of that day, not three days ago."""
    bench.file()
    day = promise_anew(bench.market, tmp_path, {"appeal_answer": {"length": 7}}, ahead=10)
    later(bench.market, days=10)
    clock = clock_of(bench.market, "appeal_answer")
    assert clock.due_at == end_of_day(day, clock.zone) and clock.ended_at is None
    assert proven(bench.market) == []


def test_a_worker_that_stood_still_counts_the_same(bench: Bench, tmp_path: Path) -> None:
    """Three weeks without any act: the shorter time was over first, and that is what counts as missed."""
    bench.file()
    promise_anew(bench.market, tmp_path, {"appeal_answer": {"length": 7}})
    later(bench.market, days=21)
    clock = clock_of(bench.market, "appeal_answer")
    assert clock.result == "missed" and [row.due_at for row in taken(bench.market)] == [clock.due_at]
    assert clock.due_at < bench.market.now - 10 * DAY and proven(bench.market) == []


def test_money_of_our_own_claim_is_on_hold_for_less(bench_maker: Callable[..., Bench], tmp_path: Path) -> None:
    bench = bench_maker(dispute=False)
    [old] = rows(bench.market, select(Hold).where(Hold.ended_at.is_(None)))
    promise_anew(bench.market, tmp_path, {"hold": {"length": 20}})
    later(bench.market, days=2)
    [hold] = rows(bench.market, select(Hold).where(Hold.ended_at.is_(None)))
    assert (hold.successor_of_id, hold.amount_minor, hold.claim_id) == (old.id, old.amount_minor, old.claim_id)
    assert hold.expires_at == old.expires_at - 10 * DAY == clock_of(bench.market, "hold").due_at
    assert proven(bench.market) == []
    later(bench.market, days=19)
    assert rows(bench.market, select(Hold).where(Hold.ended_at.is_(None))) == [] and proven(bench.market) == []


def test_a_question_can_be_answered_for_longer(bench: Bench, tmp_path: Path) -> None:
    ref = bench.file()
    bench.begin(ref)
    bench.market.do(ask_appellant, bench.story.ola.actor, appeal_ref=ref, version=bench.appeal(ref).version, days=5,
                    question="Which hospital was it?")
    until = bench.appeal(ref).waiting_until
    assert until is not None
    promise_anew(bench.market, tmp_path, {"question_answer": {"length": 9}, "appeal_answer": {"length": 10}})
    later(bench.market, days=2)
    appeal = bench.appeal(ref)
    assert appeal.waiting_until == until + 4 * DAY
    assert {row.promise_id for row in taken(bench.market)} and len(taken(bench.market)) == 2, "ours is shorter though it waits"
    assert proven(bench.market) == []
    later(bench.market, days=9)
    assert bench.appeal(ref).state == "in_review" and proven(bench.market) == []


def test_a_longer_window_to_appeal_counts_and_a_shorter_does_not(bench: Bench, tmp_path: Path) -> None:
    def until(now_in: Bench) -> Any:
        with now_in.office.database.read() as session:
            action = session.scalars(select(Action).where(Action.ref == now_in.action_ref)).one()
            return window_of(session, action, now_in.story.tim.person.id).until

    informed_late(bench, 6)
    before = until(bench)
    promise_anew(bench.market, tmp_path, {"appeal_window": {"length": 3}})
    later(bench.market, days=3)
    assert before is not None and until(bench) == before
    promise_anew(bench.market, tmp_path, {"appeal_window": {"length": 9}})
    assert until(bench) > before + 80 * DAY


def test_it_is_on_record_in_the_case(bench: Bench, tmp_path: Path) -> None:
    ref = bench.file()
    promise_anew(bench.market, tmp_path, {"appeal_answer": {"length": 7}})
    later(bench.market, days=2)
    [event] = rows(bench.market, select(Event).where(Event.kind == "promise.newer"))
    [appeal] = rows(bench.market, select(Appeal).where(Appeal.ref == ref))
    assert (event.subject_ref, event.case_ref, event.actor) == (appeal.ref, bench.case_ref, "worker")


def test_what_ends_before_anybody_compared_it_is_measured_by_the_better_promise(bench: Bench, tmp_path: Path) -> None:
    """Whoever ends a clock compares it first, also where nothing else of its case is touched: the tenth day is late for seven."""
    ref = bench.file()
    promise_anew(bench.market, tmp_path, {"appeal_answer": {"length": 7}})
    bench.market.office.clock.advance(days=10)  # type: ignore[attr-defined]
    bench.market.make(lambda work: stop_clock(work, ref, "appeal_answer", ClockResult.KEPT))
    clock = clock_of(bench.market, "appeal_answer")
    assert clock.result == "missed" and [row.due_at for row in taken(bench.market)] == [clock.due_at]
