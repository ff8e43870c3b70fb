"""Promises that run: starting, stopping, and doing what was published when one lapses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.cases.models import Case, Clock, ClockResult
from portal.cases.newer import take_newer
from portal.core.access import WORKER
from portal.core.clock import deadline
from portal.core.work import Work
from portal.log.operations import add, record
from portal.rulebook.newer import INSTANT, counts_from
from portal.rulebook.promised import NEWEST

Handler = Callable[[Work, Clock], None]
HANDLERS: dict[str, Handler] = {}
BATCH = 100
_OLD = and_(Clock.ended_at.is_(None), Clock.compared_on < NEWEST)
"""A clock that runs and was not compared with the newest version of our promises yet."""


def on_due(kind: str) -> Callable[[Handler], Handler]:
    """Names the one function that does what is published for clocks of this kind when they lapse."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


def start_clock(
    work: Work, kind: str, subject_ref: str, *, case: Case | None = None, account_id: UUID | None = None, length: int,
    unit: str, zone: str = "UTC", promise_id: UUID | None = None, due_at: datetime | None = None,
    start: datetime | None = None,
) -> Clock:
    """Starts a clock, now or at `start` (what follows a lapse is counted from its due time, not from when we noticed).

    What lapsed at 24:00 is counted from that day, not from the one that then begins. Units as in `core.clock.deadline`;
    `due_at` replaces the calculation where a date was chosen.
    """
    begun = start or work.now
    due = due_at or deadline(start - INSTANT if start and unit != "hours" else begun, length, unit, zone, work.country)
    return add(work, Clock(
        case_id=case.id if case else None, account_id=account_id, subject_ref=subject_ref, kind=kind, started_at=begun,
        length=length, unit=unit, zone=zone, due_at=due, promise_id=promise_id, compared_on=counts_from(begun),
    ))


_RUNNING = select(Clock, _OLD).where(
    Clock.subject_ref == bindparam("subject_ref"), Clock.kind.in_(bindparam("kinds", expanding=True)), Clock.ended_at.is_(None)
).with_for_update(of=Clock)


def stop_clock(work: Work, subject_ref: str, kind: str, result: ClockResult) -> Clock | None:
    """Ends the running clock of that kind and subject, if there is one. What was done after its time was not kept."""
    return stop_clocks(work, subject_ref, {kind: result}).get(kind)


def stop_clocks(work: Work, subject_ref: str, results: Mapping[str, ClockResult]) -> dict[str, Clock]:
    """Ends the running clocks of that subject, each kind with its result, in one look; answers with those that ran."""
    found: dict[str, Clock] = {}
    named = {"subject_ref": subject_ref, "kinds": list(results), "today": counts_from(work.now)}
    for clock, old in work.db.execute(_RUNNING, named).all():
        if old:
            take_newer(work, clock, follow=False)
        result = results[clock.kind]
        late = result == ClockResult.KEPT and (clock.paused_at or work.now) >= clock.due_at
        clock.ended_at, clock.result = work.now, ClockResult.MISSED if late else result
        found[clock.kind] = clock
    return found


def run_due(work: Work, case_ids: Sequence[UUID], account_ids: Sequence[UUID]) -> int:
    """Runs the lapsed clocks of these cases and accounts in the order in which they were due; how many.

    One at a time, and then looks again: what a lapse starts may have been due before the next one, and what it stops,
    pauses or moves does not lapse; so does a newer promise that is better. Where nothing is due, this is one look.
    """
    if not case_ids and not account_ids:
        return 0
    named, count = {"cases": list(case_ids), "accounts": list(account_ids), "now": work.now, "today": counts_from(work.now)}, 0
    while (found := work.db.execute(_DUE, named).first()) is not None:
        clock, old = found
        if old:
            take_newer(work, clock)
        else:
            lapse(work, clock)
            count += 1
    return count


_Mine = aliased(Clock)
_RUN_HERE = union_all(
    select(_Mine.id).where(_Mine.case_id.in_(bindparam("cases", type_=Uuid(), expanding=True)), _Mine.ended_at.is_(None)),
    select(_Mine.id).where(_Mine.account_id.in_(bindparam("accounts", type_=Uuid(), expanding=True)), _Mine.ended_at.is_(None)),
)
"""Asked by key: with "or" in its place, SQLite looked through every clock that runs, in the order in which they are due."""
_DUE = select(Clock, _OLD).where(
    Clock.id.in_(_RUN_HERE), Clock.ended_at.is_(None),
    or_(and_(Clock.paused_at.is_(None), Clock.due_at <= bindparam("now")), _OLD),
).order_by(Clock.due_at, Clock.id).limit(1).with_for_update(of=Clock)


def lapse(work: Work, clock: Clock) -> None:
    """Does what is published for this clock and records it: our own lapse, whoever's act came next."""
    clock.ended_at, clock.result = work.now, ClockResult.MISSED
    case_ref = work.db.scalar(select(Case.ref).where(Case.id == clock.case_id)) if clock.case_id else None
    caller, work.actor = work.actor, WORKER
    try:
        record(work, "clock.lapsed", clock.subject_ref, case_ref=case_ref, clock=clock.kind, due_at=clock.due_at)
        HANDLERS[clock.kind](work, clock)
        work.db.flush()
    finally:
        work.actor = caller


def due_scopes(work: Work, limit: int = BATCH) -> list[tuple[UUID | None, UUID | None]]:
    """The (case, account) pairs with something due, oldest first, then those to compare with a newer promise: what the worker
    settles next."""
    due = _SCOPES.where(Clock.ended_at.is_(None), Clock.paused_at.is_(None), Clock.due_at <= work.now).limit(limit)
    rows = work.db.execute(due.order_by(Clock.due_at, Clock.id)).all()
    if len(rows) < limit:
        old = _SCOPES.where(_OLD).order_by(Clock.compared_on, Clock.id).limit(limit - len(rows))
        rows = [*rows, *work.db.execute(old, {"today": counts_from(work.now)})]
    return list(dict.fromkeys((row.case_id, row.account_id) for row in rows))


_SCOPES = select(Clock.case_id, Clock.account_id)
