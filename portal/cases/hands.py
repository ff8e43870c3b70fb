"""In whose hands a case is: who works on what of it, who may read it, and who could be given it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import Account, Member, Person, StaffRole, StaffRoleName
from portal.accounts.queries import handle_of
from portal.cases.models import Case, CaseParty, Clock, Message, WorkItem
from portal.cases.queries import find_case
from portal.core.access import Actor, Role
from portal.core.database import KEYS
from portal.core.errors import NotAllowed
from portal.core.i18n import N_

Tie = Callable[[InstrumentedAttribute[UUID], Select[UUID]], ColumnElement[bool]]
Signed = Callable[[Any, Any], ColumnElement[bool]]
TIES: list[Tie] = []
SIGNED: list[Signed] = []

ACTED_FIRST = "interim"
"""The kind of work item by which an action that came first waits to be decided in full."""
CONDUCT = ("report", "question", "action", ACTED_FIRST, "lead")
READS_ALL = frozenset({Role.LEAD, Role.AUDITOR})
ELSEWHERE = N_("Reviewer %(handle)s works on this. A lead can give it to somebody else.")
UNTAKEN = N_("This is with nobody yet. Take it first; then you can read it.")
CONFLICTED = N_("You belong to an account of this case, or to one that deals with it. Somebody else has to work on it.")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has something in their hands, and since when, where that is on record."""

    person_id: UUID
    handle: str
    since: datetime | None


class OutOfReach(NotAllowed):
    """A member of staff asked for a case that is not in their hands: pages say who has it and what can be done."""

    def __init__(self, code: str, message: str, case_ref: str, subject_ref: str, holder: Holder | None = None) -> None:
        super().__init__(code, message, handle=holder.handle if holder else "")
        self.case_ref, self.subject_ref, self.holder = case_ref, subject_ref, holder


def ties(tie: Tie) -> Tie:
    """Names a condition of a room above: that an account deals with one of those that a query finds."""
    TIES.append(tie)
    return tie


def signs(signed: Signed) -> Signed:
    """Names a condition of a room above: that something of a case (its key) bears the name of a person (theirs).

    Each key is a value, or a column of the statement that the condition is part of."""
    SIGNED.append(signed)
    return signed


_SIDES = select(CaseParty.account_id).where(CaseParty.case_id == bindparam("case_id"))


_THESE = select(Account.id).where(Account.id.in_(bindparam("accounts", expanding=True)))


@cache
def _set_apart(known: tuple[Tie, ...], sides: Select[UUID] = _SIDES) -> Select[UUID]:
    near = [tie(Member.account_id, sides) for tie in known]
    return select(Member.person_id).where(Member.person_id.in_(KEYS), or_(Member.account_id.in_(sides), *near)).distinct()


def conflicted_among(session: Session, case_id: UUID, person_ids: Collection[UUID]) -> set[UUID]:
    """Who of them may not work on a case: who belongs, or belonged, to an account of it, or to one that deals with such
    an account (its counterpart in a contract, whenever). Source: DESIGN 1."""
    if not person_ids:
        return set()
    return set(session.scalars(_set_apart(tuple(TIES)), {"case_id": case_id, "ids": list(person_ids)}))


def is_tied(session: Session, person_id: UUID, account_ids: Collection[UUID]) -> bool:
    """Whether somebody belongs, or belonged, to one of these accounts, or to one that deals with it, as in
    `conflicted_among`, where no case is."""
    given = {"accounts": list(account_ids), "ids": [person_id]}
    return bool(account_ids) and session.scalar(_set_apart(tuple(TIES), _THESE), given) is not None


def is_conflicted(session: Session, person_id: UUID, case_id: UUID) -> bool:
    """Whether somebody else has to work on the case, as in `conflicted_among`."""
    return bool(conflicted_among(session, case_id, [person_id]))


def holder_of_item(session: Session, item: WorkItem | None) -> Holder | None:
    """In whose hands an item is."""
    if item is None or item.assignee_id is None:
        return None
    return Holder(item.assignee_id, handle_of(session, item.assignee_id), item.assigned_at)


_OPEN = select(WorkItem).where(
    WorkItem.case_id == bindparam("case_id"), WorkItem.closed_at.is_(None)
).order_by(WorkItem.due_at, WorkItem.id)
_OPEN_OF_KINDS = _OPEN.where(WorkItem.kind.in_(bindparam("kinds", expanding=True)))


def open_items(session: Session, case_id: UUID, kinds: Collection[str] = ()) -> list[WorkItem]:
    """What of a case waits for staff, the most urgent first; of these kinds, or all of it."""
    if kinds:
        return list(session.scalars(_OPEN_OF_KINDS, {"case_id": case_id, "kinds": list(kinds)}))
    return list(session.scalars(_OPEN, {"case_id": case_id}))


