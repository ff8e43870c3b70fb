"""What `flask verify` proves of closed cases: that somebody closed them on record, and that whoever reported was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Member, MemberRole, Person
from portal.appeals.models import Appeal, AppealOutcome
from portal.cases.closing import is_reopened
from portal.cases.models import Case, Closing, Reopening, Report
from portal.cases.report_models import IncomingReport, ReportWriter, SortedReport
from portal.enforcement.looking import NOT_APPLIED
from portal.enforcement.models import Action, ActionStatus, Nature, Signature, SignatureAs
from portal.log.models import Event
from portal.notices.models import Notice

Check = Callable[[Session], Iterator[str]]
ANSWERING = ("case.closed", "report.answered")
"""The acts in which whoever reported is told that no rule applied."""


def closed_cases_were_closed(session: Session) -> Iterator[str]:
    """A case is closed since the last time that somebody closed it, with rules and a reason, unless it was opened again
    since, because a complaint was granted; and otherwise open."""
    newer = aliased(Closing)
    newest = select(func.max(newer.n)).where(newer.case_id == Closing.case_id).correlate(Closing).scalar_subquery()
    last = select(Closing.closed_at).where(
        Closing.case_id == Case.id, Closing.n == newest, ~is_reopened()
    ).scalar_subquery()
    wrong = select(Case.ref).where(Case.closed_at.is_distinct_from(last)).order_by(Case.id)
    yield from (f"case {ref} is closed at another time than somebody closed it" for ref in session.scalars(wrong))
    twice = select(Case.ref).join(Closing, Closing.case_id == Case.id).where(Closing.n < newest, ~is_reopened())
    yield from (f"case {ref} was closed again and not opened in between" for ref in session.scalars(twice))
    granted = exists().where(
        Appeal.ref == Reopening.because_ref, Appeal.closing_id == Reopening.closing_id, Appeal.decided_at.is_not(None),
        Appeal.outcome == AppealOutcome.REVERSED, Appeal.decided_at == Reopening.reopened_at,
    )
    bare = (
        select(Case.ref).join(Closing, Closing.case_id == Case.id).join(Reopening, Reopening.closing_id == Closing.id)
        .where(~granted).order_by(Case.id)
    )
    yield from (f"case {ref} was opened again without a complaint that was granted" for ref in session.scalars(bare))


def opened_again_goes_to_somebody_else(session: Session) -> Iterator[str]:
    """Who closed a case that was opened again decides nothing in it from then on, and does not close it again."""
    again = select(Case.ref).join(Closing, Closing.case_id == Case.id).join(Reopening, Reopening.closing_id == Closing.id)
    signed = (
        again.join(Action, Action.case_id == Case.id).join(Signature, Signature.action_id == Action.id)
        .where(Signature.person_id == Closing.closed_by, Signature.created_at >= Reopening.reopened_at,
               Signature.signed_as != SignatureAs.COSIGNER)
    )
    yield from (f"case {ref} was decided by whoever closed it before" for ref in session.scalars(signed.distinct()))
    later = aliased(Closing)
    closed = again.join(later, (later.case_id == Case.id) & (later.n > Closing.n)).where(later.closed_by == Closing.closed_by)
    yield from (f"case {ref} was closed twice by the same person" for ref in session.scalars(closed.distinct()))


def _had_somebody() -> ColumnElement[bool]:
    """That the account of a report had somebody who reads it when the case was closed: an owner, or its writer."""
    return exists().where(
        or_(Member.role == MemberRole.OWNER, exists().where(
            ReportWriter.report_ref == Report.ref, ReportWriter.person_id == Member.person_id
        )),
        Member.account_id == Report.reporter_account_id, Member.created_at <= Closing.closed_at,
        or_(Member.ended_at.is_(None), Member.ended_at > Closing.closed_at), Member.person_id == Person.id,
        or_(Person.erased_at.is_(None), Person.erased_at > Closing.closed_at),
    )


def reports_of_closed_cases_are_answered(session: Session) -> Iterator[str]:
    """Whoever reported, and was told of no decision since, was answered in the act that closed the case."""
    decided = exists().where(
        Action.case_id == Closing.case_id, Action.interim.is_(False), Action.nature == Nature.CONDUCT,
        Action.issued_at >= Report.received_at,
        Action.issued_at <= Closing.closed_at, or_(Action.withdrawn_at.is_(None), Action.withdrawn_at > Closing.closed_at),
        or_(Action.reversed_at.is_(None), Action.reversed_at >= Action.effective_at, Action.reversed_at > Closing.closed_at),
    )
    before = exists().where(
        Notice.account_id == Report.reporter_account_id, Notice.kind == NOT_APPLIED, Notice.event_id == Event.id,
        Event.kind.in_(ANSWERING), Event.case_ref == Case.ref, Notice.created_at >= Report.received_at,
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


def nobody_waits_for_what_was_taken_back(session: Session) -> Iterator[str]:
    """Whoever reported before a decision that they were never told of, because it was taken back or overturned before it took
    effect, heard of another one or that no rule applied, at the latest when the case is closed."""
    never = or_(Action.status == ActionStatus.WITHDRAWN, Action.reversed_at < Action.effective_at)
    other = aliased(Action)
    told = exists().where(
        other.case_id == Case.id, other.id != Action.id, other.interim.is_(False), other.issued_at >= Report.received_at,
        other.status == ActionStatus.ISSUED, or_(other.reversed_at.is_(None), other.reversed_at >= other.effective_at),
    )
    answered = exists().where(
        Notice.account_id == Report.reporter_account_id, Notice.kind == NOT_APPLIED, Notice.event_id == Event.id,
        Event.kind.in_(ANSWERING), Event.case_ref == Case.ref, Notice.created_at >= Report.received_at,
    )
    missing = (
        select(Report.ref, Action.ref).join(Case, Report.case_id == Case.id).join(Action, Action.case_id == Case.id)
        .join(Closing, Closing.case_id == Case.id)
        .where(
            Case.closed_at.is_not(None), Action.interim.is_(False), never, Report.received_at <= Action.issued_at,
            Report.reporter_account_id != Case.about_account_id, _had_somebody(), ~told, ~answered,
        ).order_by(Report.ref).distinct()
    )
    for ref, action in session.execute(missing):
        yield f"report {ref} was never answered: decision {action} was undone before it was told"


def incoming_reports_are_heard(session: Session) -> Iterator[str]:
    """Whoever reported somebody by a reference or a listing got a receipt, and is told when nobody could be found."""
    receipt = exists().where(Notice.about_ref == IncomingReport.ref, Notice.kind == "report_receipt")
    bare = select(IncomingReport.ref).where(~receipt).order_by(IncomingReport.ref)
    yield from (f"report {ref} came without a receipt" for ref in session.scalars(bare))
    told = exists().where(Notice.about_ref == IncomingReport.ref, Notice.kind == "report_nobody")
    silent = (
        select(IncomingReport.ref).join(SortedReport, SortedReport.incoming_id == IncomingReport.id)
        .where(SortedReport.report_id.is_(None), ~told).order_by(IncomingReport.ref)
    )
    yield from (f"nobody was found for report {ref}, and its reporter was not told" for ref in session.scalars(silent))
    lost = (
        select(IncomingReport.ref).join(SortedReport, SortedReport.incoming_id == IncomingReport.id)
        .join(Report, SortedReport.report_id == Report.id).where(Report.ref != IncomingReport.ref)
    )
    yield from (f"report {ref} is in a case under another reference" for ref in session.scalars(lost))


PROVES: dict[int, tuple[Check, ...]] = {
    8: (opened_again_goes_to_somebody_else,),
    10: (reports_of_closed_cases_are_answered, nobody_waits_for_what_was_taken_back, incoming_reports_are_heard),
    11: (closed_cases_were_closed,),
}
