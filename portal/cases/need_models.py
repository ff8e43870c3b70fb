"""Rows of what somebody says when they are in danger, or cannot pay for food or medicine, and of what we answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of

OPEN = sa.text("closed_at IS NULL")


class NeedKind(StrEnum):
    DANGER = "danger"
    FOOD = "food"
    MEDICINE = "medicine"


class NeedWord(StrEnum):
    SAID = "said"
    ANSWERED = "answered"


class Need(Base):
    """One person's danger or need: one continuous matter in a case of its own, until they say that it is over.

    `said_in`: the case of the session by a link in which it was said; such a session shows it too. `answer_by`: while
    something of it waits for us. Nobody but its writer and whoever answers reads of it.
    """

    __tablename__ = "need"
    __table_args__ = (
        sa.CheckConstraint("closed_at IS NULL OR answer_by IS NULL", name="closed_waits_for_nothing"),
        sa.Index("uq_need_open", "account_id", "person_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index("ix_need_person_id", "person_id", "id"),
    )
    __facets__ = {"row": ("ref", "case_id", "account_id", "person_id", "said_in"), "closed": ("closed_at",)}

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    said_in: Mapped[str | None] = mapped_column(sa.String(24))
    answer_by: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class NeedMessage(Base):
    """Something said: which of it, as far as the person ticked it, and their own words; or our answer."""

    __tablename__ = "need_message"
    __row_class__ = "frozen"
    __erasable__ = ("body",)
    __table_args__ = (
        sa.UniqueConstraint("need_id", "n"),
        one_of("kind", NeedWord),
        sa.CheckConstraint("n > 1 OR (kind = 'said' AND (danger OR food OR medicine OR body <> ''))", name="says_what"),
    )
    __facets__ = {
        "row": ("need_id", "n", "kind", "person_id", "danger", "food", "medicine", "said_at", "language", "sha256"),
        "erased": ("erased_at",),
    }

    need_id: Mapped[UUID] = mapped_column(sa.ForeignKey("need.id"))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    danger: Mapped[bool] = mapped_column(default=False)
    food: Mapped[bool] = mapped_column(default=False)
    medicine: Mapped[bool] = mapped_column(default=False)
    said_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]

    @property
    def what(self) -> tuple[NeedKind, ...]:
        """Which of it was ticked."""
        return tuple(kind for kind in NeedKind if getattr(self, kind.value))
