"""Taking a case, and putting something of it on record as a numbered exhibit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.closing import set_apart_by_reopening
from portal.cases.hands import CONDUCT, open_items, require_reader
from portal.cases.models import Case, Message, MessageKind, WorkItem
from portal.cases.operations import case_by_ref, open_item_of, take_item
from portal.cases.queries import case_file
from portal.contracts.queries import contract_by_ref, terms_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.text import clean, in_paragraphs
from portal.core.work import Work
from portal.disputes.queries import dispute_by_ref
from portal.documents.models import Exhibit, ExhibitKind
from portal.documents.operations import add_exhibit
from portal.enforcement.desk import CLOSED_IT, SIGNED_ALREADY, require_free
from portal.enforcement.models import Action
from portal.enforcement.queries import signatures_of
from portal.enforcement.rules import NO_EXHIBIT
from portal.ledger.adjustment_models import Adjustment
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

PASTED = "pasted"
LEFT_OUT = re.compile(r"\u2026|\.\.\.|\n\s*\n")
"""What may stand between two parts of a quotation."""
Writers = Callable[[Session, str], set[UUID]]
WRITERS: list[Writers] = []
WITHHELD = tuple(reason for reason in NO_EXHIBIT if reason != "no_longer_exists")
SECOND = ("cosignature", "pause")
"""What somebody else answers than who wrote what it is about."""
DRAWN, DRAWN_STAGES = ("appeal", "complaint", "withheld", "reinstatement"), ("to_review", "proposed")


@dataclass(frozen=True, slots=True)
class Put:
    """What a reviewer puts on record: of what, described how, which of its words, and why they are withheld, if they are."""

    named: str
    description: str
    quoted: str
    ground: str | None


def names_writers(writers: Writers) -> Writers:
    """Names a function of a room above that says who wrote what stands under a reference before a second person."""
    WRITERS.append(writers)
    return writers


def take_case(work: Work, *, case_ref: str, item: str, version: str) -> dict[str, Any]:
    """Gives every open item of a case that is with nobody to the acting reviewer, except what is not theirs to decide.

    `item` and `version` are the line that the reviewer saw. An appeal or a review is drawn, never taken; whoever signed a
    proposal is not its second person. Errors: `taken` when it changed since or somebody else has it; `own_proposal`,
    `drawn`; `conflicted` for staff who belong to one of the accounts; `NotFound`.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    person_id = require_free(work, case)
    items = open_items(work.db, case.id)
    seen = next((one for one in items if str(one.id) == item), None)
    if seen is None or str(seen.version) != version:
        raise Conflict("taken", N_("This changed since you opened the page. It is shown as it is now."))
    _require_takable(work, seen, person_id)
    for one in items:
        free = one.assignee_id is None and why_not_taken(work.db, one, person_id) is None
        locked = open_item_of(work, one.subject_ref, one.kind) if free or one is seen else None
        if locked is not None:
            take_item(work, locked)
    record(work, "case.taken", case.ref, case_ref=case.ref)
    return {"case": case.ref}


def _require_takable(work: Work, item: WorkItem, person_id: UUID) -> None:
    why = why_not_taken(work.db, item, person_id)
    if why == "own_proposal":
        raise NotAllowed("own_proposal", SIGNED_ALREADY)
    if why == "closed_it":
        raise NotAllowed("closed_it", CLOSED_IT)
    if why is not None:
        raise NotAllowed("drawn", N_("This is not taken here. Its own page says who decides it."))


def why_not_taken(session: Session, item: WorkItem, person_id: UUID) -> str | None:
    """Why an item cannot be put into somebody's hands: "own_proposal", "drawn", "closed_it" (it was opened
    again because of that), or None when it can. Source: DESIGN 2.8."""
    if item.kind in DRAWN or (item.kind == "dispute" and item.stage in DRAWN_STAGES):
        return "drawn"
    if item.kind in SECOND and person_id in _signers(session, item):
        return "own_proposal"
    if item.kind in CONDUCT and person_id in set_apart_by_reopening(session, item.case_id):
        return "closed_it"
    return None


def _signers(session: Session, item: WorkItem) -> set[UUID]:
    """Who signed what waits for a second person: an action, or what a room above puts before one."""
    action = session.scalars(select(Action).where(Action.ref == item.subject_ref)).one_or_none()
    if action is not None:
        return {signature.person_id for signature in signatures_of(session, action.id)}
    return {one for writers in WRITERS for one in writers(session, item.subject_ref)}


@names_writers
def _corrects(session: Session, subject_ref: str) -> set[UUID]:
    """Who proposed a correction of money does not sign it."""
    return set(session.scalars(select(Adjustment.proposed_by).where(Adjustment.ref == subject_ref)))


