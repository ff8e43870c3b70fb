"""Rows of how both sides of a dispute are heard: what we ask the client, and the files that each side shows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of

UNENDED = sa.text("ended_at IS NULL")


class AskedEnd(StrEnum):
    """How our question to the client of a dispute ended. `overtaken`: the dispute ended in another way."""

    ANSWERED = "answered"
    LAPSED = "lapsed"
    OVERTAKEN = "overtaken"


class DisputeQuestion(Base):
    """What a reviewer asks the client of a dispute; both sides read it, and the answer. Our decision waits for it."""

    __tablename__ = "dispute_question"
    __row_class__ = "ending"
    __erasable__ = ("question",)
    __digests__ = {"answer_sha256": "answer"}
    __table_args__ = (
        sa.UniqueConstraint("dispute_id", "n"),
        one_of("end_kind", AskedEnd),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("(answer_sha256 IS NOT NULL) = (end_kind IS NOT NULL AND end_kind = 'answered')", name="answer_kept"),
        sa.Index("uq_dispute_question_open", "dispute_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
    )
    __facets__ = {
        "row": ("ref", "dispute_id", "n", "asked_by", "language", "asked_at", "answer_by", "sha256"),
        "ended": ("ended_at", "end_kind", "answered_by", "answer_language", "answer_sha256"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    n: Mapped[int]
    asked_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    asked_at: Mapped[Instant]
    answer_by: Mapped[Instant]
    question: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    answered_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    answer: Mapped[str | None]
    answer_language: Mapped[str | None] = mapped_column(sa.String(12))
    answer_sha256: Mapped[str | None] = mapped_column(sa.String(64))


class DisputeExhibit(Base):
    """That one side of a dispute showed an exhibit of its case in it: both sides can open it."""

    __tablename__ = "dispute_exhibit"
    __row_class__ = "insert_only"
    __table_args__ = (sa.Index("ix_dispute_exhibit_dispute_id", "dispute_id"),)
    __facets__ = {"row": ("dispute_id", "exhibit_id", "account_id")}

    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    exhibit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("exhibit.id"), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
