"""Files that either side of a dispute shows: each is an exhibit of the case at once, and both sides can open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound
from portal.core.ids import new_id
from portal.core.work import Work
from portal.disputes import hearing_messages as words
from portal.disputes.hearing_models import DisputeExhibit
from portal.disputes.matter import OVER, own_matter
from portal.disputes.queries import facts_of
from portal.disputes.telling import tell_side
from portal.documents.intake import Taken
from portal.documents.models import Document, Exhibit, ExhibitKind, OpenedFor
from portal.documents.operations import add_document, add_exhibit, described, put_opening
from portal.log.operations import Row, add, record


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One exhibit of a dispute: its number, the file, and which account showed it."""

    exhibit: Exhibit
    document: Document
    account_id: UUID


def shown_in(session: Session, dispute_id: UUID) -> list[ShownFile]:
    """What both sides have shown in a dispute, by the exhibits' numbers."""
    rows = session.execute(
        select(Exhibit, Document, DisputeExhibit.account_id).join(DisputeExhibit, DisputeExhibit.exhibit_id == Exhibit.id)
        .join(Document, Exhibit.document_id == Document.id).where(DisputeExhibit.dispute_id == dispute_id)
        .order_by(Exhibit.number)
    )
    return [ShownFile(*row) for row in rows]


def show_file(work: Work, *, dispute_ref: str, description: str, taken: Taken) -> dict[str, Any]:
    """A side shows a file in an open dispute: an exhibit with a number, and the other side is told that it is there.

    Errors: `dispute_over` (conflict), `description_missing`, those of `add_document`, `NotFound`.
    """
    matter, side = own_matter(work, dispute_ref, Permission.ANSWER_IN_CASE)
    if matter.dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    text = described(description)
    document = add_document(work, account_id=side, case_ref=matter.case.ref, subject_ref=dispute_ref, taken=taken)
    exhibit = add_exhibit(
        work, matter.case, kind=ExhibitKind.DOCUMENT, document=document, by_account_id=side, description=text
    )
    row = add(work, DisputeExhibit(dispute_id=matter.dispute.id, exhibit_id=exhibit.id, account_id=side))
    event_id, facts, by = new_id(), facts_of(work.db, matter.dispute, work.now), account_by_id(work.db, side).name
    rows: list[Row] = [exhibit, row]
    for account_id in matter.contract.sides:
        compose = words.shown(facts, by, exhibit.number, text, mine=account_id == side)
        kind = "dispute_shown_receipt" if account_id == side else "dispute_shown"
        rows += tell_side(work, event_id, kind, account_id, matter.case, dispute_ref, compose)
    record(work, "dispute.exhibit_added", dispute_ref, case_ref=matter.case.ref, rows=rows, event_id=event_id,
           number=exhibit.number)
    return {"dispute": dispute_ref, "document": document.ref, "store_key": document.store_key, "exhibit": exhibit.number}


def open_shown(work: Work, *, dispute_ref: str, number: int) -> dict[str, Any]:
    """Puts on record that a side opens a file that was shown in its dispute; then its bytes may be served.

    Errors: `NotFound` for strangers, a link's session of another case and for what was not shown; `erased_document`.
    """
    matter, _side = own_matter(work, dispute_ref, Permission.READ_CASE_AS_PERSON)
    found = next((one for one in shown_in(work.db, matter.dispute.id) if one.exhibit.number == number), None)
    if found is None:
        raise NotFound
    own = found.document.owner_account_id in work.actor.account_ids
    put_opening(work, found.document, matter.case, OpenedFor.OWN if own else OpenedFor.CASE)
    return {"document": found.document.ref}
