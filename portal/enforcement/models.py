"""Rows of account actions: proposals, citations, restrictions and their changes, signatures, frozen statements."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, Word, one_of

WHOLE_ACCOUNT = "account"


class Nature(StrEnum):
    CONDUCT = "conduct"
    PROTECTIVE = "protective"
    LEGAL = "legal"


class Measure(StrEnum):
    WARNING = "warning"
    RESTRICTION = "restriction"
    SUSPENSION = "suspension"
    TERMINATION = "termination"


class ActionStatus(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class RestrictionKind(StrEnum):
    VISIBILITY = "visibility"
    MONETARY = "monetary"
    SERVICE = "service"
    ACCOUNT = "account"


class SignatureAs(StrEnum):
    PROPOSER = "proposer"
    ISSUER = "issuer"
    COSIGNER = "cosigner"


class ChangeKind(StrEnum):
    LIFTED = "lifted"
    REVERSED = "reversed"
    PAUSED = "paused"
    RESUMED = "resumed"


class SilenceEnd(StrEnum):
    ENDED = "ended"
    NOT_REVIEWED = "not_reviewed"


class Action(Base):
    """One account action. Standing is never stored: in effect, ended and the like follow from the instants and now.

    `revision` counts how often it left draft: a returned proposal keeps its frozen citations, the next one has its own.
    """

    __tablename__ = "action"
    __table_args__ = (
        one_of("nature", Nature), one_of("measure", Measure), one_of("status", ActionStatus),
        sa.CheckConstraint("status NOT IN ('issued', 'withdrawn') OR issued_at IS NOT NULL", name="issued_together"),
        sa.CheckConstraint("(issued_at IS NULL) = (effective_at IS NULL)", name="effective_together"),
        sa.CheckConstraint("effective_at >= issued_at", name="said_before_effect"),
        sa.Index("ix_action_account_id", "account_id", "id"),
        sa.Index("ix_action_case_id", "case_id"), sa.Index("uq_action_id_interim", "id", "interim", unique=True),
    )
    __facets__ = {
        "issued": ("ref", "case_id", "account_id", "member_id", "nature", "measure", "interim", "source",
                   "automated_detection", "automated_decision", "issued_at", "effective_at", "ends_at", "occurrence",
                   "revision", "supersedes_id"),
        "withdrawn": ("withdrawn_at",),
        "lifted": ("lifted_at",),
        "reversed": ("reversed_at",),
    }

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    ref: Mapped[Ref] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    nature: Mapped[str] = mapped_column(sa.String(16))
    measure: Mapped[str] = mapped_column(sa.String(16))
    interim: Mapped[bool] = mapped_column(default=False)
    source: Mapped[Word]
    automated_detection: Mapped[bool] = mapped_column(default=False)
    automated_decision: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(sa.String(16))
    issued_at: Mapped[datetime | None]
    effective_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    occurrence: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    supersedes_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("action.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)


class Proposal(Base):
    """What a reviewer put before a second person: the whole form as it was sent, so that exactly this is co-signed."""

    __tablename__ = "proposal"
    __row_class__ = "frozen"
    __erasable__ = ("body",)
    __table_args__ = (sa.UniqueConstraint("action_id", "revision"),)
    __facets__ = {"row": ("action_id", "revision", "person_id", "sha256"), "erased": ("erased_at",)}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    revision: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Signature(Base):
    """Who stands for an action, as proposer, issuer or co-signer; nobody co-signs what they proposed or issue."""

    __tablename__ = "signature"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("action_id", "signed_as", "person_id"), one_of("signed_as", SignatureAs))
    __facets__ = {"row": ("action_id", "person_id", "signed_as", "reason_sha256")}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    signed_as: Mapped[str] = mapped_column(sa.String(16))
    reason_sha256: Mapped[str | None] = mapped_column(sa.String(64))


class Citation(Base):
    """Which clause version an action rests on, for which period, the facts, and why they fall under it."""

    __tablename__ = "citation"
    __row_class__ = "frozen"
    __erasable__ = ("facts", "why")
    __table_args__ = (
        sa.UniqueConstraint("action_id", "revision", "clause_version_id"),
        sa.CheckConstraint("conduct_to >= conduct_from", name="period_in_order"),
        sa.Index("ix_citation_clause_version_id", "clause_version_id"),
    )
    __facets__ = {
        "row": ("action_id", "revision", "clause_version_id", "conduct_from", "conduct_to", "objects", "exhibits",
                "no_exhibit", "sha256"),
        "erased": ("erased_at",),
    }

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    revision: Mapped[int]
    clause_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clause_version.id"))
    conduct_from: Mapped[date]
    conduct_to: Mapped[date]
    objects: Mapped[str] = mapped_column(sa.Text)
    exhibits: Mapped[str] = mapped_column(sa.Text)
    no_exhibit: Mapped[str | None] = mapped_column(sa.String(64))
    facts: Mapped[str | None]
    why: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class CitationReversal(Base):
    """That one rule of a decision was overturned, while the decision stands on others: from then on nothing rests on it."""

    __tablename__ = "citation_reversal"
    __row_class__ = "insert_only"
    __facets__ = {"row": ("citation_id", "at", "cause_event_id")}

    citation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("citation.id"), unique=True)
    at: Mapped[Instant]
    cause_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))


class ActionOrder(Base):
    """Which law or order a decision names, as it was put before the second person; each revision names its own."""

    __tablename__ = "action_order"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("action_id", "revision"),)
    __facets__ = {"row": ("action_id", "revision", "order_id")}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    revision: Mapped[int]
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("legal_order.id"))


class Silence(Base):
    """That an order forbids us to tell the person: the frozen statement waits until this ends (the exception of DESIGN 2.2)."""

    __tablename__ = "silence"
    __table_args__ = (
        one_of("end_kind", SilenceEnd),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
    )
    __facets__ = {"row": ("action_id", "provision"), "ended": ("ended_at", "end_kind")}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"), unique=True)
    provision: Mapped[str] = mapped_column(sa.String(200))
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))


class Restriction(Base):
    """One thing an action takes away, with its own start and its own end or review date."""

    __tablename__ = "restriction"
    __row_class__ = "insert_only"
    __table_args__ = (
        one_of("kind", RestrictionKind),
        sa.CheckConstraint("(ends_at IS NULL) <> (review_at IS NULL)", name="finite"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        sa.Index("ix_restriction_action_id", "action_id"),
    )
    __facets__ = {"row": ("action_id", "kind", "scope", "partial", "starts_at", "ends_at", "review_at")}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    scope: Mapped[Word]
    partial: Mapped[bool]
    starts_at: Mapped[Instant]
    ends_at: Mapped[datetime | None]
    review_at: Mapped[datetime | None]

    @property
    def until(self) -> datetime | None:
        """When it is over by itself: at its end, or when one of several things is not looked at again by its date. None: the
        whole account is closed, and a request to open it again is heard by that date."""
        return until_of(self.scope, self.ends_at, self.review_at)


def until_of(scope: str, ends_at: datetime | None, review_at: datetime | None) -> datetime | None:
    """See `Restriction.until`."""
    return ends_at if scope == WHOLE_ACCOUNT else ends_at or review_at


class RestrictionCheck(Base):
    """That something that is taken away rests on an identity check, named by its reference: it ends with the check at once, and
    else as its row says. Money on hold has no such row."""

    __tablename__ = "restriction_check"
    __row_class__ = "insert_only"
    __table_args__ = (sa.Index("ix_restriction_check_item_ref", "item_ref"),)
    __facets__ = {"row": ("restriction_id", "item_ref")}

    restriction_id: Mapped[UUID] = mapped_column(sa.ForeignKey("restriction.id"), unique=True)
    item_ref: Mapped[Ref]


class RestrictionChange(Base):
    """What happened to a restriction before its own end."""

    __tablename__ = "restriction_change"
    __row_class__ = "insert_only"
    __table_args__ = (one_of("kind", ChangeKind), sa.Index("ix_restriction_change_restriction_id", "restriction_id", "at"))
    __facets__ = {"row": ("restriction_id", "at", "kind", "cause_event_id")}

    restriction_id: Mapped[UUID] = mapped_column(sa.ForeignKey("restriction.id"))
    at: Mapped[Instant]
    kind: Mapped[str] = mapped_column(sa.String(16))
    cause_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))


class Statement(Base):
    """The statement of reasons: one frozen record from which page, mail and JSON are made."""

    __tablename__ = "statement"
    __row_class__ = "frozen"
    __erasable__ = ("record",)
    __table_args__ = (sa.UniqueConstraint("action_id", "n", "language"),)
    __facets__ = {"row": ("action_id", "n", "language", "supersedes_id", "sha256"), "erased": ("erased_at",)}

    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("action.id"))
    n: Mapped[int]
    language: Mapped[str] = mapped_column(sa.String(12))
    record: Mapped[str | None]
    sha256: Mapped[Digest]
    supersedes_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("statement.id"), unique=True)
    erased_at: Mapped[datetime | None]
