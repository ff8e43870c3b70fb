"""Rows of what goes back to clients: the marketplace sends it the way they paid, and says when it did."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Instant, Minor, Ref, one_of


class RefundState(StrEnum):
    """Due: the marketplace was asked to send it. Sent, failed: what it reported."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"


REPORTED = (RefundState.SENT, RefundState.FAILED)
"""What a report can say became of one sending."""
Told = Collection[tuple[str, str]]
"""Reports: the marketplace's reference of a sending, and what became of it."""


def state_after(told: Told) -> RefundState:
    """Where a refund stands by all that was reported of it, in whatever order that came: sent while one of its sendings did not
    fail, failed once each of them did."""
    sent, failed = ({reference for reference, state in told if state == one} for one in REPORTED)
    return RefundState.SENT if sent - failed else RefundState.FAILED if failed else RefundState.DUE


class Refund(Base):
    """All that went into one `refund` book of a client, and whether the marketplace has sent it."""

    __tablename__ = "refund"
    __table_args__ = (
        one_of("state", RefundState),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.Index("ix_refund_milestone_id", "milestone_id"),
    )
    __facets__ = {
        "row": ("ref", "book_id", "account_id", "contract_id", "milestone_id", "amount_minor", "currency"),
        "changed": ("state", "changed_at"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    book_id: Mapped[UUID] = mapped_column(sa.ForeignKey("book.id"), unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    milestone_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("milestone.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(sa.String(16))
    changed_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class RefundReport(Base):
    """What became of one sending of a refund, as the marketplace reported it: `reference` is its own, of that sending."""

    __tablename__ = "refund_report"
    __row_class__ = "insert_only"
    __table_args__ = (
        one_of("state", REPORTED),
        sa.UniqueConstraint("refund_id", "reference", "state"),
        sa.Index("ix_refund_report_reference", "reference"),
    )
    __facets__ = {"row": ("refund_id", "reference", "state")}

    refund_id: Mapped[UUID] = mapped_column(sa.ForeignKey("refund.id"))
    reference: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(16))
