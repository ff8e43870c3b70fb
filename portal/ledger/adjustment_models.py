"""Rows of corrections: what a lead proposes to add or take, why, and what the second person said of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Digest, Instant, Minor, Ref, one_of


class AdjustmentKind(StrEnum):
    ADDED = "added"
    TAKEN = "taken"


class AdjustmentOutcome(StrEnum):
    SIGNED = "signed"
    RETURNED = "returned"


class Adjustment(Base):
    """A correction of what was released on one milestone, as somebody proposed it; it moves nothing by itself."""

    __tablename__ = "adjustment"
    __row_class__ = "frozen"
    __erasable__ = ("reason",)
    __table_args__ = (
        one_of("kind", AdjustmentKind),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.UniqueConstraint("id", "proposed_by"),
        sa.Index("ix_adjustment_account_id", "account_id"),
    )
    __facets__ = {
        "row": ("ref", "account_id", "milestone_id", "kind", "amount_minor", "currency", "proposed_by", "proposed_at",
                "language", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class AdjustmentSignature(Base):
    """What the second person said: signed (then the money moves in the same act) or returned. Once, by somebody else."""

    __tablename__ = "adjustment_signature"
    __row_class__ = "insert_only"
    __table_args__ = (
        one_of("outcome", AdjustmentOutcome),
        sa.CheckConstraint("signed_by <> proposed_by", name="somebody_else"),
        sa.ForeignKeyConstraint(
            ["adjustment_id", "proposed_by"], ["adjustment.id", "adjustment.proposed_by"], name="fk_adjustment_signature_of",
        ),
    )
    __facets__ = {"row": ("adjustment_id", "proposed_by", "signed_by", "outcome", "signed_at")}

    adjustment_id: Mapped[UUID] = mapped_column(unique=True)
    proposed_by: Mapped[UUID]
    signed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(16))
    signed_at: Mapped[Instant]
