"""What a decision is about, called as the person knows it: a contract, a message, their own document, a listing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, Message
from portal.contracts.models import Contract
from portal.core.errors import RuleBroken
from portal.documents.queries import own_documents
from portal.enforcement.fields import UNKNOWN_OBJECT, Cited, Object

CONDUCT = ("listing",)
"""What a decision about conduct may name in words."""

_ACCOUNT: BindParameter[UUID] = bindparam("account_id")
_TITLE = select(Contract.title).where(
    Contract.ref == bindparam("ref"), (Contract.client_id == _ACCOUNT) | (Contract.freelancer_id == _ACCOUNT)
)
_MESSAGE = select(Message.ref).where(Message.ref == bindparam("ref"), Message.case_id == bindparam("case_id"))


def named_objects(
    session: Session, case: Case, account: Account, cited: Cited, in_words: tuple[str, ...] = CONDUCT
) -> tuple[tuple[Object, str], ...]:
    """Each object with what it is called. Errors: `unknown_object` when it is not of this account or case."""
    return tuple((each, _titled(session, case.id, account.id, each, in_words)) for each in cited.objects)


def _titled(session: Session, case_id: UUID, account_id: UUID, named: Object, in_words: tuple[str, ...]) -> str:
    """What the object is called.

    A document only where the person sent it: another's may be withheld. The marketplace's listings are not on file here, so
    one is called as the reviewer names it.
    """
    if named.kind in in_words:
        return named.ref
    title = None
    if named.kind == "contract":
        title = session.scalar(_TITLE, {"ref": named.ref, "account_id": account_id})
    elif named.kind == "document":
        known = own_documents(session, case_id, account_id)
        title = next((one.name for one in known if one.ref == named.ref), None)
    elif named.kind == "message":
        title = session.scalar(_MESSAGE, {"ref": named.ref, "case_id": case_id})
    if title is None:
        raise RuleBroken("unknown_object", UNKNOWN_OBJECT, field="objects")
    return title
