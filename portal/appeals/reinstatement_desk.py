"""Who works on a request to come back: locking it, drawing somebody, clocks that stand still while we wait, and its end."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, select

from portal.accounts.queries import person_by_id
from portal.appeals.own import require_session, written_to
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementMessage, ReinstatementState, ReinstatementWord
from portal.appeals.reinstatements import ITEM, eligible
from portal.appeals.rules import after_waiting
from portal.cases.clocks import start_clock, stop_clocks
from portal.cases.drafts import drop_draft
from portal.cases.models import Case, Clock, ClockResult, WorkItem
from portal.cases.operations import close_item, give_item, held_case, open_item, open_item_of
from portal.core.access import require_account, require_person
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.members import reads, told_of
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.log.operations import add
from portal.log.rules import body_digest
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell
from portal.rulebook.queries import promise

ANSWER, SAFETY, QUESTION = "reinstatement_answer", "reinstatement_answer_safety", "reinstatement_question"
ANSWER_CLOCKS = (ANSWER, SAFETY)
ANSWER_FORM = "reinstatement_answer"
GONE = N_("This request does not wait for an answer any more. Reload the page to see what happened.")
_REF: BindParameter[str] = bindparam("ref")
_ROW = select(Reinstatement).where(Reinstatement.ref == _REF).with_for_update().execution_options(populate_existing=True)


def locked_request(work: Work, ref: str) -> tuple[Reinstatement, Case]:
    """A request with its case, locked for this act. Errors: `NotFound`."""
    found = work.db.scalars(_ROW, {"ref": ref}).one_or_none()
    if found is None:
        raise NotFound
    return found, held_case(work, found.case_id)


def own_request(work: Work, ref: str) -> tuple[Reinstatement, Case]:
    """A request of the acting person's account. Errors: `NotFound`, also for a decision about another member of it, and for a
    link of another case."""
    found, case = locked_request(work, ref)
    require_account(work.actor, found.account_id)
    if not reads(work.db, found.action_id, work.actor.person_id):
        raise NotFound
    require_session(work, case)
    return found, case


def require_live(request: Reinstatement, version: int) -> None:
    """Errors: `decided` when it waits for nothing any more, `stale` when somebody changed it meanwhile."""
    if request.state not in LIVE:
        raise Conflict("decided", GONE)
    if request.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))


def notify(work: Work, request: Reinstatement, case: Case, event_id: UUID, kind: str, compose: Compose) -> list[Notice]:
    """Tells whoever was told of the termination first, and whoever asked."""
    told, asker = told_of(work.db, work.db.get_one(Action, request.action_id)), person_by_id(work.db, request.person_id)
    return tell(
        work, event_id=event_id, kind=kind, recipients=[*told, *(() if asker in told else (asker,))],
        account_id=request.account_id, about_ref=request.ref, case_ref=case.ref, target=f"/reinstatements/{request.ref}",
        compose=written_to(asker, compose),
    )


def say(
    work: Work, request: Reinstatement, kind: ReinstatementWord, body: str, language: str, happened: str | None = None
) -> ReinstatementMessage:
    """Puts something that was said on record; the caller names it in its event."""
    query = select(func.count()).where(ReinstatementMessage.request_id == request.id)
    message = ReinstatementMessage(
        request_id=request.id, n=(work.db.scalar(query) or 0) + 1, kind=kind, person_id=require_person(work.actor),
        said_at=work.now, language=language, happened=happened, body=body, sha256="",
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def start_answering(work: Work, request: Reinstatement, case: Case) -> None:
    """Our promise to answer begins to run, and somebody who had no part in the termination has it; where there is nobody, it
    waits with nobody, and its time runs all the same."""
    time, zone = promise(work, ANSWER), zone_of(work.db, request.account_id)
    clock = start_clock(
        work, ANSWER, request.ref, case=case, length=time.length, unit=time.unit, zone=zone, promise_id=time.clause_version_id
    )
    request.state, request.filed_at, request.answer_by = ReinstatementState.FILED, work.now, clock.due_at
    request.version += 1
    clause = rule_of(work.db, work.db.get_one(Action, request.action_id))
    item = open_item(
        work, case, ITEM, request.ref, clock.due_at, language=person_by_id(work.db, request.person_id).language,
        clause_id=clause.clause_id if clause else None,
    )
    work.db.flush()
    draw(work, request, item)


def draw(work: Work, request: Reinstatement, item: WorkItem, *, besides: UUID | None = None) -> bool:
    """Gives it to one of those who may answer it either way, at random; False where there is nobody. Source: DESIGN 2.8."""
    free = eligible(work.db, request, besides=() if besides is None else (besides,))
    give_item(work, item, secrets.choice(free) if free else None, "new")
    return bool(free)


def stand_still(work: Work, request: Reinstatement, until: datetime) -> None:
    """We wait for the person: our own clock stands still, visibly."""
    request.state, request.waiting_until, request.version = ReinstatementState.WAITING, until, request.version + 1
    clock, item = _answer_clock(work, request), open_item_of(work, request.ref, ITEM)
    if clock is not None:
        clock.paused_at = work.now
    if item is not None:
        item.waiting_on, item.stage, item.version = "person", "waiting", item.version + 1


def go_on(work: Work, request: Reinstatement, at: datetime, stage: str) -> None:
    """The person answered, or their time is over: our clock goes on, later by the time that we waited."""
    request.state, request.waiting_until, request.version = ReinstatementState.IN_REVIEW, None, request.version + 1
    clock, item = _answer_clock(work, request), open_item_of(work, request.ref, ITEM)
    if clock is not None and clock.paused_at is not None:
        clock.due_at = after_waiting(clock.due_at, clock.paused_at, at, clock.zone, clock.unit)
        clock.paused_at, request.answer_by = None, clock.due_at
    if item is not None:
        item.waiting_on, item.stage, item.version = "staff", stage, item.version + 1
        item.due_at = request.answer_by or item.due_at


def _answer_clock(work: Work, request: Reinstatement) -> Clock | None:
    return work.db.scalars(
        select(Clock).where(
            Clock.subject_ref == request.ref, Clock.kind.in_(ANSWER_CLOCKS), Clock.ended_at.is_(None)
        ).with_for_update()
    ).one_or_none()


def finish(work: Work, request: Reinstatement, state: ReinstatementState, answered: ClockResult) -> None:
    """Nothing of it waits any more. `answered`: whether our promise was kept."""
    request.state, request.ended_at, request.waiting_until = state, work.now, None
    request.version += 1
    stop_clocks(work, request.ref, {ANSWER: answered, SAFETY: answered, QUESTION: ClockResult.VOID})
    close_item(work, request.ref, ITEM, state.value)
    if work.actor.person_id is not None:
        drop_draft(work, ANSWER_FORM, request.ref)
