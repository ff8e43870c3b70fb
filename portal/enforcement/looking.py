"""What a person may read of actions and of people they work with, with the right to read it in the same query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Uuid, and_, bindparam, exists, false, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, UserSession
from portal.cases.models import Case, Report, WorkItem
from portal.cases.report_models import Detection, IncomingReport, SortedReport
from portal.cases.writers import read_by
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import near_since
from portal.core.database import KEYS
from portal.enforcement.members import reads
from portal.enforcement.models import Action, ActionStatus, Nature, Statement
from portal.enforcement.silence import may_be_told
from portal.enforcement.telling import LOOK_UP
from portal.enforcement.unsent import COUNTERPART
from portal.notices.models import Channel, Delivery, DeliveryResult, Informed, Notice
from portal.notices.queries import not_held_back, sent_to_all

STATEMENT, NOT_APPLIED = "statement", "report_not_applied"


@dataclass(frozen=True, slots=True)
class MyNotice:
    """The notice by which the person was told of a thing, and since when they count as informed."""

    id: UUID
    informed_at: datetime | None
    informed_how: str | None


@dataclass(frozen=True, slots=True)
class Collaborator:
    """Somebody the person may look up: the account, the contracts between them, and since when one of them is paid.

    `told`: the actions that the person was told of by a notice; they may look these up whatever became of the contract.
    """

    account: Account
    contracts: tuple[Contract, ...]
    near: bool
    paid_since: date | None
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class MyReport:
    """What somebody reported: about which account, until when somebody has read it (None once it is), and whether its case is
    open, so that they still hear what became of it."""

    report: Report
    about: Account
    due_at: datetime | None
    goes_on: bool


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """The notice by which a report was answered, and when it was written."""

    id: UUID
    at: datetime


def my_notice_about(session: Session, person_id: UUID, about_ref: str, kind: str) -> MyNotice | None:
    """The person's own notice of that kind about a thing, the newest one."""
    row = session.execute(
        select(Notice.id, Informed.at, Informed.how).outerjoin(Informed, Informed.notice_id == Notice.id)
        .where(Notice.about_ref == about_ref, Notice.recipient_id == person_id, Notice.kind == kind)
        .order_by(Notice.created_at.desc()).limit(1)
    ).one_or_none()
    return MyNotice(*row) if row else None


def my_reports(
    session: Session, person_id: UUID, account_ids: Collection[UUID], ref: str | None = None
) -> list[MyReport]:
    """What these accounts of theirs reported of people they have a contract with, as far as this person reads it, newest first;
    `ref` limits it to one report."""
    waiting = and_(WorkItem.subject_ref == Report.ref, WorkItem.kind == "report", WorkItem.closed_at.is_(None))
    query = (
        select(Report, Account, WorkItem.due_at, Case.closed_at.is_(None)).join(Case, Report.case_id == Case.id)
        .join(Account, Case.about_account_id == Account.id).outerjoin(WorkItem, waiting)
        .where(
            Report.reporter_account_id.in_(account_ids), read_by(session, person_id, Report),
            ~exists().where(SortedReport.report_id == Report.id),
        )
    )
    if ref is not None:
        query = query.where(Report.ref == ref)
    return [MyReport(*row) for row in session.execute(query.order_by(Report.received_at.desc(), Report.id.desc()).limit(50))]


_SORTED = exists().where(SortedReport.incoming_id == IncomingReport.id)


def my_incoming(
    session: Session, person_id: UUID, account_ids: Collection[UUID], ref: str | None = None
) -> list[IncomingReport]:
    """What these accounts of theirs reported by a reference or a listing, as far as this person reads it, newest first: as it was
    written, whatever became of it."""
    query = select(IncomingReport).where(
        IncomingReport.reporter_account_id.in_(account_ids), read_by(session, person_id, IncomingReport)
    )
    if ref is not None:
        query = query.where(IncomingReport.ref == ref)
    return list(session.scalars(query.order_by(IncomingReport.id.desc()).limit(50)))


