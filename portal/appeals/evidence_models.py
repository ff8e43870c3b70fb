"""Rows of appeals that were opened once more: on what new evidence, by whom, and what became of that."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, one_of

UNENDED, ANSWERED = sa.text("ended_at IS NULL"), sa.text("end_kind = 'answered'")


class ReopeningEnd(StrEnum):
    """What became of it. `refused`: nothing in it was new, so the earlier answer stays."""

    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AppealReopening(Base):
    """That a decided appeal was opened once more: which answer, on which words. It is answered once for an appeal.

    `message_id`: what was filed with it; `why`: what is new. What is shown are files of the appeal that came after that answer.
    """

    __tablename__ = "appeal_reopening"
    __row_class__ = "ending"
    __erasable__ = ("why",)
    __table_args__ = (
        sa.UniqueConstraint("appeal_id", "n"),
        one_of("end_kind", ReopeningEnd),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("ended_at IS NULL OR ended_by IS NOT NULL", name="ended_by_somebody"),
        sa.CheckConstraint("(end_kind IS NOT NULL AND end_kind = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
        sa.Index("uq_appeal_reopening_open", "appeal_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("uq_appeal_reopening_answered", "appeal_id", unique=True, sqlite_where=ANSWERED, postgresql_where=ANSWERED),
    )
    __facets__ = {
        "row": ("appeal_id", "n", "decision_id", "message_id", "person_id", "opened_at", "language", "sha256"),
        "ended": ("ended_at", "end_kind", "ended_by", "reason"),
    }

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    n: Mapped[int]
    decision_id: Mapped[UUID] = mapped_column(sa.ForeignKey("decision.id"))
    message_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal_message.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    opened_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    why: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str | None]
