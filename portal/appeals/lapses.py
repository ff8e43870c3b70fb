"""What follows when a promise about an appeal is not kept: the restriction pauses. When the time of a question of ours is over,
or a newer promise changes a day, what follows is the same for a request to come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.appeals.desk import draw
from portal.appeals.matter import go_on
from portal.appeals.messages import paused_text
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState
from portal.appeals.own import Matter, addressed
from portal.appeals.pause_closing import drop_requests
from portal.appeals.queries import eligible, zone_of
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.clocks import on_due, start_clock
from portal.cases.drawing import LEADS, LEADS_OR_OUTSIDE
from portal.cases.models import Case, Clock
from portal.cases.newer import on_newer
from portal.cases.operations import open_item_of
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.changing import pause
from portal.enforcement.models import Action
from portal.enforcement.queries import rules_cited
from portal.enforcement.succession import stands_for
from portal.log.operations import record
from portal.rulebook.queries import promise


def _of(work: Work, ref: str) -> tuple[Appeal, Case]:
    appeal = work.db.scalars(select(Appeal).where(Appeal.ref == ref).with_for_update()).one()
    return appeal, work.db.get_one(Case, appeal.case_id)


def _action(work: Work, appeal: Appeal) -> Action | None:
    """The action that an appeal is against; None where nothing can pause: a complaint, and what is withheld alone."""
    if appeal.kind != AppealKind.ACTION:
        return None
    return work.db.get_one(Action, appeal.action_id, with_for_update=True)


@on_due("appeal_answer")
def answer_is_late(work: Work, clock: Clock) -> None:
    """We did not answer in time: the restriction pauses until we have (promise "appeal_answer").

    Under a safety rule it does not: a lead or a reviewer from outside has to decide within 72 hours (promise
    "appeal_answer_safety"). Where there is nothing to pause, it goes to a lead too.
    """
    appeal, case = _of(work, clock.subject_ref)
    if appeal.state not in LIVE:
        return
    action = _action(work, appeal)
    if action is None:
        _alarm(work, appeal, case, clock)
        return
    if any(clause.data.safety for clause in rules_cited(work.db, action)):
        _to_a_lead(work, appeal, case, clock)
        return
    _pause(work, appeal, action, case)


def _pause(work: Work, appeal: Appeal, action: Action, case: Case) -> None:
    event_id, action = new_id(), stands_for(work.db, action)
    mine = addressed(work.db, appeal, paused_text(appeal.ref, action.ref))
    rows = pause(work, action, event_id, mine, about_ref=appeal.ref, target=f"/appeals/{appeal.ref}")
    if rows:
        drop_requests(work, appeal)
        record(work, "action.paused", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, appeal=appeal.ref)


def _alarm(work: Work, appeal: Appeal, case: Case, missed: Clock) -> None:
    """A lead has it from now on; where no lead may decide it, it stays with whoever has it, late on every screen."""
    item = open_item_of(work, appeal.ref, appeal.item_kind)
    if item is not None and eligible(work.db, appeal, LEADS):
        draw(work, appeal, case, item, among=LEADS, start=missed.due_at)
    record(work, "appeal.to_lead", appeal.ref, case_ref=case.ref, due_at=missed.due_at)


def _to_a_lead(work: Work, appeal: Appeal, case: Case, missed: Clock) -> None:
    """A lead or a reviewer from outside has it: the hours count from when our answer was due, not from when we noticed."""
    time = promise(work, "appeal_answer_safety", missed.due_at)
    clock = start_clock(
        work, "appeal_answer_safety", appeal.ref, case=case, length=time.length, unit=time.unit,
        zone=zone_of(work.db, appeal.account_id), promise_id=time.clause_version_id, start=missed.due_at,
    )
    appeal.answer_by = clock.due_at
    item = open_item_of(work, appeal.ref, appeal.item_kind)
    if item is not None:
        item.due_at = clock.due_at
        draw(work, appeal, case, item, among=LEADS_OR_OUTSIDE, start=missed.due_at)
    record(work, "appeal.to_lead", appeal.ref, case_ref=case.ref, due_at=clock.due_at)


@on_due("appeal_answer_safety")
def lead_is_late(work: Work, clock: Clock) -> None:
    """Not even then was it decided in time: it stays with them, late on every screen, and is counted as a promise not kept."""
    appeal, case = _of(work, clock.subject_ref)
    if appeal.state in LIVE:
        record(work, "appeal.lead_late", appeal.ref, case_ref=case.ref, due_at=clock.due_at)


@on_due("eligible_reviewer")
def nobody_was_found(work: Work, clock: Clock) -> None:
    """Nobody who may decide was found in time: the restriction pauses; if there is somebody by now, it is theirs."""
    appeal, case = _of(work, clock.subject_ref)
    if appeal.state not in LIVE:
        return
    action = _action(work, appeal)
    if action is not None:
        _pause(work, appeal, action, case)
    item = open_item_of(work, appeal.ref, appeal.item_kind)
    if item is not None and item.assignee_id is None:
        work.db.flush()
        draw(work, appeal, case, item, start=clock.due_at)


def _about(work: Work, clock: Clock) -> Matter:
    """What a clock runs for, locked."""
    if clock.kind in (*Appeal.answer_clocks, Appeal.question_clock):
        return work.db.scalars(select(Appeal).where(Appeal.ref == clock.subject_ref).with_for_update()).one()
    return work.db.scalars(select(Reinstatement).where(Reinstatement.ref == clock.subject_ref).with_for_update()).one()


def answer_did_not_come(work: Work, clock: Clock) -> None:
    """The person did not answer our question in time: our own clock goes on from that day. An answer is still taken."""
    sent = _about(work, clock)
    if sent.state == AppealState.WAITING:
        go_on(work, sent, clock.due_at, "unanswered")


def more_time_to_answer(work: Work, clock: Clock, _before: datetime) -> None:
    """A newer promise gives the person more time to answer our question."""
    sent = _about(work, clock)
    if sent.state == AppealState.WAITING:
        sent.waiting_until = clock.due_at


def answered_sooner(work: Work, clock: Clock, _before: datetime) -> None:
    """A newer promise gives us less time: the day by which we answer is the sooner one."""
    _about(work, clock).answer_by = clock.due_at


for _row in (Appeal, Reinstatement):
    on_due(_row.question_clock)(answer_did_not_come)
    on_newer(_row.question_clock)(more_time_to_answer)
    for _kind in _row.answer_clocks:
        on_newer(_kind)(answered_sooner)
