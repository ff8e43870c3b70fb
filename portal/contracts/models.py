"""Rows of contracts, the terms agreed in them, milestones, and earnings released on a milestone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Digest, Instant, Minor, Ref, one_of


class MilestoneState(StrEnum):
    PLANNED = "planned"
    FUNDED = "funded"
    DELIVERED = "delivered"
    RELEASED = "released"
    CANCELLED = "cancelled"


class Contract(Base):
    """An agreement between a client's account and a freelancer's. `search_text`: its title as it is looked for."""

    __tablename__ = "contract"
    __table_args__ = (
        sa.CheckConstraint("client_id <> freelancer_id", name="two_sides"),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),
        sa.Index("ix_contract_client_id", "client_id", "freelancer_id"),
        sa.Index("ix_contract_freelancer_id", "freelancer_id", "client_id"),
    )
    __facets__ = {"row": ("external_id", "ref", "client_id", "freelancer_id", "started_on", "ended_on")}

    external_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    ref: Mapped[Ref] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    client_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    freelancer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    search_text: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))

    @property
    def sides(self) -> tuple[UUID, UUID]:
        """The accounts of the client and of the freelancer."""
        return self.client_id, self.freelancer_id

    @property
    def each_side(self) -> tuple[tuple[UUID, bool], tuple[UUID, bool]]:
        """Both accounts, each with whether it is the client's."""
        return (self.client_id, True), (self.freelancer_id, False)

    def other_side(self, account_id: UUID) -> UUID:
        """The counterpart of that account in this contract."""
        return self.freelancer_id if account_id == self.client_id else self.client_id


class ContractTerm(Base):
    """One term both sides agreed to, as the marketplace recorded it; what a dispute cites."""

    __tablename__ = "contract_term"
    __row_class__ = "frozen"
    __erasable__ = ("text",)
    __table_args__ = (sa.UniqueConstraint("contract_id", "number"),)
    __facets__ = {"row": ("contract_id", "ordinal", "number", "agreed_on", "sha256"), "erased": ("erased_at",)}

    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    ordinal: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(40))
    agreed_on: Mapped[date]
    text: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Milestone(Base):
    """A part of a contract with its own amount."""

    __tablename__ = "milestone"
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "number"),
        one_of("state", MilestoneState),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
    )
    __facets__ = {"row": ("contract_id", "number", "amount_minor", "currency", "state", "released_on")}

    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(sa.String(16))
    released_on: Mapped[date | None]


class Earning(Base):
    """Money released to the freelancer on a milestone; pending until `clears_at`, then available.

    `amount_minor` is what the freelancer gets, `fee_minor` what the marketplace took of what the client paid.
    """

    __tablename__ = "earning"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("clears_at >= released_at", name="clears_after_release"),
        sa.Index("ix_earning_milestone_id", "milestone_id"),
        sa.Index("ix_earning_account_id", "account_id", "released_at"),
        sa.Index("ix_earning_account_id_clears_at", "account_id", "clears_at"),
    )
    __facets__ = {
        "row": ("milestone_id", "account_id", "amount_minor", "currency", "released_at", "clears_at", "source_key"),
        "fee": ("fee_minor",),
    }

    source_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    released_at: Mapped[Instant]
    clears_at: Mapped[Instant]
    fee_minor: Mapped[Minor] = mapped_column(default=0, server_default="0")
