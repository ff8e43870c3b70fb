"""Files that a client adds while they write a dispute: theirs alone until it is sent, then exhibits that both sides see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.roles import require_owner
from portal.cases.drafts import drop_draft, save_draft
from portal.cases.models import Case
from portal.cases.queries import draft_and_version
from portal.contracts.queries import contract_by_ref, milestone_of
from portal.core.access import Permission, require_account, require_person
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.text import canonical
from portal.core.work import Work
from portal.disputes.hearing_models import DisputeExhibit
from portal.disputes.models import Dispute
from portal.documents.intake import Taken
from portal.documents.models import Document, ExhibitKind
from portal.documents.operations import add_document, add_exhibit, bring_into_case, described, erase_document
from portal.documents.queries import documents_for
from portal.log.operations import Row, add

FORM = "dispute_files"
"""The draft that keeps what each file shows, by its reference: files of one person for one milestone."""


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file that was added and not sent yet, with the one line of what it shows."""

    document: Document
    description: str


def added_files(session: Session, person_id: UUID, account_id: UUID, subject: str) -> list[AddedFile]:
    """What a person has added for one milestone (`K-...-1`) and not taken away, oldest first."""
    lines = draft_and_version(session, person_id, FORM, subject)[0] or {}
    found = documents_for(session, account_id, _sent_for(subject, person_id))
    return [AddedFile(one, str(lines.get(one.ref, ""))) for one in found]


def add_file(
    work: Work, *, account_id: UUID, contract_ref: str, milestone_number: int, description: str, taken: Taken
) -> dict[str, Any]:
    """Adds a file to a dispute that is not opened yet: nobody else sees it before that.

    Errors: `NotFound` for a contract that this account does not pay for, `description_missing`, those of `add_document`.
    """
    subject, person_id = _own(work, account_id, contract_ref, milestone_number)
    text = described(description)
    document = add_document(
        work, account_id=account_id, case_ref=None, subject_ref=_sent_for(subject, person_id), taken=taken
    )
    _keep(work, subject, {one.document.ref: one.description for one in _added(work, account_id, subject)} | {document.ref: text})
    return {"document": document.ref, "store_key": document.store_key}


def remove_file(
    work: Work, *, account_id: UUID, contract_ref: str, milestone_number: int, document_ref: str
) -> dict[str, Any]:
    """Takes a file away before the dispute is sent: it is erased. Errors: `NotFound`."""
    subject, _person = _own(work, account_id, contract_ref, milestone_number)
    lines = {one.document.ref: one.description for one in _added(work, account_id, subject)}
    if document_ref not in lines:
        raise NotFound
    erased = erase_document(work, document_ref=document_ref, reason="removed by its sender")
    del lines[document_ref]
    _keep(work, subject, lines)
    return {"document": document_ref, "store_key": erased["store_key"]}


def show_added(
    work: Work, case: Case, dispute: Dispute, account_id: UUID, subject: str, refs: Sequence[str]
) -> tuple[list[Row], list[str]]:
    """The files that its writer has checked become exhibits of the dispute: the rows, and what each shows.

    Errors: `files_changed` (conflict) when others are there than were checked.
    """
    found = _added(work, account_id, subject)
    if {one.document.ref for one in found} != set(refs):
        message = N_("The files of your dispute have changed since you checked it. Please check it once more.")
        raise Conflict("files_changed", message)
    rows: list[Row] = []
    for one in found:
        bring_into_case(work, one.document, case, dispute.ref)
        exhibit = add_exhibit(
            work, case, kind=ExhibitKind.DOCUMENT, document=one.document, by_account_id=account_id, description=one.description
        )
        rows += [exhibit, add(work, DisputeExhibit(dispute_id=dispute.id, exhibit_id=exhibit.id, account_id=account_id))]
    drop_draft(work, FORM, subject)
    return rows, [one.description for one in found]


def subject_of(contract_ref: str, milestone_number: int) -> str:
    """How the draft of a dispute about that milestone is named."""
    return f"{contract_ref}-{milestone_number}"


def _own(work: Work, account_id: UUID, contract_ref: str, milestone_number: int) -> tuple[str, UUID]:
    """The draft that an acting client means. Errors: `NotFound`, `owners_only`."""
    work.require(Permission.OPEN_DISPUTE)
    require_account(work.actor, account_id)
    require_owner(work, account_id)
    contract = contract_by_ref(work.db, contract_ref)
    if contract.client_id != account_id:
        raise NotFound
    return subject_of(contract.ref, milestone_of(work.db, contract.id, milestone_number).number), require_person(work.actor)


def _added(work: Work, account_id: UUID, subject: str) -> list[AddedFile]:
    return added_files(work.db, require_person(work.actor), account_id, subject)


def _keep(work: Work, subject: str, lines: dict[str, str]) -> None:
    save_draft(work, FORM, subject, canonical(lines))
    work.db.flush()


def _sent_for(subject: str, person_id: UUID) -> str:
    """What these documents are sent for: what one person writes, and not what another one of the account does."""
    return f"{subject}/{person_id.hex}"
