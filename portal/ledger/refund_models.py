"""Rows of what goes back to clients: the marketplace sends it the way they paid, and says when it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Instant, Minor, Ref, one_of


class RefundState(StrEnum):
    """Due: the marketplace was asked to send it. Sent, failed: what it reported. Stopped: a bank calls all of it back that was
    not sent, or gave that back."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"


class StopEnd(StrEnum):
    """Freed: the payment stands, so the refund is due again. Lost: the bank gave that money back."""

    FREED = "freed"
    LOST = "lost"


REPORTED = (RefundState.SENT, RefundState.FAILED)
"""What a report can say became of one sending."""
Told = frozenset[tuple[str, str, int | None]]
"""Reports: the marketplace's reference of a sending, what became of it, and how much it was where it was not all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that bears on a refund, in minor units: its amount, what was reported of it in whatever order, what of it waits for a
    bank that calls it back, and what banks gave back."""

    whole: int
    told: Told
    waits: int = 0
    lost: int = 0

    @property
    def sent(self) -> int:
        """What was sent, by every sending that did not fail."""
        failed = {reference for reference, state, _ in self.told if state == RefundState.FAILED}
        parts = (part or self.whole for reference, state, part in self.told
                 if state == RefundState.SENT and reference not in failed)
        return min(sum(parts), self.whole)

    @property
    def to_send(self) -> int:
        """What is still to be sent."""
        return max(self.whole - self.waits - self.lost - self.sent, 0)

    @property
    def sent_though_stopped(self) -> int:
        """What had been sent already of what a bank calls or gave back: our own loss, once it was given back."""
        return max(self.sent - (self.whole - self.waits - self.lost), 0)

    @property
    def kept(self) -> int:
        """What its book has to hold: what was sent or can still be; what a bank gave back instead is no longer there."""
        return max(self.whole - self.lost, self.sent)

    @property
    def state(self) -> RefundState:
        if not self.to_send:
            return RefundState.SENT if self.sent else RefundState.STOPPED
        failed = any(state == RefundState.FAILED for _, state, _ in self.told)
        return RefundState.FAILED if failed else RefundState.DUE


class Refund(Base):
    """All that went into one `refund` book of a client, and whether the marketplace has sent it.

    `asked_minor`: how much of it the newest message asks the marketplace to send, where a bank stopped some of it; else all.
    """

    __tablename__ = "refund"
    __table_args__ = (
        one_of("state", RefundState),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.Index("ix_refund_milestone_id", "milestone_id"),
        sa.Index("ix_refund_account_id", "account_id"),
    )
    __facets__ = {
        "row": ("ref", "book_id", "account_id", "contract_id", "milestone_id", "amount_minor", "currency"),
        "changed": ("state", "changed_at"), "asked": ("asked_minor",),
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
    asked_minor: Mapped[int | None] = mapped_column(sa.BigInteger)


class RefundReport(Base):
    """What became of one sending of a refund, as the marketplace reported it: `reference` is its own, of that sending;
    `amount_minor`: how much was sent, where it was not all."""

    __tablename__ = "refund_report"
    __row_class__ = "insert_only"
    __table_args__ = (
        one_of("state", REPORTED),
        sa.UniqueConstraint("refund_id", "reference", "state"),
        sa.Index("ix_refund_report_reference", "reference"),
    )
    __facets__ = {"row": ("refund_id", "reference", "state"), "part": ("amount_minor",)}

    refund_id: Mapped[UUID] = mapped_column(sa.ForeignKey("refund.id"))
    reference: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(16))
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)


class RefundStop(Base):
    """So much of a refund is not sent, because a bank calls the same money back: by the reference of that chargeback.

    One chargeback can stop one refund more than once: what had not been sent when it came, and what came back of it later.
    """

    __tablename__ = "refund_stop"
    __table_args__ = (
        one_of("end_kind", StopEnd),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.Index("ix_refund_stop_refund_id", "refund_id"),
        sa.Index("ix_refund_stop_called_by_ref", "called_by_ref"),
    )
    __facets__ = {"row": ("refund_id", "called_by_ref", "amount_minor"), "ended": ("ended_at", "end_kind")}

    refund_id: Mapped[UUID] = mapped_column(sa.ForeignKey("refund.id"))
    called_by_ref: Mapped[Ref]
    amount_minor: Mapped[Minor]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))


class EscrowReturn(Base):
    """The marketplace gave back what was paid in for a milestone, as it reported: `asked_minor` is the amount that it named, if
    any; `amount_minor` what went back, 0 where it named none and nothing was there."""

    __tablename__ = "escrow_return"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint("asked_minor IS NULL OR asked_minor > 0 AND asked_minor = amount_minor", name="what_was_asked"),
        sa.Index("ix_escrow_return_milestone_id", "milestone_id"),
    )
    __facets__ = {"row": ("source_key", "milestone_id", "asked_minor", "amount_minor", "currency", "returned_at")}

    source_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    asked_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    returned_at: Mapped[Instant]
