"""Rows of notices, who was informed when and how, deliveries and each attempt at one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Digest, Instant, Ref, Word, one_of

WAITING = sa.text("result = 'waiting'")
GATED = sa.text("after_id IS NOT NULL")
PRESUMED = sa.text("informs_at IS NOT NULL")
LOOKED_AT = sa.text("look_at IS NOT NULL")
OF_CASE = sa.text("case_ref IS NOT NULL")
TO_ENDPOINTS = sa.text("endpoint_id IS NOT NULL")


class Channel(StrEnum):
    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryResult(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class InformedHow(StrEnum):
    CONFIRMED = "confirmed"
    OPENED = "opened"
    FIVE_DAYS = "five_days"


class Notice(Base):
    """One message to one person about one event. `mail_body` names action and rule only; `body` is for the inbox.

    `after_id`: goes out only once that other notice was sent (a counterpart never hears before the person concerned).
    """

    __tablename__ = "notice"
    __row_class__ = "frozen"
    __erasable__ = ("subject", "body", "mail_body")
    __table_args__ = (
        sa.UniqueConstraint("event_id", "kind", "recipient_id"),
        sa.Index("ix_notice_recipient_id", "recipient_id", "created_at"),
        sa.Index("ix_notice_about_ref", "about_ref"),
        sa.Index("ix_notice_case_ref", "case_ref", sqlite_where=OF_CASE, postgresql_where=OF_CASE),
        sa.Index("ix_notice_after_id", "after_id", sqlite_where=GATED, postgresql_where=GATED),
    )
    __facets__ = {
        "row": ("event_id", "kind", "recipient_id", "account_id", "case_ref", "about_ref", "target", "language",
                "not_before", "after_id", "corrects_id", "sha256"),
        "erased": ("erased_at",),
    }

    event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("event.id"))
    kind: Mapped[Word]
    recipient_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    case_ref: Mapped[Ref | None]
    about_ref: Mapped[Ref]
    target: Mapped[str] = mapped_column(sa.String(300))
    language: Mapped[str] = mapped_column(sa.String(12))
    subject: Mapped[str | None]
    body: Mapped[str | None]
    mail_body: Mapped[str | None]
    sha256: Mapped[Digest]
    not_before: Mapped[Instant]
    after_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    erased_at: Mapped[datetime | None]


class Informed(Base):
    """The first moment at which somebody counts as informed of a notice, and how we know."""

    __tablename__ = "informed"
    __row_class__ = "insert_only"
    __table_args__ = (one_of("how", InformedHow),)
    __facets__ = {"row": ("notice_id", "at", "how")}

    notice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("notice.id"), unique=True)
    at: Mapped[Instant]
    how: Mapped[str] = mapped_column(sa.String(16))


class Delivery(Base):
    """A notice on its way to a person by one channel, or what the marketplace is told on its way to one of its addresses.

    While a worker holds it, `next_try_at` equals `lease_until`. `informs_at`: when its person counts as informed by it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "channel"),
        sa.CheckConstraint("(notice_id IS NULL) = (channel = 'webhook')", name="notice_unless_webhook"),
        sa.CheckConstraint("(outgoing_id IS NOT NULL AND endpoint_id IS NOT NULL) = (channel = 'webhook')",
                           name="to_an_endpoint"),
        one_of("channel", Channel),
        one_of("result", DeliveryResult),
        sa.CheckConstraint("(delivered_at IS NOT NULL) = (result IN ('sent', 'bounced'))", name="delivered_together"),
        sa.Index("ix_delivery_next", "next_try_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        sa.Index("ix_delivery_informs_at", "informs_at", sqlite_where=PRESUMED, postgresql_where=PRESUMED),
        sa.Index("ix_delivery_message_id", "message_id"),
        sa.Index("uq_delivery_outgoing", "outgoing_id", "endpoint_id", unique=True, sqlite_where=TO_ENDPOINTS,
                 postgresql_where=TO_ENDPOINTS),
        sa.Index("ix_delivery_endpoint_id", "endpoint_id", sqlite_where=TO_ENDPOINTS, postgresql_where=TO_ENDPOINTS),
    )

    notice_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    outgoing_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("outgoing.id"))
    endpoint_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("endpoint.id"))
    channel: Mapped[str] = mapped_column(sa.String(16))
    target: Mapped[str] = mapped_column(sa.String(320))
    message_id: Mapped[str] = mapped_column(sa.String(200))
    next_try_at: Mapped[Instant]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(sa.String(16), default=DeliveryResult.WAITING)
    delivered_at: Mapped[datetime | None]
    informs_at: Mapped[datetime | None]


class Attempt(Base):
    """One try at a delivery and what the other side answered."""

    __tablename__ = "attempt"
    __row_class__ = "insert_only"
    __table_args__ = (sa.UniqueConstraint("delivery_id", "n"),)

    delivery_id: Mapped[UUID] = mapped_column(sa.ForeignKey("delivery.id"))
    n: Mapped[int]
    at: Mapped[Instant]
    result: Mapped[str] = mapped_column(sa.String(16))
    detail: Mapped[str] = mapped_column(sa.String(300))


class Telling(Base):
    """That an account is told of a new version of the rules, by the notice to one of its owners.

    `look_at`: when to look again whether that notice was sent; nothing once it is known.
    """

    __tablename__ = "telling"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "version_id", "notice_id"),
        sa.Index("ix_telling_notice_id", "notice_id"),
        sa.Index("ix_telling_look_at", "look_at", "id", sqlite_where=LOOKED_AT, postgresql_where=LOOKED_AT),
    )
    __facets__ = {"row": ("account_id", "version_id", "notice_id")}

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("policy_version.id"))
    notice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("notice.id"))
    look_at: Mapped[datetime | None]
