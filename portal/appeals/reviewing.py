"""The reviewer's side before the decision: begin, ask the person, draw again, refuse what came too late."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.appeals.desk import draw, locked_matter, require_live, say, stand_still
from portal.appeals.filing import notify
from portal.appeals.messages import asked_text, refused_text
from portal.appeals.models import Appeal, AppealKind, AppealState, AppealWord
from portal.appeals.pause_closing import drop_requests
from portal.appeals.queries import had_a_part, zone_of
from portal.cases.clocks import start_clock, stop_clock, stop_clocks
from portal.cases.drafts import drop_draft, save_draft
from portal.cases.models import Case, ClockResult, WorkItem
from portal.cases.operations import close_item, give_item, open_item_of
from portal.core.access import Permission, Role
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import canonical, clean, clean_line
from portal.core.work import Work
from portal.enforcement.desk import require_free
from portal.log.operations import record
from portal.rulebook.queries import promise

MOST_DAYS = 30
ANSWER_FORM = "appeal_answer"
OWN = N_("You had a part in this decision. You can overturn it in full, and do nothing else with this appeal.")
CLOSED_IT = N_("You closed this case yourself. You can open it again, and do nothing else with this complaint.")
WITHHELD_IT = N_("You had a part in this decision. You can show what it withholds, and do nothing else here.")


def own_words(appeal: Appeal) -> str:
    """What whoever had a part before reads."""
    return {AppealKind.INACTION: CLOSED_IT, AppealKind.WITHHELD: WITHHELD_IT}.get(AppealKind(appeal.kind), OWN)


def require_reviewer(work: Work, appeal: Appeal, case: Case) -> tuple[UUID, bool]:
    """The acting reviewer, and whether they had a part before. Whom it was not drawn for decides nothing.

    Errors: `conflicted`, `with_somebody_else`.
    """
    person_id, item = require_free(work, case), open_item_of(work, appeal.ref, appeal.item_kind)
    first = person_id in had_a_part(work.db, appeal)
    if not first and item is not None and item.assignee_id not in (None, person_id):
        message = N_("This appeal was given to somebody else at random. A lead can give it away again.")
        raise NotAllowed("with_somebody_else", message)
    return person_id, first


def _by_somebody_else(work: Work, appeal: Appeal, case: Case, version: int) -> tuple[UUID, WorkItem | None]:
    """The reviewer, who had no part before, of an appeal that waits; one with nobody becomes theirs.

    Errors: `own_decision`, those of `require_reviewer`, then those of `require_live`.
    """
    person_id, first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    if first:
        raise NotAllowed("own_decision", own_words(appeal))
    item = open_item_of(work, appeal.ref, appeal.item_kind)
    if item is not None and item.assignee_id is None:
        give_item(work, item, person_id, item.stage)
        stop_clock(work, appeal.ref, "eligible_reviewer", ClockResult.KEPT)
    return person_id, item


def begin_review(work: Work, *, appeal_ref: str, version: int) -> dict[str, Any]:
    """The reviewer begins to read; the person sees that.

    Errors: `decided`, `stale`, `own_decision`, `with_somebody_else`.
    """
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    _person, item = _by_somebody_else(work, appeal, case, version)
    if appeal.state == AppealState.FILED:
        appeal.state, appeal.version = AppealState.IN_REVIEW, appeal.version + 1
        if item is not None:
            item.stage, item.version = "taken", item.version + 1
        record(work, "appeal.begun", appeal.ref, case_ref=case.ref)
    return {"appeal": appeal.ref}


def ask_appellant(work: Work, *, appeal_ref: str, version: int, question: str, days: int) -> dict[str, Any]:
    """Asks the person something in their appeal. Our own time to answer stands still until they answer, visibly.

    Errors: `waiting` while an earlier question waits, `empty`, `answer_time` (below our promise or above 30 days), those
    of `begin_review`. Source: DESIGN section 4, clocks.
    """
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    person_id, _item = _by_somebody_else(work, appeal, case, version)
    if appeal.state == AppealState.WAITING:
        raise Conflict("waiting", N_("A question in this appeal still waits for its answer."))
    text, least = clean(question, field="question"), promise(work, "question_answer")
    if not text:
        raise RuleBroken("empty", N_("Write your question."), field="question")
    if not isinstance(days, int) or not least.length <= days <= MOST_DAYS:
        message = N_("Give the person between %(least)s and %(most)s days to answer.")
        raise RuleBroken("answer_time", message, field="days", least=least.length, most=MOST_DAYS)
    zone = zone_of(work.db, appeal.account_id)
    until = deadline(work.now, days, "days", zone, work.country)
    message_row = say(work, appeal, AppealWord.ASKED, text, person_by_id(work.db, person_id).language)
    stand_still(work, appeal, until)
    start_clock(
        work, "appeal_question", appeal.ref, case=case, length=days, unit="days", zone=zone, due_at=until,
        promise_id=least.clause_version_id,
    )
    event_id = new_id()
    notices = notify(work, appeal, case, event_id, "appeal_question", asked_text(appeal.ref, text, until))
    record(work, "appeal.asked", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[message_row, *notices])
    return {"appeal": appeal.ref, "until": until}


def keep_answer(
    work: Work, *, appeal_ref: str, fields: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Keeps what a reviewer has typed into the decision form.

    Errors: `conflicted`, `with_somebody_else`, text limits of `core.text.clean`, those of `save_draft`.
    """
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    require_reviewer(work, appeal, case)
    kept = {clean_line(name, limit=64): clean(str(value)) for name, value in fields.items()}
    draft = save_draft(work, ANSWER_FORM, appeal.ref, canonical(kept), version)
    return {"appeal": appeal.ref, "version": draft.version}


