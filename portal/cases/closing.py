"""That a case was closed, that it was opened again, and what was said in it since it was last decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, ClosedAs, Closing, Reopening
from portal.cases.queries import CaseFile
from portal.core.access import require_person
from portal.core.text import canonical
from portal.core.work import Work
from portal.log.operations import add
from portal.log.rules import body_digest
from portal.rulebook.queries import CitedClause, cited_clause

_CLOSINGS = select(Closing).where(Closing.case_id == bindparam("case_id")).order_by(Closing.n)


def closings_of(session: Session, case_id: UUID) -> list[Closing]:
    """Each time that the case was closed, the first one first."""
    return list(session.scalars(_CLOSINGS, {"case_id": case_id}))


def rules_of_closing(session: Session, closing: Closing) -> list[CitedClause]:
    """The rules under which the case was reviewed when it was closed."""
    found = (cited_clause(session, UUID(key)) for key in json.loads(closing.rules))
    return [clause for clause in found if clause is not None]


_CLOSERS = select(Closing.closed_by).where(Closing.case_id == bindparam("case_id"))


def is_reopened() -> ColumnElement[bool]:
    """Whether a closing did not last: the case was opened again."""
    return exists().where(Reopening.closing_id == Closing.id)


_REOPENED = _CLOSERS.where(is_reopened())
_REOPENINGS = select(Reopening).join(Closing, Reopening.closing_id == Closing.id).where(
    Closing.case_id == bindparam("case_id")
).order_by(Closing.n)


def closers_of(session: Session, case_id: UUID) -> set[UUID]:
    """Whoever closed the case, whenever."""
    return set(session.scalars(_CLOSERS, {"case_id": case_id}))


def set_apart_by_reopening(session: Session, case_id: UUID) -> set[UUID]:
    """Whoever closed a case that was opened again: somebody else goes on with its conduct. Source: DESIGN 2.8."""
    return set(session.scalars(_REOPENED, {"case_id": case_id}))


def reopenings_of(session: Session, case_id: UUID) -> list[Reopening]:
    """Each time that the case was opened again, the first one first."""
    return list(session.scalars(_REOPENINGS, {"case_id": case_id}))


def put_reopening(work: Work, case: Case, closing: Closing, because_ref: str) -> Reopening:
    """Opens the case again and keeps who did it, and because of what."""
    case.closed_at, case.close_reason, case.version = None, None, case.version + 1
    return add(work, Reopening(
        closing_id=closing.id, reopened_by=require_person(work.actor), because_ref=because_ref, reopened_at=work.now
    ))


def put_closing(
    work: Work, case: Case, *, closed_as: ClosedAs, rules: Sequence[CitedClause], reason: str, language: str
) -> Closing:
    """Closes the case and keeps who did it, under which rules it was reviewed and why."""
    n = len(closings_of(work.db, case.id)) + 1
    closing = Closing(
        case_id=case.id, n=n, closed_as=closed_as, closed_by=require_person(work.actor), language=language, reason=reason,
        rules=canonical([str(clause.id) for clause in rules]), closed_at=work.now, sha256="",
    )
    closing.sha256 = body_digest(closing)
    case.closed_at, case.close_reason, case.version = work.now, closed_as.value, case.version + 1
    return add(work, closing)


def what_came_in(file: CaseFile) -> str:
    """How much was said in a case, as one mark: whoever closes it has read all of it, or reads the rest first."""
    return f"{len(file.reports)}-{len(file.messages)}"
