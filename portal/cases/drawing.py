"""Somebody else: who may look at something again, and giving it to one of them at random, with a clock while there is nobody.

Source: DESIGN 2.8. The room above says who had a part before, and what follows when nobody is found in time.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person, StaffRole, StaffRoleName
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.hands import conflicted_among
from portal.cases.models import Case, ClockResult, WorkItem
from portal.cases.operations import give_item
from portal.core.work import Work
from portal.rulebook.queries import promise

LATE = "late"
"""The stage of what a lead has because nobody did it in time."""
DECIDERS = StaffRole.role.in_((StaffRoleName.REVIEWER, StaffRoleName.LEAD))
LEADS = StaffRole.role == StaffRoleName.LEAD
LEADS_OR_OUTSIDE = or_(LEADS, and_(StaffRole.role == StaffRoleName.REVIEWER, StaffRole.external))
"""Who decides what is late under a rule that protects people: a lead, or a reviewer from outside (DESIGN section 4)."""


def eligible(
    session: Session, case_id: UUID, had_a_part: Collection[UUID], among: ColumnElement[bool] = DECIDERS
) -> list[UUID]:
    """Who may look at something of this case again: staff `among` these who had no part before and are tied to no side."""
    people = session.scalars(
        select(Person.id).join(StaffRole, StaffRole.person_id == Person.id)
        .where(among, StaffRole.ended_at.is_(None), Person.erased_at.is_(None))
        .distinct().order_by(Person.id)
    ).all()
    free = [one for one in people if one not in had_a_part]
    tied = conflicted_among(session, case_id, free)
    return [one for one in free if one not in tied]


TAKEN_BACK = ("withdrawn", "void")
"""Why an item was closed: whoever sent it took it back, or what it was asked in."""


def holder_before(session: Session, item: WorkItem, before: Collection[str] = ()) -> UUID | None:
    """Who had it when it was taken back, where nothing of it was done since; `before`: other references that it had then.

    Whoever takes something back and sends it again does not choose among those who may answer it. Source: DESIGN 2.8.
    """
    query = select(WorkItem).where(
        WorkItem.subject_ref.in_((item.subject_ref, *before)), WorkItem.kind == item.kind, WorkItem.closed_at.is_not(None))
    newest = session.scalars(query.order_by(WorkItem.id.desc()).limit(1)).one_or_none()
    return newest.assignee_id if newest is not None and newest.close_reason in TAKEN_BACK else None


def one_of(session: Session, item: WorkItem, free: Sequence[UUID], before: Collection[str] = ()) -> UUID:
    """Whoever had it when it was taken back, while they may still; else one of `free` at random."""
    kept = holder_before(session, item, before)
    return kept if kept is not None and kept in free else secrets.choice(free)


def give_to_one_of(
    work: Work, case: Case, item: WorkItem, free: Sequence[UUID], clock: str, zone: str, *, stage: str = "new",
    start: datetime | None = None, besides: UUID | None = None,
) -> bool:
    """Gives an item to one of `free`, as `one_of` does; False when there is nobody, and the clock of the promise of that name
    runs.

    `start`: from when that clock counts, when another one led here. `besides`: from whom a lead takes it: then it is at random.
    """
    subject_ref, item.stage, item.version = item.subject_ref, stage, (item.version or 1) + 1
    left = [one for one in free if one != besides]
    if left:
        item.assignee_id = secrets.choice(left) if besides is not None else one_of(work.db, item, left)
        item.assigned_at = work.now
        stop_clock(work, subject_ref, clock, ClockResult.KEPT)
        return True
    item.assignee_id, item.assigned_at = None, None
    stop_clock(work, subject_ref, clock, ClockResult.VOID)
    work.db.flush()
    time = promise(work, clock, start)
    start_clock(
        work, clock, subject_ref, case=case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id, start=start,
    )
    return False


def a_lead_has(session: Session, subject_ref: str, kind: str) -> bool:
    """Whether what waits is with a lead: that somebody who is late was told on is said only then."""
    query = select(WorkItem.id).join(StaffRole, StaffRole.person_id == WorkItem.assignee_id).where(
        WorkItem.subject_ref == subject_ref, WorkItem.kind == kind, WorkItem.closed_at.is_(None),
        LEADS, StaffRole.ended_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def give_to_a_lead(work: Work, case: Case, item: WorkItem) -> None:
    """One of the leads whom nothing ties to the case has it: see `give_on`."""
    give_on(work, item, eligible(work.db, case.id, (), LEADS))


def give_on(work: Work, item: WorkItem, people: Sequence[UUID]) -> None:
    """One of these people has it, at random; it stays with one who has it already. Where there is none it stays where it is,
    late on every screen."""
    if people and item.assignee_id not in people:
        give_item(work, item, secrets.choice(people), LATE)
