"""Rows of money. A transfer names a debit book and a credit book and is balanced by construction.

Books of people: `earning` (one for each earning; pending or available by its `clears_at`), `held` (one for each hold and
earning), `payout` (under way to a destination), `refund` (one for each hold, owed back to a client), `escrow` (one for each
milestone: what its client paid in and nobody has earned yet), `called` (what of it a bank calls back). House books have no
running balance: `world` is where what is paid in comes from, `escrow` what was released without that we were told of it, `fee`
our own part, `paid` where money went to, `owed` what we pay because we were late, `adjusted` where corrections come from and
go to; `charged_back` is what banks gave back, `loss` what of that was the platform's own loss.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Instant, Minor, Ref, Word, one_of

LIVE = sa.text("ended_at IS NULL")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of some rows only, on both engines."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


class BookKind(StrEnum):
    EARNING = "earning"
    HELD = "held"
    PAYOUT = "payout"
    REFUND = "refund"
    ESCROW = "escrow"
    CALLED = "called"
    PAID = "paid"
    OWED = "owed"
    WORLD = "world"
    FEE = "fee"
    ADJUSTED = "adjusted"
    CHARGED_BACK = "charged_back"
    LOSS = "loss"


class Claimant(StrEnum):
    COUNTERPART = "counterpart"
    PLATFORM = "platform"


class HoldEnd(StrEnum):
    RELEASED = "released"
    REFUNDED = "refunded"
    SPLIT = "split"
    EXPIRED = "expired"


class PayoutState(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    OVERDUE = "overdue"


PAYOUT_STEPS: dict[PayoutState, frozenset[PayoutState]] = {
    PayoutState.REQUESTED: frozenset({PayoutState.SENT, PayoutState.PAID, PayoutState.FAILED}),
    PayoutState.OVERDUE: frozenset({PayoutState.SENT, PayoutState.PAID, PayoutState.FAILED}),
    PayoutState.SENT: frozenset({PayoutState.PAID, PayoutState.FAILED}),
    PayoutState.PAID: frozenset({PayoutState.FAILED}),  # A bank can send back what had arrived, days later.
    PayoutState.FAILED: frozenset(),
}


class Book(Base):
    """Where money stands. The trigger on `transfer` keeps `balance_minor`; it can never be below zero."""

    __tablename__ = "book"
    __table_args__ = (
        sa.UniqueConstraint("id", "currency"),
        sa.CheckConstraint("balance_minor >= 0", name="balance_not_negative"),
        sa.CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="house_has_no_running_balance"),
        _partial("uq_book_house", "kind", "currency", where="owner_id IS NULL", unique=True),
        _partial("uq_book_earning", "earning_id", where="kind = 'earning'", unique=True),
        _partial("uq_book_held", "hold_id", "earning_id", where="kind = 'held'", unique=True),
        _partial("uq_book_refund", "hold_id", where="kind = 'refund'", unique=True),
        _partial("uq_book_payout", "payout_id", where="kind = 'payout'", unique=True),
        _partial("uq_book_escrow", "milestone_id", where="kind = 'escrow'", unique=True),
        _partial("uq_book_called", "milestone_id", where="kind = 'called'", unique=True),
        _partial("ix_book_refund_owner", "owner_id", where="kind = 'refund'"),
        _partial("ix_book_owner_id", "owner_id", where="balance_minor > 0"),
        sa.Index("ix_book_earning_id", "earning_id"),
    )

    kind: Mapped[Word]
    owner_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    earning_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("earning.id"))
    contract_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract.id"))
    hold_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("hold.id"))
    payout_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payout.id"))
    milestone_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("milestone.id"))
    currency: Mapped[Currency]
    balance_minor: Mapped[int | None] = mapped_column(sa.BigInteger)


class Entry(Base):
    """Why money moved: one cause, one or more transfers."""

    __tablename__ = "entry"
    __row_class__ = "insert_only"
    __facets__ = {"row": ("kind", "cause_event_id", "source_key", "reverses_id")}

    kind: Mapped[Word]
    cause_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))
    source_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("entry.id"), unique=True)


class Transfer(Base):
    """An amount that left the debit book and arrived in the credit book."""

    __tablename__ = "transfer"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("debit_id <> credit_id", name="two_books"),
        sa.ForeignKeyConstraint(["debit_id", "currency"], ["book.id", "book.currency"], name="fk_transfer_debit"),
        sa.ForeignKeyConstraint(["credit_id", "currency"], ["book.id", "book.currency"], name="fk_transfer_credit"),
        sa.Index("ix_transfer_entry_id", "entry_id"),
        sa.Index("ix_transfer_debit_id", "debit_id", "id"),
        sa.Index("ix_transfer_credit_id", "credit_id", "id"),
    )
    __facets__ = {"row": ("entry_id", "debit_id", "credit_id", "currency", "amount_minor")}

    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("entry.id"))
    debit_id: Mapped[UUID]
    credit_id: Mapped[UUID]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]


class Movement(Base):
    """What one entry left an account with in one currency: its running totals, numbered without a gap.

    The newest one answers what an account has, and a page of history or a day of the past is found by its number or its
    instant, however much has happened. Written by `books.post`, recomputed from the transfers by `flask verify`.
    """

    __tablename__ = "movement"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "currency", "n"),
        sa.UniqueConstraint("entry_id", "account_id"),
        sa.Index("ix_movement_account_id_currency_created_at_n", "account_id", "currency", "created_at", "n"),
        sa.CheckConstraint(
            "free_minor >= 0 AND held_minor >= 0 AND under_way_minor >= 0 AND paid_minor >= 0 AND refunded_minor >= 0 "
            "AND escrow_minor >= 0", name="never_below_zero",
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("entry.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    currency: Mapped[Currency]
    n: Mapped[int] = mapped_column(sa.BigInteger)
    free_minor: Mapped[Minor]
    held_minor: Mapped[Minor]
    under_way_minor: Mapped[Minor]
    paid_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor]
    escrow_minor: Mapped[Minor]


class Funding(Base):
    """Money that a client paid in for a milestone, before anybody earned it."""

    __tablename__ = "funding"
    __row_class__ = "insert_only"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.Index("ix_funding_milestone_id", "milestone_id"),
    )
    __facets__ = {"row": ("source_key", "milestone_id", "account_id", "amount_minor", "currency", "funded_at")}

    source_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    milestone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("milestone.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    funded_at: Mapped[Instant]


class Claim(Base):
    """Who says that money of a named contract may not be theirs whose it is: an amount, a claimant, a clause or a term."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("claimant", Claimant),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.CheckConstraint("(clause_version_id IS NULL) <> (contract_term_id IS NULL)", name="rests_on_clause_or_term"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("claimant <> 'counterpart' OR claimant_account_id IS NOT NULL", name="counterpart_named"),
        sa.Index("ix_claim_case_id", "case_id"),
        sa.Index("ix_claim_milestone_id", "milestone_id"),
        sa.Index("ix_claim_contract_id", "contract_id"),
    )
    __facets__ = {
        "row": ("ref", "case_id", "contract_id", "milestone_id", "claimant", "claimant_account_id", "clause_version_id",
                "contract_term_id", "amount_minor", "currency"),
        "ended": ("ended_at", "end_kind"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    milestone_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("milestone.id"))
    claimant: Mapped[str] = mapped_column(sa.String(16))
    claimant_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    clause_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause_version.id"))
    contract_term_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract_term.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(32))


