"""Reading persons, accounts, members, staff and sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, MemberRole, Person, SecondFactor, SignInLink, StaffRole, UserSession
from portal.accounts.roles import left_by, places_of
from portal.core.access import NO_CASE, Actor, Role
from portal.core.database import KEYS, once, once_each
from portal.core.errors import NotFound, existing
from portal.core.ids import new_ref, token_hash

_OWNERS_FIRST = case({MemberRole.OWNER: 0, MemberRole.FINANCE: 1}, value=Member.role, else_=2)


def account_by_id(session: Session, account_id: UUID) -> Account:
    return once(session, ("account", account_id), lambda: session.get_one(Account, account_id))


_TAKEN = select(Account).where(Account.id == bindparam("account_id")).with_for_update(key_share=True)


def locked_account(session: Session, account_id: UUID) -> Account:
    """The account, locked: acts that lock it take turns."""
    account = session.scalars(_TAKEN, {"account_id": account_id}).one()
    return once(session, ("account", account_id), lambda: account)


def account_by_external_id(session: Session, external_id: str) -> Account:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Account).where(Account.external_id == external_id)).one_or_none())


_PEOPLE = select(Person).join(Member, Member.person_id == Person.id).where(
    Member.account_id == bindparam("account_id"), Member.ended_at.is_(None), Person.erased_at.is_(None)
).order_by(_OWNERS_FIRST, Member.created_at)


def people_of(session: Session, account_id: UUID) -> list[Person]:
    """The live members of an account, owners first."""
    return list(session.scalars(_PEOPLE, {"account_id": account_id}))


_EVER = select(Person).where(Person.id.in_(select(Member.person_id).where(Member.account_id == bindparam("account_id"))))


def people_ever_of(session: Session, account_id: UUID) -> list[Person]:
    """Everybody who is or was a member of an account: what they wrote for it stays theirs."""
    return list(session.scalars(_EVER, {"account_id": account_id}))


def person_by_id(session: Session, person_id: UUID) -> Person:
    return once(session, ("person", person_id), lambda: session.get_one(Person, person_id))


_THESE = select(Person).where(Person.id.in_(KEYS))


def people_by_id(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """These persons, in one query."""
    return once_each(session, "person", person_ids, lambda ids: {
        person.id: person for person in session.scalars(_THESE, {"ids": ids})
    })


_ACCOUNTS = select(Account).join(Member, Member.account_id == Account.id).where(
    Member.person_id == bindparam("person_id"), Member.ended_at.is_(None)
).order_by(Member.created_at, Account.id)


def accounts_of(session: Session, person_id: UUID) -> list[Account]:
    """The accounts in which a person is a live member, oldest first."""
    return list(session.scalars(_ACCOUNTS, {"person_id": person_id}))


_THESE_ACCOUNTS = select(Account).where(Account.id.in_(KEYS)).order_by(Account.id)


def accounts_left(session: Session, person_id: UUID) -> list[Account]:
    """The accounts in which a person was a member and is not any more."""
    left = left_by(session, person_id)
    return list(session.scalars(_THESE_ACCOUNTS, {"ids": list(left)})) if left else []


def sign_in_person(session: Session, email_norm: str) -> Person | None:
    return session.scalars(
        select(Person).where(Person.email_norm == email_norm, Person.erased_at.is_(None))
    ).one_or_none()


def live_factor(session: Session, person_id: UUID, *, lock: bool = False) -> SecondFactor | None:
    """The confirmed second factor that a person has now; `lock` keeps others from using it until the act ends."""
    query = select(SecondFactor).where(
        SecondFactor.person_id == person_id, SecondFactor.ended_at.is_(None), SecondFactor.confirmed_at.is_not(None)
    ).order_by(SecondFactor.created_at.desc()).limit(1)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


_HANDLES = select(StaffRole.person_id, StaffRole.handle).where(StaffRole.person_id.in_(KEYS))


def handles_of(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The handles of those persons who are or were staff, in one query."""
    ids = list(person_ids)
    return {row.person_id: row.handle for row in session.execute(_HANDLES, {"ids": ids})} if ids else {}