def reports_of_others(
    session: Session, person_id: UUID, account_ids: Collection[UUID], ref: str | None = None
) -> list[tuple[str, datetime, UUID]]:
    """What these accounts of theirs reported and this person does not read, newest first: reference, when, for which account."""
    found = list[tuple[str, datetime, UUID]]()
    for kind, besides in ((Report, exists().where(SortedReport.report_id == Report.id)), (IncomingReport, false())):
        query = select(kind.ref, kind.received_at, kind.reporter_account_id).where(
            kind.reporter_account_id.in_(account_ids), ~read_by(session, person_id, kind), ~besides
        )
        query = query if ref is None else query.where(kind.ref == ref)
        found += [(row[0], row[1], row[2]) for row in session.execute(query.order_by(kind.id.desc()).limit(50)) if row[2]]
    return sorted(found, key=lambda one: one[1], reverse=True)


def reports_to_sort(session: Session) -> bool:
    """Whether a report that is in no case yet names an account by its reference."""
    named = select(IncomingReport.id).join(Account, Account.ref == IncomingReport.named).where(
        ~_SORTED, Account.id != IncomingReport.reporter_account_id
    )
    return session.scalar(named.limit(1)) is not None


def detections_of(session: Session, report_ids: Collection[UUID]) -> dict[UUID, Detection]:
    """What machines said with these reports."""
    rows = session.scalars(select(Detection).where(Detection.report_id.in_(report_ids))) if report_ids else ()
    return {row.report_id: row for row in rows}


def unsorted_reports(session: Session, limit: int = 50) -> list[tuple[IncomingReport, Account]]:
    """Reports that are in no case yet, with who reported, the most urgent first."""
    query = select(IncomingReport, Account).join(Account, Account.id == IncomingReport.reporter_account_id).where(~_SORTED)
    return [(row[0], row[1]) for row in session.execute(query.order_by(IncomingReport.due_at, IncomingReport.id).limit(limit))]


def statements_of(session: Session, action_id: UUID) -> list[Statement]:
    """Every statement of an action, the first one first: a later one supersedes it, and both stay readable."""
    return list(session.scalars(select(Statement).where(Statement.action_id == action_id).order_by(Statement.n)))


def said_action(session: Session, ref: str) -> Action | None:
    """An issued action of which nothing forbids us to tell; who reads it is asked elsewhere."""
    said = Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN))
    return session.scalars(select(Action).where(Action.ref == ref, said, may_be_told())).one_or_none()


def my_action(session: Session, ref: str, person_id: UUID | None) -> Action | None:
    """An action that was said and that this person reads."""
    action = said_action(session, ref)
    return action if action is not None and reads(session, action.id, person_id) else None


