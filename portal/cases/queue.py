"""The one queue of what waits for staff: filters with an index each, pages by key, counts that stop at 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import Account, Member, StaffRole
from portal.cases.hands import ACTED_FIRST, TIES, Tie
from portal.cases.models import Case, CaseParty, WorkItem
from portal.core.database import KEYS
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.rulebook.models import Clause, ClauseVersion, PolicyVersion

FIRST = "need"
"""What comes before everything else, whatever is due before it."""
KINDS = (
    FIRST, "appeal", "pause", "reinstatement", "complaint", "cosignature", "identity", "dispute", ACTED_FIRST, "question",
    "report", "action", "lead", "chargeback", "money_returned", "withheld", "identity_talk", "restriction_review",
    "legal_review", "silence_review",
)
CONTESTED = ("dispute", "chargeback")
"""What waits because somebody contests money: at stake is that money, also in whatever else of their case waits."""
FILTERS = ("all", *KINDS, "late", "safety", "flagged", "mine", "unclaimed")
MOST_COUNTED = 100

Cursor = tuple[datetime, UUID]
# Bare, as in their partial indexes: "= 1" misses them.
SAFETY: sa.ColumnElement[Any] = sa.literal_column("work_item.safety")
FLAGGED: sa.ColumnElement[Any] = sa.literal_column("work_item.flagged")
NOW, WHO = sa.bindparam("now", type_=WorkItem.due_at.type), sa.bindparam("person_id", type_=sa.Uuid())
_MINE = select(Member.account_id).where(Member.person_id == WHO)
_HANDLE = select(StaffRole.handle).where(StaffRole.person_id == WorkItem.assignee_id).limit(1).scalar_subquery()


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One line: what waits, for whom, until when, and how much money is at stake."""

    id: UUID
    case_ref: str
    kind: str
    subject_ref: str
    stage: str
    waiting_on: str
    due_at: datetime
    late: bool
    stake: tuple[Money, ...]
    language: str
    safety: bool
    clause_key: str | None
    clause_number: str | None
    account_ref: str
    account_name: str
    assignee_id: UUID | None
    assignee_handle: str | None
    version: int

    @property
    def cursor(self) -> Cursor:
        """Where the next page begins."""
        return (self.due_at, self.id)


def _criterion(name: str) -> sa.ColumnElement[Any]:
    """What a filter asks for, beside "still open", of `NOW` and `WHO`. Errors: `NotFound` for one that is not offered."""
    if name in KINDS:
        return WorkItem.kind == name
    match name:
        case "all":
            return sa.true()
        case "late":
            return WorkItem.due_at <= NOW
        case "safety":
            return SAFETY
        case "flagged":
            return FLAGGED
        case "mine":
            return WorkItem.assignee_id == WHO
        case "unclaimed":
            return WorkItem.assignee_id.is_(None)
    raise NotFound


@cache
def untied(ties: tuple[Tie, ...], case_id: InstrumentedAttribute[UUID] = WorkItem.case_id) -> sa.ColumnElement[bool]:
    """That `WHO` may work on a case: nothing ties them to it, as in `hands.conflicted_among`.

    Most staff belong to no account at all: that is asked once, and no case is looked at then.
    """
    near = [tie(CaseParty.account_id, _MINE) for tie in ties]
    tied = sa.exists().where(CaseParty.case_id == case_id, sa.or_(CaseParty.account_id.in_(_MINE), *near))
    return sa.or_(~sa.exists().where(Member.person_id == WHO), ~tied)


def queue(
    session: Session, *, filter: str, person_id: UUID, clause_id: UUID | None = None, language: str | None = None,
    after: Cursor | None = None, limit: int = 50, now: datetime,
) -> list[QueueLine]:
    """What waits, most urgent first, at most `limit` lines after a cursor; nothing of a case that `person_id` may not see.

    What comes before everything else is asked for by `queue_first`. Errors: `NotFound` for an unknown filter.
    """
    return _lines(session, filter, person_id, clause_id, language, after, limit, now, first=filter == FIRST)


