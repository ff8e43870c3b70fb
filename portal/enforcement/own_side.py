"""The members of an account who do not read a decision about all of it are told what applies to them, and whom to ask.

After the owners, whose letter it is, and nobody about one member alone. Source: DESIGN 1, 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, Person
from portal.accounts.roles import MONEY, holders_of
from portal.cases.models import Case
from portal.core.work import Work
from portal.enforcement.messages import Outside
from portal.enforcement.models import Action, Measure
from portal.enforcement.own_side_messages import applies_text, changed_text
from portal.enforcement.queries import owners_of
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell

APPLIES, CHANGED = "account_applies", "account_changed"
_MEMBERS = select(Person).join(Member, Member.person_id == Person.id).where(
    Member.account_id == bindparam("account_id"), Member.ended_at.is_(None), Person.erased_at.is_(None)
).order_by(Member.created_at, Member.id)
_HEARD = select(Notice.recipient_id).where(Notice.about_ref == bindparam("ref"), Notice.kind == APPLIES)


def tell_own_side(work: Work, action: Action, outside: Outside, event_id: UUID, after: Notice | None) -> list[Notice]:
    """Tells them that it applies. A warning takes nothing from anybody: of that they are told nothing."""
    people = _others(work.db, action) if action.measure != Measure.WARNING else []
    if not people:
        return []
    money = {one.id for one in holders_of(work.db, action.account_id, MONEY)}
    return _tell(work, action, APPLIES, people, event_id, after, applies_text(outside, _owners(work.db, action), money))


def tell_own_side_changed(
    work: Work, action: Action, outside: Callable[[], Outside], event_id: UUID, besides: Collection[UUID], after: Notice | None
) -> list[Notice]:
    """Tells those of them who were told of it that something has changed; `besides`: who hears of it anyhow."""
    heard = set(work.db.scalars(_HEARD, {"ref": action.ref}))
    people = [one for one in _others(work.db, action) if one.id in heard and one.id not in besides] if heard else []
    if not people:
        return []
    return _tell(work, action, CHANGED, people, event_id, after, changed_text(outside(), _owners(work.db, action)))


def _tell(
    work: Work, action: Action, kind: str, people: Sequence[Person], event_id: UUID, after: Notice | None, compose: Compose
) -> list[Notice]:
    return tell(
        work, event_id=event_id, kind=kind, recipients=people, account_id=action.account_id, about_ref=action.ref,
        case_ref=work.db.get_one(Case, action.case_id).ref, target=f"/me/actions/{action.ref}", after=after, compose=compose,
    )


def _others(session: Session, action: Action) -> list[Person]:
    """The live members of the account who are no owners of it; nobody where a decision is about one member."""
    if action.member_id is not None:
        return []
    owners = {one.id for one in owners_of(session, action.account_id)}
    return [one for one in session.scalars(_MEMBERS, {"account_id": action.account_id}) if one.id not in owners]


def _owners(session: Session, action: Action) -> str:
    return ", ".join(one.name for one in owners_of(session, action.account_id))
