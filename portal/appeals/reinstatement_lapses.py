"""What follows when the day of asking comes, when our answer to a request is late, and when the termination ends otherwise.

Source: DESIGN sections 3 and 4; promises "reinstatement", "reinstatement_answer", "restriction_review_safety".
"""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.queries import person_by_id
from portal.appeals.filing import notify
from portal.appeals.own import written_to
from portal.appeals.reinstatement_desk import finish
from portal.appeals.reinstatement_messages import lapsed_text, late_text, opened_text
from portal.appeals.reinstatement_models import ANSWER, ITEM, LIVE, SAFETY, Reinstatement, ReinstatementState
from portal.appeals.reinstatements import closes, eligible, is_safety, open_request
from portal.cases.clocks import on_due, start_clock
from portal.cases.drawing import LEADS, a_lead_has, give_on
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import open_item_of
from portal.core.clock import deadline
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.lapses import LAST_INSTANT, end_action
from portal.enforcement.members import told_of
from portal.enforcement.models import Action
from portal.enforcement.queries import action_by_ref
from portal.enforcement.timing import OPENED, OPENS, on_over
from portal.log.operations import record
from portal.notices.operations import tell
from portal.rulebook.queries import promise


def _of(work: Work, ref: str) -> tuple[Reinstatement, Case]:
    request = work.db.scalars(select(Reinstatement).where(Reinstatement.ref == ref).with_for_update()).one()
    return request, work.db.get_one(Case, request.case_id)


@on_due(OPENS)
def can_ask_now(work: Work, clock: Clock) -> None:
    """The day from which one can ask has come: whoever was told of the termination first hears it, unless they have asked."""
    clock.result, action = ClockResult.KEPT, action_by_ref(work.db, clock.subject_ref)
    if not closes(work.db, action, work.now):
        return
    case, event_id, found = work.db.get_one(Case, action.case_id), new_id(), open_request(work.db, action.id)
    told = [] if found is not None and found.state in LIVE else tell(
        work, event_id=event_id, kind="reinstatement_opens", recipients=told_of(work.db, action), account_id=action.account_id,
        about_ref=action.ref, case_ref=case.ref, target=f"/reinstatements/new?action={action.ref}",
        compose=opened_text(action.ref),
    )
    record(work, OPENED, action.ref, case_ref=case.ref, event_id=event_id, rows=told)


@on_due(ANSWER)
def answer_is_late(work: Work, clock: Clock) -> None:
    """We did not answer in time: the termination ends. Under a safety rule a lead has the promised days more, once."""
    request, case = _of(work, clock.subject_ref)
    if is_safety(work.db, work.db.get_one(Action, request.action_id)):
        _to_a_lead(work, request, case, clock)
    else:
        _ends(work, request, clock)


@on_due(SAFETY)
def lead_is_late(work: Work, clock: Clock) -> None:
    """Not even a lead answered in time: the termination ends."""
    _ends(work, _of(work, clock.subject_ref)[0], clock)


def _ends(work: Work, request: Reinstatement, clock: Clock) -> None:
    action = work.db.get_one(Action, request.action_id, with_for_update=True)
    finish(work, request, ReinstatementState.LAPSED, ClockResult.MISSED)
    case, asker = work.db.get_one(Case, request.case_id), person_by_id(work.db, request.person_id)
    record(work, "reinstatement.lapsed", request.ref, case_ref=case.ref, rows=[(request, "ended")], action=action.ref)
    end_action(
        work, action, clock, lifts=True, said=lambda inner: written_to(asker, lapsed_text(request.ref, inner)), also=[asker],
        kind="reinstatement_decided", about_ref=request.ref, target=f"/reinstatements/{request.ref}",
    )


def _to_a_lead(work: Work, request: Reinstatement, case: Case, missed: Clock) -> None:
    """The lead's days count from when our answer was due. Where no lead may decide it, it stays where it is, late."""
    time = promise(work, "restriction_review_safety", missed.due_at)
    clock = start_clock(
        work, SAFETY, request.ref, case=case, length=time.length, unit=time.unit, zone=missed.zone,
        promise_id=time.clause_version_id, start=missed.due_at,
        due_at=deadline(missed.due_at - LAST_INSTANT, time.length, time.unit, missed.zone, work.country),
    )
    request.answer_by, request.version = clock.due_at, request.version + 1
    item, leads = open_item_of(work, request.ref, ITEM), eligible(work.db, request, LEADS)
    if item is not None:
        item.due_at = clock.due_at
        give_on(work, item, leads)
    event_id = new_id()
    work.db.flush()
    late = late_text(request.ref, clock.due_at, lead=a_lead_has(work.db, request.ref, ITEM))
    told = notify(work, request, case, event_id, "reinstatement_late", late)
    record(work, "reinstatement.to_lead", request.ref, case_ref=case.ref, event_id=event_id, rows=told, due_at=clock.due_at)


@on_over
def nothing_left_to_ask(work: Work, action: Action) -> None:
    """The termination ended for another reason: whoever asked has what they asked for, and nothing of it waits any more."""
    request = open_request(work.db, action.id)
    if request is not None and request.state in LIVE:
        finish(work, request, ReinstatementState.OVER, ClockResult.VOID)
        case = work.db.get_one(Case, request.case_id)
        record(work, "reinstatement.over", request.ref, case_ref=case.ref, rows=[(request, "ended")], action=action.ref)
