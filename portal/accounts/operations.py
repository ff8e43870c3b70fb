"""Persons, accounts, staff; signing in with password, second factor or link; sessions that live in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import ColumnElement, func, select, update

from portal.accounts.models import (
    Account,
    AccountKind,
    Member,
    MemberRole,
    Person,
    SecondFactor,
    SignInLink,
    StaffRole,
    StaffRoleName,
    UserSession,
)
from portal.accounts.queries import fresh_handle, live_factor, sign_in_person
from portal.core.access import NO_CASE, Permission, require_person
from portal.core.bulk import insert_rows
from portal.core.errors import NotAllowed, NotFound, RuleBroken, existing
from portal.core.ids import new_id, new_ref, new_tokens, token_hash
from portal.core.text import clean_address, clean_line, fold, normal_email
from portal.core.work import Work
from portal.log.operations import add, record

SESSION_DAYS = 14
STAFF_SESSION_HOURS = 12
LINK_SESSION_HOURS = 24
LINK_LASTS = timedelta(minutes=30)
HANDOVER = timedelta(seconds=60)
"""How long a request that was under way when a session got its new token is still answered with the old one."""
TOTP_SEAL = "totp"
WRONG = "This e-mail address and password do not belong together."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token for the cookie, and where to go."""

    token: str
    person_id: UUID
    target: str = "/me"
    case_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """The session that a browser has when it opens another one; having its token is the right to end it.

    A double press comes from before and from after: the same act, whatever the browser has by then.
    """

    token_hash: str | None = None

    def plain(self) -> None:
        """No part of what makes two requests the same."""


def add_person(
    work: Work, *, name: str, email: str | None, language: str = "en", zone: str = "UTC", password_hash: str | None = None
) -> Person:
    """Adds somebody who can sign in; for the operator and who manages staff. `password_hash` was made outside the act
    (hashing is slow)."""
    work.require(Permission.MANAGE_STAFF)
    return put_person(work, name=name, email=email, language=language, zone=zone, password_hash=password_hash)


def put_person(
    work: Work, *, name: str, email: str | None, language: str = "en", zone: str = "UTC", password_hash: str | None = None
) -> Person:
    """Writes somebody who can sign in; the caller has asked whether it may. Errors: `not_an_address`."""
    person = add(work, Person(
        name=clean_line(name), email=clean_address(email) if email else email, email_norm=normal_email(email) if email else None,
        language=language, zone=zone, password_hash=password_hash,
    ))
    record(work, "person.added", str(person.id))
    return person


def record_account(
    work: Work, *, external_id: str, kind: str, name: str, joined_on: date, owner: Person
) -> Account:
    """Puts an account of the marketplace on record with its owner."""
    work.require(Permission.LOAD_FACTS)
    account = add(work, Account(
        ref=new_ref("P"), external_id=external_id, kind=AccountKind(kind), name=clean_line(name), joined_on=joined_on,
        search_text=fold(name),
    ))
    member = add(work, Member(account_id=account.id, person_id=owner.id, role=MemberRole.OWNER))
    record(work, "account.recorded", account.ref, rows=[account, member])
    return account


def grant_role(work: Work, *, person_id: UUID, role: str, external: bool = False) -> StaffRole:
    """Gives a person a role at the desk, under a stable handle. Errors: `own_role` for raising oneself, `only_reviewers`."""
    work.require(Permission.MANAGE_STAFF)
    if work.actor.person_id == person_id:
        raise NotAllowed("own_role", "Nobody changes their own role.")
    if external and role != StaffRoleName.REVIEWER:
        raise RuleBroken("only_reviewers", "Only a reviewer can be marked as external.", field="external")
    known = work.db.scalars(select(StaffRole.handle).where(StaffRole.person_id == person_id)).first()
    handle = known or fresh_handle(work.db)
    granted = add(work, StaffRole(
        person_id=person_id, role=StaffRoleName(role), handle=handle, external=external, granted_by=work.actor.name
    ))
    record(work, "staff.granted", handle, rows=[granted], role=role)
    return granted


