"""Rows of cases: parties, work items, clocks, messages, reports, drafts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, SubjectRef, Word, one_of

OPEN = sa.text("closed_at IS NULL")
RUNNING = sa.text("ended_at IS NULL")
ADDRESSED = sa.text("to_account_id IS NOT NULL")


class PartySide(StrEnum):
    SUBJECT = "subject"
    COUNTERPART = "counterpart"
    REPORTER = "reporter"


class MessageKind(StrEnum):
    QUESTION = "question"
    ANSWER = "answer"
    NOTE = "note"
    RECORDED = "recorded"


class ClockResult(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    VOID = "void"


class ReportSource(StrEnum):
    COUNTERPART = "counterpart"
    USER = "user"
    TRUSTED_FLAGGER = "trusted_flagger"
    DETECTION = "detection"
    REVIEWER = "reviewer"


class ClosedAs(StrEnum):
    NO_ACTION = "no_action"
    DECIDED = "decided"


class Case(Base):
    """Everything about one conduct of one account."""

    __tablename__ = "case"
    __table_args__ = (sa.Index("ix_case_about_account_id", "about_account_id"),)
    __facets__ = {"row": ("ref", "about_account_id")}

    ref: Mapped[Ref] = mapped_column(unique=True)
    about_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    clause_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause.id"))
    safety: Mapped[bool] = mapped_column(default=False)
    hardship: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None]


class CaseParty(Base):
    """An account that belongs to a case, and on which side."""

    __tablename__ = "case_party"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "account_id", "side"),
        one_of("side", PartySide),
        sa.Index("ix_case_party_account_id", "account_id"),
    )
    __facets__ = {"row": ("case_id", "account_id", "side")}

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    side: Mapped[str] = mapped_column(sa.String(16))


def _queue(name: str, *before: str, where: str = "") -> sa.Index:
    """An index of what is open in the order of the queue: each filter that is offered has one."""
    narrowed = sa.text(f"closed_at IS NULL AND {where}") if where else OPEN
    return sa.Index(f"ix_work_item_{name}", *before, "due_at", "id", sqlite_where=narrowed, postgresql_where=narrowed)


class WorkItem(Base):
    """What waits for a member of staff: one line of the one queue. `flagged`: the report of a trusted flagger."""

    __tablename__ = "work_item"
    __table_args__ = (
        sa.CheckConstraint("(closed_at IS NULL) = (close_reason IS NULL)", name="closed_together"),
        sa.Index("uq_work_item_open", "subject_ref", "kind", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        _queue("due"), _queue("kind_due", "kind"), _queue("assignee_due", "assignee_id"), _queue("clause_due", "clause_id"),
        _queue("language_due", "language"), _queue("safety_due", where="safety"), _queue("flagged_due", where="flagged"),
        _queue("unclaimed_due", where="assignee_id IS NULL"),
        sa.Index("ix_work_item_case_id", "case_id"),
        sa.Index("ix_work_item_subject_ref", "subject_ref", "kind"),
    )

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    kind: Mapped[Word]
    subject_ref: Mapped[Ref]
    stage: Mapped[Word] = mapped_column(default="new")
    waiting_on: Mapped[Word] = mapped_column(default="staff")
    due_at: Mapped[Instant]
    stake_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    stake_currency: Mapped[str] = mapped_column(sa.String(3), default="USD")
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    safety: Mapped[bool] = mapped_column(default=False)
    flagged: Mapped[bool] = mapped_column(default=False, server_default=sa.text("false"))
    clause_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    assigned_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None] = mapped_column(sa.String(64))


class Clock(Base):
    """A promise that runs: from when, how long, by which calendar, whose promise, and whether it was kept.

    `length`, `unit` and `promise_id` are those in force when it was started. `compared_on`: until which day every newer version
    was compared with it (`newer_promise` says which of them count).
    """

    __tablename__ = "clock"
    __table_args__ = (
        sa.CheckConstraint("(case_id IS NULL) <> (account_id IS NULL)", name="of_case_or_account"),
        sa.CheckConstraint("(ended_at IS NULL) = (result IS NULL)", name="ended_together"),
        one_of("result", ClockResult),
        sa.Index("uq_clock_open", "subject_ref", "kind", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
        sa.Index("ix_clock_due", "due_at", "id", sqlite_where=RUNNING, postgresql_where=RUNNING),
        sa.Index("ix_clock_case_id", "case_id", sqlite_where=RUNNING, postgresql_where=RUNNING),
        sa.Index("ix_clock_account_id", "account_id", sqlite_where=RUNNING, postgresql_where=RUNNING),
        sa.Index("ix_clock_subject_ref", "subject_ref", "kind"),
        sa.Index("ix_clock_compared_on", "compared_on", "id", sqlite_where=RUNNING, postgresql_where=RUNNING),
    )

    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("case.id"))
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    subject_ref: Mapped[SubjectRef]
    kind: Mapped[Word]
    started_at: Mapped[Instant]
    length: Mapped[int]
    unit: Mapped[str] = mapped_column(sa.String(16))
    zone: Mapped[str] = mapped_column(sa.String(64))
    due_at: Mapped[Instant]
    promise_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause_version.id"))
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(sa.String(16))
    compared_on: Mapped[date | None]


class Message(Base):
    """What was said in a case: our question, an answer, a note of the desk, or a marketplace message put on record."""

    __tablename__ = "message"
    __row_class__ = "frozen"
    __erasable__ = ("body",)
    __table_args__ = (
        one_of("kind", MessageKind), sa.Index("ix_message_case_id", "case_id", "sent_at"),
        sa.Index("ix_message_to_account_id", "to_account_id", sqlite_where=ADDRESSED, postgresql_where=ADDRESSED),
    )
    __facets__ = {
        "row": ("ref", "case_id", "kind", "from_account_id", "from_person_id", "to_account_id", "clause_version_id",
                "answers_id", "language", "sent_at", "answer_by", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    from_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    from_person_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    to_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    clause_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause_version.id"))
    answers_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("message.id"), unique=True)
    language: Mapped[str] = mapped_column(sa.String(12))
    sent_at: Mapped[Instant]
    answer_by: Mapped[datetime | None]
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Report(Base):
    """Somebody's flag about an account: several on one conduct make one case; their number is not evidence."""

    __tablename__ = "report"
    __row_class__ = "frozen"
    __erasable__ = ("body",)
    __table_args__ = (
        one_of("source", ReportSource), sa.Index("ix_report_case_id", "case_id"),
        sa.Index("ix_report_reporter_account_id", "reporter_account_id"),
    )
    __facets__ = {
        "row": ("ref", "case_id", "source", "reporter_account_id", "language", "received_at", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    source: Mapped[str] = mapped_column(sa.String(16))
    reporter_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    received_at: Mapped[Instant]
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Closing(Base):
    """That somebody closed a case: under which rules it was reviewed, and why, for the record. It can be opened again."""

    __tablename__ = "case_closing"
    __row_class__ = "frozen"
    __erasable__ = ("reason",)
    __table_args__ = (sa.UniqueConstraint("case_id", "n"), one_of("closed_as", ClosedAs))
    __facets__ = {
        "row": ("case_id", "n", "closed_as", "closed_by", "rules", "language", "closed_at", "sha256"),
        "erased": ("erased_at",),
    }

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    n: Mapped[int]
    closed_as: Mapped[str] = mapped_column(sa.String(16))
    closed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    rules: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(sa.String(12))
    closed_at: Mapped[Instant]
    reason: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Reopening(Base):
    """That a closed case was opened again, because of what (a complaint's reference): somebody else goes on with it."""

    __tablename__ = "case_reopening"
    __row_class__ = "insert_only"
    __facets__ = {"row": ("closing_id", "reopened_by", "because_ref", "reopened_at")}

    closing_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case_closing.id"), unique=True)
    reopened_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    because_ref: Mapped[Ref]
    reopened_at: Mapped[Instant]


class LegalOrder(Base):
    """A law or an order that obliges us to do something about an account: whose, which, of which day, by which provision.

    With an amount: so much money is to be put on hold. `ends_on`: the day on which the order itself ends, if it says one.
    """

    __tablename__ = "legal_order"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_together"),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.Index("ix_legal_order_case_id", "case_id"),
    )
    __facets__ = {
        "row": ("ref", "case_id", "account_id", "authority", "reference", "dated_on", "provision", "territory", "ends_on",
                "amount_minor", "currency"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    authority: Mapped[str] = mapped_column(sa.String(200))
    reference: Mapped[str] = mapped_column(sa.String(200))
    dated_on: Mapped[date]
    provision: Mapped[str] = mapped_column(sa.String(200))
    territory: Mapped[str] = mapped_column(sa.String(200))
    ends_on: Mapped[date | None]
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None] = mapped_column(sa.String(3))


class Draft(Base):
    """What a person has typed and not yet sent: it survives errors, closed browsers and expired sessions."""

    __tablename__ = "draft"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "form", "subject_ref"), sa.Index("ix_draft_subject_ref", "subject_ref", "form"),
    )

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    form: Mapped[Word]
    subject_ref: Mapped[SubjectRef]
    body: Mapped[str] = mapped_column(sa.Text)
    saved_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)
