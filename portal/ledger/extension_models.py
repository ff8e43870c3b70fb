"""Rows of longer holds: what a reviewer proposed, why, and how it ended. It is signed by somebody else, and once for a hold."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of

WAITING, SIGNED = sa.text("ended_at IS NULL"), sa.text("end_kind = 'signed'")


class ExtensionEnd(StrEnum):
    SIGNED = "signed"
    RETURNED = "returned"
    LAPSED = "lapsed"
    OVER = "over"


class HoldExtension(Base):
    """That a hold of ours is to run until a later day, once, as somebody proposed it. It lengthens nothing by itself."""

    __tablename__ = "hold_extension"
    __row_class__ = "ending"
    __erasable__ = ("reason",)
    __table_args__ = (
        one_of("end_kind", ExtensionEnd),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("end_kind <> 'signed' OR (ended_by IS NOT NULL AND ended_by <> proposed_by)", name="somebody_else"),
        sa.Index("uq_hold_extension_open", "hold_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING),
        sa.Index("uq_hold_extension_signed", "hold_id", unique=True, sqlite_where=SIGNED, postgresql_where=SIGNED),
        sa.Index("ix_hold_extension_hold_id", "hold_id"),
    )
    __facets__ = {
        "row": ("ref", "hold_id", "until", "proposed_by", "proposed_at", "language", "sha256"),
        "ended": ("ended_at", "end_kind", "ended_by"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    hold_id: Mapped[UUID] = mapped_column(sa.ForeignKey("hold.id"))
    until: Mapped[Instant]
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