_PAID = (
    select(Earning.id).join(Milestone, Earning.milestone_id == Milestone.id)
    .where(Milestone.contract_id == Contract.id).limit(1).scalar_subquery()
)
_TOLD = and_(
    Notice.recipient_id == bindparam("person_id"), Notice.kind == COUNTERPART,
    Notice.target == literal(LOOK_UP) + Account.ref, Notice.not_before <= bindparam("now"), not_held_back(),
)
_COLLABORATORS = (
    select(Account, Contract, _PAID, Notice.about_ref)
    .outerjoin(Contract, or_(
        and_(Contract.freelancer_id == Account.id, Contract.client_id.in_(KEYS)),
        and_(Contract.client_id == Account.id, Contract.freelancer_id.in_(KEYS)),
    ))
    .outerjoin(Notice, _TOLD)
    .where(Account.id.not_in(KEYS), or_(Contract.id.is_not(None), Notice.id.is_not(None)))
    .order_by(Contract.started_on.desc(), Contract.id.desc())
)
_BY_REF = _COLLABORATORS.where(Account.ref == bindparam("ref"))
_OTHERS: BindParameter[UUID] = bindparam("others", type_=Uuid(), expanding=True)
_BY_ID = _COLLABORATORS.where(Account.id.in_(_OTHERS))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks somebody up: the person, their accounts, and when."""

    person_id: UUID
    account_ids: frozenset[UUID]
    now: datetime

    @property
    def given(self) -> dict[str, Any]:
        """What the statements are given."""
        return {"person_id": self.person_id, "ids": list(self.account_ids), "now": self.now}


def collaborator(session: Session, ref: str, reader: Reader) -> Collaborator | None:
    """The account of that reference if the reader works or worked with it closely enough to ask, or was told of it.

    The same queries for every reference: unknown, unrelated and related take the same way. Close enough: a contract that is
    open or ended within the period, one that was paid, or a notice about it (DESIGN 2.7).
    """
    return next(iter(_close(session.execute(_BY_REF, {**reader.given, "ref": ref}), near_since(session, reader.now))), None)


def collaborators(session: Session, others: Sequence[UUID], reader: Reader) -> list[Collaborator]:
    """Those of these accounts that the reader may look up, in the order given, in one query."""
    if not others:
        return []
    found = _close(session.execute(_BY_ID, {**reader.given, "others": list(others)}), near_since(session, reader.now))
    return sorted(found, key=lambda one: others.index(one.account.id))


def _close(rows: Iterable[Row[Account, Contract, UUID, str]], since: date) -> list[Collaborator]:
    of: dict[Account, list[tuple[Contract | None, UUID | None, str | None]]] = defaultdict(list)
    for account, contract, earning, told in rows:
        of[account].append((contract, earning, told))
    found = []
    for account, listed in of.items():
        contracts = tuple(dict.fromkeys(contract for contract, _earning, _told in listed if contract is not None))
        near = any(contract.ended_on is None or contract.ended_on >= since for contract in contracts)
        paid = [contract.started_on for contract, earning, _told in listed if contract is not None and earning is not None]
        known = frozenset(ref for _contract, _earning, ref in listed if ref is not None)
        if near or paid or known:
            found.append(Collaborator(account, contracts, near, min(paid, default=None), known))
    return found


_STATEMENTS = select(Notice.id, Notice.about_ref).where(
    Notice.about_ref.in_(bindparam("refs", expanding=True)), Notice.kind == STATEMENT
)


def statements_sent(session: Session, action_refs: Collection[str], now: datetime) -> set[str]:
    """Of which actions everybody concerned was sent the statement: nobody else hears of one before (DESIGN 2.7)."""
    rows = session.execute(_STATEMENTS, {"refs": list(action_refs)}).all() if action_refs else []
    sent = sent_to_all(session, [row.id for row in rows], now)
    return {row.about_ref for row in rows if row.id in sent}


def my_sessions(session: Session, person_id: UUID, now: datetime) -> list[UserSession]:
    """The person's live sessions, newest first."""
    query = select(UserSession).where(
        UserSession.person_id == person_id, UserSession.ended_at.is_(None), UserSession.expires_at > now
    )
    return list(session.scalars(query.order_by(UserSession.created_at.desc(), UserSession.id.desc())))


_Answered = aliased(Report)


def _arrived(report: type[Report | IncomingReport], *kinds: str) -> tuple[ColumnElement[bool], ...]:
    """That a notice of these kinds is in the inbox of whoever wrote that report."""
    return (
        report.ref.in_(bindparam("refs", expanding=True)), Notice.recipient_id == bindparam("person_id"),
        Notice.created_at >= report.received_at, Delivery.channel == Channel.INBOX, Delivery.result == DeliveryResult.SENT,
        Notice.kind.in_(kinds),
    )


_ANSWERS = union_all(
    select(Report.ref, Notice.id, Notice.created_at)
    .join(_Answered, and_(
        _Answered.case_id == Report.case_id, _Answered.reporter_account_id == Report.reporter_account_id
    ))
    .join(Notice, Notice.about_ref == _Answered.ref).join(Delivery, Delivery.notice_id == Notice.id)
    .where(*_arrived(Report, "report_answered", NOT_APPLIED)),
    select(Report.ref, Notice.id, Notice.created_at)
    .join(Action, and_(
        Action.case_id == Report.case_id, Action.nature == Nature.CONDUCT, ~Action.interim
    ))
    .join(Notice, Notice.about_ref == Action.ref).join(Delivery, Delivery.notice_id == Notice.id)
    .where(*_arrived(Report, COUNTERPART)),
    select(IncomingReport.ref, Notice.id, Notice.created_at)
    .join(Notice, Notice.about_ref == IncomingReport.ref).join(Delivery, Delivery.notice_id == Notice.id)
    .where(*_arrived(IncomingReport, "report_nobody")),
)


def reports_answered(session: Session, person_id: UUID, refs: Collection[str]) -> dict[str, ReportAnswer]:
    """Which of these reports we have answered to this person, each with the newest notice that is in their inbox.

    Several reports of one account in one case are answered together. Who is the other side of a contract hears of a decision
    as such, and of nothing beside it: that is their answer then. So is that nobody could be found whom it is about.
    """
    rows = session.execute(_ANSWERS, {"refs": list(refs), "person_id": person_id}).all() if refs else []
    return {row.ref: ReportAnswer(row.id, row.created_at) for row in sorted(rows, key=lambda row: row.created_at)}
