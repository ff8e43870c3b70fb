"""Rows of persons, accounts, members, staff roles, sessions, second factors, sign-in links, throttles."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, Word, one_of

UNENDED = sa.text("until_on IS NULL")


class AccountKind(StrEnum):
    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class MemberRole(StrEnum):
    OWNER = "owner"
    FINANCE = "finance"
    WORKER = "worker"


class StaffRoleName(StrEnum):
    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Person(Base):
    """Somebody who can sign in. The address is unique in its normal form."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(320))
    email_norm: Mapped[str | None] = mapped_column(sa.String(320), unique=True)
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    version: Mapped[int] = mapped_column(default=1)
    last_seen_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class SecondFactor(Base):
    """A TOTP secret, sealed; `last_counter` makes each code good once."""

    __tablename__ = "second_factor"

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[Word]
    sealed_secret: Mapped[bytes] = mapped_column(sa.LargeBinary)
    last_counter: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class UserSession(Base):
    """A signed-in browser. The cookie carries a random token; only its hash is here. `case_ref` limits a link's session."""

    __tablename__ = "session"

    token_hash: Mapped[Digest] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    case_ref: Mapped[Ref | None]
    csrf: Mapped[str] = mapped_column(sa.String(64))
    stepped_up_at: Mapped[datetime | None]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs in once for one case. Opening it spends nothing; pressing the button does."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[Digest] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    case_ref: Mapped[Ref | None]
    target: Mapped[str] = mapped_column(sa.String(300))
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class LinkRequest(Base):
    """Somebody wants a link to an address, which may be nobody's: the worker sends it, and takes the row away."""

    __tablename__ = "link_request"

    email_norm: Mapped[str] = mapped_column(sa.String(320))


class Throttle(Base):
    """How often something was tried (a sign-in, a fresh link) for one subject in one window of time."""

    __tablename__ = "throttle"
    __table_args__ = (sa.UniqueConstraint("kind", "subject"),)

    kind: Mapped[Word]
    subject: Mapped[str] = mapped_column(sa.String(64))
    window_from: Mapped[Instant]
    count: Mapped[int] = mapped_column(default=0)


class Account(Base):
    """The marketplace's account: freelancer, client or both. `external_id` is the marketplace's own."""

    __tablename__ = "account"
    __table_args__ = (one_of("kind", AccountKind),)
    __facets__ = {"row": ("ref", "external_id", "kind", "joined_on")}

    ref: Mapped[Ref] = mapped_column(unique=True)
    external_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(200))
    joined_on: Mapped[date]
    search_text: Mapped[str] = mapped_column(sa.Text, default="")


class Member(Base):
    """A person's place in an account; an individual's account has one owner."""

    __tablename__ = "member"
    __table_args__ = (
        one_of("role", MemberRole),
        sa.Index(
            "uq_member_live", "account_id", "person_id", unique=True,
            sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_member_person_id", "person_id"),
    )
    __facets__ = {"row": ("account_id", "person_id", "role"), "ended": ("ended_at",)}

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(16))
    ended_at: Mapped[datetime | None]


class TrustedFlagger(Base):
    """That an account is a trusted flagger in an area of knowledge, since a day and until another. Source: DSA 22."""

    __tablename__ = "trusted_flagger"
    __table_args__ = (
        sa.CheckConstraint("until_on IS NULL OR until_on >= since_on", name="ends_later"),
        sa.Index("uq_trusted_flagger_live", "account_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
    )
    __facets__ = {"row": ("account_id", "area", "since_on"), "ended": ("until_on",)}

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    area: Mapped[str] = mapped_column(sa.String(200))
    since_on: Mapped[date]
    until_on: Mapped[date | None]


class StaffRole(Base):
    """A role at the desk. Outside the desk the person is only the handle ("Reviewer 7K2")."""

    __tablename__ = "staff_role"
    __table_args__ = (
        one_of("role", StaffRoleName),
        sa.Index(
            "uq_staff_role_live", "person_id", "role", unique=True,
            sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    __facets__ = {"row": ("person_id", "role", "handle", "external", "granted_by"), "ended": ("ended_at",)}

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(16))
    handle: Mapped[str] = mapped_column(sa.String(16))
    external: Mapped[bool] = mapped_column(default=False)
    granted_by: Mapped[str] = mapped_column(sa.String(80))
    ended_at: Mapped[datetime | None]
