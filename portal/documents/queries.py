"""Reading exhibits."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.documents.models import Exhibit, ExhibitKind


def exhibits_of(session: Session, case_id: UUID) -> list[Exhibit]:
    """The exhibits of a case by number."""
    return list(session.scalars(select(Exhibit).where(Exhibit.case_id == case_id).order_by(Exhibit.number)))


def next_number(session: Session, case_id: UUID) -> int:
    """The number that the next exhibit of a case gets, counted from 1."""
    return (session.scalar(select(func.max(Exhibit.number)).where(Exhibit.case_id == case_id)) or 0) + 1


def contract_exhibit(session: Session, case_id: UUID, contract_id: UUID) -> Exhibit | None:
    """The exhibit that shows the terms of that contract in that case, if there is one."""
    query = select(Exhibit).where(Exhibit.case_id == case_id, Exhibit.contract_id == contract_id)
    return session.scalars(query.where(Exhibit.kind == ExhibitKind.CONTRACT).order_by(Exhibit.number).limit(1)).one_or_none()
