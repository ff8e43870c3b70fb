"""Rows of disputes. Once decided, `outcome` and `refund_minor` say to whom the claimed money goes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Digest, Instant, Minor, Ref, one_of


class DisputeState(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    DECIDED = "decided"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"


class AsksFor(StrEnum):
    REFUND = "refund"
    PARTIAL = "partial"


ANSWERABLE = frozenset({DisputeState.OPENED, DisputeState.UNANSWERED})
UNENDED = sa.text("ended_at IS NULL")


class Dispute(Base):
    """A counterpart's contest of one milestone: the amount, the contract's term, what was agreed, what happened."""

    __tablename__ = "dispute"
    __erasable__ = ("agreed", "happened")
    __table_args__ = (
        one_of("state", DisputeState),
        one_of("outcome", Outcome),
        one_of("asks_for", AsksFor),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("state <> 'answered' OR answered_at IS NOT NULL", name="answered_together"),
        sa.CheckConstraint("(answered_at IS NULL) = (answer_sha256 IS NULL)", name="answer_kept"),
        sa.CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided_together"),
        sa.CheckConstraint("state <> 'decided' OR decided_at IS NOT NULL", name="decided_says_what"),
        sa.CheckConstraint("state NOT IN ('settled', 'withdrawn') OR ended_at IS NOT NULL", name="ended_together"),
        sa.Index("uq_dispute_open", "milestone_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("ix_dispute_case_id", "case_id"),
        sa.Index("ix_dispute_contract_id", "contract_id"),
    )
    __facets__ = {
        "row": ("ref", "case_id", "claim_id", "contract_id", "milestone_id", "opened_by_account_id", "contract_term_id",
                "amount_minor", "currency", "opened_at", "asks_for", "language", "sha256"),
        "answered": ("answered_at", "answer_sha256"),
        "ended": ("ended_at", "state", "outcome", "refund_minor", "decided_at"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    claim_id: Mapped[UUID] = mapped_column(sa.ForeignKey("claim.id"))
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    opened_by_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    contract_term_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract_term.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    opened_at: Mapped[Instant]
    asks_for: Mapped[str] = mapped_column(sa.String(16))
    language: Mapped[str] = mapped_column(sa.String(12))
    agreed: Mapped[str | None]
    happened: Mapped[str | None]
    sha256: Mapped[Digest]
    state: Mapped[str] = mapped_column(sa.String(16))
    answer_by: Mapped[Instant]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answer_language: Mapped[str | None] = mapped_column(sa.String(12))
    answer_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    outcome: Mapped[str | None] = mapped_column(sa.String(16))
    refund_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
