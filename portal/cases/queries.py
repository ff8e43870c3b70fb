"""Reading cases: one case with all that was said, parties, questions, drafts, and the timeline."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, Member, StaffRole
from portal.cases.models import Case, CaseParty, Clock, Closing, Draft, Message, MessageKind, Reopening, Report, WorkItem
from portal.core.errors import existing
from portal.log.models import Event

PERSON_PREFIX = "person:"


@dataclass(frozen=True, slots=True)
class Party:
    """An account of a case and its side."""

    account: Account
    side: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything that was said in a case, oldest first, and what of it waits for staff."""

    case: Case
    about: Account
    parties: tuple[Party, ...]
    reports: tuple[Report, ...]
    messages: tuple[Message, ...]
    items: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Our question to an account, its answer where there is one, and since when its matter is closed."""

    message: Message
    case_ref: str
    answer: Message | None
    closed_at: datetime | None = None
    runs_until: datetime | None = None

    @property
    def answer_by(self) -> datetime | None:
        """Until when it can be answered: the day that it names, or a later one where a newer promise is better (DESIGN 2.12)."""
        return self.runs_until or self.message.answer_by


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a case's timeline; staff appear by their handle, a party by the name of its account, the rest by role."""

    at: datetime
    kind: str
    role: str
    handle: str | None
    subject_ref: str
    event_id: UUID
    account: str | None = None


_BY_REF = select(Case).where(Case.ref == bindparam("ref"))


def find_case(session: Session, case_ref: str) -> Case:
    """Errors: `NotFound`."""
    return existing(session.scalars(_BY_REF, {"ref": case_ref}).one_or_none())


def case_file(session: Session, case_ref: str) -> CaseFile:
    """A case with its parties, reports, messages and open items. Errors: `NotFound`."""
    case = find_case(session, case_ref)
    parties = session.execute(
        select(Account, CaseParty.side).join(CaseParty, CaseParty.account_id == Account.id)
        .where(CaseParty.case_id == case.id).order_by(CaseParty.id)
    )
    items = select(WorkItem).where(WorkItem.case_id == case.id, WorkItem.closed_at.is_(None))
    return CaseFile(
        case, session.get_one(Account, case.about_account_id), tuple(Party(row[0], row[1]) for row in parties),
        tuple(reports_of(session, case.id)), tuple(messages_of(session, case.id)),
        tuple(session.scalars(items.order_by(WorkItem.due_at, WorkItem.id))),
    )


_REPORTS = select(Report).where(Report.case_id == bindparam("case_id")).order_by(Report.received_at, Report.id)


def reports_of(session: Session, case_id: UUID) -> list[Report]:
    return list(session.scalars(_REPORTS, {"case_id": case_id}))


def messages_of(session: Session, case_id: UUID) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.case_id == case_id).order_by(Message.sent_at, Message.id)))


_Answer = aliased(Message)
_CLOSED = (
    select(func.min(Closing.closed_at)).where(
        Closing.case_id == Message.case_id, Closing.closed_at >= Message.sent_at,
        ~exists().where(Reopening.closing_id == Closing.id),
    ).correlate(Message).scalar_subquery()
)
_RUNS = select(Clock.due_at).where(
    Clock.subject_ref == Message.ref, Clock.kind == "question", Clock.ended_at.is_(None)
).correlate(Message).scalar_subquery()
_QUESTIONS = (
    select(Message, Case.ref, _Answer, _CLOSED, _RUNS).join(Case, Message.case_id == Case.id)
    .outerjoin(_Answer, _Answer.answers_id == Message.id)
    .where(Message.to_account_id == bindparam("account_id"), Message.kind == MessageKind.QUESTION)
    .order_by(Message.sent_at.desc(), Message.id.desc())
)
_QUESTIONS_IN_CASE = _QUESTIONS.where(Message.case_id == bindparam("case_id"))


def questions_for_account(session: Session, account_id: UUID, case_id: UUID | None = None) -> list[Question]:
    """What we asked an account (in one case or in all), newest first, each with its answer where there is one."""
    query = _QUESTIONS if case_id is None else _QUESTIONS_IN_CASE
    rows = session.execute(query, {"account_id": account_id, "case_id": case_id})
    return [Question(*row) for row in rows]


def runs_until(session: Session, kind: str, subject_ref: str) -> datetime | None:
    """When the clock of that kind that runs for something is due; None where none runs."""
    return session.scalar(_RUNS_UNTIL, {"kind": kind, "ref": subject_ref})


_RUNS_UNTIL = select(Clock.due_at).where(
    Clock.subject_ref == bindparam("ref"), Clock.kind == bindparam("kind"), Clock.ended_at.is_(None)
)


_DRAFT = select(Draft.body, Draft.version).where(
    Draft.person_id == bindparam("person_id"), Draft.form == bindparam("form"), Draft.subject_ref == bindparam("subject_ref")
)


def draft_of(session: Session, person_id: UUID, form: str, subject_ref: str) -> dict[str, Any] | None:
    """What a person has typed into a form and not yet sent."""
    return draft_and_version(session, person_id, form, subject_ref)[0]


def draft_and_version(
    session: Session, person_id: UUID, form: str, subject_ref: str
) -> tuple[dict[str, Any] | None, int]:
    """The same with its version; 0 when there is none."""
    row = session.execute(_DRAFT, {"person_id": person_id, "form": form, "subject_ref": subject_ref}).one_or_none()
    return (json.loads(row.body), row.version) if row is not None else (None, 0)


def timeline(session: Session, case_ref: str) -> list[Moment]:
    """What happened in a case, oldest first."""
    events = session.scalars(select(Event).where(Event.case_ref == case_ref).order_by(Event.at, Event.id)).all()
    ids = {UUID(event.actor.removeprefix(PERSON_PREFIX)) for event in events if event.actor.startswith(PERSON_PREFIX)}
    handles, sides = _handles(session, ids), _sides(session, case_ref, ids)
    return [
        Moment(e.at, e.kind, e.actor_role, handles.get(e.actor), e.subject_ref, e.id, sides.get(e.actor)) for e in events
    ]


def _handles(session: Session, ids: Collection[UUID]) -> dict[str, str]:
    """The handles of those actors who are or were staff."""
    if not ids:
        return {}
    rows = session.execute(select(StaffRole.person_id, StaffRole.handle).where(StaffRole.person_id.in_(ids)))
    return {f"{PERSON_PREFIX}{row.person_id}": row.handle for row in rows}


def _sides(session: Session, case_ref: str, ids: Collection[UUID]) -> dict[str, str]:
    """The names of the case's accounts, by those actors who belong to one."""
    if not ids:
        return {}
    rows = session.execute(
        select(Member.person_id, Account.name).join(Account, Member.account_id == Account.id)
        .join(CaseParty, CaseParty.account_id == Account.id).join(Case, CaseParty.case_id == Case.id)
        .where(Case.ref == case_ref, Member.person_id.in_(ids))
    )
    return {f"{PERSON_PREFIX}{row.person_id}": row.name for row in rows}
