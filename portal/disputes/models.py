"""Rows of disputes, of how each was decided, and of what both sides said to that.

Once decided, `outcome` and `refund_minor` of the dispute say to whom the claimed money goes: those of its newest decision.
"""

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
    CLOSED = "closed"


class ClosedBecause(StrEnum):
    """Why a dispute was closed without an outcome: the client did not answer our question, or a bank decides instead."""

    CLIENT_SILENT = "client_silent"
    CHARGED_BACK = "charged_back"


class Outcome(StrEnum):
    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"


class AsksFor(StrEnum):
    REFUND = "refund"
    PARTIAL = "partial"
    REDO = "redo"


class ProposalEnd(StrEnum):
    """How a decision that waited for its second reader went on."""

    READ = "read"
    RETURNED = "returned"
    LAPSED = "lapsed"


class OfferEnd(StrEnum):
    """How an offer to settle ended. `overtaken`: the dispute ended in another way, or its hold did."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"
    OVERTAKEN = "overtaken"


SILENCE, FIRST, REVIEW = 0, 1, 2
"""The numbers of a dispute's decisions: what our promise decides where nobody answers, the first one, its one review."""
ANSWERABLE = frozenset({DisputeState.OPENED, DisputeState.UNANSWERED})
UNDECIDED = ANSWERABLE | {DisputeState.ANSWERED}
UNENDED, ACCEPTED = sa.text("ended_at IS NULL"), sa.text("end_kind = 'accepted'")


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
        sa.CheckConstraint("state NOT IN ('settled', 'withdrawn', 'closed') OR ended_at IS NOT NULL", name="ended_together"),
        sa.CheckConstraint("(state = 'closed') = (closed_because IS NOT NULL)", name="closed_says_why"),
        one_of("closed_because", ClosedBecause),
        sa.Index("uq_dispute_open", "milestone_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("ix_dispute_case_id", "case_id"),
        sa.Index("ix_dispute_claim_id", "claim_id"),
        sa.Index("ix_dispute_contract_id", "contract_id"),
        sa.Index("ix_dispute_milestone_id", "milestone_id"),
        sa.Index("ix_dispute_opened_by_account_id", "opened_by_account_id", "opened_at"),
    )
    __facets__ = {
        "row": ("ref", "case_id", "claim_id", "contract_id", "milestone_id", "opened_by_account_id", "contract_term_id",
                "amount_minor", "currency", "opened_at", "asks_for", "language", "sha256"),
        "answered": ("answered_at", "answer_language", "answer_sha256"),
        "ended": ("ended_at", "state", "outcome", "refund_minor", "decided_at"),
        "closed": ("closed_because",),
    }
    __digests__ = {"answer_sha256": "answer"}

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
    closed_because: Mapped[str | None] = mapped_column(sa.String(16))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def answerable(self) -> bool:
        """Whether the freelancer can still answer."""
        return self.ended_at is None and self.state in ANSWERABLE

    @property
    def undecided(self) -> bool:
        """It goes on, and nobody has decided it."""
        return self.ended_at is None and self.state in UNDECIDED


ONE_SOURCE = "(contract_term_id IS NULL) <> (clause_version_id IS NULL)"


