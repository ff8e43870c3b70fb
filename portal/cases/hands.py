"""In whose hands a case is: who works on what of it, who may read it, and who could be given it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person, StaffRole, StaffRoleName
from portal.accounts.queries import handle_of, is_conflicted
from portal.cases.models import Case, Clock, Message, WorkItem
from portal.cases.queries import PERSON_PREFIX, find_case, party_accounts
from portal.core.access import STAFF, Actor, Role
from portal.core.errors import NotAllowed
from portal.core.i18n import N_
from portal.log.models import Event

CONDUCT = ("report", "question", "action")
READS_ALL = frozenset({Role.LEAD, Role.AUDITOR})
ELSEWHERE = N_("Reviewer %(handle)s works on this. A lead can give it to somebody else.")
UNTAKEN = N_("This is with nobody yet. Take it first; then you can read it.")
CONFLICTED = N_("You belong to an account of this case. Somebody else has to work on it.")


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


def holder_of_item(session: Session, item: WorkItem | None) -> Holder | None:
    """In whose hands an item is."""
    if item is None or item.assignee_id is None:
        return None
    return Holder(item.assignee_id, handle_of(session, item.assignee_id), item.assigned_at)


def open_items(session: Session, case_id: UUID, kinds: Collection[str] = ()) -> list[WorkItem]:
    """What of a case waits for staff, the most urgent first; of these kinds, or all of it."""
    query = select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.closed_at.is_(None))
    if kinds:
        query = query.where(WorkItem.kind.in_(list(kinds)))
    return list(session.scalars(query.order_by(WorkItem.due_at, WorkItem.id)))


def waiting_question(session: Session, case_id: UUID) -> Message | None:
    """Our question in that case whose time to answer still runs."""
    running = select(Clock.subject_ref).where(Clock.case_id == case_id, Clock.kind == "question", Clock.ended_at.is_(None))
    return session.scalars(select(Message).where(Message.ref.in_(running)).limit(1)).one_or_none()


def conduct_holder(session: Session, case_id: UUID) -> Holder | None:
    """Who asks, drafts and decides about the conduct of a case; while our question waits, whoever asked it."""
    for item in open_items(session, case_id, CONDUCT):
        if item.assignee_id is not None:
            return holder_of_item(session, item)
    asked = waiting_question(session, case_id)
    if asked is None or asked.from_person_id is None:
        return None
    return Holder(asked.from_person_id, handle_of(session, asked.from_person_id), asked.sent_at)


def in_hands(session: Session, case: Case, person_id: UUID) -> bool:
    """Whether something of the case is or was given to this member of staff, or they acted in it themselves."""
    given = select(WorkItem.id).where(WorkItem.case_id == case.id, WorkItem.assignee_id == person_id)
    if session.scalar(given.limit(1)) is not None:
        return True
    acted = select(Event.id).where(
        Event.case_ref == case.ref, Event.actor == f"{PERSON_PREFIX}{person_id}",
        Event.actor_role.in_([role.value for role in STAFF]),
    )
    return session.scalar(acted.limit(1)) is not None


def require_reader(session: Session, actor: Actor, case_ref: str, subject_ref: str = "") -> None:
    """Whether a member of staff may read a case, and what of it they asked for.

    A reviewer reads only what is assigned to them or was signed by them (SECURITY, "a curious or bribed reviewer"); leads,
    who reassign, and auditors read every case. Nobody reads a case of an account to which they belong themselves.
    Errors: `NotFound`; `OutOfReach` as `conflicted`, `with_somebody_else` or `with_nobody`.
    """
    case, person_id = find_case(session, case_ref), actor.person_id
    if person_id is None or is_conflicted(session, person_id, party_accounts(session, case.id)):
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
    """Reviewers and leads who belong to no account of the case, by handle: to them it can be given."""
    rows = session.execute(
        select(StaffRole.person_id, StaffRole.handle).join(Person, StaffRole.person_id == Person.id).where(
            StaffRole.role.in_((StaffRoleName.REVIEWER, StaffRoleName.LEAD)), StaffRole.ended_at.is_(None),
            Person.erased_at.is_(None),
        ).distinct().order_by(StaffRole.handle)
    ).all()
    accounts = party_accounts(session, case.id)
    return [(row.person_id, row.handle) for row in rows if not is_conflicted(session, row.person_id, accounts)]
