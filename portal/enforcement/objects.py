"""What a decision is about, called as the person knows it: a contract, a message, their own document, a listing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, Message
from portal.contracts.models import Contract
from portal.core.errors import RuleBroken
from portal.documents.queries import own_documents
from portal.enforcement.fields import UNKNOWN_OBJECT, Fields, Object

CONDUCT = ("listing",)
"""What a decision about conduct may name in words."""


def named_objects(
    session: Session, case: Case, account: Account, fields: Fields, in_words: tuple[str, ...] = CONDUCT
) -> tuple[tuple[Object, str], ...]:
    """Each object with what it is called. Errors: `unknown_object` when it is not of this account or case."""
    return tuple((each, _titled(session, case.id, account.id, each, in_words)) for each in fields.objects)


def _titled(session: Session, case_id: UUID, account_id: UUID, named: Object, in_words: tuple[str, ...]) -> str:
    """What the object is called.

    A document only where the person sent it: another's may be withheld. The marketplace's listings are not on file here, so
    one is called as the reviewer names it.
    """
    if named.kind in in_words:
        return named.ref
    ours, title = (Contract.client_id == account_id) | (Contract.freelancer_id == account_id), None
    if named.kind == "contract":
        title = session.scalar(select(Contract.title).where(Contract.ref == named.ref, ours))
    elif named.kind == "document":
        known = own_documents(session, case_id, account_id)
        title = next((one.name for one in known if one.ref == named.ref), None)
    elif named.kind == "message":
        title = session.scalar(select(Message.ref).where(Message.ref == named.ref, Message.case_id == case_id))
    if title is None:
        raise RuleBroken("unknown_object", UNKNOWN_OBJECT, field="objects")
    return title
