"""What `flask verify` proves of closed cases: that somebody closed them on record, and that whoever reported was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, Person
from portal.cases.models import Case, Closing, Report
from portal.enforcement.looking import NOT_APPLIED
from portal.enforcement.models import Action, Nature
from portal.log.models import Event
from portal.notices.models import Notice

Check = Callable[[Session], Iterator[str]]


def closed_cases_were_closed(session: Session) -> Iterator[str]:
    """A case is closed since the last time that somebody closed it, with rules and a reason, and otherwise open."""
    last = select(func.max(Closing.closed_at)).where(Closing.case_id == Case.id).scalar_subquery()
    wrong = select(Case.ref).where(Case.closed_at.is_distinct_from(last)).order_by(Case.id)
    yield from (f"case {ref} is closed at another time than somebody closed it" for ref in session.scalars(wrong))


def _had_somebody() -> ColumnElement[bool]:
    """That the account of a report had a live member when the case was closed."""
    return exists().where(
        Member.account_id == Report.reporter_account_id, Member.created_at <= Closing.closed_at,
        or_(Member.ended_at.is_(None), Member.ended_at > Closing.closed_at), Member.person_id == Person.id,
        or_(Person.erased_at.is_(None), Person.erased_at > Closing.closed_at),
    )


def reports_of_closed_cases_are_answered(session: Session) -> Iterator[str]:
    """Whoever reported, and was told of no decision since, was answered in the act that closed the case."""
    decided = exists().where(
        Action.case_id == Closing.case_id, Action.interim.is_(False), Action.nature == Nature.CONDUCT,
        Action.issued_at >= Report.received_at, Action.issued_at <= Closing.closed_at,
    )
    before = exists().where(
        Notice.account_id == Report.reporter_account_id, Notice.kind == NOT_APPLIED, Notice.event_id == Event.id,
        Event.kind == "case.closed", Event.case_ref == Case.ref, Notice.created_at >= Report.received_at,
        Notice.created_at <= Closing.closed_at,
    )
    missing = (
        select(Report.ref, Case.ref).join(Case, Report.case_id == Case.id).join(Closing, Closing.case_id == Case.id)
        .where(
            Report.received_at <= Closing.closed_at, Report.reporter_account_id != Case.about_account_id,
            _had_somebody(), ~decided, ~before,
        ).order_by(Report.ref).distinct()
    )
    for ref, case_ref in session.execute(missing):
        yield f"report {ref} was not answered when case {case_ref} was closed"


PROVES: dict[int, tuple[Check, ...]] = {10: (reports_of_closed_cases_are_answered,), 11: (closed_cases_were_closed,)}
