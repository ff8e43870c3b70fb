"""What a statement of reasons cites, opened by the person it is about: under their own rights, and on record."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.access import Permission, Role
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import N_
from portal.core.work import Work
from portal.documents.models import Document, Exhibit, OpenedFor
from portal.documents.operations import put_opening
from portal.enforcement.looking import my_action
from portal.enforcement.models import Action
from portal.enforcement.queries import citations_of, statement_of


def open_cited(work: Work, *, action_ref: str, number: int) -> dict[str, Any]:
    """Puts on record that the person opens a document which a decision about them cites; then its bytes may be served.

    Errors: `NotFound` for another's decision, a link's session of another case, and what is not cited or no document;
    `withheld` with its ground; `erased_document`. Source: DESIGN 2, nature of an action: what is never withheld.
    """
    work.require(Permission.READ_CASE_AS_PERSON)
    action = my_action(work.db, action_ref, work.actor.person_id)
    if action is None:
        raise NotFound
    case = work.db.get_one(Case, action.case_id)
    if Role.LINK in work.actor.roles and work.actor.case_ref != case.ref:
        raise NotFound
    document, ground = _cited(work, action, number)
    if ground is not None and not _disclosed(work, action, number):
        raise NotAllowed("withheld", N_("This is withheld. The letter says why, and you can contest that."))
    own = document.owner_account_id in work.actor.account_ids
    put_opening(work, document, case, OpenedFor.OWN if own else OpenedFor.CASE)
    return {"document": document.ref}


def _disclosed(work: Work, action: Action, number: int) -> bool:
    """Whether the newest letter shows what an earlier one withheld."""
    record = statement_of(work.db, action.ref)[0] or {}
    shown = [one for part in (record, *record.get("more", [])) for one in part.get("exhibits", [])]
    return any(one["number"] == number and one["ground"] is None for one in shown)


def _cited(work: Work, action: Action, number: int) -> tuple[Document, str | None]:
    """The document of a cited exhibit and the ground on which it is withheld, if it is. Errors: `NotFound`."""
    cited = {one for citation in citations_of(work.db, action) for one in json.loads(citation.exhibits)}
    query = (
        select(Document, Exhibit.ground).join(Exhibit, Exhibit.document_id == Document.id)
        .where(Exhibit.case_id == action.case_id, Exhibit.number == number)
    )
    row = work.db.execute(query).one_or_none()
    if row is None or number not in cited:
        raise NotFound
    return row[0], row[1]