_HAD = select(StaffRole.id).where(StaffRole.handle == bindparam("handle")).limit(1)


def fresh_handle(session: Session) -> str:
    """Three drawn signs that nobody at the desk has or had: read twice, they are one person. Source: DESIGN section 1."""
    while True:
        handle = new_ref("", 3).removeprefix("-")
        if session.scalar(_HAD, {"handle": handle}) is None:
            return handle


_HANDLE = select(StaffRole.handle).where(StaffRole.person_id == bindparam("person_id")).limit(1)


def handle_of(session: Session, person_id: UUID) -> str:
    """How a member of staff appears outside the desk: "7K2" (pages write "Reviewer 7K2"). Errors: `NotFound`."""
    handle = once(session, ("handle", person_id), lambda: session.scalar(_HANDLE, {"person_id": person_id}))
    if handle is None:
        raise NotFound
    return handle


_OUTSIDE = select(StaffRole.person_id).where(StaffRole.person_id.in_(KEYS), StaffRole.external).distinct()


def from_outside(session: Session, person_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these persons review for us, or did, and do not work for us, in one query."""
    ids = list(person_ids)
    return set(session.scalars(_OUTSIDE, {"ids": ids})) if ids else set()


_SESSION = select(UserSession, Person).join(Person, UserSession.person_id == Person.id).where(
    UserSession.token_hash == bindparam("token_hash"), UserSession.ended_at.is_(None),
    UserSession.expires_at > bindparam("now"), Person.erased_at.is_(None),
)


def session_of(session: Session, token: str, now: datetime) -> tuple[UserSession, Person] | None:
    """The live session that a cookie's token opens, with its person."""
    row = session.execute(_SESSION, {"token_hash": token_hash(token), "now": now}).one_or_none()
    return (row[0], row[1]) if row else None


def person_of_session(session: Session, hashed: str) -> UUID | None:
    """Whose session it is that a token with this hash opened, also when it ended or is too old."""
    return session.scalar(select(UserSession.person_id).where(UserSession.token_hash == hashed))


_ROLES = select(StaffRole.role, StaffRole.handle).where(
    StaffRole.person_id == bindparam("person_id"), StaffRole.ended_at.is_(None)
)


def actor_of(session: Session, opened: UserSession) -> Actor:
    """Who acts in a session: the roles that the person has now, the accounts, and the one case of a link's session."""
    roles = session.execute(_ROLES, {"person_id": opened.person_id}).all()
    accounts = places_of(session, opened.person_id)
    limited = opened.case_ref is not None
    held = {Role.LINK} if limited else {Role.PERSON, *(Role(row.role) for row in roles)}
    return Actor(
        name=f"person:{opened.person_id}", roles=frozenset(held), person_id=opened.person_id,
        account_ids=frozenset(accounts), case_ref=opened.case_ref,
        handle=roles[0].handle if roles and not limited else None, stepped_up_at=opened.stepped_up_at,
    )


def link_by_token(session: Session, token: str) -> SignInLink:
    """The link behind a token. Errors: `NotFound`."""
    return existing(session.scalars(select(SignInLink).where(SignInLink.token_hash == token_hash(token))).one_or_none())


def newest_link(session: Session, person_id: UUID, case_ref: str | None) -> SignInLink | None:
    """The last link that was sent to a person for a case, spent or not."""
    query = select(SignInLink).where(SignInLink.person_id == person_id)
    if case_ref is not None and case_ref != NO_CASE:
        query = query.where(SignInLink.case_ref == case_ref)
    return session.scalars(query.order_by(SignInLink.created_at.desc(), SignInLink.id.desc()).limit(1)).one_or_none()
