"""What `flask verify` proves of newer promises: those that are better for the person count, from their day on, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Clock
from portal.cases.newer import CHOSEN, running_of
from portal.cases.newer_models import NewerPromise
from portal.log.models import Event
from portal.rulebook.newer import BETTER, Running, step, takes_effect
from portal.rulebook.promised import version_days, versions_between
from portal.rulebook.queries import Promise, cited_clause, promises_of

GRACE, HOLIDAYS, WORKING = timedelta(days=1), timedelta(days=14), "working_days"
"""What may wait for the next round of the worker, and how much later working days can end because of public holidays."""
ASKED = ("appeal.asked", "reinstatement.asked")
WAITS = ("appeal_answer", "appeal_answer_safety", "reinstatement_answer", "reinstatement_answer_safety")
"""Clocks that stand still while we wait for the person: their day is later than their length alone gives."""
Versions = Sequence[tuple[date, dict[str, Promise]]]


def first_dues(session: Session) -> dict[UUID, datetime]:
    """When each clock was due before the first newer promise moved it, by its key."""
    rows = session.execute(select(NewerPromise.clock_id, NewerPromise.due_before).order_by(NewerPromise.id.desc()))
    return {clock_id: due_before for clock_id, due_before in rows}


def newer_promises_count(session: Session) -> Iterator[str]:
    """A newer promise that is better for the person counts for what already ran and moves it to its day; no other does."""
    taken = defaultdict[UUID, list[NewerPromise]](list)
    for row in session.scalars(select(NewerPromise).order_by(NewerPromise.id)):
        taken[row.clock_id].append(row)
    versions = versions_between(session, date.min, date.max)
    now = session.scalar(select(func.max(Event.at)))
    asked = set(session.scalars(select(Event.subject_ref).where(Event.kind.in_(ASKED))))
    for clock in session.scalars(select(Clock).order_by(Clock.id)):
        name = f"clock {clock.id} ({clock.kind} of {clock.subject_ref})"
        if clock.ended_at is None and now is not None and _behind(session, clock, now):
            yield f"{name} was not compared with the newest of our promises"
        waited = clock.kind in WAITS and clock.subject_ref in asked
        if not _right(session, clock, taken[clock.id], versions, waited=waited):
            yield f"{name} is not due by the best of our promises for the person"


def _behind(session: Session, clock: Clock, now: datetime) -> bool:
    """Whether a version took effect, more than a day ago, with which a running clock was not compared."""
    if clock.compared_on is None:
        return False
    return any(clock.compared_on < day and takes_effect(day) < now - GRACE for day, _key in version_days(session))


def _right(session: Session, clock: Clock, rows: Sequence[NewerPromise], versions: Versions, *, waited: bool) -> bool:
    cited = cited_clause(session, clock.promise_id) if clock.promise_id else None
    promise = promises_of(session, cited.version_id).get(cited.data.promise or "") if cited is not None else None
    if promise is None or promise.name not in BETTER or clock.kind in CHOSEN:
        return not rows
    first_due = rows[0].due_before if rows else clock.due_at
    running = running_of(clock, promise, first_due=first_due)
    if running is None:
        return not rows
    later = [(day, known) for day, known in versions if cited and cited.effective_on < day <= (clock.compared_on or date.min)]
    return _replayed(replace(running, due_at=first_due), clock, list(rows), later, waits=waited)


def _replayed(running: Running, clock: Clock, rows: list[NewerPromise], versions: Versions, *, waits: bool) -> bool:
    """Goes through the versions again: each that is better has its row, in order, and moved the day to the right one.

    `waits`: it stood still at times, so its day cannot be worked out from its start alone.
    """
    for day, known in versions:
        newer = known.get(running.promise.name)
        if newer is None:
            continue
        row = rows[0] if rows and rows[0].promise_id == newer.clause_version_id else None
        if row is None and not waits and _missing(running, newer, day):
            return False
        if row is not None:
            if not _fits(running, newer, day, row, waits=waits):
                return False
            running, rows = replace(running, promise=newer, due_at=row.due_at), rows[1:]
    return not rows and (waits or running.due_at == clock.due_at)


def _missing(running: Running, newer: Promise, day: date) -> bool:
    """Whether a version is better and nothing says that it counts. Public holidays, which are not known here, may decide
    between working days and other days."""
    units = {running.promise.unit, newer.unit}
    if takes_effect(day) >= running.due_at or (WORKING in units and len(units) > 1):
        return False
    return step(running, newer, day) is not None


def _fits(running: Running, newer: Promise, day: date, row: NewerPromise, *, waits: bool) -> bool:
    found = step(replace(running, due_at=row.due_before), newer, day)
    if not waits and row.due_before != running.due_at:
        return False
    if WORKING in (running.promise.unit, newer.unit):
        return found is None or abs(found.due_at - row.due_at) <= HOLIDAYS
    return found is not None and found.due_at == row.due_at
