"""What follows when a request for a pause is not answered in time: it is paused; under a safety rule a lead decides.

Source: DESIGN section 4; promises "pause_answer" and, for the lead's hours, "appeal_answer_safety".
"""

from __future__ import annotations

from portal.appeals.filing import notify
from portal.appeals.models import Appeal
from portal.appeals.pause_closing import ITEM, PAUSE, close_request
from portal.appeals.pause_messages import lapsed_text, late_text
from portal.appeals.pause_models import PauseOutcome, PauseRequest
from portal.appeals.pauses import may_answer, request_by_ref
from portal.appeals.pausing import carry_out, is_safety, reached
from portal.appeals.queries import zone_of
from portal.cases.clocks import on_due, start_clock
from portal.cases.drawing import LEADS_OR_OUTSIDE, a_lead_has, give_on
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import open_item_of
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.operations import record
from portal.rulebook.queries import promise

SAFETY = "pause_safety"


@on_due(PAUSE)
def answer_is_late(work: Work, clock: Clock) -> None:
    """We did not answer in time: the decision is paused until the appeal is answered; not under a safety rule."""
    request = request_by_ref(work.db, clock.subject_ref)
    appeal = work.db.get_one(Appeal, request.appeal_id)
    case, action = work.db.get_one(Case, appeal.case_id), reached(work, appeal)
    if is_safety(work, action):
        _to_a_lead(work, request, appeal, case, clock)
        return
    close_request(work, request, PauseOutcome.LAPSED, ClockResult.VOID)
    event_id = new_id()
    told = carry_out(work, appeal, case, event_id, "pause_answered", lambda paused: lapsed_text(
        request.ref, action.ref, paused=paused))
    record(work, "pause.lapsed", request.ref, case_ref=case.ref, event_id=event_id, rows=told, appeal=appeal.ref)


def _to_a_lead(work: Work, request: PauseRequest, appeal: Appeal, case: Case, missed: Clock) -> None:
    """Somebody who may decide it has it: a lead or a reviewer from outside, whose hours count from when our answer was due. Where
    there is nobody, it stays where it is, late."""
    time = promise(work, "appeal_answer_safety", missed.due_at)
    clock = start_clock(
        work, SAFETY, request.ref, case=case, length=time.length, unit=time.unit, zone=zone_of(work.db, appeal.account_id),
        promise_id=time.clause_version_id, start=missed.due_at,
    )
    item, free = open_item_of(work, request.ref, ITEM), may_answer(work.db, appeal, request, LEADS_OR_OUTSIDE)
    if item is not None:
        item.due_at = clock.due_at
        give_on(work, item, free)
    event_id = new_id()
    work.db.flush()
    late = late_text(request.ref, clock.due_at, lead=a_lead_has(work.db, request.ref, ITEM))
    told = notify(work, appeal, case, event_id, "pause_late", late)
    record(work, "pause.to_lead", request.ref, case_ref=case.ref, event_id=event_id, rows=told, due_at=clock.due_at)


@on_due(SAFETY)
def lead_is_late(work: Work, clock: Clock) -> None:
    """Not even then was it decided in time: it stays with them, late on every screen, and counts as a promise not kept."""
    request = request_by_ref(work.db, clock.subject_ref)
    case = work.db.get_one(Case, work.db.get_one(Appeal, request.appeal_id).case_id)
    record(work, "pause.lead_late", request.ref, case_ref=case.ref, due_at=clock.due_at)
