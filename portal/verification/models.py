"""Rows of identity checks: the item, each request for it, each thing sent, each answer to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, Text, one_of
from portal.verification.rules import CODES, KINDS, NEW_REASONS


class ItemState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ReviewOutcome(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class SignatureOutcome(StrEnum):
    SIGNED = "signed"
    RETURNED = "returned"
    LAPSED = "lapsed"


class Item(Base):
    """One thing that one account can be asked to show. Asking again is one more request for the same item.

    `case_id` is the case of the newest request. Its state follows from the frozen rows below; `flask verify` proves that.
    """

    __tablename__ = "verification_item"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "kind"), one_of("kind", KINDS), one_of("state", ItemState),
        sa.CheckConstraint("state <> 'accepted' OR accepted_until IS NOT NULL", name="accepted_until_a_date"),
        sa.Index("ix_verification_item_case_id", "case_id"),
    )
    __facets__ = {"row": ("ref", "account_id", "kind")}

    ref: Mapped[Ref] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(24))
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    state: Mapped[str] = mapped_column(sa.String(16))
    accepted_until: Mapped[datetime | None]
    asked_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class Request(Base):
    """One request of ours: under which clause, what for, what can be sent instead, and why again.

    `held_until` is the day until which an earlier answer held when this was written: then a new reason is named.
    """

    __tablename__ = "verification_request"
    __row_class__ = "frozen"
    __erasable__ = ("purpose", "alternatives", "new_words")
    __table_args__ = (
        sa.UniqueConstraint("item_id", "n"), sa.UniqueConstraint("id", "asked_by_id"),
        one_of("new_reason", NEW_REASONS),
        sa.CheckConstraint(
            "held_until IS NULL OR held_until <= written_at OR new_reason IS NOT NULL", name="asked_once"
        ),
        sa.CheckConstraint(
            "erased_at IS NOT NULL OR coalesce(purpose, '') <> '' AND coalesce(alternatives, '') <> ''", name="says_why"
        ),
        sa.Index("ix_verification_request_case_id", "case_id"),
    )
    __facets__ = {
        "row": ("ref", "item_id", "n", "case_id", "clause_version_id", "asked_by_id", "language", "written_at",
                "needs_signature", "new_reason", "held_until", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_item.id"))
    n: Mapped[int]
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    clause_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clause_version.id"))
    asked_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    written_at: Mapped[Instant]
    needs_signature: Mapped[bool]
    new_reason: Mapped[str | None] = mapped_column(sa.String(32))
    held_until: Mapped[datetime | None]
    purpose: Mapped[str | None]
    alternatives: Mapped[str | None]
    new_words: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class RequestSignature(Base):
    """What became of a request that needed a second person: signed or returned by somebody else, or nobody did in time."""

    __tablename__ = "verification_signature"
    __row_class__ = "insert_only"
    __table_args__ = (
        one_of("outcome", SignatureOutcome),
        sa.ForeignKeyConstraint(
            ["request_id", "asked_by_id"], ["verification_request.id", "verification_request.asked_by_id"],
            name="fk_verification_signature_request",
        ),
        sa.CheckConstraint("person_id IS NULL OR person_id <> asked_by_id", name="second_person"),
        sa.CheckConstraint("(outcome = 'lapsed') = (person_id IS NULL)", name="somebody_signed"),
    )
    __facets__ = {"row": ("request_id", "asked_by_id", "person_id", "outcome", "at", "reason_sha256")}

    request_id: Mapped[UUID] = mapped_column(unique=True)
    asked_by_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[Instant]
    reason_sha256: Mapped[Digest]


class Submission(Base):
    """What was sent for an item, once: which documents, when, and until when we promised an answer. `ref` is the receipt."""

    __tablename__ = "verification_submission"
    __row_class__ = "frozen"
    __erasable__ = ("note",)
    __table_args__ = (
        sa.UniqueConstraint("item_id", "n"), sa.Index("ix_verification_submission_request_id", "request_id"),
    )
    __facets__ = {
        "row": ("ref", "item_id", "n", "request_id", "person_id", "language", "sent_at", "answer_by", "documents", "sha256"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_item.id"))
    n: Mapped[int]
    request_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_request.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    sent_at: Mapped[Instant]
    answer_by: Mapped[Instant]
    documents: Mapped[Text]
    note: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Contest(Base):
    """That a submission is what was turned down before, sent once more for somebody else to look at."""

    __tablename__ = "verification_contest"
    __row_class__ = "insert_only"
    __table_args__ = (sa.CheckConstraint("submission_id <> contested_id", name="another_one"),)
    __facets__ = {"row": ("submission_id", "contested_id")}

    submission_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_submission.id"), unique=True)
    contested_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_submission.id"), unique=True)


class Review(Base):
    """Our answer to one submission: accepted until a day, or what exactly was wrong, what to do, what would do instead."""

    __tablename__ = "verification_review"
    __row_class__ = "frozen"
    __erasable__ = ("what_to_fix", "alternatives")
    __table_args__ = (
        one_of("outcome", ReviewOutcome), one_of("code", CODES),
        sa.CheckConstraint("(outcome = 'rejected') = (code IS NOT NULL)", name="says_what_was_wrong"),
        sa.CheckConstraint("(outcome = 'accepted') = (accepted_until IS NOT NULL)", name="accepted_until_a_date"),
        sa.CheckConstraint(
            "outcome = 'accepted' OR erased_at IS NOT NULL"
            " OR coalesce(what_to_fix, '') <> '' AND coalesce(alternatives, '') <> ''",
            name="says_what_to_do",
        ),
    )
    __facets__ = {
        "row": ("submission_id", "outcome", "code", "decided_by_id", "decided_at", "accepted_until", "language", "sha256"),
        "erased": ("erased_at",),
    }

    submission_id: Mapped[UUID] = mapped_column(sa.ForeignKey("verification_submission.id"), unique=True)
    outcome: Mapped[str] = mapped_column(sa.String(16))
    code: Mapped[str | None] = mapped_column(sa.String(32))
    decided_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[Instant]
    accepted_until: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(sa.String(12))
    what_to_fix: Mapped[str | None]
    alternatives: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
