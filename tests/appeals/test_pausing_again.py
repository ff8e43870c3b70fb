"""Asking for a pause again: after a refusal, and when the appeal was taken back and sent once more."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from portal.accounts.models import StaffRole
from portal.appeals.operations import withdraw_appeal
from portal.cases.models import WorkItem
from portal.core.errors import Conflict, NotAllowed
from portal.core.work import Work
from tests.appeals.conftest import Bench
from tests.appeals.test_pausing import answer, ask, item, now
from tests.factories.promising import proven


def again(bench: Bench, ref: str) -> None:
    """The appeal is taken back and sent once more."""
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert bench.file() == ref


def test_an_appeal_sent_again_asks_no_more_often(bench: Bench) -> None:
    kim, ref = bench.market.staff("Kim Soto"), bench.file()
    ask(bench, ref)
    again(bench, ref)
    first = ask(bench, ref, "Once more, because nobody had answered.")
    by = bench.story.ola if item(bench, first).assignee_id == bench.story.ola.person.id else kim
    answer(bench, first, "refused", by)
    again(bench, ref)
    contests = now(bench, ref).contests
    assert contests is not None and contests.request.ref == first, "a refusal stays one when the appeal is sent again"
    second = ask(bench, ref)
    with pytest.raises(NotAllowed, match="own_decision"):
        answer(bench, second, "refused", by)
    answer(bench, second, "refused", kim if by is bench.story.ola else bench.story.ola)
    again(bench, ref)
    assert now(bench, ref).why_not == "answered" and proven(bench.market) == []
    with pytest.raises(Conflict, match="not_possible"):
        ask(bench, ref)


def test_somebody_else_is_asked_once_also_where_that_was_taken_back(bench: Bench) -> None:
    ref = bench.file()
    answer(bench, ask(bench, ref), "refused")
    ask(bench, ref)
    again(bench, ref)
    assert now(bench, ref).why_not == "taken_back" and proven(bench.market) == []
    with pytest.raises(Conflict, match="not_possible"):
        ask(bench, ref)


def asked_with(bench: Bench, ref: str) -> UUID | None:
    """Who has the request when the appeal itself is with nobody: else whoever has that has both."""
    def nobody(work: Work) -> None:
        appeal = work.db.get_one(WorkItem, item(bench, ref).id)
        appeal.assignee_id, appeal.assigned_at = None, None

    bench.market.make(nobody)
    return item(bench, ask(bench, ref)).assignee_id


def test_taken_back_and_asked_again_it_stays_with_whoever_had_it_while_they_may(bench: Bench) -> None:
    for name in ("Kim Soto", "Lou Vance", "Max Bell", "Nia Cole"):
        bench.market.staff(name)
    ref, had = bench.file(), set[UUID | None]()
    for _ in range(4):
        had.add(asked_with(bench, ref))
        again(bench, ref)
    [holder] = had
    assert holder is not None

    def leave(work: Work) -> None:
        work.db.scalars(select(StaffRole).where(StaffRole.person_id == holder)).one().ended_at = work.now

    bench.market.make(leave)
    assert asked_with(bench, ref) not in (None, holder) and proven(bench.market) == []
