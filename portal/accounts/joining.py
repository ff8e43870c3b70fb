"""Who belongs to an account besides its first owner: members of an organisation, as the marketplace reports them."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.core.access import Permission
from portal.core.work import Work
from portal.log.operations import add, record


def record_member(work: Work, account: Account, person: Person, role: str) -> Member:
    """Puts a live member of an account on record; somebody who is one already stays what they are."""
    work.require(Permission.LOAD_FACTS)
    known = work.db.scalars(select(Member).where(
        Member.account_id == account.id, Member.person_id == person.id, Member.ended_at.is_(None)
    )).one_or_none()
    if known is not None:
        return known
    member = add(work, Member(account_id=account.id, person_id=person.id, role=MemberRole(role)))
    record(work, "member.recorded", account.ref, rows=[member])
    return member
