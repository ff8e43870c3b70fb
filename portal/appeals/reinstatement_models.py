"""Rows of requests to come back after a termination: the request, what is said in it, its files, and our decision."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of


class ReinstatementState(StrEnum):
    """`lapsed`: we were late, so the termination ended; `over`: it ended for another reason, so nothing is left to ask for."""

    DRAFT = "draft"
    FILED = "filed"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    GRANTED = "granted"
    CONDITIONAL = "granted_with_conditions"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    OVER = "over"


class ReinstatementOutcome(StrEnum):
    """What we can answer; each is also the state of the request from then on."""

    GRANTED = "granted"
    CONDITIONAL = "granted_with_conditions"
    DECLINED = "declined"


class ReinstatementWord(StrEnum):
    FILED = "filed"
    ADDED = "added"
    ASKED = "asked"


LIVE = (ReinstatementState.FILED, ReinstatementState.IN_REVIEW, ReinstatementState.WAITING)
GRANTS = (ReinstatementOutcome.GRANTED, ReinstatementOutcome.CONDITIONAL)
UNENDED = sa.text("ended_at IS NULL")
ITEM = "reinstatement"
ANSWER, SAFETY, QUESTION = "reinstatement_answer", "reinstatement_answer_safety", "reinstatement_question"


class Reinstatement(Base):
    """That somebody asks to come back after a termination; `n`: how often about this one. One at a time."""

    __tablename__ = "reinstatement"
    __table_args__ = (
        one_of("state", ReinstatementState),
        sa.CheckConstraint("state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)", name="filed_together"),
        sa.CheckConstraint("(ended_at IS NULL) = (state IN ('draft', 'filed', 'in_review', 'waiting'))", name="ended_together"),
        sa.CheckConstraint("(state = 'declined') = (next_on IS NOT NULL)", name="declined_says_when_again"),
        sa.CheckConstraint("(state = 'waiting') = (waiting_until IS NOT NULL)", name="waiting_until_a_day"),
        sa.UniqueConstraint("action_id", "n"),
        sa.Index("uq_reinstatement_open", "action_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("ix_reinstatement_case_id", "case_id"),
        sa.Index("ix_reinstatement_account_id", "account_id", "id"),
    )
    __facets__ = {
        "filed": ("ref", "case_id", "action_id", "account_id", "person_id", "n", "filed_at"),
        "ended": ("state", "ended_at", "next_on"),
    }
    item_kind: ClassVar = ITEM
    answer_clocks: ClassVar = (ANSWER, SAFETY)
    question_clock: ClassVar = QUESTION
    address: ClassVar = "/reinstatements/"

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    n: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(24))
    filed_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    waiting_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class ReinstatementMessage(Base):
    """Something said: what was filed (`happened` since then, and in `body` what would be different), added, or asked by us."""

    __tablename__ = "reinstatement_message"
    __row_class__ = "frozen"
    __erasable__ = ("happened", "body")
    __table_args__ = (sa.UniqueConstraint("request_id", "n"), one_of("kind", ReinstatementWord))
    __facets__ = {"row": ("request_id", "n", "kind", "person_id", "said_at", "language", "sha256"), "erased": ("erased_at",)}

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reinstatement.id"))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    said_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    happened: Mapped[str | None]
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class ReinstatementFile(Base):
    """A file that the person added: until the request is sent it can be taken away; then it is an exhibit with a number."""

    __tablename__ = "reinstatement_file"
    __table_args__ = (
        sa.CheckConstraint("removed_at IS NULL OR exhibit_id IS NULL", name="exhibits_stay"),
        sa.Index("ix_reinstatement_file_request_id", "request_id", "id"),
    )

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reinstatement.id"))
    document_id: Mapped[UUID] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    exhibit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("exhibit.id"), unique=True)
    description: Mapped[str] = mapped_column(sa.Text)
    removed_at: Mapped[datetime | None]


class ReinstatementDecision(Base):
    """Our answer, once: one frozen record. A trigger lets who had a part in the termination, or said no before, only grant."""

    __tablename__ = "reinstatement_decision"
    __row_class__ = "frozen"
    __erasable__ = ("record",)
    __table_args__ = (one_of("outcome", ReinstatementOutcome),)
    __facets__ = {"row": ("request_id", "decided_by", "outcome", "language", "sha256"), "erased": ("erased_at",)}

    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reinstatement.id"), unique=True)
    decided_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(24))
    language: Mapped[str] = mapped_column(sa.String(12))
    record: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