def draw_again(work: Work, *, appeal_ref: str, version: int, reason: str) -> dict[str, Any]:
    """A lead gives an appeal away again: to somebody else who may decide it, at random; why is kept in the event.

    Errors: `not_lead`, `conflicted`, `own_decision` for a lead who had a part, `reason_missing`, `decided`, `stale`.
    """
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    if Role.LEAD not in work.actor.roles:
        raise NotAllowed("not_lead", N_("Only a lead can give an appeal to somebody else."))
    person_id = require_free(work, case)
    require_live(appeal, version)
    if person_id in had_a_part(work.db, appeal):
        raise NotAllowed("own_decision", own_words(appeal))
    text = clean(reason, field="draw_reason")
    if not text:
        raise RuleBroken("reason_missing", N_("Say in writing why."), field="draw_reason")
    item = open_item_of(work, appeal.ref, appeal.item_kind)
    if item is None:
        message = N_("This appeal does not wait for a decision any more. Reload the page to see what happened.")
        raise Conflict("decided", message)
    found = draw(work, appeal, case, item, besides=item.assignee_id)
    appeal.version += 1
    record(work, "appeal.drawn", appeal.ref, case_ref=case.ref, reason=text)
    return {"appeal": appeal.ref, "found": found}


def refuse_appeal(work: Work, *, appeal_ref: str, version: int, reason: str) -> dict[str, Any]:
    """Finds a late appeal inadmissible, with a written reason; the person can file once more, and somebody else reads it.

    Errors: `in_time` for an appeal that came in time, `reason_missing`, those of `begin_review`.
    """
    work.require(Permission.DECIDE)
    appeal, case = locked_matter(work, appeal_ref)
    person_id, _item = _by_somebody_else(work, appeal, case, version)
    if not appeal.late:
        raise RuleBroken("in_time", N_("This appeal came in time, so it has to be answered."))
    text = clean(reason, field="reason")
    if not text:
        raise RuleBroken("reason_missing", N_("Say in writing why."), field="reason")
    appeal.state, appeal.refused_because, appeal.version = AppealState.INADMISSIBLE, text, appeal.version + 1
    appeal.waiting_until, appeal.refused_by = None, person_id
    finish(work, appeal, "inadmissible")
    event_id = new_id()
    notices = notify(work, appeal, case, event_id, "appeal_decided", refused_text(appeal.ref, text))
    record(work, "appeal.refused", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[(appeal, "refused"), *notices])
    return {"appeal": appeal.ref}


def finish(work: Work, appeal: Appeal, why: str, answered: ClockResult = ClockResult.KEPT) -> None:
    """Nothing of this appeal waits any more: clocks and work items end. `answered`: whether our promise was kept."""
    stop_clocks(work, appeal.ref, {
        "appeal_answer": answered, "appeal_answer_safety": answered, "appeal_question": ClockResult.VOID,
        "eligible_reviewer": ClockResult.VOID,
    })
    close_item(work, appeal.ref, appeal.item_kind, why)
    drop_requests(work, appeal)
    drop_draft(work, ANSWER_FORM, appeal.ref)