def set_totp(work: Work, *, person_id: UUID, secret: str) -> SecondFactor:
    """Gives a person an authenticator secret (base32); the old one ends. For the operator and who manages staff."""
    work.require(Permission.MANAGE_STAFF)
    old = live_factor(work.db, person_id)
    if old is not None:
        old.ended_at = work.now
    factor = add(work, SecondFactor(
        person_id=person_id, kind="totp", sealed_secret=work.keyring.seal(TOTP_SEAL, secret.encode()),
        confirmed_at=work.now,
    ))
    record(work, "person.factor", str(person_id), factor="totp")
    return factor


def check_totp(work: Work, factor: SecondFactor, code: str) -> bool:
    """Whether the code is right now and was not used before; a code is good once (RFC 6238, section 5.2)."""
    totp = pyotp.TOTP(work.keyring.open(TOTP_SEAL, factor.sealed_secret).decode())
    counter = int(work.now.timestamp()) // totp.interval
    for candidate in (counter - 1, counter, counter + 1):
        if candidate > factor.last_counter and pyotp.utils.strings_equal(code.strip(), totp.generate_otp(candidate)):
            return _spend(work, factor, candidate)
    return False


def _spend(work: Work, factor: SecondFactor, counter: int) -> bool:
    """Marks a code as used in the database itself: of two acts with the same code, one gets it."""
    unused = update(SecondFactor).where(SecondFactor.id == factor.id, SecondFactor.last_counter < counter)
    spent = work.db.scalars(unused.values(last_counter=counter).returning(SecondFactor.id)).all()
    return len(spent) == 1


def sign_in(
    work: Work, *, email: str, password_right: bool, code: str, csrf: str, token_hash: str, leaving: Leaving | None = None
) -> dict[str, Any]:
    """Opens a session. The password was checked outside the act; a second factor, where there is one, is checked here.

    Errors: `wrong_sign_in` without saying which part was wrong, `code_needed` / `wrong_code`, `too_many` tries. A try is
    counted by the pages in an act of its own, so that a refused one still counts.
    """
    person = sign_in_person(work.db, normal_email(email))
    if person is None or not password_right:
        raise RuleBroken("wrong_sign_in", WRONG, field="password")
    factor = live_factor(work.db, person.id, lock=True)
    staff = _is_staff(work, person.id)
    if factor is None and staff:
        raise NotAllowed("factor_missing", "Staff need a second factor. Please ask an administrator to set one up.")
    if factor is not None:
        _require_code(work, factor, code)
    hours = STAFF_SESSION_HOURS if staff else SESSION_DAYS * 24
    _leave(work, leaving)
    _open_session(work, person, token_hash, csrf, hours=hours, stepped_up=factor is not None)
    return {"target": "/desk" if staff else "/me", "person": str(person.id)}


def _require_code(work: Work, factor: SecondFactor, code: str) -> None:
    if not code:
        raise RuleBroken("code_needed", "Enter the six digits that your authenticator shows now.", field="code")
    if not check_totp(work, factor, code):
        raise RuleBroken("wrong_code", "This code is not right, or was used already. Wait for the next one.", field="code")


def _is_staff(work: Work, person_id: UUID) -> bool:
    live = select(StaffRole.id).where(StaffRole.person_id == person_id, StaffRole.ended_at.is_(None)).limit(1)
    return work.db.scalar(live) is not None


def _open_session(
    work: Work, person: Person, hashed: str, csrf: str, *, hours: int, stepped_up: bool, case_ref: str | None = None
) -> UserSession:
    person.last_seen_at = work.now
    session = add(work, UserSession(
        token_hash=hashed, person_id=person.id, case_ref=case_ref, csrf=csrf,
        stepped_up_at=work.now if stepped_up else None, expires_at=work.now + timedelta(hours=hours),
    ))
    record(work, "session.opened", str(person.id), case=case_ref)
    return session


def _leave(work: Work, leaving: Leaving | None) -> None:
    """A browser has one session: the one it had is over, once what was under way in it is answered."""
    if leaving is None or leaving.token_hash is None:
        return
    session = work.db.scalars(select(UserSession).where(UserSession.token_hash == leaving.token_hash)).one_or_none()
    if session is not None and session.ended_at is None:
        session.expires_at = min(session.expires_at, work.now + HANDOVER)
        record(work, "session.ended", str(session.person_id))


