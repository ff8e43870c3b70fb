"""Which version of our promise counts for what runs, and why: for the pages of those for whom it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.cases.models import Clock
from portal.cases.newer import CHOSEN
from portal.cases.newer_models import NewerPromise
from portal.rulebook.newer import STAYS, counts_from
from portal.rulebook.promised import versions_between
from portal.rulebook.queries import CitedClause, cited_clause, promises_of

_CLOCKS = select(Clock).where(
    Clock.subject_ref == bindparam("ref"), Clock.ended_at.is_(None), Clock.kind.not_in(CHOSEN)
).order_by(Clock.due_at, Clock.id)
_ROWS = select(NewerPromise).where(NewerPromise.clock_id == bindparam("clock_id")).order_by(NewerPromise.id)


@dataclass(frozen=True, slots=True)
class Counting:
    """A promise that was changed while it ran. `newer`: the changed one counts; else the one in force at the start still does.

    `changed_on`: since when the changed one is in force. `due_before`: when it was due until then, if that was another day.
    `between`: both sides relied on the day, so no newer one moves it.
    """

    kind: str
    clause: CitedClause
    changed_on: date
    newer: bool
    due_at: datetime
    due_before: datetime | None
    between: bool


def counting(session: Session, subject_ref: str, now: datetime) -> list[Counting]:
    """What runs for a reference under a promise that was changed since it began."""
    return [one for clock in session.scalars(_CLOCKS, {"ref": subject_ref}) for one in _of(session, clock, now)]


def _of(session: Session, clock: Clock, now: datetime) -> Iterator[Counting]:
    rows = session.scalars(_ROWS, {"clock_id": clock.id}).all()
    key = rows[-1].promise_id if rows else clock.promise_id
    clause = cited_clause(session, key) if key else None
    name = clause.data.promise if clause else None
    if clause is None or name is None:
        return
    own = promises_of(session, clause.version_id)[name]
    later = [
        (day, known[name]) for day, known in versions_between(session, clause.effective_on, counts_from(now)) if name in known
    ]
    other = [day for day, one in later if (one.length, one.unit, one.consequence) != (own.length, own.unit, own.consequence)]
    newer = clause.effective_on > counts_from(clock.started_at)
    if newer or other:
        moved = [row.due_before for row in rows[:1] if row.due_before != row.due_at]
        yield Counting(
            clock.kind, clause, clause.effective_on if newer else other[-1], newer, clock.due_at,
            moved[0] if moved else None, name in STAYS,
        )
