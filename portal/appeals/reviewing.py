"""The reviewer's side before the decision: begin, ask the person, draw again, refuse what came too late."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from portal.appeals.desk import ANSWER_FORM, draw, finish, locked_matter, say
from portal.appeals.evidence import end_reopening, open_reopening, way_again
from portal.appeals.evidence_messages import evidence_refused_text
from portal.appeals.evidence_models import ReopeningEnd
from portal.appeals.filing import notify, tell_ended
from portal.appeals.matter import ask, begin, by_somebody_else, require_reviewer, to_draw
from portal.appeals.messages import asked_text, refused_text
from portal.appeals.models import Appeal, AppealDecision, AppealOutcome, AppealState, AppealWord
from portal.appeals.queries import decision_of
from portal.cases.drafts import save_draft
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import canonical, clean, clean_line, written_reason
from portal.core.work import Work
from portal.enforcement.models import Action
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest


def begin_review(work: Work, *, appeal_ref: str, version: int) -> dict[str, Any]:
    """The reviewer begins to read; the person sees that. Errors: those of `begin`."""
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    if begin(work, appeal, case, version):
        record(work, "appeal.begun", appeal.ref, case_ref=case.ref)
    return {"appeal": appeal.ref}


def ask_appellant(work: Work, *, appeal_ref: str, version: int, question: str, days: int) -> dict[str, Any]:
    """Asks the person something in their appeal. Errors: those of `ask`."""
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    text, until, spoken = ask(work, appeal, case, version, question, days)
    message_row = say(work, appeal, AppealWord.ASKED, text, spoken)
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

    Errors: those of `to_draw`.
    """
    work.require(Permission.WORK_CASE)
    appeal, case = locked_matter(work, appeal_ref)
    text, item = to_draw(work, appeal, case, version, reason)
    found = draw(work, appeal, case, item, besides=item.assignee_id)
    appeal.version += 1
    record(work, "appeal.drawn", appeal.ref, case_ref=case.ref, reason=text)
    return {"appeal": appeal.ref, "found": found}


def refuse_appeal(work: Work, *, appeal_ref: str, version: int, reason: str) -> dict[str, Any]:
    """Finds a late appeal inadmissible, or that nothing is new in one that was opened again, with a written reason.

    Then the earlier answer stays. The person can send either once more, and somebody else reads it.
    Errors: `in_time` for an appeal that came in time and was not opened again, `reason_missing`, those of `by_somebody_else`.
    """
    work.require(Permission.DECIDE)
    appeal, case = locked_matter(work, appeal_ref)
    person_id, _item = by_somebody_else(work, appeal, case, version)
    if not appeal.late and open_reopening(work.db, appeal.id) is None:
        raise RuleBroken("in_time", N_("This appeal came in time, so it has to be answered."))
    text = written_reason(reason)
    action, event_id = work.db.get_one(Action, appeal.action_id, with_for_update=True), new_id()
    opened = end_reopening(work, appeal, ReopeningEnd.REFUSED, person_id, text)
    if opened is None:
        appeal.state, appeal.refused_because, appeal.refused_by = AppealState.INADMISSIBLE, text, person_id
    appeal.version, appeal.waiting_until = appeal.version + 1, None
    finish(work, appeal, "inadmissible")
    tells = partial(tell_ended, work, appeal, action, case, event_id, "appeal_decided")
    if opened is None:
        rows: list[Row] = [(appeal, "refused"), *tells(refused_text(appeal.ref, text))]
        record(work, "appeal.refused", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows)
        return {"appeal": appeal.ref}
    more = way_again(work.db, appeal, appeal.person_id, work.now).why_not is None
    told = tells(evidence_refused_text(appeal.ref, text, again=more))
    record(work, "appeal.evidence_refused", appeal.ref, case_ref=case.ref, event_id=event_id, rows=told)
    return {"appeal": appeal.ref}


def settle(work: Work, appeal: Appeal, person_id: UUID, outcome: AppealOutcome, text: dict[str, Any]) -> AppealDecision:
    """How an appeal is answered: one frozen record, the next after those before; nothing of it waits any more."""
    before = decision_of(work.db, appeal.id)
    decision = AppealDecision(
        appeal_id=appeal.id, n=before[1].n + 1 if before else 1, decided_by=person_id, outcome=outcome,
        language=text["language"], record=canonical(text), sha256="",
    )
    decision.sha256 = body_digest(decision)
    add(work, decision)
    appeal.state, appeal.outcome, appeal.decided_at = AppealState.DECIDED, outcome, work.now
    end_reopening(work, appeal, ReopeningEnd.ANSWERED, person_id)
    appeal.version, appeal.waiting_until = appeal.version + 1, None
    finish(work, appeal, "decided")
    return decision
