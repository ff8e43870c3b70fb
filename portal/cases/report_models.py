"""Rows of reports on their way into a case, of who wrote them, and of what a machine of the marketplace said with its report."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.models import ReportSource
from portal.core.database import Base, Digest, Instant, Ref, Text, one_of


class IncomingReport(Base):
    """A report that names somebody by a reference or a listing, before it is in a case: kept alike, whoever it names.

    `pressed`: whether its writer says that they were pressured or threatened because of a report or a dispute.
    """

    __tablename__ = "incoming_report"
    __row_class__ = "frozen"
    __erasable__ = ("named", "body")
    __table_args__ = (one_of("source", ReportSource), sa.Index("ix_incoming_report_reporter", "reporter_account_id", "id"))
    __facets__ = {
        "row": ("ref", "source", "reporter_account_id", "language", "received_at", "due_at", "sha256"), "erased": ("erased_at",),
        "said": ("pressed",),
    }

    ref: Mapped[Ref] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(sa.String(16))
    reporter_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    language: Mapped[str] = mapped_column(sa.String(12))
    received_at: Mapped[Instant]
    due_at: Mapped[Instant]
    named: Mapped[str | None]
    body: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
    pressed: Mapped[bool | None]


class ReportWriter(Base):
    """Who of an account wrote a report, from before it is in a case: they read it, and the owners of the account."""

    __tablename__ = "report_writer"
    __row_class__ = "insert_only"
    __facets__ = {"written": ("report_ref", "person_id")}

    report_ref: Mapped[Ref] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))


class SortedReport(Base):
    """What became of such a report: the one in a case that it is now, or none, because nobody could be found."""

    __tablename__ = "sorted_report"
    __row_class__ = "insert_only"
    __facets__ = {"row": ("incoming_id", "report_id", "sorted_by", "sorted_at")}

    incoming_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incoming_report.id"), unique=True)
    report_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("report.id"), unique=True)
    sorted_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    sorted_at: Mapped[Instant]


class Detection(Base):
    """Which machine of the marketplace pointed to something: its name, what is published of its accuracy, its signals."""

    __tablename__ = "detection"
    __row_class__ = "frozen"
    __erasable__ = ("signals",)
    __facets__ = {
        "row": ("report_id", "source_key", "detector", "accuracy", "withheld", "sha256"), "erased": ("erased_at",)
    }

    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("report.id"), unique=True)
    source_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    detector: Mapped[str] = mapped_column(sa.String(200))
    accuracy: Mapped[Text]
    withheld: Mapped[bool]
    signals: Mapped[str | None]
    sha256: Mapped[Digest]
    erased_at: Mapped[datetime | None]
