"""Rows of what goes back to clients: the marketplace sends it the way they paid, and says when it did."""

from __future__ import annotations

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


REFUND_STEPS: dict[RefundState, frozenset[RefundState]] = {
    RefundState.DUE: frozenset({RefundState.SENT, RefundState.FAILED}),
    RefundState.SENT: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.SENT}),
}


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