def waiting_question(session: Session, case_id: UUID) -> Message | None:
    """Our question in that case whose time to answer still runs."""
    running = select(Clock.subject_ref).where(Clock.case_id == case_id, Clock.kind == "question", Clock.ended_at.is_(None))
    return session.scalars(select(Message).where(Message.ref.in_(running)).limit(1)).one_or_none()


def conduct_holder(session: Session, case_id: UUID, waiting: Collection[WorkItem] | None = None) -> Holder | None:
    """Who asks, drafts and decides about the conduct of a case: who writes the decision, else who has what led to it;
    while our question waits, whoever asked it. `waiting`: what of its conduct waits, where that was read already."""
    waiting = open_items(session, case_id, CONDUCT) if waiting is None else waiting
    items = [item for item in waiting if item.assignee_id is not None]
    if items:
        return holder_of_item(session, min(items, key=lambda item: item.kind != "action"))
    asked = waiting_question(session, case_id)
    return holder_of_question(session, asked) if asked is not None else None


def holder_of_question(session: Session, asked: Message) -> Holder | None:
    """Whose a question of ours is: to whom a lead gave it last, or whoever asked it."""
    given = select(WorkItem).where(
        WorkItem.case_id == asked.case_id, WorkItem.kind == "question", WorkItem.subject_ref == asked.ref,
        WorkItem.assignee_id.is_not(None),
    )
    found = holder_of_item(session, session.scalars(given.order_by(WorkItem.id.desc()).limit(1)).one_or_none())
    if found is not None or asked.from_person_id is None:
        return found
    return Holder(asked.from_person_id, handle_of(session, asked.from_person_id), asked.sent_at)


def in_hands(session: Session, case: Case, person_id: UUID) -> bool:
    """Whether something of the case is this member of staff's: given to them and not taken away since, open or closed;
    signed, decided or reviewed by them; or their question, which waits for its answer."""
    if session.scalar(select(given_or_signed(case.id, person_id))):
        return True
    holder = conduct_holder(session, case.id)
    return holder is not None and holder.person_id == person_id


def given_or_signed(case_id: Any, person_id: Any) -> ColumnElement[bool]:
    """That something of a case was given to somebody and not taken away since, or was signed by them; keys as in `signs`."""
    given = exists().where(WorkItem.case_id == case_id, WorkItem.assignee_id == person_id)
    return or_(given, *(each(case_id, person_id) for each in SIGNED))


def require_reader(session: Session, actor: Actor, case_ref: str, subject_ref: str = "") -> None:
    """Whether a member of staff may read a case, and what of it they asked for.

    A reviewer reads only what is assigned to them or was signed by them (SECURITY, "a curious or bribed reviewer"); leads,
    who reassign, and auditors read every case. Nobody reads a case of an account to which they belong themselves, or with
    which an account of theirs deals.
    Errors: `NotFound`; `OutOfReach` as `conflicted`, `with_somebody_else` or `with_nobody`.
    """
    case, person_id = find_case(session, case_ref), actor.person_id
    if person_id is None or is_conflicted(session, person_id, case.id):
        raise OutOfReach("conflicted", CONFLICTED, case.ref, subject_ref)
    if actor.roles & READS_ALL or in_hands(session, case, person_id):
        return
    holder = holder_now(session, case, subject_ref)
    if holder is not None:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, subject_ref, holder)
    raise OutOfReach("with_nobody", UNTAKEN, case.ref, subject_ref)


def holder_now(session: Session, case: Case, subject_ref: str = "") -> Holder | None:
    """Who has that thing of the case, or, without one, whatever of it waits first."""
    items = [one for one in open_items(session, case.id) if not subject_ref or one.subject_ref == subject_ref]
    holder = next((one for one in map(lambda each: holder_of_item(session, each), items) if one is not None), None)
    return holder or (None if items else conduct_holder(session, case.id))


def staff_for(session: Session, case: Case) -> list[tuple[UUID, str]]:
    """Reviewers and leads whom nothing ties to an account of the case, by handle: to them it can be given."""
    rows = session.execute(
        select(StaffRole.person_id, StaffRole.handle).join(Person, StaffRole.person_id == Person.id).where(
            StaffRole.role.in_((StaffRoleName.REVIEWER, StaffRoleName.LEAD)), StaffRole.ended_at.is_(None),
            Person.erased_at.is_(None),
        ).distinct().order_by(StaffRole.handle)
    ).all()
    tied = conflicted_among(session, case.id, [row.person_id for row in rows])
    return [(row.person_id, row.handle) for row in rows if row.person_id not in tied]
