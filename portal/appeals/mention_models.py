"""Rows of what a person wants said outside of their appeal: that one is pending, or no longer that."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Instant


class AppealMention(Base):
    """That somebody wanted those on the other side told that their appeal is pending (`wanted`), or wants it no longer.

    The newest since the appeal was sent last counts; what was said before stays said.
    """

    __tablename__ = "appeal_mention"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("appeal_id", "n"),)
    __facets__ = {"row": ("appeal_id", "n", "wanted", "person_id", "at", "cause_event_id")}

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    n: Mapped[int]
    wanted: Mapped[bool]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[Instant]
    cause_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))
