"""A newer promise counts for a clock that runs, where it is better for the person: on record, and followed by what hangs on it.

Every act looks first whether one of the clocks that it touches was not compared with the newest version yet, and so does the
worker with all others; what it changes follows from the clock and the versions alone, so it is the same whenever it is done.
Source: DESIGN 2.12.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from portal.cases.models import Case, Clock, WorkItem
from portal.cases.newer_models import NewerPromise
from portal.core.access import WORKER
from portal.core.work import Work
from portal.log.operations import add, record
from portal.rulebook.newer import BETTER, Running, Step, counts_from, steps
from portal.rulebook.promised import versions_between
from portal.rulebook.queries import Promise, cited_clause, promises_of

Follower = Callable[[Work, Clock, datetime], None]
FOLLOWERS: dict[str, Follower] = {}
CHOSEN = (
    "restriction_end", "restriction_part_end", "restriction_review", "closing_begins", "reinstatement_opens", "settlement_offer",
    "answer_reminder",
)
"""Clocks that run to a day which somebody chose or a letter names: they rest on a promise, and are not its length."""
EXACT = "hold"
"""Money that was held longer by a second signature, or shares the limit of another hold, has a day of its own."""
_TAKEN = select(NewerPromise).where(NewerPromise.clock_id == bindparam("clock_id")).order_by(NewerPromise.id)


def on_newer(kind: str) -> Callable[[Follower], Follower]:
    """Names what follows a clock of this kind to its new day; it is told the old one. Items in the queue follow by themselves."""

    def register(follower: Follower) -> Follower:
        FOLLOWERS[kind] = follower
        return follower

    return register


def promise_of(work: Work, clock: Clock) -> Promise | None:
    """The promise that counts for a clock: the newest that was better, else the one in force when it was started."""
    return _counting(work, clock)[0]


def _counting(work: Work, clock: Clock) -> tuple[Promise | None, date]:
    """The same, with the day of its version."""
    taken = work.db.scalars(_TAKEN, {"clock_id": clock.id}).all()
    key = taken[-1].promise_id if taken else clock.promise_id
    cited = cited_clause(work.db, key) if key else None
    if cited is None:
        return None, date.min
    return promises_of(work.db, cited.version_id).get(cited.data.promise or ""), cited.effective_on


def take_newer(work: Work, clock: Clock, *, follow: bool = True) -> None:
    """Compares a clock with each version of our promises that took effect since it was last compared, oldest first.

    `follow`: False where the clock ends in this act anyway.
    """
    today, (old, its_day) = counts_from(work.now), _counting(work, clock)
    since, clock.compared_on = max(clock.compared_on or its_day, its_day), today
    running = running_of(clock, old, work.country) if old is not None and clock.kind not in CHOSEN else None
    if old is None or running is None or old.name not in BETTER:
        work.db.flush()
        return
    newer = [(day, known.get(old.name)) for day, known in versions_between(work.db, since, today)]
    for one in steps(running, newer, waits=clock.paused_at is not None):
        _take(work, clock, one, follow=follow)
    work.db.flush()


def running_of(clock: Clock, promise: Promise, country: str = "", first_due: datetime | None = None) -> Running | None:
    """A clock as versions are compared with it; None for one whose day is its own (`EXACT`)."""
    plain = Running(promise, clock.started_at, clock.due_at, clock.zone, country)
    from_day = Running(promise, clock.started_at, clock.due_at, clock.zone, country, from_day=True)
    due_at = first_due or clock.due_at
    if plain.plain(promise) != due_at and from_day.plain(promise) == due_at:
        return from_day
    return None if clock.kind == EXACT and plain.plain(promise) != due_at else plain


def _take(work: Work, clock: Clock, taken: Step, *, follow: bool) -> None:
    row = add(work, NewerPromise(
        clock_id=clock.id, promise_id=taken.promise.clause_version_id, due_before=taken.before, due_at=taken.due_at
    ))
    clock.due_at = taken.due_at
    case_ref = work.db.scalar(select(Case.ref).where(Case.id == clock.case_id)) if clock.case_id else None
    caller, work.actor = work.actor, WORKER
    try:
        record(work, "promise.newer", clock.subject_ref, case_ref=case_ref, rows=[row], clock=clock.kind,
               due_before=taken.before, due_at=taken.due_at)
        if follow and taken.due_at != taken.before:
            _move_items(work, clock, taken)
            if clock.kind in FOLLOWERS:
                FOLLOWERS[clock.kind](work, clock, taken.before)
    finally:
        work.actor = caller


def _move_items(work: Work, clock: Clock, taken: Step) -> None:
    """What waits for staff about the same thing until the same moment waits until the new one."""
    work.db.execute(
        update(WorkItem).where(
            WorkItem.subject_ref == clock.subject_ref, WorkItem.due_at == taken.before, WorkItem.closed_at.is_(None)
        ).values(due_at=taken.due_at, version=WorkItem.version + 1)
    )
