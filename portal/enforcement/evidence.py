"""Taking a case, and putting something of it on record as a numbered exhibit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.cases.models import Case, Message, MessageKind
from portal.cases.operations import case_by_ref, open_item_of, take_item
from portal.cases.queries import case_file
from portal.contracts.queries import contract_by_ref
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.text import clean
from portal.core.work import Work
from portal.disputes.queries import dispute_by_ref
from portal.documents.models import Exhibit, ExhibitKind
from portal.documents.operations import add_exhibit
from portal.enforcement.desk import require_free
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

PASTED = "pasted"


def take_case(work: Work, *, case_ref: str, item: str, version: str) -> dict[str, Any]:
    """Gives every open item of a case that is with nobody to the acting reviewer.

    `item` and `version` are the line that the reviewer saw. Errors: `taken` when it changed since or somebody else has
    it; `conflicted` for staff who belong to one of the accounts; `NotFound`.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    require_free(work, case)
    items = case_file(work.db, case_ref).items
    seen = next((one for one in items if str(one.id) == item), None)
    if seen is None or str(seen.version) != version:
        raise Conflict("taken", N_("This changed since you opened the page. It is shown as it is now."))
    for one in items:
        free = one.assignee_id is None
        locked = open_item_of(work, one.subject_ref, one.kind) if free or one is seen else None
        if locked is not None:
            take_item(work, locked, locked.version)
    record(work, "case.taken", case.ref, case_ref=case.ref)
    return {"case": case.ref}


def put_exhibit(work: Work, *, case_ref: str, kind: str, named: str, description: str, quoted: str) -> dict[str, Any]:
    """Puts something of a case on record as its next exhibit: a contract, a message, or what a side wrote in a dispute.

    `kind`: contract, message, dispute, answer (to a dispute), or pasted (words from the marketplace, of the account
    `named`). Errors: `NotFound` for what is not of this case, `nothing_quoted`, text limits.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    require_free(work, case)
    exhibit, rows = _EXHIBITS.get(kind, _unknown)(work, case, named, description, quoted)
    record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=[exhibit, *rows], number=exhibit.number)
    return {"exhibit": exhibit.number}


def _unknown(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    raise RuleBroken("nothing_shown", N_("Choose what the exhibit shows."), field="source")


def _contract(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    contract = contract_by_ref(work.db, named)
    if case.about_account_id not in (contract.client_id, contract.freelancer_id):
        raise NotFound
    shown = add_exhibit(
        work, case, kind=ExhibitKind.CONTRACT, contract_id=contract.id, description=description, quoted=quoted or None
    )
    return shown, []


def _message(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    message = next((one for one in case_file(work.db, case.ref).messages if one.ref == named), None)
    if message is None:
        raise NotFound
    return _of_message(work, case, message, description, quoted), []


def _of_message(work: Work, case: Case, message: Message, description: str, quoted: str) -> Exhibit:
    return add_exhibit(
        work, case, kind=ExhibitKind.MESSAGE, message_id=message.id, by_account_id=message.from_account_id,
        description=description, quoted=quoted or message.body,
    )


def _dispute(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, named)
    said = "\n\n".join(part for part in (dispute.agreed, dispute.happened) if part)
    return _of_dispute(work, case, named, dispute.opened_by_account_id, description, quoted or said)


def _answer(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, named)
    if not dispute.answer:
        raise NotFound
    return _of_dispute(work, case, named, case.about_account_id, description, quoted or dispute.answer)


def _of_dispute(
    work: Work, case: Case, named: str, by_account_id: UUID, description: str, quoted: str
) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, named)
    if dispute.case_id != case.id:
        raise NotFound
    shown = add_exhibit(
        work, case, kind=ExhibitKind.CONTRACT, contract_id=dispute.contract_id, by_account_id=by_account_id,
        description=description, quoted=quoted,
    )
    return shown, []


def _pasted(work: Work, case: Case, named: str, description: str, quoted: str) -> tuple[Exhibit, list[Row]]:
    """Words from the marketplace's own messages, put on record as a message of the case."""
    text = clean(quoted, field="quoted")
    writer = next((party.account for party in case_file(work.db, case.ref).parties if party.account.ref == named), None)
    if writer is None:
        raise NotFound
    if not text:
        raise RuleBroken("nothing_quoted", N_("Paste the words of the message."), field="quoted")
    message = Message(
        ref=new_ref("Q"), case_id=case.id, kind=MessageKind.RECORDED, from_account_id=writer.id, language="und",
        sent_at=work.now, body=text, sha256="",
    )
    message.sha256 = body_digest(message)
    add(work, message)
    work.db.flush()
    return _of_message(work, case, message, description, text), [message]


_EXHIBITS = {"contract": _contract, "message": _message, "dispute": _dispute, "answer": _answer, PASTED: _pasted}
