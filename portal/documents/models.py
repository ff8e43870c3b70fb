"""Rows of documents and exhibits: what was uploaded, and the numbered things a case rests on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, SubjectRef, one_of


class ExhibitKind(StrEnum):
    CONTRACT = "contract"
    MESSAGE = "message"
    DOCUMENT = "document"


class DocumentState(StrEnum):
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"
    ERASED = "erased"


class OpenedFor(StrEnum):
    """Why somebody opened a document: the owner reads this beside who it was."""

    OWN = "own"
    CASE = "case"
    APPEAL = "appeal"
    IDENTITY = "identity"
    COSIGNATURE = "cosignature"


class Document(Base):
    """Something that was uploaded. Its bytes lie encrypted in the store under `store_key`; `sha256` is of the clear bytes.

    `wrapped_key` is the document's own secret, sealed to the master public key: NULL means that nobody can open it again.
    `subject_ref`: what it was sent for (an appeal, an identity item). `filed_at`: from then on it is part of the record.
    """

    __tablename__ = "document"
    __table_args__ = (
        one_of("state", DocumentState),
        sa.CheckConstraint("size > 0", name="size_positive"),
        sa.CheckConstraint("(state = 'ready') = (wrapped_key IS NOT NULL)", name="ready_with_key"),
        sa.CheckConstraint("(state = 'erased') = (erased_at IS NOT NULL)", name="erased_together"),
        sa.Index("ix_document_case_id", "case_id"),
        sa.Index("ix_document_owner_subject", "owner_account_id", "subject_ref"),
        sa.Index("ix_document_owner_received", "owner_account_id", "received_at"),
        sa.Index(
            "ix_document_retain_until", "retain_until",
            sqlite_where=sa.text("wrapped_key IS NOT NULL"), postgresql_where=sa.text("wrapped_key IS NOT NULL"),
        ),
    )
    __facets__ = {
        "row": ("ref", "owner_account_id", "case_id", "subject_ref", "media_type", "size", "sha256", "store_key",
                "received_at"),
        "sealed": ("wrapped_key", "filed_at"),
        "kept": ("retain_until", "legal_hold"),
        "erased": ("erased_at",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    owner_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("case.id"))
    subject_ref: Mapped[SubjectRef]
    name: Mapped[str | None]
    media_type: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[Digest]
    store_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[str] = mapped_column(sa.String(16))
    wrapped_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    received_at: Mapped[Instant]
    filed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    retain_until: Mapped[datetime | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)


class Exhibit(Base):
    """One numbered exhibit of a case: a contract's terms, a message or a document, with what it shows and its digest."""

    __tablename__ = "exhibit"
    __row_class__ = "frozen"
    __erasable__ = ("description", "quoted")
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number"),
        one_of("kind", ExhibitKind),
        sa.CheckConstraint("kind <> 'contract' OR contract_id IS NOT NULL", name="contract_named"),
        sa.CheckConstraint("(kind = 'document') = (document_id IS NOT NULL)", name="document_named"),
        sa.Index("ix_exhibit_document_id", "document_id"),
    )
    __facets__ = {
        "row": ("case_id", "number", "kind", "contract_id", "message_id", "document_id", "by_account_id", "ground", "sha256"),
        "erased": ("erased_at",),
    }

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    contract_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contract.id"))
    message_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("message.id"))
    document_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("document.id"))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    ground: Mapped[str | None] = mapped_column(sa.String(64))
    description: Mapped[str | None]
    quoted: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
