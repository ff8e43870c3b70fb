"""The person's side of a request to come back: files, asking, adding, taking it back. It works by a link too.

It is independent of an appeal: neither waits for the other. Source: DESIGN section 3; promises "reinstatement",
"reinstatement_answer".
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.accounts.throttles import count_try
from portal.appeals.files import exhibit_of, exhibits_from_files, take_away
from portal.appeals.filing import notify
from portal.appeals.matter import hear, require_open
from portal.appeals.own import own_action, require_take_back
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_desk import (
    finish,
    own_request,
    say,
    start_answering,
)
from portal.appeals.reinstatement_messages import added_text, filed_text, withdrawn_text
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementFile, ReinstatementState, ReinstatementWord
from portal.appeals.reinstatements import Asking, asking, count_of, is_safety, said_in
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.cases.drafts import drop_draft
from portal.cases.models import Case, ClockResult
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import needed
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.operations import add_document, described
from portal.log.operations import Row, add, record

DRAFT_FORM = "reinstatement"
WHY_NOT = {
    "no_closing": N_("This decision closed nothing. You can ask to come back only after a termination."),
    "not_promised": N_("Our promises say nothing of coming back. You can appeal against the decision."),
    "over": N_("This decision closes nothing any more. There is nothing to ask for."),
    "too_early": N_("You can ask to come back from %(day)s on."),
    "waits": N_("You have asked to come back already: %(ref)s. You can add to it on its page."),
}


def _found(work: Work, action_ref: str) -> tuple[Asking, Case, UUID]:
    """What the acting person can ask for after a decision of theirs, locked with its case. Errors: `NotFound`."""
    action, case, person_id = own_action(work, action_ref)
    return asking(work.db, action, work.now), case, person_id


def require_possible(found: Asking, zone: str) -> None:
    """Errors: `no_closing`, `not_promised`, `over`, `too_early`, `waits` (conflicts)."""
    if found.why_not is not None:
        day = local_day(found.from_at, zone) if found.from_at is not None else None
        ref = found.open_one.ref if found.open_one is not None else ""
        raise Conflict(found.why_not, WHY_NOT[found.why_not], day=day, ref=ref)


def _begin(work: Work, found: Asking, person_id: UUID) -> Reinstatement:
    action = found.action
    request = add(work, Reinstatement(
        ref=new_ref("E"), case_id=action.case_id, action_id=action.id, account_id=action.account_id, person_id=person_id,
        n=count_of(work.db, action.id) + 1, state=ReinstatementState.DRAFT, version=1,
    ))
    work.db.flush()
    return request


def attach_to_request(work: Work, *, action_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file to a request before it is sent. Errors: `NotFound`, those of `require_possible`, `described` and
    `add_document`."""
    found, case, person_id = _found(work, action_ref)
    text = described(description)
    require_possible(found, zone_of(work.db, found.action.account_id))
    return _put_file(work, found.open_one or _begin(work, found, person_id), case, text, taken)


