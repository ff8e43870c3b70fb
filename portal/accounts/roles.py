"""What each member of an account reads and does: its owners everything, who looks after its money the money, all the standing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.core.access import Actor, require_person
from portal.core.database import once
from portal.core.errors import NotAllowed
from portal.core.i18n import N_
from portal.core.work import Work

OWNERS, MONEY = (MemberRole.OWNER,), (MemberRole.OWNER, MemberRole.FINANCE)
ONLY_OWNERS = N_("This is for the owners of the account %(account)s: %(names)s. Please ask there.")
_PLACES = select(Member.account_id, Member.role, Member.ended_at).where(Member.person_id == bindparam("person_id"))
_HOLDERS = select(Person).join(Member, Member.person_id == Person.id).where(
    Member.account_id == bindparam("account_id"), Member.role.in_(bindparam("roles", expanding=True)),
    Member.ended_at.is_(None), Person.erased_at.is_(None),
).order_by(Member.role.desc(), Member.created_at, Member.id)


def places_of(session: Session, person_id: UUID) -> Mapping[UUID, str]:
    """The accounts in which a person is a live member, each with their role there."""
    return _memberships(session, person_id)[0]


def left_by(session: Session, person_id: UUID) -> frozenset[UUID]:
    """The accounts in which a person was a member and is not any more."""
    return _memberships(session, person_id)[1]


def _memberships(session: Session, person_id: UUID) -> tuple[dict[UUID, str], frozenset[UUID]]:
    def read() -> tuple[dict[UUID, str], frozenset[UUID]]:
        rows = session.execute(_PLACES, {"person_id": person_id}).all()
        live = {row.account_id: row.role for row in rows if row.ended_at is None}
        return live, frozenset(row.account_id for row in rows) - live.keys()

    return once(session, ("memberships", person_id), read)


def holds_role(session: Session, account_id: UUID, person_id: UUID | None, roles: Collection[str] = OWNERS) -> bool:
    """Whether a person has one of these roles in an account now."""
    return person_id is not None and places_of(session, person_id).get(account_id) in roles


def places_as(session: Session, person_id: UUID, roles: Collection[str] = OWNERS) -> frozenset[UUID]:
    """The accounts in which a person has one of these roles now."""
    return frozenset(key for key, role in places_of(session, person_id).items() if role in roles)


def reads_report(session: Session, account_id: UUID, person_id: UUID | None, writer_id: UUID | None) -> bool:
    """Whether somebody reads what was reported for an account, and is told what became of it: its owners, and whoever wrote it
    while they are a member."""
    return holds_role(session, account_id, person_id, tuple(MemberRole) if person_id == writer_id else OWNERS)


def holders_of(session: Session, account_id: UUID, roles: Collection[str] = OWNERS) -> list[Person]:
    """The live members of an account with one of these roles, owners first, the oldest member first."""
    return list(session.scalars(_HOLDERS, {"account_id": account_id, "roles": list(roles)}))


def owners_only(session: Session, account_id: UUID) -> NotAllowed:
    """The refusal for members who may know that something is there, and do not read what was written: it names who does."""
    names = ", ".join(person.name for person in holders_of(session, account_id))
    return NotAllowed("owners_only", ONLY_OWNERS, account=session.get_one(Account, account_id).name, names=names)


def reads_papers(session: Session, account_id: UUID, actor: Actor) -> bool:
    """Whether somebody of a side reads what was written and shown of its contract's money, as its owners do. Who looks after
    its money reads what it is about and what moves. Errors: `owners_only` for its other members."""
    if not holds_role(session, account_id, actor.person_id, MONEY):
        raise owners_only(session, account_id)
    return holds_role(session, account_id, actor.person_id)


def require_owner(work: Work, account_id: UUID) -> UUID:
    """The acting person, who is an owner of this account now. Errors: `owners_only`."""
    person_id = require_person(work.actor)
    if not holds_role(work.db, account_id, person_id):
        raise owners_only(work.db, account_id)
    return person_id
