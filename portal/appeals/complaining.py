"""A complaint that nothing was done: whoever was told that no rule applied asks somebody else to look. Once for each case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.accounts.throttles import count_try
from portal.appeals.complaint_messages import complaint_filed_text, complaint_withdrawn_text
from portal.appeals.complaints import Complaining, complaining, own_report
from portal.appeals.desk import own_matter, say, start_answering, take_back
from portal.appeals.files import exhibits_from_files, put_file, take_away
from portal.appeals.filing import notify
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState, AppealWord
from portal.appeals.own import require_reads_appeal, require_session
from portal.appeals.queries import filed_message
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.cases.closing import rules_of_closing
from portal.cases.drafts import drop_draft
from portal.cases.operations import locked_case
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import needed
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.operations import described
from portal.log.operations import Row, add, record

DRAFT_FORM = "complaint"
WHY_NOT = {
    "answered": N_("Your complaint about this is already answered. Its page says how."),
    "open": N_("This case is open again already. If a rule applies after all, you hear of it."),
    "over": N_("The time to complain about this is over. If something new happens, you can report it."),
}


def _found(work: Work, report_ref: str) -> tuple[Complaining, UUID]:
    """What the acting person can complain about, its case locked. Errors: `NotFound`; `owners_only` for members who do not
    read the report, or where another one has begun or sent the complaint that there is."""
    work.require(Permission.REPORT)
    person_id = require_person(work.actor)
    report = own_report(work.db, report_ref, work.actor.account_ids, person_id)
    require_session(work, locked_case(work, report.case_id))
    found = complaining(work.db, report, person_id, work.now)
    if found is None:
        raise NotFound
    if found.appeal is not None:
        require_reads_appeal(work.db, found.appeal, person_id)
    return found, person_id


def attach_to_complaint(work: Work, *, report_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file to a complaint before it is sent. Errors: `NotFound`, `not_possible`, those of `put_file`."""
    found, person_id = _found(work, report_ref)
    text = described(description)
    _require_possible(found)
    return put_file(work, found.appeal or _begin(work, found, person_id), found.case, text, taken)


def remove_complaint_file(work: Work, *, report_ref: str, document_ref: str) -> dict[str, Any]:
    """Takes a file away before the complaint is sent. Errors: `NotFound`, `on_record`."""
    found, _person = _found(work, report_ref)
    return take_away(work, found.appeal, document_ref)


def file_complaint(work: Work, *, report_ref: str, body: str) -> dict[str, Any]:
    """Complains that nothing was done about what was reported, and gives a receipt with the day by which we answer.

    Somebody who did not close the case answers. The same words again give the same receipt. Errors: `already_filed` for
    other words while one waits, `not_possible`, `body_missing`, `too_many`, `NotFound` for whom no report was answered so.
    Sources: DESIGN section 3, report; promises "appeal_window", "appeal_answer".
    """
    found, person_id = _found(work, report_ref)
    missing = N_("Say in your own words what we did not see: at least %(least)s characters.")
    text = needed(body, missing, code="body_missing", field="body", limit=MOST_TEXT, least=LEAST_BODY)
    if found.appeal is not None and found.appeal.state in LIVE:
        return _same(work, found.appeal, text)
    _require_possible(found)
    count_try(work, "appeal", report_ref)
    appeal, person = found.appeal or _begin(work, found, person_id), person_by_id(work.db, person_id)
    again = [(appeal, "withdrawn")] if appeal.withdrawn_at is not None else []
    rules = rules_of_closing(work.db, found.closing)
    start_answering(work, appeal, found.case, clause_id=rules[0].clause_id if rules else None)
    message_row = say(work, appeal, AppealWord.FILED, text, person.language)
    exhibits = exhibits_from_files(work, appeal, found.case)
    drop_draft(work, DRAFT_FORM, report_ref)
    event_id, answer_by = new_id(), appeal.answer_by or work.now
    receipt = complaint_filed_text(appeal.ref, report_ref, work.now, answer_by, len(exhibits))
    notices = notify(work, appeal, found.case, event_id, "appeal_filed", receipt)
    rows: list[Row] = [(appeal, "filed"), (appeal, "subject"), *again, message_row, *exhibits, *notices]
    record(work, "complaint.filed", appeal.ref, case_ref=found.case.ref, event_id=event_id, rows=rows, report=report_ref)
    return {"appeal": appeal.ref, "filed_at": work.now, "answer_by": answer_by}


def _begin(work: Work, found: Complaining, person_id: UUID) -> Appeal:
    appeal = add(work, Appeal(
        ref=new_ref("Z"), case_id=found.case.id, kind=AppealKind.INACTION, closing_id=found.closing.id,
        account_id=found.report.reporter_account_id, person_id=person_id, state=AppealState.DRAFT, late=False, version=1,
    ))
    work.db.flush()
    return appeal


def _same(work: Work, appeal: Appeal, text: str) -> dict[str, Any]:
    """Pressed again: the receipt that there is. Errors: `already_filed` when it says something else."""
    before = filed_message(work.db, appeal.id)
    if before is None or before.body != text:
        message = N_("You have already complained about this: %(ref)s. You can add to it on its page.")
        raise Conflict("already_filed", message, ref=appeal.ref)
    return {"appeal": appeal.ref, "filed_at": appeal.filed_at, "answer_by": appeal.answer_by}


def _require_possible(found: Complaining) -> None:
    if found.why_not is not None:
        raise Conflict("not_possible", WHY_NOT[found.why_not])


def withdraw_complaint(work: Work, *, appeal_ref: str) -> dict[str, Any]:
    """Takes a complaint, or what was contested of a letter's withholding, back; within the window it can be sent again.

    Errors: `closed`, `not_yours`, `NotFound`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, case = own_matter(work, appeal_ref)
    if appeal.kind == AppealKind.ACTION:
        raise NotFound
    take_back(work, appeal)
    event_id = new_id()
    notices = notify(work, appeal, case, event_id, "appeal_withdrawn", complaint_withdrawn_text(appeal.ref))
    record(
        work, "complaint.withdrawn", appeal.ref, case_ref=case.ref, event_id=event_id, rows=[(appeal, "withdrawn"), *notices]
    )
    return {"appeal": appeal.ref}