def queue_first(session: Session, *, filter: str, person_id: UUID, limit: int = 50, now: datetime) -> list[QueueLine]:
    """What of a filter comes before all of `queue`: people in danger or in need, the most urgent first."""
    if filter == FIRST:
        return []
    return _lines(session, filter, person_id, None, None, None, limit, now, first=True)


def queue_in(session: Session, case_ids: Sequence[UUID], person_id: UUID, now: datetime) -> list[QueueLine]:
    """What waits in these cases, the most urgent first; nothing of a case that `person_id` may not see."""
    rows = session.execute(_in_cases(tuple(TIES)), {"cases": list(case_ids), "person_id": person_id}).all()
    return _read(session, rows, now)


def next_line(session: Session, *, filter: str, person_id: UUID, past: str, now: datetime) -> QueueLine | None:
    """What to go on with in a filter after the line or the case of that reference, open or done: the next that is theirs, in
    the order of the queue and round to its start, else the next that is nobody's. Errors: `NotFound` for an unknown filter.
    """
    here = session.execute(_here(tuple(TIES)), {"past": past, "person_id": person_id}).first()
    for whose in ("mine", "unclaimed"):
        for first, after in _onward(here):
            found = _lines(session, filter, person_id, None, None, after, 1, now, first=first, whose=whose, past=past)
            if found:
                return found[0]
    return None


def _onward(here: sa.Row[str, datetime, UUID] | None) -> list[tuple[bool, Cursor | None]]:
    """The stretches of the queue after a line, and round to it: (what comes first or not, after which line)."""
    if here is None:
        return [(True, None), (False, None)]
    kind, due_at, key = here
    first = kind == FIRST
    return [(first, (due_at, key)), (not first, None), (first, None)]


@cache
def _here(ties: tuple[Tie, ...]) -> sa.Select[str, datetime, UUID]:
    """Where the line or case `past` stands: what of it is open and most urgent, else what was done last."""
    case = select(Case.id).where(Case.ref == sa.bindparam("past")).scalar_subquery()
    return (
        select(WorkItem.kind, WorkItem.due_at, WorkItem.id)
        .where(sa.or_(WorkItem.subject_ref == sa.bindparam("past"), WorkItem.case_id == case), untied(ties))
        .order_by(WorkItem.closed_at.is_not(None), WorkItem.closed_at.desc(), WorkItem.due_at, WorkItem.id).limit(1)
    )


def _lines(
    session: Session, filter: str, person_id: UUID, clause_id: UUID | None, language: str | None, after: Cursor | None,
    limit: int, now: datetime, *, first: bool, whose: str = "all", past: str = "",
) -> list[QueueLine]:
    due_at, key = after or (None, None)
    page = _page(filter, clause_id is not None, language is not None, after is not None, tuple(TIES), first, whose, past != "")
    rows = session.execute(page, {
        "person_id": person_id, "now": now, "clause_id": clause_id, "language": language, "due_at": due_at, "key": key,
        "limit": limit, "past": past,
    }).all()
    return _read(session, rows, now)


def _read(session: Session, rows: Sequence[Any], now: datetime) -> list[QueueLine]:
    items = [row[0] for row in rows]
    numbers, stakes = _numbers(session, [item.clause_id for item in items]), _stakes(session, items)
    return [_line(tuple(row), numbers, stakes, now) for row in rows]


@cache
def _page(
    name: str, by_clause: bool, by_language: bool, further: bool, ties: tuple[Tie, ...], first: bool, whose: str, past: bool
) -> sa.Select[Any, Any, Any, Any, Any, Any]:
    """The statement of each kind of page, made once."""
    kinds = WorkItem.kind == FIRST if first else WorkItem.kind != FIRST
    query = _waiting(ties).where(_criterion(name), _criterion(whose), kinds)
    if by_clause:
        query = query.where(WorkItem.clause_id == sa.bindparam("clause_id"))
    if by_language:
        query = query.where(WorkItem.language == sa.bindparam("language"))
    if further:
        last = sa.tuple_(sa.bindparam("due_at", type_=WorkItem.due_at.type), sa.bindparam("key", type_=WorkItem.id.type))
        query = query.where(sa.tuple_(WorkItem.due_at, WorkItem.id) > last)
    if past:
        query = query.where(WorkItem.subject_ref != sa.bindparam("past"), Case.ref != sa.bindparam("past"))
    return query.limit(sa.bindparam("limit", type_=sa.Integer()))