def add_file_to_request(work: Work, *, reinstatement_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file to a request that waits for us: it is an exhibit at once. Errors: `closed`, `NotFound`, as before."""
    work.require(Permission.ANSWER_IN_CASE)
    request, case = own_request(work, reinstatement_ref)
    text = described(description)
    require_open(request)
    return _put_file(work, request, case, text, taken)


def _put_file(work: Work, request: Reinstatement, case: Case, description: str, taken: Taken) -> dict[str, Any]:
    document = add_document(work, account_id=request.account_id, case_ref=case.ref, subject_ref=request.ref, taken=taken)
    file = add(work, ReinstatementFile(request_id=request.id, document_id=document.id, description=description))
    number = None
    if request.state in LIVE:
        exhibit = exhibit_of(work, request, case, document, file)
        number, request.version = exhibit.number, request.version + 1
        record(work, "reinstatement.exhibit_added", request.ref, case_ref=case.ref, rows=[exhibit], number=number)
    return {"reinstatement": request.ref, "document": document.ref, "store_key": document.store_key, "exhibit": number}


def remove_request_file(work: Work, *, action_ref: str, document_ref: str) -> dict[str, Any]:
    """Takes a file away before the request is sent: it is erased. Errors: `NotFound`, `on_record` once it is an exhibit."""
    found, _case, _person = _found(work, action_ref)
    return take_away(work, found.open_one, document_ref)


def ask_to_come_back(work: Work, *, action_ref: str, happened: str, different: str) -> dict[str, Any]:
    """Asks to come back after a termination, and gives a receipt: reference, time, and the day by which we answer.

    `happened`: what has happened since; `different`: what would be different. The same words again give the same receipt.
    Errors: `happened_missing`, `different_missing`, text limits, those of `require_possible`, `NotFound`; `too_many` where one
    was taken back time after time: each tells everybody of the account.
    """
    found, case, person_id = _found(work, action_ref)
    since = _said(happened, N_("Say what has happened since: at least %(least)s characters."), "happened")
    then = _said(different, N_("Say what would be different: at least %(least)s characters."), "different")
    known = found.open_one
    if known is not None and found.why_not == "waits" and _same(work, known, since, then):
        return _receipt(known)
    require_possible(found, zone_of(work.db, found.action.account_id))
    count_try(work, "reinstatement", found.action.ref)
    request, person = known or _begin(work, found, person_id), person_by_id(work.db, person_id)
    request.person_id = person_id
    start_answering(work, request, case)
    message = say(work, request, ReinstatementWord.FILED, then, person.language, since)
    exhibits = exhibits_from_files(work, request, case)
    drop_draft(work, DRAFT_FORM, found.action.ref)
    event_id = new_id()
    receipt = filed_text(
        request.ref, found.action.ref, work.now, request.answer_by or work.now, len(exhibits),
        safety=is_safety(work.db, found.action),
    )
    told = notify(work, request, case, event_id, "reinstatement_filed", receipt)
    rows: list[Row] = [(request, "filed"), message, *exhibits, *told]
    record(work, "reinstatement.filed", request.ref, case_ref=case.ref, event_id=event_id, rows=rows, action=found.action.ref)
    return _receipt(request)


def _said(text: str, missing: str, field: str) -> str:
    return needed(text, missing, code=f"{field}_missing", field=field, limit=MOST_TEXT, least=LEAST_BODY)


def _same(work: Work, request: Reinstatement, happened: str, different: str) -> bool:
    first = said_in(work.db, request.id)[0]
    return (first.happened, first.body) == (happened, different)


def _receipt(request: Reinstatement) -> dict[str, Any]:
    return {"reinstatement": request.ref, "filed_at": request.filed_at, "answer_by": request.answer_by}


def add_to_request(work: Work, *, reinstatement_ref: str, body: str) -> dict[str, Any]:
    """Puts more of the person's words on record; it is also the answer to a question of ours.

    Errors: those of `own_request` and `hear`, `too_many`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    request, case = own_request(work, reinstatement_ref)
    text, person = hear(work, request, body)
    count_try(work, "reinstatement_more", request.ref)
    message = say(work, request, ReinstatementWord.ADDED, text, person.language)
    event_id = new_id()
    told = notify(
        work, request, case, event_id, "reinstatement_received", added_text(request.ref, request.answer_by or work.now)
    )
    record(work, "reinstatement.added", request.ref, case_ref=case.ref, event_id=event_id, rows=[message, *told])
    return {"reinstatement": request.ref}


def withdraw_request(work: Work, *, reinstatement_ref: str) -> dict[str, Any]:
    """Takes a request back; it can be made again on any day. Errors: `closed`, `not_yours`, `NotFound`."""
    work.require(Permission.ANSWER_IN_CASE)
    request, case = own_request(work, reinstatement_ref)
    require_take_back(work, request)
    require_open(request)
    finish(work, request, ReinstatementState.WITHDRAWN, ClockResult.VOID)
    event_id = new_id()
    told = notify(work, request, case, event_id, "reinstatement_withdrawn", withdrawn_text(request.ref))
    record(work, "reinstatement.withdrawn", request.ref, case_ref=case.ref, event_id=event_id,
           rows=[(request, "ended"), *told])
    return {"reinstatement": request.ref}
