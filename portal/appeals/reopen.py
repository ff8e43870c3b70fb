"""Opening a decided appeal once more on new evidence: the files, the words, and somebody else who answers in the same time.

Who may: whoever may send an appeal, while the decision is not overturned. Source: DESIGN section 3; promises 2.1, 2.2.
"""

from __future__ import annotations

import json
from typing import Any

from portal.accounts.queries import person_by_id
from portal.accounts.throttles import count_try
from portal.appeals.desk import own_appeal, say
from portal.appeals.evidence import Again, answers_of, new_files, open_reopening, reopenings_of, way_again
from portal.appeals.evidence_messages import reopened_text
from portal.appeals.evidence_models import AppealReopening
from portal.appeals.files import exhibits_from_files, put_file, take_away
from portal.appeals.filing import notify, start_appeal
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealMessage, AppealWord
from portal.appeals.pauses import pauses_something
from portal.appeals.pausing import is_safety, reached
from portal.appeals.queries import filed_message
from portal.appeals.rules import LEAST_BODY, MOST_TEXT, NEW, ticked
from portal.cases.drafts import drop_draft
from portal.cases.models import Case
from portal.core.access import Permission, require_person
from portal.core.database import forget
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import canonical, clean, needed
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.operations import described
from portal.enforcement.models import Action
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

DRAFT_FORM = "reopening"
WHY_NOT = {
    "undecided": N_("There is no answer to this appeal that something new could change."),
    "overturned": N_("This decision is already overturned. There is nothing left that something new could change."),
    "appeal": N_("You can send your appeal against this decision again. Nothing new is needed for that."),
    "answered": N_("This appeal was opened again once, and answered again. A court or another body can still look at it."),
    "refused": N_("Two people found nothing new in what you sent. A court or another body can still look at it."),
}
MISSING = {
    "why": N_("Say what is new, and why you could not send it before: at least %(least)s characters."),
    "body": N_("Say what it shows about our decision: at least %(least)s characters."),
}
NOTHING_NEW = N_(
    "Add at least one file that was not in this case before. What we know already was weighed when we answered you."
)


def _own(work: Work, appeal_ref: str) -> tuple[Appeal, Action, Case, Again]:
    """An appeal of the acting person's account against a decision, locked; whether it can be opened again. Errors: `NotFound`."""
    work.require(Permission.ANSWER_IN_CASE)
    appeal, action, case = own_appeal(work, appeal_ref)
    if appeal.kind != AppealKind.ACTION:
        raise NotFound
    return appeal, action, case, way_again(work.db, appeal, require_person(work.actor), work.now)


def _require_possible(found: Again) -> None:
    """Errors: `not_possible` (conflict; `WHY_NOT`)."""
    if found.why_not is not None:
        raise Conflict("not_possible", WHY_NOT[found.why_not])