def step_up(work: Work, *, session_id: UUID, password_right: bool, code: str, token_hash: str) -> dict[str, Any]:
    """Shows again that it is them: the authenticator where there is one, else the password. Errors: as `sign_in`;
    `NotFound` for a session that is over or somebody else's.

    The session goes on under a new token, and no longer than before. The cookie from before has not shown it again, and
    opens nothing after a minute: long enough for a second request that was under way.
    """
    session = _own_session(work, session_id)
    if session.ended_at is not None:
        raise NotFound
    factor = live_factor(work.db, session.person_id, lock=True)
    if factor is not None:
        _require_code(work, factor, code)
    elif not password_right:
        raise RuleBroken("wrong_password", "This is not your password.", field="password")
    same = (*_of_browser(session), UserSession.case_ref.is_not_distinct_from(session.case_ref))
    until = work.db.scalar(select(func.max(UserSession.expires_at)).where(*same))
    add(work, UserSession(
        token_hash=token_hash, person_id=session.person_id, case_ref=session.case_ref, csrf=session.csrf,
        stepped_up_at=work.now, expires_at=until or session.expires_at,
    ))
    session.expires_at = min(session.expires_at, work.now + HANDOVER)
    record(work, "session.stepped_up", str(session.person_id))
    return {}


def end_session(work: Work, *, session_id: UUID) -> dict[str, Any]:
    """Signs a browser out of all that it ever opened: a copied cookie is worth nothing afterwards.

    Errors: `NotFound` for somebody else's session.
    """
    session = _own_session(work, session_id)
    work.db.execute(update(UserSession).where(*_of_browser(session)).values(ended_at=work.now))
    record(work, "session.ended", str(session.person_id))
    return {}


def _own_session(work: Work, session_id: UUID) -> UserSession:
    session = work.db.scalars(select(UserSession).where(UserSession.id == session_id)).one_or_none()
    if session is None or session.person_id != require_person(work.actor):
        raise NotFound
    return session


def _of_browser(session: UserSession) -> tuple[ColumnElement[bool], ...]:
    """The sessions of its person in its browser that are not ended."""
    return UserSession.person_id == session.person_id, UserSession.csrf == session.csrf, UserSession.ended_at.is_(None)


def mint_link(work: Work, *, person_id: UUID, case_ref: str | None, target: str) -> str:
    """Makes a link that signs in once for one case; only its hash is stored. Promise: good for 30 minutes after sending."""
    return mint_links(work, [(person_id, case_ref, target)])[0]


def mint_links(work: Work, wanted: Sequence[tuple[UUID, str | None, str]]) -> list[str]:
    """As `mint_link`, one for each (person, case, target), in one statement; answers with the tokens in that order."""
    tokens = new_tokens(len(wanted))
    insert_rows(
        work.db, SignInLink, ("id", "token_hash", "person_id", "case_ref", "target"),
        [(new_id(), token_hash(token), *of) for token, of in zip(tokens, wanted, strict=True)],
        created_at=work.now, expires_at=work.now + LINK_LASTS,
    )
    return tokens


def use_link(
    work: Work, *, link_hash: str, csrf: str, session_hash: str, leaving: Leaving | None = None
) -> dict[str, Any]:
    """Signs in by a link, once. Errors: `link_spent`, with a way to a fresh one, when used or too old; `NotFound`.

    For somebody who has neither password nor authenticator, the mail that just reached them is the strongest thing they can
    show (DESIGN section 1): opening its link counts as showing again that it is them.
    """
    link = existing(work.db.scalars(select(SignInLink).where(SignInLink.token_hash == link_hash).with_for_update()).one_or_none())
    if link.used_at is not None or link.expires_at <= work.now:
        raise RuleBroken("link_spent", "This link was used already or is older than 30 minutes.")
    link.used_at = work.now
    person = work.db.get_one(Person, link.person_id)
    _leave(work, leaving)
    _open_session(
        work, person, session_hash, csrf, hours=LINK_SESSION_HOURS, case_ref=link.case_ref or NO_CASE,
        stepped_up=person.password_hash is None and live_factor(work.db, person.id) is None,
    )
    return {"target": link.target, "person": str(person.id)}


def set_language(work: Work, *, language: str) -> dict[str, Any]:
    """Changes the language in which a person reads and is written to."""
    work.require(Permission.CHANGE_PREFERENCES)
    person = work.db.get_one(Person, require_person(work.actor))
    person.language, person.version = language, person.version + 1
    record(work, "person.language", str(person.id), language=language)
    return {}
