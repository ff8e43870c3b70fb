"""The clocks of an action that is in force: the one at which it ends, and the one at which it has to be reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from portal.cases.clocks import start_clock, stop_clocks
from portal.cases.models import Case, Clock, ClockResult, WorkItem
from portal.cases.operations import close_item, open_item, open_item_of
from portal.core.clock import end_of_day, last_day, local_day
from portal.core.work import Work
from portal.enforcement.models import Action, Measure
from portal.enforcement.queries import rules_cited
from portal.rulebook.queries import promise, promises

REVIEW = "restriction_review"
LEGAL = "legal_review"
PART = "restriction_part_end"
CLOSING = "closing_begins"
REINSTATEMENT, OPENS, OPENED = "reinstatement", "reinstatement_opens", "reinstatement.opened"
"""The promise from when one can ask to come back, the clock until that day, and what is on record once it came."""
SAFETY = "restriction_review_safety"
CLOCKS = ("restriction_end", PART, CLOSING, REVIEW, SAFETY, LEGAL, OPENS, "co_signature")
Over = Callable[[Work, Action], None]
OVER: list[Over] = []

_PARTS = select(Clock).where(
    Clock.subject_ref == bindparam("ref"), Clock.kind.in_((PART, REVIEW, SAFETY)), Clock.ended_at.is_(None)
)

_SAFETY = select(Clock).where(Clock.subject_ref == bindparam("ref"), Clock.kind == SAFETY, Clock.ended_at.is_(None))


def on_over(follow: Over) -> Over:
    """Names what a room above does once an action takes nothing away any more: what waits about that has nothing left to ask."""
    OVER.append(follow)
    return follow


def start_end(work: Work, action: Action, case: Case, ends_at: datetime, zone: str) -> None:
    """Starts the clock at whose end the action ends by its own date."""
    start_clock(
        work, "restriction_end", action.ref, case=case, length=(ends_at - work.now).days, unit="days", zone=zone,
        promise_id=promise(work, REVIEW).clause_version_id, due_at=ends_at,
    )


class Lasting(Protocol):
    """One of several things that a decision takes away: a row, or what becomes one."""

    @property
    def ends_at(self) -> Any: ...

    @property
    def review_at(self) -> Any: ...


def start_parts(
    work: Work, action: Action, case: Case, parts: Iterable[Lasting], zone: str, *, since: datetime | None = None
) -> None:
    """Starts the clock of the next thing that ends before the decision, and of the next that is looked at again before that,
    where there is one; what is looked at again waits in the queue too.

    `since`: where a thing before it ended then, though we only come to it now.
    """
    listed, begun = list(parts), since or work.now
    earlier = [one.ends_at for one in listed if _before_the_end(action, begun, one.ends_at)]
    if earlier:
        start_clock(
            work, PART, action.ref, case=case, length=(min(earlier) - begun).days, unit="days", zone=zone,
            promise_id=promise(work, REVIEW).clause_version_id, due_at=min(earlier),
        )
    looks = [one.review_at for one in listed if _before_the_end(action, begun, one.review_at)]
    moved = work.db.scalars(_SAFETY, {"ref": action.ref}).one_or_none()
    ordinary = [at for at in looks if moved is None or at != moved.due_at]
    if ordinary:
        start_review(work, action, case, min(ordinary), zone)
    if looks:
        await_look(work, action, case, min(looks))


def await_look(work: Work, action: Action, case: Case, due_at: datetime) -> WorkItem:
    """The second look waits in the queue until then, marked where a rule of the action protects people's safety; whoever has it
    already keeps it."""
    item = open_item_of(work, action.ref, REVIEW)
    if item is None:
        rules = sorted(rules_cited(work.db, action), key=lambda rule: not rule.data.safety)
        return open_item(work, case, REVIEW, action.ref, due_at, clause_id=rules[0].clause_id if rules else None)
    item.due_at, item.version = due_at, item.version + 1
    return item


def _before_the_end(action: Action, begun: datetime, at: datetime | None) -> bool:
    return at is not None and action.ends_at is not None and begun < at < action.ends_at


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


def restart_parts(
    work: Work, action: Action, case: Case, parts: Iterable[Lasting], zone: str, looked: ClockResult = ClockResult.VOID,
    since: datetime | None = None,
) -> None:
    """The same where something was given back, or was `looked` at again: what comes next is among those that are left.

    What still waits to be looked at, late or not, goes on waiting with whoever has it.
    """
    listed, moved = list(parts), work.db.scalars(_SAFETY, {"ref": action.ref}).one_or_none()
    over = moved is not None and all(one.review_at != moved.due_at for one in listed)
    stop_clocks(work, action.ref, {PART: ClockResult.VOID, REVIEW: looked} | ({SAFETY: looked} if over else {}))
    waits = any(_before_the_end(action, since or work.now, one.review_at) for one in listed)
    if over or not waits or (looked is ClockResult.KEPT and moved is None):
        close_item(work, action.ref, REVIEW, "decided")
    work.db.flush()
    start_parts(work, action, case, listed, zone, since=since)


def start_review(work: Work, action: Action, case: Case, review_at: datetime, zone: str) -> None:
    """Starts the clock of the review date: what nobody reviewed by then ends (promise "restriction_review").

    A termination goes on, where we promise that its person can ask to come back from that day on (promise "reinstatement").
    """
    if action.measure == Measure.TERMINATION and REINSTATEMENT in promises(work.db, local_day(work.now, "UTC")):
        start_opening(work, action, case, begin_of(review_at, zone), zone)
        return
    time = promise(work, REVIEW)
    start_clock(
        work, "restriction_review", action.ref, case=case, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id, due_at=review_at,
    )


def begin_of(due_at: datetime, zone: str) -> datetime:
    """When the last day begins of something that is due then."""
    return end_of_day(last_day(due_at, zone) - timedelta(days=1), zone)


def start_opening(work: Work, action: Action, case: Case, at: datetime, zone: str) -> None:
    """Starts the clock at whose end the person hears that they can ask to come back."""
    start_clock(
        work, OPENS, action.ref, case=case, length=max((at - work.now).days, 0), unit="days", zone=zone,
        promise_id=promise(work, REINSTATEMENT).clause_version_id, due_at=at,
    )


def end_earlier(work: Work, action: Action, case: Case, ends_at: datetime, zone: str) -> None:
    """The clock runs out earlier; what had only a review date so far has an end from now on."""
    running = select(Clock).where(
        Clock.subject_ref == action.ref, Clock.kind == "restriction_end", Clock.ended_at.is_(None)
    )
    clock = work.db.scalars(running.with_for_update()).one_or_none()
    if clock is not None:
        clock.due_at = ends_at
        late = [one.kind for one in work.db.scalars(_PARTS, {"ref": action.ref}) if one.due_at >= ends_at]
        stop_clocks(work, action.ref, dict.fromkeys(late, ClockResult.VOID))
        if {REVIEW, SAFETY} & {*late}:
            close_item(work, action.ref, REVIEW, "decided")
        return
    _stop_dates(work, action)
    start_end(work, action, case, ends_at, zone)


def stop_looking(work: Work, action: Action) -> None:
    """It ended by its own day: nobody looks again at the law or the order. Whether its letter still waits is looked at."""
    stop_clocks(work, action.ref, {LEGAL: ClockResult.VOID})
    close_item(work, action.ref, LEGAL, "decided")


def stop_all(work: Work, action: Action) -> None:
    """The action is over: none of its dates has to be kept any more, and neither a review nor a correction of it waits."""
    _stop_dates(work, action)
    over(work, action)


def over(work: Work, action: Action) -> None:
    """It takes nothing away any more: rooms above end what waits about that."""
    for follow in OVER:
        follow(work, action)


def _stop_dates(work: Work, action: Action) -> None:
    stop_clocks(work, action.ref, dict.fromkeys(CLOCKS, ClockResult.VOID))
    close_item(work, action.ref, REVIEW, "decided", LEGAL, "cosignature")
