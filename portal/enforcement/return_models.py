"""Rows of what could be the return of somebody whose account we closed: keyed fingerprints, leads, their matches and answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of


class FingerprintKind(StrEnum):
    IDENTITY_NUMBER = "identity_number"
    PAYOUT_INSTRUMENT = "payout_instrument"


class LeadOutcome(StrEnum):
    NOTHING_FOLLOWS = "nothing_follows"
    RELIED_ON = "relied_on"


class Strength(StrEnum):
    """How much a match says, from what alone says little to what says much. None of them decides anything."""

    WEAK = "weak"
    STRONGER = "stronger"
    STRONG = "strong"


class Fingerprint(Base):
    """A number under a secret key, never the number: which account showed or filed it, and where. Erased with its account.

    `salt` is there for the digest alone: after an erasure nobody can try numbers against it.
    """

    __tablename__ = "fingerprint"
    __row_class__ = "frozen"
    __erasable__ = ("value", "salt")
    __table_args__ = (
        one_of("kind", FingerprintKind), sa.UniqueConstraint("account_id", "kind", "value"),
        sa.Index("ix_fingerprint_value", "value"),
    )
    __facets__ = {"row": ("account_id", "kind", "source_ref", "taken_at", "sha256"), "erased": ("erased_at",)}

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(24))
    source_ref: Mapped[Ref]
    taken_at: Mapped[Instant]
    value: Mapped[str | None]
    salt: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Lead(Base):
    """That something of an account matches an account that we closed, while that stands. It changes nothing by itself."""

    __tablename__ = "lead"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("account_id", "action_id"), sa.Index("ix_lead_case_id", "case_id"))
    __facets__ = {"row": ("ref", "case_id", "account_id", "action_id", "found_at")}

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    found_at: Mapped[Instant]


class LeadMatch(Base):
    """One thing that is the same: the account's fingerprint, and the earlier account's."""

    __tablename__ = "lead_match"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.UniqueConstraint("lead_id", "fingerprint_id", "earlier_id"),
        sa.CheckConstraint("fingerprint_id <> earlier_id", name="two"),
    )
    __facets__ = {"row": ("lead_id", "fingerprint_id", "earlier_id", "at")}

    lead_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lead.id"))
    fingerprint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fingerprint.id"))
    earlier_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fingerprint.id"))
    at: Mapped[Instant]


class LeadAnswer(Base):
    """What a reviewer made of a lead: nothing follows, with the reason; or a decision that relies on it, and says so."""

    __tablename__ = "lead_answer"
    __row_class__ = "frozen"
    __erasable__ = ("reason",)
    __table_args__ = (
        sa.UniqueConstraint("lead_id", "n"), one_of("outcome", LeadOutcome),
        sa.CheckConstraint("(outcome = 'relied_on') = (action_id IS NOT NULL)", name="relied_on_names_action"),
    )
    __facets__ = {
        "row": ("lead_id", "n", "outcome", "person_id", "action_id", "at", "language", "sha256"), "erased": ("erased_at",),
    }

    lead_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lead.id"))
    n: Mapped[int]
    outcome: Mapped[str] = mapped_column(sa.String(24))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    action_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("action.id"))
    at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
