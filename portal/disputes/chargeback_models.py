"""Rows of bank chargebacks: what the bank called back, its stages, the freelancer's words, and what we sent the bank."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Digest, Instant, Minor, Ref, one_of

UNENDED = sa.text("ended_at IS NULL")


class Stage(StrEnum):
    """How far a bank is. `won`: the payment stands; `lost`: the bank gave the money back."""

    RECEIVED = "received"
    CONTESTED = "contested"
    WON = "won"
    LOST = "lost"


ENDS = (Stage.WON, Stage.LOST)


class Chargeback(Base):
    """A bank calls back a payment for one milestone. `claimed_minor`: what of it was released and the client had
    not got back before; what was paid in and not released is moved by the entry `escrow_called`.

    Lost: `taken_minor` was on hold and went back, `loss_minor` is the platform's own loss; never anybody's debt.
    """

    __tablename__ = "chargeback"
    __row_class__ = "ending"
    __table_args__ = (
        one_of("end_kind", ENDS),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("claimed_minor BETWEEN 0 AND amount_minor", name="claimed_within_amount"),
        sa.CheckConstraint("(claimed_minor = 0) = (claim_id IS NULL)", name="claim_for_what_is_claimed"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint(
            "(end_kind IS NOT NULL AND end_kind = 'lost') = (taken_minor IS NOT NULL AND loss_minor IS NOT NULL)",
            name="lost_says_what",
        ),
        sa.CheckConstraint("taken_minor >= 0 AND loss_minor >= 0 AND taken_minor + loss_minor = claimed_minor",
                           name="lost_adds_up"),
        sa.Index("uq_chargeback_open", "milestone_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("ix_chargeback_milestone_id", "milestone_id"),
        sa.Index("ix_chargeback_case_id", "case_id"),
        sa.Index("ix_chargeback_claim_id", "claim_id"),
        sa.Index("ix_chargeback_contract_id", "contract_id"),
    )
    __facets__ = {
        "row": ("ref", "external_id", "case_id", "contract_id", "milestone_id", "claim_id", "amount_minor", "claimed_minor",
                "currency", "received_at", "reason"),
        "ended": ("ended_at", "end_kind", "taken_minor", "loss_minor"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    external_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    claim_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("claim.id"))
    amount_minor: Mapped[Minor]
    claimed_minor: Mapped[Minor]
    currency: Mapped[Currency]
    received_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(sa.String(200))
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    taken_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    loss_minor: Mapped[int | None] = mapped_column(sa.BigInteger)


class ChargebackStage(Base):
    """That a chargeback reached a stage."""

    __tablename__ = "chargeback_stage"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("chargeback_id", "stage"), one_of("stage", Stage))
    __facets__ = {"row": ("chargeback_id", "stage", "at")}

    chargeback_id: Mapped[UUID] = mapped_column(sa.ForeignKey("chargeback.id"))
    stage: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[Instant]


class ChargebackWords(Base):
    """What the freelancer says about a chargeback, for the bank: part of what we send, word for word."""

    __tablename__ = "chargeback_words"
    __row_class__ = "frozen"
    __erasable__ = ("text",)
    __table_args__ = (sa.UniqueConstraint("chargeback_id", "n"),)
    __facets__ = {
        "row": ("chargeback_id", "n", "person_id", "language", "said_at", "sha256"),
        "erased": ("erased_at",),
    }

    chargeback_id: Mapped[UUID] = mapped_column(sa.ForeignKey("chargeback.id"))
    n: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    said_at: Mapped[Instant]
    text: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Dossier(Base):
    """What we sent the bank about a chargeback, word for word: made of the record, and shown to the client the same day."""

    __tablename__ = "chargeback_dossier"
    __row_class__ = "frozen"
    __erasable__ = ("record",)
    __table_args__ = ()
    __facets__ = {"row": ("chargeback_id", "language", "made_at", "sha256"), "erased": ("erased_at",)}

    chargeback_id: Mapped[UUID] = mapped_column(sa.ForeignKey("chargeback.id"), unique=True)
    language: Mapped[str] = mapped_column(sa.String(12))
    made_at: Mapped[Instant]
    record: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
