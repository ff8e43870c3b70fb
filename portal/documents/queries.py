"""Reading exhibits, documents, and who opened them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.accounts.queries import handle_of
from portal.core.access import Role
from portal.core.errors import existing
from portal.documents.models import Document, Exhibit, ExhibitKind, OpenedFor
from portal.log.models import Event

OPENED = "document.opened"
PERSON_PREFIX = "person:"
OUTSIDE = (Role.PERSON, Role.LINK)


@dataclass(frozen=True, slots=True)
class ShownExhibit:
    """An exhibit as pages show it; `sha256` is of the file itself where the exhibit is one."""

    number: int
    kind: str
    description: str | None
    quoted: str | None
    sha256: str
    by_account_id: UUID | None
    document: Document | None


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody opened a document: when, as what, and why; staff by their handle, nobody else by name."""

    at: datetime
    role: str
    handle: str | None
    purpose: str


_EXHIBITS = select(Exhibit).where(Exhibit.case_id == bindparam("case_id")).order_by(Exhibit.number)


def exhibits_of(session: Session, case_id: UUID) -> list[Exhibit]:
    """The exhibits of a case by number."""
    return list(session.scalars(_EXHIBITS, {"case_id": case_id}))


def shown_exhibits(session: Session, case_id: UUID, by_account_id: UUID | None = None) -> list[ShownExhibit]:
    """The exhibits of a case by number, each with its document where it has one; of one account, or of all."""
    query = select(Exhibit, Document).outerjoin(Document, Exhibit.document_id == Document.id)
    query = query.where(Exhibit.case_id == case_id)
    if by_account_id is not None:
        query = query.where(Exhibit.by_account_id == by_account_id)
    return [
        ShownExhibit(shown.number, shown.kind, shown.description, shown.quoted,
                     document.sha256 if document else shown.sha256, shown.by_account_id, document)
        for shown, document in session.execute(query.order_by(Exhibit.number))
    ]


def next_number(session: Session, case_id: UUID) -> int:
    """The number that the next exhibit of a case gets, counted from 1."""
    return (session.scalar(select(func.max(Exhibit.number)).where(Exhibit.case_id == case_id)) or 0) + 1


def contract_exhibit(session: Session, case_id: UUID, contract_id: UUID) -> Exhibit | None:
    """The exhibit that shows the terms of that contract in that case, if there is one."""
    query = select(Exhibit).where(Exhibit.case_id == case_id, Exhibit.contract_id == contract_id)
    return session.scalars(query.where(Exhibit.kind == ExhibitKind.CONTRACT).order_by(Exhibit.number).limit(1)).one_or_none()


def document_by_ref(session: Session, ref: str) -> Document:
    """Whoever calls this has already asked whether the reader may know of it. Errors: `NotFound`."""
    return existing(session.scalars(select(Document).where(Document.ref == ref)).one_or_none())


def own_documents(session: Session, case_id: UUID, account_id: UUID) -> list[Document]:
    """The exhibits of a case that are documents which this account itself sent, in their order; not those that are gone."""
    query = select(Document).join(Exhibit, Exhibit.document_id == Document.id).where(
        Exhibit.case_id == case_id, Document.owner_account_id == account_id, Document.name.is_not(None)
    )
    return list(session.scalars(query.order_by(Exhibit.number)))


def documents_for(session: Session, account_id: UUID, subject_ref: str) -> list[Document]:
    """What an account has sent for one thing and not taken back, oldest first."""
    query = select(Document).where(Document.owner_account_id == account_id, Document.subject_ref == subject_ref)
    return list(session.scalars(query.where(Document.erased_at.is_(None)).order_by(Document.received_at, Document.id)))


def openings_of(session: Session, document_ref: str) -> list[Opening]:
    """Who opened a document and why, oldest first: the owner reads this."""
    query = select(Event).where(Event.subject_ref == document_ref, Event.kind == OPENED)
    return [_opening(session, event) for event in session.scalars(query.order_by(Event.at, Event.id))]


def opened_by_us(session: Session, document_refs: Collection[str]) -> dict[str, list[Opening]]:
    """Of each of these documents, when staff opened it, oldest first: its owner reads this beside it."""
    found: dict[str, list[Opening]] = {ref: [] for ref in document_refs}
    query = select(Event).where(
        Event.subject_ref.in_(list(found)), Event.kind == OPENED, Event.actor_role.not_in(OUTSIDE)
    )
    for event in session.scalars(query.order_by(Event.at, Event.id)) if found else ():
        opening = _opening(session, event)
        if opening.role != Role.PERSON:
            found[event.subject_ref or ""].append(opening)
    return found


_OPENED_BY = select(Event.id).where(
    Event.subject_ref == bindparam("ref"), Event.kind == OPENED, Event.actor == bindparam("actor")
).limit(1)


def has_opened(session: Session, document_ref: str, person_id: UUID) -> bool:
    """Whether this person has opened a document: what nobody opened, nobody considered."""
    return session.scalar(_OPENED_BY, {"ref": document_ref, "actor": f"{PERSON_PREFIX}{person_id}"}) is not None


def unopened_exhibits(session: Session, exhibits: Iterable[Exhibit], person_id: UUID) -> list[int]:
    """The numbers of those exhibits that are documents and that this person has not opened."""
    shown = {one.document_id: one.number for one in exhibits if one.document_id is not None}
    if not shown:
        return []
    rows = session.execute(select(Document.id, Document.ref).where(Document.id.in_(list(shown))))
    return sorted(shown[row.id] for row in rows if not has_opened(session, row.ref, person_id))


def _opening(session: Session, event: Event) -> Opening:
    purpose = json.loads(event.payload or "{}").get("purpose", "")
    if purpose == OpenedFor.OWN or event.actor_role in OUTSIDE:
        return Opening(event.at, Role.PERSON, None, purpose)
    return Opening(event.at, event.actor_role, handle_of(session, UUID(event.actor.removeprefix(PERSON_PREFIX))), purpose)


def retention_due(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """References of documents that were promised to be gone by now and that nothing keeps, longest due first."""
    query = select(Document.ref).where(
        Document.wrapped_key.is_not(None), Document.retain_until <= now, Document.legal_hold.is_(False)
    )
    return list(session.scalars(query.order_by(Document.retain_until, Document.id).limit(limit)))


def kept_said(session: Session, document: Document) -> str | None:
    """The digest of how long a document is kept, in the newest event about it that says so; None: no event does."""
    mine = [document.__tablename__, str(document.id), "kept"]
    events = select(Event.manifest).where(Event.subject_ref == document.ref).order_by(Event.at.desc(), Event.id.desc())
    for manifest in session.scalars(events):
        for *line, digest in json.loads(manifest):
            if line == mine:
                return str(digest)
    return None
