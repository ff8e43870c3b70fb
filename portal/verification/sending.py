"""Sending what was asked for: the documents become part of the record, a receipt is given at once, our time runs."""

from __future__ import annotations

from typing import Any

from portal.accounts.queries import person_by_id
from portal.cases.clocks import start_clock
from portal.cases.models import Case
from portal.cases.operations import open_item, open_item_of
from portal.core.access import Permission, Role, require_account, require_person
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import canonical, clean
from portal.core.work import Work
from portal.documents.models import Document
from portal.documents.operations import file_document
from portal.documents.queries import documents_for
from portal.enforcement.queries import owners_of
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import promise
from portal.verification import messages, rules
from portal.verification.models import Item, ItemState, Submission
from portal.verification.queries import WAITING_FOR_PERSON, WAITING_FOR_US, ItemView, subject_of
from portal.verification.telling import locked_item, newest_check, tell_owners, zone_of

CLOSED = {
    ItemState.ACCEPTED: N_("We have already accepted this. You need to send nothing."),
    ItemState.WITHDRAWN: N_("We no longer ask you for this. You need to send nothing."),
}
SENT_BEFORE = N_("We already have what you sent, and you have a receipt for it. We answer that first.")


def submit_item(work: Work, *, item_ref: str, documents: list[str], note: str) -> dict[str, Any]:
    """Sends documents for an item: a receipt at once, and our answer within the promise "identity_review".

    For an owner of the account, who has just shown that it is them, also in a link's session of that case. `documents`:
    references of what was uploaded for this submission (`queries.subject_of`). Errors: `NotFound` for anyone else and for
    documents of something else; `sent_before`, `nothing_to_send`, `no_documents`, `too_many_documents`, text limits.
    """
    work.require(Permission.SUBMIT_IDENTITY)
    item, case = locked_item(work, item_ref)
    require_owner(work, item, case)
    _check_open(item)
    view, check = newest_check(work, item)
    filed = _filed(work, view, documents)
    submission = put_submission(work, view, case, filed, note)
    item.state, item.version = ItemState.SUBMITTED, item.version + 1
    to_queue(work, item, case, submission, check)
    event_id, sender = new_id(), person_by_id(work.db, require_person(work.actor))
    receipt = messages.receipt(check, submission.ref, len(filed), submission.sent_at, submission.answer_by)
    notices = tell_owners(work, event_id, "identity_receipt", item, case, receipt, also=sender)
    record(
        work, "identity.submitted", item.ref, case_ref=case.ref, event_id=event_id, rows=[submission, *notices],
        receipt=submission.ref,
    )
    return {"item": item.ref, "receipt": submission.ref}


def require_owner(work: Work, item: Item, case: Case) -> None:
    """Errors: `NotFound` for everybody but a live owner of the account, and in a link's session for another case."""
    require_account(work.actor, item.account_id)
    if work.actor.person_id not in {owner.id for owner in owners_of(work.db, item.account_id)}:
        raise NotFound
    if Role.LINK in work.actor.roles and work.actor.case_ref != case.ref:
        raise NotFound


def _check_open(item: Item) -> None:
    if item.state in WAITING_FOR_US:
        raise Conflict("sent_before", SENT_BEFORE)
    if item.state not in WAITING_FOR_PERSON:
        raise Conflict("nothing_to_send", CLOSED[ItemState(item.state)])


def _filed(work: Work, view: ItemView, refs: list[str]) -> list[Document]:
    """The documents of this submission, from now on part of the record."""
    if not refs:
        raise RuleBroken("no_documents", N_("Add at least one document first."), field="file")
    if len(set(refs)) > rules.MOST_DOCUMENTS:
        message = N_("You can send %(limit)s documents at once.")
        raise RuleBroken("too_many_documents", message, field="file", limit=rules.MOST_DOCUMENTS)
    uploaded = {one.ref: one for one in documents_for(work.db, view.item.account_id, subject_of(view))}
    if not set(refs) <= uploaded.keys():
        raise NotFound
    found = [uploaded[ref] for ref in dict.fromkeys(refs)]
    for document in found:
        file_document(work, document)
    return found


def put_submission(work: Work, view: ItemView, case: Case, filed: list[Document], note: str) -> Submission:
    """What is sent becomes part of the record, and our time to answer begins."""
    assert view.newest is not None
    person_id, time = require_person(work.actor), promise(work, "identity_review")
    clock = start_clock(
        work, "identity_review", view.item.ref, case=case, length=time.length, unit=time.unit,
        zone=zone_of(work, view.item.account_id), promise_id=time.clause_version_id,
    )
    submission = Submission(
        ref=new_ref("Y"), item_id=view.item.id, n=len(view.sent) + 1, request_id=view.newest.request.id, person_id=person_id,
        language=person_by_id(work.db, person_id).language, sent_at=work.now, answer_by=clock.due_at,
        documents=canonical([[one.ref, one.sha256] for one in filed]),
        note=clean(note, limit=rules.MOST_WORDS, field="note"), sha256="",
    )
    submission.sha256 = body_digest(submission)
    return add(work, submission)


def to_queue(work: Work, item: Item, case: Case, submission: Submission, check: messages.Check) -> None:
    """What was sent waits for a reviewer until the promised time."""
    if open_item_of(work, item.ref, "identity") is None:
        open_item(
            work, case, "identity", item.ref, submission.answer_by, language=submission.language,
            clause_id=check.clause.clause_id,
        )