class DisputeDecision(Base):
    """How a dispute was decided: n=1 first, n=2 its one review. Nobody decides the same dispute twice (UNIQUE).

    n=0 is the refund that our promise names when the freelancer does not answer: nobody made it (`decided_by` is empty).
    """

    __tablename__ = "dispute_decision"
    __row_class__ = "frozen"
    __erasable__ = ("reasons",)
    __table_args__ = (
        sa.UniqueConstraint("dispute_id", "n"),
        sa.UniqueConstraint("dispute_id", "decided_by"),
        one_of("outcome", Outcome),
        sa.CheckConstraint("n IN (0, 1, 2)", name="one_review"),
        sa.CheckConstraint(ONE_SOURCE, name="cites_term_or_clause"),
        sa.CheckConstraint("refund_minor >= 0", name="refund_not_negative"),
        sa.CheckConstraint("outcome <> 'release' OR refund_minor = 0", name="release_pays_nothing_back"),
        sa.CheckConstraint("read_by <> decided_by", name="second_reader"),
        sa.CheckConstraint(
            "(n = 0) = (decided_by IS NULL) AND (n > 0 OR outcome = 'refund' AND clause_version_id IS NOT NULL)",
            name="silence_decides",
        ),
    )
    __facets__ = {
        "row": ("dispute_id", "n", "decided_by", "read_by", "outcome", "refund_minor", "contract_term_id",
                "clause_version_id", "language", "decided_at", "sha256"),
        "erased": ("erased_at",),
    }

    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    n: Mapped[int]
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    read_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(16))
    refund_minor: Mapped[Minor]
    contract_term_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract_term.id"))
    clause_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause_version.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    decided_at: Mapped[Instant]
    reasons: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class DisputeProposal(Base):
    """A decision about a large amount that waits for its second reader, who makes it with one press or returns it."""

    __tablename__ = "dispute_proposal"
    __erasable__ = ("reasons",)
    __table_args__ = (
        one_of("outcome", Outcome),
        one_of("end_kind", ProposalEnd),
        sa.CheckConstraint(ONE_SOURCE, name="cites_term_or_clause"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("ended_by <> proposed_by", name="second_reader"),
        sa.Index("uq_dispute_proposal_live", "dispute_id", unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED),
        sa.Index("ix_dispute_proposal_dispute_id", "dispute_id"),
    )
    __facets__ = {
        "row": ("dispute_id", "n", "proposed_by", "outcome", "refund_minor", "contract_term_id", "clause_version_id",
                "language", "proposed_at", "sha256"),
        "ended": ("ended_at", "end_kind", "ended_by", "end_reason"),
    }

    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    n: Mapped[int]
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(sa.String(16))
    refund_minor: Mapped[Minor]
    contract_term_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract_term.id"))
    clause_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("clause_version.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    proposed_at: Mapped[Instant]
    reasons: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    end_reason: Mapped[str | None]


class DisputeAcceptance(Base):
    """One side accepted a decision."""

    __tablename__ = "dispute_acceptance"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("decision_id", "account_id"),)
    __facets__ = {"row": ("decision_id", "account_id", "person_id", "accepted_at")}

    decision_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute_decision.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    accepted_at: Mapped[Instant]


class DisputeReview(Base):
    """One side asked that somebody else reviews a decision; each side can ask once, and one review answers both."""

    __tablename__ = "dispute_review"
    __row_class__ = "frozen"
    __erasable__ = ("reason",)
    __table_args__ = (sa.UniqueConstraint("dispute_id", "account_id"),)
    __facets__ = {"row": ("dispute_id", "account_id", "person_id", "language", "asked_at", "sha256"), "erased": ("erased_at",)}

    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    asked_at: Mapped[Instant]
    reason: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class SettlementOffer(Base):
    """What one side offers the other in a dispute: so much back to the client, the rest released, until a day.

    Its facts never change; `answer_by` is a moment at which it lapses by itself.
    """

    __tablename__ = "settlement_offer"
    __row_class__ = "ending"
    __erasable__ = ("words",)
    __table_args__ = (
        one_of("end_kind", OfferEnd),
        sa.CheckConstraint("refund_minor >= 0", name="refund_not_negative"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.CheckConstraint("end_kind <> 'accepted' OR ended_by IS NOT NULL", name="accepted_by_somebody"),
        sa.Index("uq_settlement_offer_open", "dispute_id", "by_account_id", unique=True, sqlite_where=UNENDED,
                 postgresql_where=UNENDED),
        sa.Index("uq_settlement_offer_accepted", "dispute_id", unique=True, sqlite_where=ACCEPTED, postgresql_where=ACCEPTED),
        sa.Index("ix_settlement_offer_dispute_id", "dispute_id"),
    )
    __facets__ = {
        "row": ("ref", "dispute_id", "by_account_id", "by_person_id", "refund_minor", "currency", "language", "offered_at",
                "answer_by", "sha256"),
        "ended": ("ended_at", "end_kind", "ended_by"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    dispute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("dispute.id"))
    by_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    by_person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    refund_minor: Mapped[Minor]
    currency: Mapped[Currency]
    language: Mapped[str] = mapped_column(sa.String(12))
    offered_at: Mapped[Instant]
    answer_by: Mapped[Instant]
    words: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
