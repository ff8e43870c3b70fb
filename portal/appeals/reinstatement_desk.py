"""Who works on a request to come back: locking it, drawing somebody, clocks that stand still while we wait, and its end."""

from __future__ import annotations

import secrets
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, select

from portal.accounts.queries import person_by_id
from portal.appeals.own import require_own
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_models import (
    ANSWER,
    ITEM,
    QUESTION,
    SAFETY,
    Reinstatement,
    ReinstatementMessage,
    ReinstatementState,
    ReinstatementWord,
)
from portal.appeals.reinstatements import eligible
from portal.cases.clocks import start_clock, stop_clocks
from portal.cases.drafts import drop_draft
from portal.cases.drawing import one_of
from portal.cases.models import Case, ClockResult, WorkItem
from portal.cases.operations import close_item, give_item, held_case, open_item
from portal.core.access import require_person
from portal.core.errors import existing
from portal.core.work import Work
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.log.operations import add
from portal.log.rules import body_digest
from portal.rulebook.queries import promise

ANSWER_FORM = "reinstatement_answer"
_REF: BindParameter[str] = bindparam("ref")
_ROW = select(Reinstatement).where(Reinstatement.ref == _REF).with_for_update().execution_options(populate_existing=True)


def locked_request(work: Work, ref: str) -> tuple[Reinstatement, Case]:
    """A request with its case, locked for this act. Errors: `NotFound`."""
    found = existing(work.db.scalars(_ROW, {"ref": ref}).one_or_none())
    return found, held_case(work, found.case_id)


def own_request(work: Work, ref: str) -> tuple[Reinstatement, Case]:
    """A request of the acting person's account. Errors: those of `require_own`."""
    found, case = locked_request(work, ref)
    require_own(work, found, case)
    return found, case


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
    """Gives it to whoever had it when it was taken back, else to one of those who may answer it either way, at random; False
    where there is nobody. `besides`: from whom a lead takes it. Source: DESIGN 2.8."""
    free = eligible(work.db, request, besides=() if besides is None else (besides,))
    others = select(Reinstatement.ref).where(Reinstatement.action_id == request.action_id, Reinstatement.n < request.n)
    before = work.db.scalars(others).all()
    chosen = (secrets.choice(free) if besides is not None else one_of(work.db, item, free, before)) if free else None
    give_item(work, item, chosen, "new")
    return bool(free)


def finish(work: Work, request: Reinstatement, state: ReinstatementState, answered: ClockResult) -> None:
    """Nothing of it waits any more. `answered`: whether our promise was kept."""
    request.state, request.ended_at, request.waiting_until = state, work.now, None
    request.version += 1
    stop_clocks(work, request.ref, {ANSWER: answered, SAFETY: answered, QUESTION: ClockResult.VOID})
    close_item(work, request.ref, ITEM, state.value)
    if work.actor.person_id is not None:
        drop_draft(work, ANSWER_FORM, request.ref)
