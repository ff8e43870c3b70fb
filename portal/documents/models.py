"""Rows of exhibits: the numbered things a case rests on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, one_of


class ExhibitKind(StrEnum):
    CONTRACT = "contract"
    MESSAGE = "message"


class Exhibit(Base):
    """One numbered exhibit of a case: a contract's terms or a message, with what it shows and its digest."""

    __tablename__ = "exhibit"
    __row_class__ = "frozen"
    __erasable__ = ("description", "quoted")
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number"),
        one_of("kind", ExhibitKind),
        sa.CheckConstraint("kind <> 'contract' OR contract_id IS NOT NULL", name="contract_named"),
    )
    __facets__ = {"row": ("case_id", "number", "kind", "contract_id", "message_id", "by_account_id", "ground", "sha256")}

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    contract_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract.id"))
    message_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("message.id"))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    ground: Mapped[str | None] = mapped_column(sa.String(64))
    description: Mapped[str | None]
    quoted: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
