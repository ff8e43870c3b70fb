"""Rows of policies, frozen versions and clause versions, stable clauses, and what was told to or accepted by an account."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Text, one_of


class PolicyKind(StrEnum):
    TERMS = "terms"
    PROMISES = "promises"


class Policy(Base):
    """A published text under one name through all its versions."""

    __tablename__ = "policy"
    __table_args__ = (one_of("kind", PolicyKind),)
    __facets__ = {"row": ("slug", "kind")}

    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(16))


class PolicyVersion(Base):
    """One version in one language, frozen at publication with the hash of its text and data.

    `corrects_id`: the version whose wording it corrects, when it is an editorial correction (see `editorial`).
    """

    __tablename__ = "policy_version"
    __row_class__ = "frozen"
    __table_args__ = (sa.UniqueConstraint("policy_id", "effective_on", "language"),)
    __facets__ = {
        "row": ("policy_id", "title", "published_on", "effective_on", "language", "binding", "changes", "front", "sha256"),
        "correction": ("corrects_id",),
    }

    policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("policy.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    published_on: Mapped[date]
    effective_on: Mapped[date]
    language: Mapped[str] = mapped_column(sa.String(12))
    binding: Mapped[bool]
    changes: Mapped[Text]
    front: Mapped[Text]
    sha256: Mapped[Digest]
    corrects_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("policy_version.id"))


class Clause(Base):
    """The stable identity of a clause through the versions of its policy."""

    __tablename__ = "clause"
    __table_args__ = (sa.UniqueConstraint("policy_id", "key"),)
    __facets__ = {"row": ("policy_id", "key")}

    policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("policy.id"))
    key: Mapped[str] = mapped_column(sa.String(200))


class ClauseVersion(Base):
    """The text and data of one clause in one version and language: what a citation points at."""

    __tablename__ = "clause_version"
    __row_class__ = "frozen"
    __table_args__ = (
        sa.UniqueConstraint("version_id", "clause_id"),
        sa.UniqueConstraint("version_id", "ordinal"),
        sa.Index("ix_clause_version_clause_id", "clause_id"),
    )
    __facets__ = {
        "row": ("clause_id", "version_id", "ordinal", "parent_key", "level", "number", "heading", "text", "sha256", "data")
    }
    __digests__ = {"sha256": "text"}

    clause_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clause.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("policy_version.id"))
    ordinal: Mapped[int]
    parent_key: Mapped[str | None] = mapped_column(sa.String(200))
    level: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(80))
    heading: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[Text]
    sha256: Mapped[Digest]
    data: Mapped[Text]


class Binding(Base):
    """When an account was told of a version and when it accepted it.

    `binds_on`: the first day after the notice period that began at `told_at`. `untold_at`: since when what was sent counts
    as not having reached anybody, because it came back.
    """

    __tablename__ = "binding"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "version_id"),
        sa.CheckConstraint("told_at IS NOT NULL OR accepted_at IS NOT NULL", name="says_something"),
        sa.CheckConstraint("(told_at IS NULL) = (binds_on IS NULL)", name="told_together"),
        sa.CheckConstraint("untold_at IS NULL OR told_at IS NOT NULL", name="untold_after"),
    )
    __facets__ = {
        "row": ("account_id", "version_id", "told_at", "accepted_at"), "period": ("binds_on",), "untold": ("untold_at",),
    }

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("policy_version.id"))
    told_at: Mapped[datetime | None]
    binds_on: Mapped[date | None]
    untold_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


class ClauseSearch(Base):
    """The words of a clause version as they are searched: derived from it, filled at publication, can be made anew."""

    __tablename__ = "clause_search"
    __table_args__ = (
        sa.Index(
            "ix_clause_search_words", sa.text("array_to_tsvector(string_to_array(search_text, ' '))"), postgresql_using="gin",
        ).ddl_if(dialect="postgresql"),
    )

    clause_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clause_version.id"), unique=True)
    search_text: Mapped[Text]


SEARCH_ON_SQLITE = (
    "CREATE VIRTUAL TABLE clause_words USING fts5(row_id UNINDEXED, words, tokenize=\"ascii tokenchars '.'\", detail=none)",
    "CREATE TRIGGER clause_search_indexed AFTER INSERT ON clause_search BEGIN "
    "INSERT INTO clause_words (row_id, words) VALUES (NEW.id, NEW.search_text); END",
    "CREATE TRIGGER clause_search_indexed_anew AFTER UPDATE ON clause_search BEGIN "
    "UPDATE clause_words SET row_id = NEW.id, words = NEW.search_text WHERE row_id = OLD.id; END",
    "CREATE TRIGGER clause_search_forgotten AFTER DELETE ON clause_search BEGIN "
    "DELETE FROM clause_words WHERE row_id = OLD.id; END",
)
"""SQLite's index is a table of its own that follows; PostgreSQL's is an index on the expression above."""
for _statement in SEARCH_ON_SQLITE:
    sa.event.listen(ClauseSearch.__table__, "after_create", sa.DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
