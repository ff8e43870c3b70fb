"""Who decides about an account's money: its owners, and the members with the finance role."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, MemberRole
from portal.core.access import require_person
from portal.core.database import once
from portal.core.errors import NotAllowed
from portal.core.i18n import N_
from portal.core.work import Work

MONEY_ROLES = (MemberRole.OWNER, MemberRole.FINANCE)
ONLY_THEY = N_("The owner of this account, or a member with the finance role, can do this.")
_LOOKED_AFTER = select(Member.account_id).where(
    Member.person_id == bindparam("person_id"), Member.ended_at.is_(None), Member.role.in_(MONEY_ROLES)
)


def money_accounts(session: Session, person_id: UUID) -> frozenset[UUID]:
    """The accounts whose money a person decides about now."""
    def read() -> frozenset[UUID]:
        return frozenset(session.scalars(_LOOKED_AFTER, {"person_id": person_id}))

    return once(session, ("money", person_id), read)


def require_money_role(work: Work, account_id: UUID) -> UUID:
    """The acting person, who may move this account's money. Errors: `not_your_money`."""
    person_id = require_person(work.actor)
    if account_id not in money_accounts(work.db, person_id):
        raise NotAllowed("not_your_money", ONLY_THEY)
    return person_id
