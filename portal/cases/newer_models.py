"""That a newer promise counts for a time that already ran: which, since when, and what it moved."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Instant


class NewerPromise(Base):
    """A newer version of the promise of a clock is better for the person, so it counts from then on.

    `due_before` and `due_at` are the same where only what follows is new.
    """

    __tablename__ = "newer_promise"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("clock_id", "promise_id"),)
    __facets__ = {"row": ("clock_id", "promise_id", "due_before", "due_at")}

    clock_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clock.id"))
    promise_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clause_version.id"))
    due_before: Mapped[Instant]
    due_at: Mapped[Instant]
