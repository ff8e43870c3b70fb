"""Rows of how the two sides of a running contract want to go on when one of them becomes unavailable."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Currency, Digest, Instant, Ref, one_of

OPEN = sa.text("ended_at IS NULL")
FINISHES, AGREED = sa.text("end_kind = 'agreed' AND way = 'finish'"), sa.text("end_kind = 'agreed' AND way <> 'finish'")


class Way(StrEnum):
    """How a running contract goes on."""

    FINISH = "finish"
    HAND_OVER = "hand_over"
    SETTLE = "settle"


class ChoiceEnd(StrEnum):
    """How a choice ended. Impossible: an account was closed, so that nothing can be finished with it."""

    AGREED = "agreed"
    TAKEN_BACK = "taken_back"
    IMPOSSIBLE = "impossible"


class ContractChoice(Base):
    """What one side of a contract chose: its facts stay. Both chose the same: agreed. That is once for each contract, and
    once more where they had agreed to finish, which may not come about.

    `release_minor`: for settling, how much of what is paid in and not released goes to the freelancer.
    """

    __tablename__ = "contract_choice"
    __row_class__ = "ending"
    __erasable__ = ("words",)
    __table_args__ = (
        one_of("way", Way),
        one_of("end_kind", ChoiceEnd),
        sa.CheckConstraint("release_minor >= 0", name="release_not_negative"),
        sa.CheckConstraint("(way = 'settle') = (release_minor IS NOT NULL)", name="settling_says_how_much"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_kind IS NULL)", name="ended_together"),
        sa.Index("ix_contract_choice_contract_id", "contract_id"),
        sa.Index("uq_contract_choice_open", "contract_id", "by_account_id", unique=True, sqlite_where=OPEN,
                 postgresql_where=OPEN),
        sa.Index("uq_contract_choice_finish", "contract_id", "by_account_id", unique=True, sqlite_where=FINISHES,
                 postgresql_where=FINISHES),
        sa.Index("uq_contract_choice_agreed", "contract_id", "by_account_id", unique=True, sqlite_where=AGREED,
                 postgresql_where=AGREED),
    )
    __facets__ = {
        "row": ("ref", "contract_id", "by_account_id", "by_person_id", "way", "release_minor", "currency", "language",
                "chosen_at", "sha256"),
        "ended": ("ended_at", "end_kind"),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contract.id"))
    by_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    by_person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    way: Mapped[str] = mapped_column(sa.String(16))
    release_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    language: Mapped[str] = mapped_column(sa.String(12))
    chosen_at: Mapped[Instant]
    words: Mapped[str | None]
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None] = mapped_column(sa.String(16))
