"""Reading complaints: who was told that no rule applied, whether they can complain about that, and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.roles import owners_only, reads_report
from portal.appeals.models import Appeal, AppealKind, AppealState
from portal.appeals.queries import zone_of
from portal.appeals.rules import Window, window
from portal.cases.closing import closings_of, reopenings_of
from portal.cases.models import Case, Closing, Report
from portal.cases.writers import writer_of
from portal.core.errors import existing
from portal.enforcement.looking import NOT_APPLIED
from portal.notices.models import Informed, Notice
from portal.rulebook.promised import window_promise


@dataclass(frozen=True, slots=True)
class Complaining:
    """Whether an account can complain that nothing was done about what it reported, told before anything is written.

    `closing`: the newest, by which what it was told still holds. `why_not`: "answered" (once for each case), "open" (it is
    looked at again already) or "over" (the window is). `appeal`: the complaint there is, also a draft.
    """

    report: Report
    case: Case
    closing: Closing
    window: Window
    why_not: str | None
    appeal: Appeal | None


_Newest = aliased(Report)
_ANSWERS = (
    select(Notice.recipient_id, Notice.created_at, Informed.at)
    .join(_Newest, _Newest.ref == Notice.about_ref)
    .join(Report, and_(
        Report.case_id == _Newest.case_id, Report.reporter_account_id == _Newest.reporter_account_id
    ))
    .outerjoin(Informed, Informed.notice_id == Notice.id)
    .where(Report.ref == bindparam("ref"), Notice.kind == NOT_APPLIED, Notice.created_at >= Report.received_at)
    .order_by(Notice.created_at.desc())
)


_ANSWERED_AT = (
    select(Notice.account_id, func.max(Notice.created_at)).join(Report, Report.ref == Notice.about_ref)
    .where(Report.case_id == bindparam("case_id"), Notice.kind == NOT_APPLIED, Notice.account_id.is_not(None))
    .group_by(Notice.account_id)
)


def answered_at(session: Session, case_id: UUID) -> dict[UUID, datetime]:
    """When each account that reported in a case was told last that no rule applied."""
    return {row[0]: row[1] for row in session.execute(_ANSWERED_AT, {"case_id": case_id}) if row[0]}


def own_report(session: Session, ref: str, account_ids: Collection[UUID], person_id: UUID | None) -> Report:
    """A report of one of these accounts, which this person reads. Errors: `NotFound`; `owners_only` for its other members."""
    query = select(Report).where(Report.ref == ref, Report.reporter_account_id.in_(list(account_ids)))
    report = existing(session.scalars(query).one_or_none())
    account_id = report.reporter_account_id
    if account_id is not None and not reads_report(session, account_id, person_id, writer_of(session, ref)):
        raise owners_only(session, account_id)
    return report


def complaint_of(session: Session, case_id: UUID, account_id: UUID) -> Appeal | None:
    """The one complaint of an account about a case, also a draft, a withdrawn or an answered one."""
    query = select(Appeal).where(
        Appeal.case_id == case_id, Appeal.account_id == account_id, Appeal.kind == AppealKind.INACTION,
        Appeal.state != AppealState.INADMISSIBLE,
    )
    return session.scalars(query).one_or_none()


def complaining(session: Session, report: Report, person_id: UUID | None, now: datetime) -> Complaining | None:
    """Whether this person can complain about what became of a report; None where it was not answered so."""
    account_id = report.reporter_account_id
    if account_id is None:
        return None
    answers = session.execute(_ANSWERS, {"ref": report.ref}).all()
    last = next((row for row in answers if row.recipient_id == person_id), answers[0] if answers else None)
    if last is None:
        return None
    closing = closings_of(session, report.case_id)[-1]
    time, appeal = _window(session, account_id, last.created_at, last.at), complaint_of(session, report.case_id, account_id)
    case = session.get_one(Case, report.case_id)
    return Complaining(report, case, closing, time, _why_not(session, closing, appeal, time, now), appeal)


def _window(session: Session, account_id: UUID, told_at: datetime, informed_at: datetime | None) -> Window:
    zone = zone_of(session, account_id)
    length = window_promise(session, "appeal_window", told_at, informed_at or told_at, zone)
    return window(told_at, informed_at, length.length, length.unit, zone)


def _why_not(session: Session, closing: Closing, appeal: Appeal | None, time: Window, now: datetime) -> str | None:
    if appeal is not None and appeal.state == AppealState.DECIDED:
        return "answered"
    if any(one.closing_id == closing.id for one in reopenings_of(session, closing.case_id)):
        return "open"
    return "over" if time.over(now) else None


def closing_of(session: Session, appeal: Appeal) -> Closing:
    """The closing that a complaint is about."""
    return session.get_one(Closing, appeal.closing_id)


def newest_report(session: Session, appeal: Appeal) -> Report:
    """What the account that complains reported last in the case before it complained."""
    query = select(Report).where(Report.case_id == appeal.case_id, Report.reporter_account_id == appeal.account_id)
    if appeal.filed_at is not None:
        query = query.where(Report.received_at <= appeal.filed_at)
    return session.scalars(query.order_by(Report.received_at.desc(), Report.id.desc()).limit(1)).one()


def complaints_about(session: Session, closing_id: UUID, states: Collection[AppealState]) -> list[Appeal]:
    """The complaints about one closing that are in one of these states, oldest first."""
    query = select(Appeal).where(Appeal.closing_id == closing_id, Appeal.state.in_(list(states)))
    return list(session.scalars(query.order_by(Appeal.id)))