def attach_evidence(work: Work, *, appeal_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file before a decided appeal is opened again. Errors: `not_possible`, `NotFound`, those of `described` and
    `put_file`."""
    appeal, _action, case, found = _own(work, appeal_ref)
    text = described(description)
    _require_possible(found)
    return put_file(work, appeal, case, text, taken, again=True)


def remove_evidence(work: Work, *, appeal_ref: str, document_ref: str) -> dict[str, Any]:
    """Takes a file away before it was sent: it is erased. Errors: `NotFound`, `on_record` once it is an exhibit."""
    appeal, _action, _case, _found = _own(work, appeal_ref)
    return take_away(work, appeal, document_ref)


def reopen_appeal(work: Work, *, appeal_ref: str, why: str, body: str, late_reason: str = "") -> dict[str, Any]:
    """Opens a decided appeal once more and gives a receipt: when, how much is new, and the day by which somebody else answers.

    `why`: what is new and why it comes only now; `body`: what it shows. The reasons of the appeal stay, and that there is
    something new is one more, which is answered too. The same words again give the same receipt.
    Errors: `not_possible`, `nothing_new` without a file that was not in the case when we answered, `why_missing`,
    `body_missing`, `late_reason_missing` once the window is over, `already_open` for other words while it waits, `too_many`,
    text limits, `NotFound`.
    """
    appeal, action, case, found = _own(work, appeal_ref)
    new, shows = _said(why, "why"), _said(body, "body")
    late = clean(late_reason, limit=MOST_TEXT, field="late_reason")
    if appeal.state in LIVE:
        return _same(work, appeal, new, shows)
    _require_possible(found)
    fresh = new_files(work.db, appeal)
    if not fresh:
        raise RuleBroken("nothing_new", NOTHING_NEW, field="file")
    if found.late and not late:
        message = N_("The time for this is over. Say why you come only now; then we look at it.")
        raise RuleBroken("late_reason_missing", message, field="late_reason")
    count_try(work, "appeal", action.ref)
    return _open(work, appeal, action, case, (new, shows, late if found.late else ""), len(fresh))


def _open(
    work: Work, appeal: Appeal, action: Action, case: Case, said: tuple[str, str, str], fresh: int
) -> dict[str, Any]:
    person, before = person_by_id(work.db, require_person(work.actor)), filed_message(work.db, appeal.id)
    grounds = _grounds(before)
    start_appeal(work, appeal, action, case, late=bool(said[2]))
    message = say(
        work, appeal, AppealWord.FILED, said[1], person.language, grounds=canonical(grounds), late_reason=said[2] or None
    )
    opened, exhibits = _put(work, appeal, message, said[0]), exhibits_from_files(work, appeal, case)
    drop_draft(work, DRAFT_FORM, appeal.ref)
    event_id, answer_by = new_id(), appeal.answer_by or work.now
    receipt = reopened_text(
        appeal.ref, action.ref, work.now, answer_by, fresh, pauses=pauses_something(work.db, appeal, work.now),
        safety=is_safety(work, reached(work, appeal)),
    )
    notices = notify(work, appeal, case, event_id, "appeal_filed", receipt)
    rows: list[Row] = [(appeal, "filed"), (appeal, "subject"), (appeal, "decided"), message, opened, *exhibits, *notices]
    record(work, "appeal.reopened", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows, action=action.ref)
    return {"appeal": appeal.ref, "filed_at": work.now, "answer_by": answer_by}


def _put(work: Work, appeal: Appeal, message: AppealMessage, why: str) -> AppealReopening:
    opened = AppealReopening(
        appeal_id=appeal.id, n=len(reopenings_of(work.db, appeal.id)) + 1, message_id=message.id, opened_at=work.now,
        decision_id=answers_of(work.db, appeal.id)[0].row.id, person_id=message.person_id, language=message.language, why=why,
        sha256="",
    )
    opened.sha256 = body_digest(opened)
    forget(work.db, ("reopenings", appeal.id))
    return add(work, opened)


def _grounds(before: AppealMessage | None) -> list[str | dict[str, str]]:
    """What was ticked before, once more, after that there is something new."""
    kept: list[str | dict[str, str]] = json.loads(before.grounds) if before is not None and before.grounds else ["other"]
    return [NEW, *(one for one, (key, _item, _how) in zip(kept, ticked(kept), strict=True) if key != NEW)]


def _said(text: str, field: str) -> str:
    return needed(text, MISSING[field], code=f"{field}_missing", field=field, limit=MOST_TEXT, least=LEAST_BODY)


def _same(work: Work, appeal: Appeal, why: str, body: str) -> dict[str, Any]:
    """Pressed again: the receipt that there is. Errors: `already_open` when it says something else."""
    opened, filed = open_reopening(work.db, appeal.id), filed_message(work.db, appeal.id)
    if opened is None or filed is None or (opened.why, filed.body) != (why, body):
        message = N_("This appeal waits for our answer already. You can add to it on its page.")
        raise Conflict("already_open", message)
    return {"appeal": appeal.ref, "filed_at": appeal.filed_at, "answer_by": appeal.answer_by}
