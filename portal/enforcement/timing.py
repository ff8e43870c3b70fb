"""The clocks of an action that is in force: the one at which it ends, and the one at which it has to be reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select

from portal.cases.clocks import start_clock, stop_clocks
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item
from portal.core.work import Work
from portal.enforcement.models import Action, Measure
from portal.rulebook.queries import promise

REVIEW = "restriction_review"
LEGAL = "legal_review"
PART = "restriction_part_end"
CLOSING = "closing_begins"
CLOCKS = ("restriction_end", PART, CLOSING, REVIEW, "restriction_review_safety", LEGAL, "co_signature")

_PART = select(Clock).where(Clock.subject_ref == bindparam("ref"), Clock.kind == PART, Clock.ended_at.is_(None))


def start_end(work: Work, action: Action, case: Case, ends_at: datetime, zone: str) -> None:
    """Starts the clock at whose end the action ends by its own date."""
    start_clock(
        work, "restriction_end", action.ref, case=case, length=(ends_at - work.now).days, unit="days", zone=zone,
        promise_id=promise(work, REVIEW).clause_version_id, due_at=ends_at,
    )


def start_part(
    work: Work, action: Action, case: Case, ends: Iterable[datetime], zone: str, *, since: datetime | None = None
) -> None:
    """Starts the clock of the next thing that ends before the decision, where there is one; `ends`: when each thing ends.

    `since`: where a thing before it ended then, though we only come to it now.
    """
    begun = since or work.now
    earlier = [end for end in ends if action.ends_at is not None and begun < end < action.ends_at]
    if earlier:
        start_clock(
            work, PART, action.ref, case=case, length=(min(earlier) - begun).days, unit="days", zone=zone,
            promise_id=promise(work, REVIEW).clause_version_id, due_at=min(earlier),
        )


def start_closing(work: Work, action: Action, case: Case, zone: str) -> None:
    """Starts the clock at which the end of an account takes effect: from then on nobody finishes a contract with it."""
    at, notice = max(action.effective_at or work.now, work.now), promise(work, "termination_notice")
    start_clock(
        work, CLOSING, action.ref, case=case, length=(at - work.now).days, unit="days", zone=zone,
        promise_id=notice.clause_version_id, due_at=at,
    )


def close_anew(work: Work, action: Action) -> None:
    """The end of an account that is in effect applies again, or others hear of it only now: the same follows once more."""
    at = action.effective_at if action.measure == Measure.TERMINATION and action.member_id is None else None
    if at is not None and at <= work.now:
        stop_clocks(work, action.ref, {CLOSING: ClockResult.VOID})
        work.db.flush()
        start_closing(work, action, work.db.get_one(Case, action.case_id), "UTC")


def restart_part(work: Work, action: Action, case: Case, ends: Iterable[datetime], zone: str) -> None:
    """The same where something was given back: the next thing that ends is among those that are left."""
    stop_clocks(work, action.ref, {PART: ClockResult.VOID})
    work.db.flush()
    start_part(work, action, case, ends, zone)


def start_review(work: Work, action: Action, case: Case, review_at: datetime, zone: str) -> None:
    """Starts the clock of the review date: what nobody reviewed by then ends (promise "restriction_review")."""
    time = promise(work, REVIEW)
    start_clock(
        work, "restriction_review", action.ref, case=case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id, due_at=review_at,
    )


def end_earlier(work: Work, action: Action, case: Case, ends_at: datetime, zone: str) -> None:
    """The clock runs out earlier; what had only a review date so far has an end from now on."""
    running = select(Clock).where(
        Clock.subject_ref == action.ref, Clock.kind == "restriction_end", Clock.ended_at.is_(None)
    )
    clock = work.db.scalars(running.with_for_update()).one_or_none()
    if clock is not None:
        clock.due_at = ends_at
        part = work.db.scalars(_PART, {"ref": action.ref}).one_or_none()
        if part is not None and part.due_at >= ends_at:
            stop_clocks(work, action.ref, {PART: ClockResult.VOID})
        return
    stop_all(work, action)
    start_end(work, action, case, ends_at, zone)


def stop_looking(work: Work, action: Action) -> None:
    """It ended by its own day: nobody looks again at the law or the order. Whether its letter still waits is looked at."""
    stop_clocks(work, action.ref, {LEGAL: ClockResult.VOID})
    close_item(work, action.ref, LEGAL, "decided")


def stop_all(work: Work, action: Action) -> None:
    """The action is over: none of its dates has to be kept any more, and neither a review nor a correction of it waits."""
    stop_clocks(work, action.ref, dict.fromkeys(CLOCKS, ClockResult.VOID))
    for kind in (REVIEW, LEGAL, "cosignature"):
        close_item(work, action.ref, kind, "decided")
