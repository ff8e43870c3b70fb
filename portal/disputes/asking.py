"""Our question to the client of a dispute: asked once at a time, answered in the promised time, else the dispute is closed."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import func, select

from portal.accounts.queries import person_by_id
from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.models import Clock, ClockResult
from portal.cases.operations import open_item_of
from portal.core.access import Permission, require_account, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import needed, sha256
from portal.core.work import Work
from portal.disputes import hearing_messages as words
from portal.disputes.answering import start_deciding
from portal.disputes.closing import close_dispute
from portal.disputes.hearing_models import AskedEnd, DisputeQuestion
from portal.disputes.matter import Matter, live_proposal, locked_matter, own_matter, require_reviewer, stage_of, tell_both
from portal.disputes.models import ClosedBecause
from portal.disputes.queries import facts_of, open_question
from portal.disputes.reminding import start_reminding
from portal.disputes.telling import zone_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import promise


def ask_client(work: Work, *, dispute_ref: str, version: int, question: str) -> dict[str, Any]:
    """A reviewer asks the client before the first decision; both sides read it, and our own time waits for the answer.

    Errors: `empty`, `asked_already`, `proposed` (conflicts), those of `stage_of` and `require_reviewer`, `decided` once
    somebody decided. Promise: dispute_client_answer.
    """
    work.require(Permission.WORK_CASE)
    matter = locked_matter(work, dispute_ref)
    if stage_of(matter, version) != 1:
        raise Conflict("decided", N_("This dispute is decided already. Nothing can be asked any more."))
    person_id = require_reviewer(work, matter)
    if open_question(work.db, matter.dispute.id) is not None:
        raise Conflict("asked_already", N_("A question to the client waits for its answer already."))
    if live_proposal(work.db, matter.dispute.id) is not None:
        raise Conflict("proposed", N_("A decision waits for its second reader already."))
    text = needed(question, N_("Write your question."), field="question")
    row, clock = _put(work, matter, text, person_by_id(work.db, person_id).language)
    start_reminding(work, matter.dispute, matter.case, clock)
    event_id, facts = new_id(), facts_of(work.db, matter.dispute, work.now)
    rows: list[Row] = [row]
    rows += tell_both(work, matter, event_id, "dispute_asked", partial(words.asked, facts, text, row.answer_by))
    record(work, "dispute.client_asked", matter.dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id)
    return {"dispute": matter.dispute.ref, "question": row.ref}


def _put(work: Work, matter: Matter, text: str, language: str) -> tuple[DisputeQuestion, Clock]:
    """The question, the clock of its answer, and the place in the queue: it waits for the client."""
    dispute, time, zone = matter.dispute, promise(work, "dispute_client_answer"), zone_of(work, matter.contract.client_id)
    asked = select(func.count()).select_from(DisputeQuestion).where(DisputeQuestion.dispute_id == dispute.id)
    row = DisputeQuestion(
        ref=new_ref("Q"), dispute_id=dispute.id, n=(work.db.scalar(asked) or 0) + 1, asked_by=require_person(work.actor),
        language=language, asked_at=work.now, question=text, sha256="",
        answer_by=deadline(work.now, time.length, time.unit, zone, work.country),
    )
    row.sha256 = body_digest(row)
    add(work, row)
    stop_clock(work, dispute.ref, "dispute_decision", ClockResult.VOID)
    clock = start_clock(
        work, "dispute_client_answer", dispute.ref, case=matter.case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id, due_at=row.answer_by,
    )
    item, decision = open_item_of(work, dispute.ref, "dispute"), promise(work, "dispute_decision")
    if item is not None:
        item.due_at = deadline(row.answer_by, decision.length, decision.unit, zone, work.country)
        item.waiting_on, item.version = "client", item.version + 1
    dispute.version += 1
    return row, clock


def answer_our_question(work: Work, *, dispute_ref: str, question_ref: str, answer: str) -> dict[str, Any]:
    """The client answers; both sides read it, and our time to decide begins anew: from the last answer.

    Errors: `answered` when it no longer waits (conflict), `empty`, `NotFound`. Promise: dispute_decision.
    """
    matter, _side = own_matter(work, dispute_ref, Permission.ANSWER_IN_CASE)
    require_account(work.actor, matter.contract.client_id)
    row = existing(work.db.scalars(select(DisputeQuestion).where(
        DisputeQuestion.ref == question_ref, DisputeQuestion.dispute_id == matter.dispute.id
    ).with_for_update()).one_or_none())
    if row.ended_at is not None:
        raise Conflict("answered", N_("This question waits for no answer any more. Reload the page to see what changed."))
    text = needed(answer, N_("Write your answer."), field="answer")
    person = person_by_id(work.db, require_person(work.actor))
    row.ended_at, row.end_kind, row.answered_by = work.now, AskedEnd.ANSWERED, person.id
    row.answer, row.answer_language, row.answer_sha256 = text, person.language, sha256(text)
    stop_clock(work, dispute_ref, "dispute_client_answer", ClockResult.KEPT)
    matter.dispute.version += 1
    decide_by = start_deciding(work, matter.dispute, matter.contract, matter.case)
    _tell_answered(work, matter, row, text, decide_by)
    return {"dispute": dispute_ref}


def _tell_answered(work: Work, matter: Matter, row: DisputeQuestion, text: str, decide_by: Any) -> None:
    event_id, facts, rows = new_id(), facts_of(work.db, matter.dispute, work.now), list[Row]([(row, "ended")])
    said = partial(words.question_answered, facts, text, decide_by)
    rows += tell_both(work, matter, event_id, "dispute_question_answered", said)
    record(work, "dispute.client_answered", matter.dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id)


@on_due("dispute_client_answer")
def client_was_silent(work: Work, clock: Clock) -> None:
    """The client did not answer our question: the dispute is closed, the hold ends (dispute_client_answer)."""
    matter = locked_matter(work, clock.subject_ref)
    row = open_question(work.db, matter.dispute.id)
    if matter.dispute.ended_at is not None or row is None:
        return
    row.ended_at, row.end_kind = work.now, AskedEnd.LAPSED
    facts, event_id = facts_of(work.db, matter.dispute, work.now), new_id()
    rows = [(row, "ended"), *close_dispute(work, matter, ClosedBecause.CLIENT_SILENT, event_id)]
    rows += tell_both(work, matter, event_id, "dispute_closed", partial(words.closed_unanswered, facts))
    record(work, "dispute.closed", matter.dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id,
           because=ClosedBecause.CLIENT_SILENT)
