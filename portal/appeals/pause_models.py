"""Rows of requests that a restriction waits until an appeal is answered, and of our answer to each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of


class PauseOutcome(StrEnum):
    """What became of a request. `lapsed`: we were late, so it is paused; `void`: nothing was left to answer."""

    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    VOID = "void"


PAUSES = (PauseOutcome.GRANTED, PauseOutcome.LAPSED)


class PauseRequest(Base):
    """That somebody asked for a pause while their appeal waits; `contests_id`: the refused request that this one contests."""

    __tablename__ = "pause_request"
    __row_class__ = "frozen"
    __erasable__ = ("body",)
    __table_args__ = (sa.UniqueConstraint("appeal_id", "n"), sa.Index("ix_pause_request_case_id", "case_id"))
    __facets__ = {
        "row": ("ref", "case_id", "appeal_id", "n", "contests_id", "person_id", "asked_at", "language", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    n: Mapped[int]
    contests_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("pause_request.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class PauseAnswer(Base):
    """What became of a request, once. A trigger lets who signed the decision, or refused before, only grant."""

    __tablename__ = "pause_answer"
    __row_class__ = "frozen"
    __erasable__ = ("reasons",)
    __table_args__ = (
        one_of("outcome", PauseOutcome),
        sa.CheckConstraint("(outcome IN ('granted', 'refused')) = (answered_by IS NOT NULL)", name="by_somebody"),
        sa.CheckConstraint("outcome <> 'refused' OR reasons <> ''", name="refused_with_reasons"),
    )
    __facets__ = {
        "row": ("request_id", "outcome", "answered_by", "answered_at", "language", "sha256"), "erased": ("erased_at",),
    }

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("pause_request.id"), unique=True)
    outcome: Mapped[str] = mapped_column(sa.String(16))
    answered_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    reasons: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
