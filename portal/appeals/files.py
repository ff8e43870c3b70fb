"""Files of whatever a person sends: on their way until it is sent, then exhibits with a number."""

from __future__ import annotations

from typing import Any

from portal.appeals import reinstatements
from portal.appeals.desk import own_matter
from portal.appeals.evidence import answers_of
from portal.appeals.models import LIVE, Appeal, AppealFile, AppealState
from portal.appeals.own import Matter
from portal.appeals.queries import Shown, files_of
from portal.appeals.reinstatement_models import ReinstatementFile
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.models import Document, Exhibit, ExhibitKind
from portal.documents.operations import add_document, add_exhibit, described, erase_document
from portal.log.operations import add, record


def exhibit_of(work: Work, sent: Matter, case: Case, document: Document, file: AppealFile | ReinstatementFile) -> Exhibit:
    """What was sent with it becomes an exhibit with the next number."""
    exhibit = add_exhibit(
        work, case, kind=ExhibitKind.DOCUMENT, document=document, by_account_id=sent.account_id, description=file.description
    )
    file.exhibit_id = exhibit.id
    return exhibit


def put_file(
    work: Work, appeal: Appeal, case: Case, description: str, taken: Taken, *, again: bool = False
) -> dict[str, Any]:
    """Adds a file to an appeal; of one that was sent it is an exhibit at once.

    `again`: it can be sent, or opened, once more. Errors: `closed` when the appeal is decided and cannot, `too_many_documents`.
    """
    if appeal.state == AppealState.DECIDED and not again:
        raise Conflict("closed", N_("This appeal is decided. Nothing can be added to it any more."))
    document = add_document(
        work, account_id=appeal.account_id, case_ref=case.ref, subject_ref=_sent_for(work, appeal), taken=taken
    )
    file = add(work, AppealFile(appeal_id=appeal.id, document_id=document.id, description=description))
    number = None
    if appeal.state in LIVE:
        exhibit = exhibit_of(work, appeal, case, document, file)
        number, appeal.version = exhibit.number, appeal.version + 1
        record(work, "appeal.exhibit_added", appeal.ref, case_ref=case.ref, rows=[exhibit], number=number)
    return {"appeal": appeal.ref, "document": document.ref, "store_key": document.store_key, "exhibit": number}


def _sent_for(work: Work, appeal: Appeal) -> str:
    """What a file is sent for: the appeal, or after an answer the time after that, for which as many files can be sent again."""
    answered = len(answers_of(work.db, appeal.id))
    return f"{appeal.ref}.{answered + 1}" if answered else appeal.ref


def attach_to_appeal(work: Work, *, appeal_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """Adds a file to what the person sent, whatever it is about. Errors: `NotFound`, those of `described` and `put_file`."""
    work.require(Permission.ANSWER_IN_CASE)
    appeal, case = own_matter(work, appeal_ref)
    return put_file(work, appeal, case, described(description), taken)


def _files(work: Work, sent: Matter) -> list[Shown]:
    return files_of(work.db, sent.id) if isinstance(sent, Appeal) else reinstatements.files_of(work.db, sent.id)


def take_away(work: Work, sent: Matter | None, document_ref: str) -> dict[str, Any]:
    """Takes a file away before it was sent: it is erased. Errors: `NotFound`, `on_record` once it is an exhibit."""
    shown = next((one for one in _files(work, sent) if one.document.ref == document_ref), None) if sent else None
    if shown is None:
        raise NotFound
    erased = erase_document(work, document_ref=document_ref, reason="removed by its sender")
    shown.file.removed_at = work.now
    return {"document": document_ref, "store_key": erased["store_key"]}


def exhibits_from_files(work: Work, sent: Matter, case: Case) -> list[Exhibit]:
    """Every file that was added and not taken away becomes an exhibit with the next number."""
    return [exhibit_of(work, sent, case, one.document, one.file) for one in _files(work, sent) if one.exhibit is None]