class Hold(Base):
    """Money held against one claim (else for one law or order) for one cause until an instant; it ends whole."""

    __tablename__ = "hold"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        one_of("end_kind", HoldEnd),
        sa.CheckConstraint("(claim_id IS NULL) = (order_id IS NOT NULL)", name="claim_or_order"),
        sa.Index("uq_hold_open", "claim_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        sa.Index("ix_hold_account_id", "account_id", sqlite_where=LIVE, postgresql_where=LIVE),
        sa.Index("ix_hold_cause_event_id", "cause_event_id"),
        sa.Index("ix_hold_claim_id", "claim_id"),
    )
    __facets__ = {
        "row": ("ref", "claim_id", "account_id", "cause_event_id", "amount_minor", "currency", "expires_at", "successor_of_id"),
        "ordered": ("order_id",),
        "ended": ("ended_at", "end_kind"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    claim_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("claim.id"))
    order_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("legal_order.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    cause_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    expires_at: Mapped[Instant]
    successor_of_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("hold.id"), unique=True)
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))


class Destination(Base):
    """Where an account's money is paid to; sealed, with only a hint to show."""

    __tablename__ = "destination"
    __table_args__ = (sa.Index("ix_destination_account_id", "account_id"),)
    __facets__ = {"row": ("ref", "account_id", "sealed", "hint", "on_file_since", "usable_from"), "ended": ("ended_at",)}

    ref: Mapped[Ref] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    hint: Mapped[str] = mapped_column(sa.String(40))
    on_file_since: Mapped[Instant]
    usable_from: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class Payout(Base):
    """Available money on its way to a destination on file."""

    __tablename__ = "payout"
    __table_args__ = (
        one_of("state", PayoutState),
        sa.CheckConstraint("amount_minor > 0", name="amount_above_zero"),
        sa.Index("ix_payout_account_id", "account_id", "requested_at"),
        _partial("ix_payout_overdue", "account_id", where="state = 'overdue'"),
    )
    __facets__ = {
        "row": ("ref", "account_id", "destination_id", "amount_minor", "currency", "requested_at", "requested_by"),
        "changed": ("state", "changed_at"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    destination_id: Mapped[UUID] = mapped_column(sa.ForeignKey("destination.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(sa.String(16))
    requested_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    requested_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)