@cache
def _in_cases(ties: tuple[Tie, ...]) -> sa.Select[Any, Any, Any, Any, Any, Any]:
    return _waiting(ties).where(WorkItem.case_id.in_(sa.bindparam("cases", expanding=True)))


def _waiting(ties: tuple[Tie, ...]) -> sa.Select[Any, Any, Any, Any, Any, Any]:
    """The lines of what waits, in their order."""
    return (
        select(WorkItem, Case.ref, Account.ref, Account.name, Clause.key, _HANDLE)
        .join(Case, WorkItem.case_id == Case.id).join(Account, Case.about_account_id == Account.id)
        .outerjoin(Clause, WorkItem.clause_id == Clause.id).where(WorkItem.closed_at.is_(None), untied(ties))
        .order_by(WorkItem.due_at, WorkItem.id)
    )


def _line(
    row: tuple[Any, ...], numbers: dict[UUID, str], stakes: dict[UUID, tuple[Money, ...]], now: datetime
) -> QueueLine:
    item, case_ref, account_ref, account_name, clause_key, handle = row
    own = (Money(item.stake_minor, item.stake_currency),) if item.stake_minor else stakes.get(item.case_id, ())
    return QueueLine(
        id=item.id, case_ref=case_ref, kind=item.kind, subject_ref=item.subject_ref, stage=item.stage, waiting_on=item.waiting_on,
        due_at=item.due_at, late=item.due_at <= now, stake=own, language=item.language,
        safety=item.safety, clause_key=clause_key, clause_number=numbers.get(item.clause_id),
        account_ref=account_ref, account_name=account_name, assignee_id=item.assignee_id,
        assignee_handle=handle, version=item.version,
    )


_STAKES = (
    select(WorkItem.case_id, WorkItem.stake_currency, sa.func.sum(WorkItem.stake_minor))
    .where(WorkItem.case_id.in_(KEYS), WorkItem.closed_at.is_(None), WorkItem.kind.in_(CONTESTED))
    .group_by(WorkItem.case_id, WorkItem.stake_currency).order_by(WorkItem.case_id, WorkItem.stake_currency)
)


def _stakes(session: Session, items: Sequence[WorkItem]) -> dict[UUID, tuple[Money, ...]]:
    """What is contested in the cases of items that name no money of their own, by currency."""
    without, found = {item.case_id for item in items if not item.stake_minor}, dict[UUID, tuple[Money, ...]]()
    if without:
        for case_id, currency, minor in session.execute(_STAKES, {"ids": list(without)}):
            found[case_id] = (*found.get(case_id, ()), Money(int(minor), currency))
    return found


_NUMBERS = (
    select(ClauseVersion.clause_id, ClauseVersion.number)
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .where(ClauseVersion.clause_id.in_(KEYS), PolicyVersion.binding)
    .order_by(PolicyVersion.effective_on)
)


def _numbers(session: Session, clause_ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """The number that each clause has in its newest binding version."""
    wanted = {clause_id for clause_id in clause_ids if clause_id is not None}
    if not wanted:
        return {}
    rows = session.execute(_NUMBERS, {"ids": list(wanted)})
    return {row.clause_id: row.number for row in rows}


@cache
def _counts(ties: tuple[Tie, ...]) -> sa.Select[Any]:
    counts = []
    for name in FILTERS:
        found = select(WorkItem.id).where(WorkItem.closed_at.is_(None), _criterion(name), untied(ties))
        few = found.limit(MOST_COUNTED).subquery()
        counts.append(select(sa.func.count()).select_from(few).scalar_subquery().label(name))
    return select(*counts)


def queue_counts(session: Session, person_id: UUID, now: datetime) -> dict[str, int]:
    """How many lines each filter has; counting stops at 100 (pages show "99+")."""
    row = session.execute(_counts(tuple(TIES)), {"person_id": person_id, "now": now}).one()
    return {name: int(count) for name, count in row._mapping.items()}
