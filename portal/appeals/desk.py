"""Who works on an appeal: locking it, drawing a reviewer at random, and clocks that stand still while we wait."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, or_, select

from portal.accounts.queries import person_by_id
from portal.appeals.evidence import end_reopening
from portal.appeals.evidence_models import AppealReopening, ReopeningEnd
from portal.appeals.matter import require_open
from portal.appeals.models import Appeal, AppealDecision, AppealMessage, AppealState, AppealWord
from portal.appeals.own import require_own, require_take_back
from portal.appeals.pause_closing import drop_requests
from portal.appeals.queries import eligible, zone_of
from portal.cases.clocks import start_clock, stop_clocks
from portal.cases.drafts import drop_draft
from portal.cases.drawing import DECIDERS, give_to_one_of
from portal.cases.hands import signs
from portal.cases.models import Case, ClockResult, WorkItem
from portal.cases.operations import close_item, held_case, open_item
from portal.core.access import require_person
from portal.core.errors import NotFound, existing
from portal.core.money import Money
from portal.core.work import Work
from portal.enforcement.models import Action
from portal.log.operations import add
from portal.log.rules import body_digest
from portal.rulebook.queries import promise

ANSWER_FORM = "appeal_answer"


@signs
def answered_appeal(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody decided, or refused to take, an appeal of the case."""
    decided = exists().where(
        AppealDecision.appeal_id == Appeal.id, Appeal.case_id == case_id, AppealDecision.decided_by == person_id
    )
    return or_(decided, exists().where(Appeal.case_id == case_id, Appeal.refused_by == person_id))


_REF: BindParameter[str] = bindparam("ref")
_APPEAL = select(Appeal).where(Appeal.ref == _REF).with_for_update().execution_options(populate_existing=True)
_ACTION = select(Action).where(Action.id == bindparam("id")).with_for_update().execution_options(populate_existing=True)


def locked_appeal(work: Work, appeal_ref: str) -> tuple[Appeal, Action, Case]:
    """An appeal with its action and case, locked for this act, the case first; the act settled what was due in it.

    Errors: `NotFound`.
    """
    appeal = work.db.scalars(_APPEAL, {"ref": appeal_ref}).one_or_none()
    if appeal is None or appeal.action_id is None:
        raise NotFound
    return appeal, work.db.scalars(_ACTION, {"id": appeal.action_id}).one(), held_case(work, appeal.case_id)


def locked_matter(work: Work, appeal_ref: str) -> tuple[Appeal, Case]:
    """An appeal of any kind with its case, locked for this act. Errors: `NotFound`."""
    appeal = existing(work.db.scalars(_APPEAL, {"ref": appeal_ref}).one_or_none())
    return appeal, held_case(work, appeal.case_id)


def own_matter(work: Work, appeal_ref: str) -> tuple[Appeal, Case]:
    """An appeal of any kind of the acting person's account, locked. Errors: those of `require_own`."""
    appeal, case = locked_matter(work, appeal_ref)
    require_own(work, appeal, case)
    return appeal, case


def own_appeal(work: Work, appeal_ref: str) -> tuple[Appeal, Action, Case]:
    """An appeal of the acting person's account, locked. Errors: those of `require_own`."""
    appeal, action, case = locked_appeal(work, appeal_ref)
    require_own(work, appeal, case)
    return appeal, action, case


def say(
    work: Work, appeal: Appeal, kind: AppealWord, body: str, language: str, *, grounds: str | None = None,
    late_reason: str | None = None,
) -> AppealMessage:
    """Puts something that was said in an appeal on record; the caller names it in its event."""
    count = len(work.db.scalars(select(AppealMessage.id).where(AppealMessage.appeal_id == appeal.id)).all())
    message = AppealMessage(
        appeal_id=appeal.id, n=count + 1, kind=kind, person_id=require_person(work.actor), said_at=work.now,
        language=language, grounds=grounds, body=body, late_reason=late_reason, sha256="",
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def draw(
    work: Work, appeal: Appeal, case: Case, item: WorkItem, *, among: ColumnElement[bool] = DECIDERS, besides: UUID | None = None,
    start: datetime | None = None,
) -> bool:
    """Gives an appeal to whoever had it when it was taken back, else to one `among` these who may decide it, at random; False
    when there is nobody, and the clock for it runs.


    `start`: from when that clock counts, when another one led here. `besides`: from whom a lead takes it. Source: DESIGN 2.8;
    promise "eligible_reviewer".
    """
    free, zone = eligible(work.db, appeal, among), zone_of(work.db, appeal.account_id)
    return give_to_one_of(work, case, item, free, "eligible_reviewer", zone, start=start, besides=besides)


def start_answering(
    work: Work, appeal: Appeal, case: Case, *, late: bool = False, clause_id: UUID | None = None, stake: Money | None = None
) -> None:
    """Our promise to answer begins to run, and somebody who had no part in what is contested is drawn.

    It is from now on the acting person's, also where somebody else of the account had begun it, or sent it before.
    """
    time, zone = promise(work, "appeal_answer"), zone_of(work.db, appeal.account_id)
    clock = start_clock(
        work, "appeal_answer", appeal.ref, case=case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id,
    )
    appeal.state, appeal.filed_at, appeal.answer_by = AppealState.FILED, work.now, clock.due_at
    appeal.late, appeal.withdrawn_at, appeal.version = late, None, appeal.version + 1
    appeal.person_id = require_person(work.actor)
    appeal.outcome = appeal.decided_at = None
    item = open_item(
        work, case, appeal.item_kind, appeal.ref, clock.due_at, language=person_by_id(work.db, appeal.person_id).language,
        clause_id=clause_id, stake=stake,
    )
    work.db.flush()
    draw(work, appeal, case, item)


def finish(work: Work, appeal: Appeal, why: str, answered: ClockResult = ClockResult.KEPT) -> None:
    """Nothing of this appeal waits any more: clocks and work items end. `answered`: whether our promise was kept."""
    stop_clocks(work, appeal.ref, {
        "appeal_answer": answered, "appeal_answer_safety": answered, "appeal_question": ClockResult.VOID,
        "eligible_reviewer": ClockResult.VOID,
    })
    close_item(work, appeal.ref, appeal.item_kind, why)
    drop_requests(work, appeal)
    drop_draft(work, ANSWER_FORM, appeal.ref)


def take_back(work: Work, appeal: Appeal) -> AppealReopening | None:
    """Whoever sent it, or an owner, takes it back: nothing of it waits any more. Errors: `not_yours`, `closed`.

    Of one that was opened again only that, which is the answer.
    """
    require_take_back(work, appeal)
    require_open(appeal)
    opened = end_reopening(work, appeal, ReopeningEnd.WITHDRAWN, require_person(work.actor))
    if opened is None:
        appeal.state, appeal.withdrawn_at = AppealState.WITHDRAWN, work.now
    appeal.version, appeal.waiting_until = appeal.version + 1, None
    finish(work, appeal, "withdrawn", ClockResult.VOID)
    return opened
