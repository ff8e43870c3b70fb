"""Adding documents and exhibits, opening a document (on record, before any byte), and erasing one for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.operations import case_by_ref
from portal.core.access import Permission, may, require_account
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.text import clean, needed
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.models import Document, DocumentState, Exhibit, ExhibitKind, OpenedFor
from portal.documents.queries import OPENED, documents_for, kept_said, next_number
from portal.documents.relations import may_know, require_in_session, require_reader
from portal.documents.rules import LONGEST_DESCRIPTION, MOST_FOR_ONE_THING, MOST_IN_A_DAY
from portal.log.operations import add, record, vouch_next
from portal.log.rules import body_digest, row_digest

DAY = timedelta(days=1)


def add_exhibit(
    work: Work, case: Case, *, kind: ExhibitKind, contract_id: UUID | None = None, message_id: UUID | None = None,
    document: Document | None = None, by_account_id: UUID | None = None, ground: str | None = None, description: str,
    quoted: str | None = None,
) -> Exhibit:
    """Adds the next numbered exhibit to a case that this act has locked; the caller names it in its event.

    `ground` is the published reason why a part is withheld, if one is. A document is part of the record from here on.
    Errors: `nothing_shown` when it names neither a contract nor a message nor a document that can still be opened, text
    limits of `core.text.clean`.
    """
    document_id = document.id if document and kind is ExhibitKind.DOCUMENT else None
    shown = {ExhibitKind.CONTRACT: contract_id, ExhibitKind.MESSAGE: message_id, ExhibitKind.DOCUMENT: document_id}
    if shown[kind] is None:
        raise RuleBroken("nothing_shown", "Say which contract, message or document this exhibit shows.", field="exhibits")
    if document is not None:
        file_document(work, document)
    exhibit = Exhibit(
        case_id=case.id, number=next_number(work.db, case.id), kind=kind, contract_id=contract_id, message_id=message_id,
        document_id=document_id, by_account_id=by_account_id, ground=ground,
        description=clean(description, field="description"),
        quoted=clean(quoted, field="quoted") if quoted is not None else None, sha256="",
    )
    exhibit.sha256 = body_digest(exhibit)
    add(work, exhibit)
    work.db.flush()
    return exhibit


def described(description: str) -> str:
    """What a file shows, in one line. Errors: `description_missing`, text limits."""
    missing = N_("Say in one line what this file shows.")
    return needed(description, missing, code="description_missing", field="description", limit=LONGEST_DESCRIPTION)


def receive_document(
    work: Work, *, account_id: UUID, case_ref: str | None, subject_ref: str, taken: Taken
) -> dict[str, Any]:
    """A member of an account, or a link session of that case, sends one file for one thing. Errors: of `add_document`."""
    work.require(Permission.ANSWER_IN_CASE)
    document = add_document(work, account_id=account_id, case_ref=case_ref, subject_ref=subject_ref, taken=taken)
    return {"document": document.ref, "store_key": document.store_key}


def add_document(
    work: Work, *, account_id: UUID, case_ref: str | None, subject_ref: str, taken: Taken,
    retain_until: datetime | None = None,
) -> Document:
    """Puts a file that was taken on record, with its own event. The caller has asked for the permission.

    `subject_ref` is what it is sent for (an appeal's draft, an identity item). Errors: `NotFound` for another's account or
    a case to which it does not belong; `too_many_documents` over 10 for one thing; `too_many_today` over 100 in 24 hours.
    """
    require_account(work.actor, account_id)
    case = case_by_ref(work, case_ref) if case_ref else None
    require_in_session(work, case, account_id)
    _require_room(work, account_id, subject_ref)
    document = add(work, Document(
        ref=new_ref("D"), owner_account_id=account_id, case_id=case.id if case else None, subject_ref=subject_ref,
        name=taken.name, media_type=taken.media_type, size=taken.size, sha256=taken.sha256, store_key=taken.store_key,
        wrapped_key=taken.wrapped_key, state=DocumentState.READY, received_at=work.now, retain_until=retain_until,
        legal_hold=False,
    ))
    work.db.flush()
    record(
        work, "document.received", document.ref, case_ref=case_ref, subject=subject_ref, size=taken.size,
        rows=[document, (document, "sealed"), (document, "kept")],
    )
    return document


def _require_room(work: Work, account_id: UUID, subject_ref: str) -> None:
    """Counts while the account is locked: of two uploads at once the second sees the first."""
    work.db.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))
    if len(documents_for(work.db, account_id, subject_ref)) >= MOST_FOR_ONE_THING:
        message = "You can send %(limit)s files here. Remove one, or put several pages into one PDF."
        raise RuleBroken("too_many_documents", message, field="file", limit=MOST_FOR_ONE_THING)
    since = select(Document.id).where(Document.owner_account_id == account_id, Document.received_at > work.now - DAY)
    if work.db.scalar(select(func.count()).select_from(since.limit(MOST_IN_A_DAY).subquery())) == MOST_IN_A_DAY:
        message = "You have sent %(limit)s files in one day. You can send more tomorrow; what you sent is kept."
        raise RuleBroken("too_many_today", message, field="file", limit=MOST_IN_A_DAY)


def file_document(work: Work, document: Document) -> None:
    """From now on the document is part of the record: its owner can no longer take it back. The act's event vouches for it.

    Errors: `erased_document` when it cannot be opened any more.
    """
    if document.wrapped_key is None:
        raise RuleBroken("erased_document", "This document was erased. Only its number and its hash remain.", field="file")
    if document.filed_at is None:
        document.filed_at = work.now
        vouch_next(work, [(document, "sealed")])


def bring_into_case(work: Work, document: Document, case: Case, subject_ref: str) -> None:
    """What was sent before there was a case belongs to one from now on, for something in it. The act's event vouches for it.

    For rooms above, which have asked who may and go on to file it.
    """
    document.case_id, document.subject_ref = case.id, subject_ref
    vouch_next(work, [document])


def open_document(work: Work, *, document_ref: str, purpose: str) -> dict[str, Any]:
    """Puts on record who opens a document and why; only after this act may `reading.clear_bytes` be called.

    Its owner's members open it for `own`; reviewers and leads who have or had the case in their hands for any other
    purpose, after they have shown again that it is them; auditors never. Errors: `NotFound` for everybody else, whether
    it exists or not; `not_in_hand`, `conflicted`, `StepUpNeeded` for staff; `erased_document`; `no_purpose`.
    """
    document, case = _known(work, document_ref)
    own = require_reader(work, document, case)
    if purpose not in set(OpenedFor) or (purpose == OpenedFor.OWN) is not own:
        raise RuleBroken("no_purpose", "Say what you open this document for.", field="purpose")
    put_opening(work, document, case, OpenedFor(purpose))
    return {"document": document.ref}


def put_opening(work: Work, document: Document, case: Case | None, purpose: OpenedFor) -> None:
    """Puts an opening on record. The caller has asked whether the actor may read it. Errors: `erased_document`."""
    if document.wrapped_key is None:
        raise RuleBroken("erased_document", "This document was erased. Only its number and its hash remain.")
    record(work, OPENED, document.ref, case_ref=case.ref if case else None, purpose=purpose)


def _known(work: Work, document_ref: str) -> tuple[Document, Case | None]:
    """A document that the actor may know of, locked, with its case. Errors: `NotFound`."""
    query = select(Document).where(Document.ref == document_ref).with_for_update().execution_options(populate_existing=True)
    document = work.db.scalars(query).one_or_none()
    case = work.db.get(Case, document.case_id) if document and document.case_id else None
    if document is None or not may_know(work, document, case):
        raise NotFound
    return document, case


def erase_document(work: Work, *, document_ref: str, reason: str) -> dict[str, Any]:
    """Destroys the sealed secret and the name: nobody can open the document again. Number, hash and dates remain.

    Its owner's members take back what is not yet part of the record; the worker erases what is kept long enough, by a day
    that an event vouches for: a date that somebody wrote into the database erases nothing. The answer names the
    `store_key`: whoever called removes the stored bytes after the act, and the sweep does it if they could not.
    Errors: `NotFound`, `on_record`, `legal_hold`, `kept_longer`; erasing twice changes nothing.
    """
    document, case = _known(work, document_ref)
    by_retention = may(work.actor, Permission.RUN_CLOCKS)
    if not by_retention:
        work.require(Permission.ANSWER_IN_CASE)
        require_account(work.actor, document.owner_account_id)
    if document.legal_hold:
        raise Conflict("legal_hold", "A law or an order asks us to keep this document for now.")
    if document.filed_at is not None and not by_retention:
        raise Conflict("on_record", "This document is part of what you have sent, so it stays until its time is over.")
    if by_retention and not _over(work, document):
        raise Conflict("kept_longer", "No event says that this document may be erased by now.")
    if document.erased_at is None:
        document.wrapped_key, document.name = None, None
        document.state, document.erased_at = DocumentState.ERASED, work.now
        record(work, "document.erased", document.ref, case_ref=case.ref if case else None, reason=clean(reason, limit=200),
               rows=[(document, "erased"), (document, "sealed")])
    return {"document": document.ref, "store_key": document.store_key}


def _over(work: Work, document: Document) -> bool:
    """Whether the time for which a document is kept is over, by what the newest event about that says."""
    said = kept_said(work.db, document)
    return document.retain_until is not None and document.retain_until <= work.now and said == row_digest(document, "kept")
