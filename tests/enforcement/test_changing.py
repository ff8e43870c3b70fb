"""What becomes of an issued action: who hears of it then, who hears nothing, and what its dates do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from portal.cases.models import Clock
from portal.cases.operations import case_by_ref
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement import checks
from portal.enforcement.changing import change, pause, resume, shorten, tell_change
from portal.enforcement.desk import locked_action
from portal.enforcement.messages import ended_text
from portal.enforcement.models import Action, ChangeKind
from portal.enforcement.remaining import remaining
from portal.enforcement.rules import State
from portal.enforcement.telling import outside_of
from portal.enforcement.undoing import preview_undoing, reverse
from portal.log.operations import Row, record
from portal.notices.delivery import release
from portal.notices.models import Delivery, Notice
from portal.notices.operations import Compose
from tests.enforcement.conftest import Desk, state_of
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_lapses import settle

Step = Callable[[Work, Action, Compose], list[Row]]


def carry_out(desk: Desk, ref: str, step: Callable[..., list[Row]]) -> None:
    """One change of an action, in one act and one event."""

    def run(work: Work) -> None:
        case_by_ref(work, desk.case_ref)
        action, case = locked_action(work, ref)
        event_id, mine = new_id(), ended_text(outside_of(work.db, action), remaining(work.db, action, work.now))
        rows = step(work, action, event_id, mine)
        record(work, "action.reduced", ref, case_ref=case.ref, event_id=event_id, rows=rows)

    desk.market.make(run)


def shortened(ends_at: datetime) -> Callable[..., list[Row]]:
    return lambda work, action, event_id, mine: shorten(work, action, event_id, ends_at, mine, {"ends_at": ends_at})


def terminated(desk: Desk, **other: str) -> str:
    ref = propose(desk, **other)
    sign(desk, ref)
    return ref


def days_later(desk: Desk, days: float) -> None:
    """Time passes as the worker sees it: what is due first, then what waits to be released."""
    desk.later(days=days)
    settle(desk)
    for _ in range(3):
        desk.later(hours=25)
        release(desk.office)


def heard(desk: Desk, kind: str) -> list[str]:
    """What arrived at others than the person concerned."""
    arrived = select(Notice.body).join(Delivery, Delivery.notice_id == Notice.id).where(
        Notice.kind == kind, Notice.recipient_id != desk.story.tim.person.id, Delivery.channel == "inbox",
        Delivery.delivered_at.is_not(None),
    )
    with desk.office.database.read() as session:
        return [body or "" for body in session.scalars(arrived.order_by(Notice.id))]


def violations(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


@pytest.mark.parametrize("days", [0, 10])
def test_termination_made_shorter_than_its_notice_is_told_to_nobody(desk: Desk, days: int) -> None:
    ref = terminated(desk)
    carry_out(desk, ref, shortened(desk.market.now + timedelta(days=days)))
    days_later(desk, 40)
    assert heard(desk, "counterpart_action") == heard(desk, "action_changed") == [] and violations(desk) == []


def test_termination_that_pauses_before_it_begins_is_told_when_it_goes_on(desk: Desk) -> None:
    ref = terminated(desk)
    carry_out(desk, ref, pause)
    days_later(desk, 40)
    assert heard(desk, "counterpart_action") == [] and violations(desk) == []
    carry_out(desk, ref, resume)
    days_later(desk, 1)
    assert len(heard(desk, "counterpart_action")) == 2 and heard(desk, "action_changed") == []
    assert state_of(desk) is State.TERMINATED and violations(desk) == []


def test_paused_and_resumed_before_it_begins_is_told_on_its_day(desk: Desk) -> None:
    ref = terminated(desk)
    carry_out(desk, ref, pause)
    carry_out(desk, ref, resume)
    days_later(desk, 20)
    assert heard(desk, "counterpart_action") == []
    days_later(desk, 10)
    assert len(heard(desk, "counterpart_action")) == 2 and violations(desk) == []


def test_resumed_by_another_change_is_told_too(desk: Desk) -> None:
    ref = terminated(desk)
    carry_out(desk, ref, pause)
    days_later(desk, 40)

    def go_on(work: Work, action: Action, event_id: object, mine: Compose) -> list[Row]:
        rows: list[Row] = list(change(work, action, ChangeKind.RESUMED, event_id))  # type: ignore[arg-type]
        return [*rows, *tell_change(work, action, event_id, mine=mine, theirs=lambda _: mine)]  # type: ignore[arg-type]

    carry_out(desk, ref, go_on)
    days_later(desk, 1)
    assert len(heard(desk, "counterpart_action")) == 2 and heard(desk, "action_changed") == []


def test_paused_termination_that_ends_at_once_is_told_to_nobody(desk: Desk) -> None:
    ref = terminated(desk)
    carry_out(desk, ref, pause)
    days_later(desk, 40)
    carry_out(desk, ref, shortened(desk.market.now))
    days_later(desk, 1)
    assert heard(desk, "counterpart_action") == heard(desk, "action_changed") == [] and violations(desk) == []


def test_resumed_and_overturned_in_one_act_is_told_to_nobody(desk: Desk) -> None:
    """What is queued again with the end of the pause is held back with the reversal: there is nothing to correct."""
    ref = terminated(desk)
    carry_out(desk, ref, pause)
    days_later(desk, 40)

    def overturn(work: Work, action: Action, event_id: UUID, mine: Compose) -> list[Row]:
        rows: list[Row] = [*resume(work, action, event_id, mine)]
        done, report, _mine = reverse(work, action, event_id=event_id, appeal_ref="Z-NONE", reason="We were wrong.")
        assert report.corrected == ()
        return [*rows, *done]

    carry_out(desk, ref, overturn)
    days_later(desk, 1)
    assert heard(desk, "counterpart_action") == heard(desk, "action_changed") == []


def test_termination_with_an_end_ends_on_it_and_everybody_hears(desk: Desk) -> None:
    ref = terminated(desk)
    days_later(desk, 31)
    carry_out(desk, ref, shortened(desk.market.now + timedelta(days=20)))
    days_later(desk, 21)
    assert state_of(desk) is State.GOOD and violations(desk) == []
    assert heard(desk, "action_changed")[-2:] == ["Tim Okafor is available again."] * 2
    with desk.office.database.read() as session:
        running = session.scalars(select(Clock.kind).where(Clock.subject_ref == ref, Clock.ended_at.is_(None)))
        assert list(running) == []


def test_paused_action_that_ends_is_not_said_to_be_available_again(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    days_later(desk, 1)
    carry_out(desk, ref, pause)
    days_later(desk, 20)
    said = heard(desk, "action_changed")
    assert len(said) == 4 and all("is available for now" in body for body in said[:2])
    assert said[2:] == ["The decision about Tim Okafor that we told you of has ended."] * 2 and violations(desk) == []


@contextmanager
def reads_of_people(desk: Desk) -> Iterator[list[str]]:
    """The statements that read people one at a time or together."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM person \n" in statement or statement.rstrip().endswith("FROM person") or "FROM person WHERE" in statement:
            seen.append(statement)

    engines = {desk.office.database.writer, desk.office.database.reader}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_those_who_were_told_are_read_together(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with reads_of_people(desk) as seen, desk.office.database.read() as session:
        assert len(preview_undoing(session, desk.action(ref), desk.market.now).corrected) == 2
    assert seen and all("person.id IN (" in each for each in seen)
    with reads_of_people(desk) as seen:
        carry_out(desk, ref, pause)
    assert seen and all("person.id IN (" in each for each in seen)
