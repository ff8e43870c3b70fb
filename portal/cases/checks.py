"""What `flask verify` proves of promises that run: each function names the clocks and clauses that break DESIGN 2.12."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Clock, ClockResult, Message
from portal.cases.newer import CHOSEN
from portal.cases.newer_checks import ASKED, GRACE, HOLIDAYS, WAITS, first_dues, newer_promises_count
from portal.core.clock import deadline, ends_a_day
from portal.log.models import Event
from portal.rulebook.clause_data import ClauseData, from_canonical
from portal.rulebook.models import ClauseVersion, Policy, PolicyVersion
from portal.rulebook.newer import INSTANT, counts_from
from portal.rulebook.promised import version_days
from portal.rulebook.queries import PROMISES

Check = Callable[[Session], Iterator[str]]
OURS, WITH_CONSEQUENCE = "answer", ("answer", "limit")
BY_ITSELF = ("hold", "restriction_end", "restriction_part_end", "settlement_offer", "answer_reminder")
"""Clocks at whose end something ends as it was published: nobody has to do anything in time."""
NAMED = (*CHOSEN, "appeal_question", "reinstatement_question", "hold")
"""Clocks that run to a day which somebody chose, or which a record of its own names."""
ZONES = timedelta(hours=26)
"""How much later a day ends in the later of two zones."""


@cache
def _data(text: str) -> ClauseData:
    return from_canonical(json.loads(text))


def promises_are_machine_readable(session: Session) -> Iterator[str]:
    """Each published promise of ours that has a time says for machines what follows when it is missed."""
    rows = session.execute(
        select(ClauseVersion.id, ClauseVersion.number, ClauseVersion.data, PolicyVersion.effective_on)
        .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
        .join(Policy, PolicyVersion.policy_id == Policy.id)
        .where(Policy.slug == PROMISES, PolicyVersion.binding).order_by(PolicyVersion.effective_on, ClauseVersion.ordinal)
    )
    for key, number, text, day in rows:
        data = _data(text)
        if data.promise and data.kind in WITH_CONSEQUENCE and not data.consequence:
            yield f"promise {number} of {day} (clause_version {key}) says nothing of what follows when it is missed"


def clocks_rest_on_a_promise(session: Session) -> Iterator[str]:
    """Each clock names the promise that runs: of the version of our promises that was in force when it was started.

    One that goes on for another (the same money for less of a claim, the same report in a case) may rest on what counted for
    that, so on a version that was in force since the time began.
    """
    rows = session.execute(
        select(Clock, ClauseVersion.version_id, ClauseVersion.data)
        .outerjoin(ClauseVersion, Clock.promise_id == ClauseVersion.id).order_by(Clock.id)
    )
    days = version_days(session)
    ends = {key: after for (_day, key), (after, _next) in pairwise(days)}
    begins = {key: day for day, key in days}
    for clock, version_id, text in rows:
        name = f"clock {clock.id} ({clock.kind} of {clock.subject_ref})"
        first, last = counts_from(min(clock.started_at, clock.created_at)), counts_from(clock.created_at)
        if text is None or not _data(text).promise:
            yield f"{name} rests on no published promise"
        elif not (begins.get(version_id, date.max) <= last and ends.get(version_id, date.max) > first):
            yield f"{name} rests on a version of our promises that was not in force when it started"


def kept_and_missed_are_true(session: Session) -> Iterator[str]:
    """What counts as kept was done before its time, and what counts as missed was not: these are the figures."""
    rows = session.execute(
        select(Clock, ClauseVersion.data).join(ClauseVersion, Clock.promise_id == ClauseVersion.id)
        .where(Clock.result != ClockResult.VOID, Clock.kind.not_in(BY_ITSELF)).order_by(Clock.id)
    )
    for clock, text in rows:
        done = clock.paused_at or clock.ended_at
        if _data(text).kind == OURS and done is not None and (done < clock.due_at) != (clock.result == ClockResult.KEPT):
            yield f"clock {clock.id} ({clock.kind} of {clock.subject_ref}) counts as {clock.result}, and its instants say no"


def due_dates_follow(session: Session) -> Iterator[str]:
    """Each clock is due when its length after its start is over, or on the day that its question named."""
    asked = set(session.scalars(select(Event.subject_ref).where(Event.kind.in_(ASKED))))
    named = dict(session.execute(select(Message.ref, Message.answer_by).where(Message.answer_by.is_not(None))).all())
    first = first_dues(session)
    for clock in session.scalars(select(Clock).where(Clock.kind.not_in(NAMED)).order_by(Clock.id)):
        due_at = first.get(clock.id, clock.due_at)
        if clock.kind == "question":
            fits = due_at == named.get(clock.subject_ref)
        else:
            fits = _follows(clock, due_at, waited=clock.kind in WAITS and clock.subject_ref in asked)
        if not fits:
            yield f"clock {clock.id} ({clock.kind} of {clock.subject_ref}) is due at another time than follows from its start"


def _follows(clock: Clock, due_at: datetime, *, waited: bool) -> bool:
    """Whether that instant follows from the start of a clock and its length.

    What was begun at 24:00 counts from the day that ended then; time in which we waited for the person comes on top.
    """
    first, last = (
        deadline(start, clock.length, clock.unit, clock.zone) for start in (clock.started_at - INSTANT, clock.started_at)
    )
    if clock.unit == "hours":
        first = last
    if waited:
        return due_at >= first
    if clock.unit == "working_days":
        return first <= due_at <= last + HOLIDAYS and ends_a_day(due_at, clock.zone)
    latest = last + ZONES if clock.kind == "dispute_acceptance" else last
    return due_at in (first, last) or last < due_at <= latest


def what_is_due_has_happened(session: Session, now: datetime | None = None) -> Iterator[str]:
    """No clock still runs a day after its time: what was published for it has happened.

    Without an instant: the newest event's, so that only time in which the portal worked is held against it.
    """
    now = now or session.scalar(select(func.max(Event.at)))
    if now is None:
        return
    late = select(Clock).where(Clock.ended_at.is_(None), Clock.paused_at.is_(None), Clock.due_at < now - GRACE)
    for clock in session.scalars(late.order_by(Clock.id)):
        yield f"clock {clock.id} ({clock.kind} of {clock.subject_ref}) was due at {clock.due_at.isoformat()} and still runs"


PROVES: dict[int, tuple[Check, ...]] = {
    12: (
        promises_are_machine_readable, clocks_rest_on_a_promise, kept_and_missed_are_true, due_dates_follow,
        newer_promises_count, what_is_due_has_happened,
    ),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
