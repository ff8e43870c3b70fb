"""Rows of the log: events with what they vouch for, leaves, checkpoints, case keys, and spent request keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, SubjectRef, Text, Word


class Event(Base):
    """One act. `manifest` lists [table, row, facet, digest] of every record the act wrote; `payload` is for people."""

    __tablename__ = "event"
    __row_class__ = "frozen"
    __erasable__ = ("payload",)
    __table_args__ = (
        sa.Index("ix_event_case_ref_at", "case_ref", "at"),
        sa.Index("ix_event_subject_ref", "subject_ref"),
    )
    __facets__ = {"erased": ("erased_at",)}

    kind: Mapped[Word]
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(sa.String(80))
    actor_role: Mapped[Word]
    case_ref: Mapped[Ref | None]
    subject_ref: Mapped[SubjectRef]
    manifest: Mapped[Text]
    record_sha256: Mapped[Digest]
    payload: Mapped[str | None]
    payload_hmac: Mapped[Digest]
    leaf_hash: Mapped[Digest]
    erased_at: Mapped[datetime | None]


class Leaf(Base):
    """The place of an event in the one gapless order."""

    __tablename__ = "leaf"
    __row_class__ = "insert_only"

    seq: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"), unique=True)
    leaf_hash: Mapped[Digest]


class Checkpoint(Base):
    """A signed tree head; a copy of `note` lies outside the database."""

    __tablename__ = "checkpoint"
    __row_class__ = "insert_only"

    size: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    root: Mapped[Digest]
    note: Mapped[Text]


class CaseKey(Base):
    """The key of a case's commitments, sealed; destroying it erases their meaning while the tree still verifies."""

    __tablename__ = "case_key"

    case_ref: Mapped[Ref] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    last_at: Mapped[Instant]


class RequestKey(Base):
    """A form or API call that was carried out, with its answer: pressing the button again gives the same answer."""

    __tablename__ = "request_key"
    __table_args__ = (sa.UniqueConstraint("actor", "key"),)

    actor: Mapped[str] = mapped_column(sa.String(80))
    key: Mapped[str] = mapped_column(sa.String(80))
    body_sha256: Mapped[Digest]
    answer: Mapped[Text]
