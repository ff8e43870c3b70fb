"""Who wrote a report for their account: whoever did reads it and hears of it, beside the account's owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.roles import holders_of, places_as, reads_report
from portal.cases.report_models import ReportWriter
from portal.core.access import require_person
from portal.core.work import Work
from portal.log.operations import Row, add

_WRITTEN = select(Person, ReportWriter.report_ref).join(Person, ReportWriter.person_id == Person.id).where(
    ReportWriter.report_ref.in_(bindparam("refs", expanding=True)), Person.erased_at.is_(None)
)


def wrote(work: Work, report_ref: str) -> Row:
    """That the acting person wrote it."""
    return add(work, ReportWriter(report_ref=report_ref, person_id=require_person(work.actor))), "written"


def writer_of(session: Session, report_ref: str) -> UUID | None:
    """Who wrote a report; None where that is not on record, or nobody of an account did."""
    return session.scalar(select(ReportWriter.person_id).where(ReportWriter.report_ref == report_ref))


def by_actor(work: Work, report: Any) -> ColumnElement[bool]:
    """That the acting person wrote a report; `report`: the class of the rows that are asked for."""
    return exists().where(ReportWriter.report_ref == report.ref, ReportWriter.person_id == require_person(work.actor))


def read_by(session: Session, person_id: UUID, report: Any) -> ColumnElement[bool]:
    """That this person reads a report of one of their accounts; `report`: the class of the rows that are asked for."""
    mine = exists().where(ReportWriter.report_ref == report.ref, ReportWriter.person_id == person_id)
    return or_(report.reporter_account_id.in_(list(places_as(session, person_id))), mine)


def readers_of(session: Session, account_id: UUID, refs: Sequence[str]) -> list[tuple[Person, str]]:
    """Who of an account hears what became of these reports of it, each with the newest one that they read; `refs`: oldest first.

    Its owners, then whoever wrote one and is a member.
    """
    found = {one.id: (one, refs[-1]) for one in holders_of(session, account_id)}
    written = session.execute(_WRITTEN, {"refs": list(refs)}).all()
    for person, ref in sorted(written, key=lambda row: refs.index(row.report_ref), reverse=True):
        if person.id not in found and reads_report(session, account_id, person.id, person.id):
            found[person.id] = (person, ref)
    return list(found.values())
