"""Rows of files that propose many decisions: the file, its lines with their actions, and what was confirmed together."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of
from portal.enforcement.many_file import FORMATS


class Batch(Base):
    """One file that somebody sent. Its bytes are not kept: each line became the draft of a decision. The name is the sender's."""

    __tablename__ = "batch"
    __row_class__ = "frozen"
    __erasable__ = ("name",)
    __table_args__ = (
        one_of("format", FORMATS), sa.CheckConstraint("lines > 0", name="not_empty"),
        sa.Index("ix_batch_person_id", "person_id", "id"),
    )
    __facets__ = {
        "row": ("ref", "person_id", "format", "lines", "received_at", "file_sha256", "sha256"), "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    format: Mapped[str] = mapped_column(sa.String(16))
    lines: Mapped[int]
    received_at: Mapped[Instant]
    file_sha256: Mapped[Digest]
    name: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class BatchLine(Base):
    """Which action a line of a file began. `line` is where it stands in the file, as an editor counts."""

    __tablename__ = "batch_line"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("batch_id", "line"),)
    __facets__ = {"row": ("batch_id", "line", "action_id")}

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("batch.id"))
    line: Mapped[int]
    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"), unique=True)


class BatchConfirmation(Base):
    """That an action was confirmed together with others of its file, and by whom.

    Only an interim one can be: the key leads to the action with its `interim`, and the check wants that to be true.
    """

    __tablename__ = "batch_confirmation"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("interim", name="interim"),
        sa.ForeignKeyConstraint(
            ["action_id", "interim"], ["action.id", "action.interim"], name="fk_batch_confirmation_interim_action",
        ),
    )
    __facets__ = {"row": ("batch_id", "action_id", "interim", "person_id", "at")}

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("batch.id"))
    action_id: Mapped[UUID] = mapped_column(unique=True)
    interim: Mapped[bool]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[Instant]
