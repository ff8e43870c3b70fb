"""Rows of appeals: the appeal, everything that is said in it, files on their way to an exhibit, and each decision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, one_of


class AppealKind(StrEnum):
    """What is contested: an action; that nothing was done about a report; or only what its statement withholds."""

    ACTION = "action"
    INACTION = "inaction"
    WITHHELD = "withheld"


class AppealState(StrEnum):
    DRAFT = "draft"
    FILED = "filed"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    INADMISSIBLE = "inadmissible"


class AppealOutcome(StrEnum):
    UPHELD = "upheld"
    PARTIALLY_REVERSED = "partially_reversed"
    REVERSED = "reversed"


class AppealWord(StrEnum):
    FILED = "filed"
    ADDED = "added"
    ASKED = "asked"


LIVE = (AppealState.FILED, AppealState.IN_REVIEW, AppealState.WAITING)
COMPLAINTS, WITHHELD = "complaint", "withheld"
UNENDED = sa.text("state <> 'inadmissible'")
COMPLAINT = sa.text("kind = 'inaction' AND state <> 'inadmissible'")
ABOUT_ONE_THING = "(kind = 'inaction') = (closing_id IS NOT NULL) AND (kind = 'inaction') = (action_id IS NULL)"


class Appeal(Base):
    """One account's appeal against one thing of ours: one continuous matter, never a list of tries.

    Against inaction it is a complaint: about the closing of a case without action, by an account that reported in it.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        one_of("kind", AppealKind),
        one_of("state", AppealState),
        one_of("outcome", AppealOutcome),
        sa.CheckConstraint(ABOUT_ONE_THING, name="about_one_thing"),
        sa.CheckConstraint("state = 'draft' OR (filed_at IS NOT NULL AND answer_by IS NOT NULL)", name="filed_together"),
        sa.CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="decided_with_outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_together"),
        sa.CheckConstraint("(state = 'inadmissible') = (refused_because IS NOT NULL)", name="refused_with_reason"),
        sa.CheckConstraint("(refused_because IS NULL) = (refused_by IS NULL)", name="refused_by_somebody"),
        sa.Index(
            "uq_appeal_live", "action_id", "account_id", "kind", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED
        ),
        sa.Index(
            "uq_appeal_complaint", "case_id", "account_id", unique=True, sqlite_where=COMPLAINT, postgresql_where=COMPLAINT
        ),
        sa.Index("ix_appeal_action_id", "action_id"),
        sa.Index("ix_appeal_case_id", "case_id"),
        sa.Index("ix_appeal_account_id", "account_id"),
    )
    __facets__ = {
        "subject": ("kind", "closing_id"),
        "filed": ("ref", "case_id", "action_id", "account_id", "person_id", "filed_at"),
        "decided": ("outcome", "decided_at"),
        "withdrawn": ("withdrawn_at",),
        "refused": ("state", "refused_because", "refused_by"),
    }
    answer_clocks: ClassVar = ("appeal_answer", "appeal_answer_safety")
    question_clock: ClassVar = "appeal_question"
    address: ClassVar = "/appeals/"

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(sa.String(16), default=AppealKind.ACTION)
    action_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("action.id"))
    closing_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("case_closing.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(sa.String(16))
    filed_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    waiting_until: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(sa.String(24))
    decided_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    refused_because: Mapped[str | None]
    refused_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def item_kind(self) -> str:
        """What it is called in the queue."""
        return {AppealKind.INACTION: COMPLAINTS, AppealKind.WITHHELD: WITHHELD}.get(AppealKind(self.kind), "appeal")


class AppealMessage(Base):
    """Something said in an appeal: what was filed (with its grounds), what was added later, what we asked meanwhile."""

    __tablename__ = "appeal_message"
    __row_class__ = "frozen"
    __erasable__ = ("grounds", "body", "late_reason")
    __table_args__ = (sa.UniqueConstraint("appeal_id", "n"), one_of("kind", AppealWord))
    __facets__ = {"row": ("appeal_id", "n", "kind", "person_id", "said_at", "language", "sha256"), "erased": ("erased_at",)}

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    said_at: Mapped[Instant]
    language: Mapped[str] = mapped_column(sa.String(12))
    grounds: Mapped[str | None]
    body: Mapped[str | None]
    late_reason: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class AppealFile(Base):
    """A file that the person added: until the appeal is sent it can be taken away; then it is an exhibit with a number."""

    __tablename__ = "appeal_file"
    __table_args__ = (
        sa.CheckConstraint("removed_at IS NULL OR exhibit_id IS NULL", name="exhibits_stay"),
        sa.Index("ix_appeal_file_appeal_id", "appeal_id", "id"),
    )

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    document_id: Mapped[UUID] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    exhibit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("exhibit.id"), unique=True)
    description: Mapped[str] = mapped_column(sa.Text)
    removed_at: Mapped[datetime | None]


class AppealDecision(Base):
    """How an appeal was decided: one frozen record. A trigger lets who had a part before only overturn."""

    __tablename__ = "decision"
    __row_class__ = "frozen"
    __erasable__ = ("record",)
    __table_args__ = (sa.UniqueConstraint("appeal_id", "n"), one_of("outcome", AppealOutcome))
    __facets__ = {"row": ("appeal_id", "n", "decided_by", "outcome", "language", "sha256"), "erased": ("erased_at",)}

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"))
    n: Mapped[int]
    decided_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(24))
    language: Mapped[str] = mapped_column(sa.String(12))
    record: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