def put_exhibit(
    work: Work, *, case_ref: str, kind: str, named: str, description: str, quoted: str, ground: str = ""
) -> dict[str, Any]:
    """Puts something of a case on record as its next exhibit: a contract, a message, or what a side wrote in a dispute.

    `kind`: contract, message, dispute, answer (to a dispute), or pasted (words from the marketplace, of the account
    `named`). `ground`: the published reason why the person reads that it is there and not what it says; contracts and the
    person's own words are never withheld. What is quoted stands in the text that it is of, except what is pasted; nothing
    quoted: the whole of it. Errors: `NotFound` for what is not of this case, `nothing_quoted`, `not_their_words`,
    `unknown_reason`, `never_withheld`, text limits, those of `require_reader`. Source: DESIGN 2, nature of an action.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    require_reader(work.db, work.actor, case.ref)
    if ground and ground not in WITHHELD:
        raise RuleBroken("unknown_reason", N_("Choose from the list why its words are withheld."), field="ground")
    put = Put(named, description, quoted, ground or None)
    exhibit, rows = _EXHIBITS.get(kind, _unknown)(work, case, put)
    if ground and (kind == "contract" or exhibit.by_account_id == case.about_account_id):
        message = N_("Contracts and the person's own words are never withheld from them.")
        raise RuleBroken("never_withheld", message, field="ground")
    record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=[exhibit, *rows], number=exhibit.number)
    return {"exhibit": exhibit.number}


def _unknown(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    raise RuleBroken("nothing_shown", N_("Choose what the exhibit shows."), field="source")


def _theirs(put: Put, source: str) -> str:
    """The words that are shown: parts of the source in their order, with whatever white space; all of it if none are given.

    Errors: `not_their_words`. Source: DESIGN 2, nature of an action: the person's own messages and contracts.
    """
    quoted = clean(put.quoted, field="quoted")
    if not quoted:
        return source
    text, place = " ".join(source.split()), 0
    parts = [" ".join(part.split()) for part in LEFT_OUT.split(quoted)]
    for part in filter(None, parts):
        found = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)").search(text, place)
        if found is None:
            raise _not_theirs()
        place = found.end()
    if not any(parts):
        raise _not_theirs()
    return quoted


def _not_theirs() -> RuleBroken:
    message = N_(
        "These words are not in the text that you chose. Copy them exactly and in their order, and write … where you leave "
        "something out; or leave the field empty to show the whole text."
    )
    return RuleBroken("not_their_words", message, field="quoted")


def _contract(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    contract = contract_by_ref(work.db, put.named)
    if case.about_account_id not in contract.sides:
        raise NotFound
    terms = "\n\n".join(f"{term.number} {term.text or ''}" for term in terms_of(work.db, contract.id))
    shown = add_exhibit(
        work, case, kind=ExhibitKind.CONTRACT, contract_id=contract.id, ground=put.ground, description=put.description,
        quoted=_theirs(put, terms),
    )
    return shown, []


def contract_exhibit(work: Work, case: Case, contract_ref: str, description: str) -> Exhibit:
    """The terms of a contract of the person, whole, as the next exhibit; the caller names it in its event. Errors: `NotFound`."""
    return _contract(work, case, Put(contract_ref, description, "", None))[0]


def _message(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    message = next((one for one in case_file(work.db, case.ref).messages if one.ref == put.named), None)
    if message is None:
        raise NotFound
    return _of_message(work, case, message, put, _theirs(put, message.body or "")), []


def _of_message(work: Work, case: Case, message: Message, put: Put, quoted: str) -> Exhibit:
    return add_exhibit(
        work, case, kind=ExhibitKind.MESSAGE, message_id=message.id, by_account_id=message.from_account_id,
        ground=put.ground, description=put.description, quoted=quoted,
    )


def _dispute(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, put.named)
    said = in_paragraphs(dispute.agreed, dispute.happened)
    return _of_dispute(work, case, put, dispute.opened_by_account_id, said)


def _answer(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, put.named)
    if not dispute.answer:
        raise NotFound
    return _of_dispute(work, case, put, case.about_account_id, dispute.answer)


def _of_dispute(
    work: Work, case: Case, put: Put, by_account_id: UUID, said: str
) -> tuple[Exhibit, list[Row]]:
    dispute = dispute_by_ref(work.db, put.named)
    if dispute.case_id != case.id:
        raise NotFound
    shown = add_exhibit(
        work, case, kind=ExhibitKind.CONTRACT, contract_id=dispute.contract_id, by_account_id=by_account_id,
        ground=put.ground, description=put.description, quoted=_theirs(put, said),
    )
    return shown, []


def _pasted(work: Work, case: Case, put: Put) -> tuple[Exhibit, list[Row]]:
    """Words from the marketplace's own messages, put on record as a message of the case."""
    text = clean(put.quoted, field="quoted")
    writer = next((party.account for party in case_file(work.db, case.ref).parties if party.account.ref == put.named), None)
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
    return _of_message(work, case, message, put, text), [message]


_EXHIBITS = {"contract": _contract, "message": _message, "dispute": _dispute, "answer": _answer, PASTED: _pasted}
