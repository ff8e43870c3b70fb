"""Rows of what the marketplace is told by machine, and of the addresses to which that is posted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Ref, Word

LIVE = sa.text("ended_at IS NULL")
KEPT = sa.text("sealed IS NOT NULL AND ended_at IS NOT NULL")


class Endpoint(Base):
    """An address of the marketplace to which messages are posted. Its secret is sealed; a new secret is a new row."""

    __tablename__ = "endpoint"
    __row_class__ = "ending"
    __table_args__ = (sa.Index("uq_endpoint_live", "name", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),)
    __facets__ = {"row": ("name", "url", "sealed"), "ended": ("ended_at",)}

    name: Mapped[Word]
    url: Mapped[str] = mapped_column(sa.String(2000))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    ended_at: Mapped[datetime | None]


class Outgoing(Base):
    """What the marketplace is told of one event: the message, sealed, because it can name a bank account.

    It ends when the marketplace has answered about `about_ref`: from then on it is sent nowhere any more. Some time after that
    (promise "message_retention") its content is erased; what is sealed has its digest in `sha256` for good.
    """

    __tablename__ = "outgoing"
    __row_class__ = "ending"
    __erasable__ = ("sealed",)
    __table_args__ = (
        sa.UniqueConstraint("event_id", "kind"),
        sa.Index("ix_outgoing_about_ref", "about_ref"),
        sa.Index("ix_outgoing_kept", "ended_at", "id", sqlite_where=KEPT, postgresql_where=KEPT),
        sa.Index("ix_outgoing_open", "id", sqlite_where=LIVE, postgresql_where=LIVE),
    )
    __facets__ = {
        "row": ("message_id", "event_id", "kind", "about_ref", "sha256"), "ended": ("ended_at",), "erased": ("erased_at",),
    }

    message_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))
    kind: Mapped[Word]
    about_ref: Mapped[Ref]
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    sha256: Mapped[Digest]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
