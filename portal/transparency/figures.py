"""The public figures: promises of ours that were kept and missed in each month, late payouts, orders and silence.

They are counted at the end of a day (UTC), so nobody learns from a number that changes what happened this minute, and one
count a day is enough for everybody who asks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.cases.checks import BY_ITSELF, OURS
from portal.cases.models import Clock, ClockResult, WorkItem
from portal.core.clock import add_months, local_day
from portal.core.keeping import Kept
from portal.enforcement.silence import Counted, counted
from portal.ledger.models import Payout, PayoutState
from portal.ledger.returned import RETURNED
from portal.rulebook.queries import cited_clause

MONTHS = 12
THEIRS = frozenset({"dispute_answer", "dispute_client_answer"})
"""Times in which a side of a contract has to answer: they are not ours to keep."""
_DAYS = Kept[tuple[str, datetime], "Figures"](10)


@dataclass(frozen=True, slots=True)
class Line:
    """How often one promise, by its name, was kept and missed in one calendar month (named by its first day)."""

    month: date
    promise: str
    kept: int
    missed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is counted before `until`. `late`: payouts that were not sent in time, of all time; `overdue`: those of
    them that were still not sent then. `returned`: payouts and refunds that came back, of all time; `stuck`: those of them that
    somebody still had to look after. `orders`: of all time; of its letters, `waiting` is those that had to wait still."""

    until: datetime
    lines: tuple[Line, ...]
    late: int
    overdue: int
    returned: int
    stuck: int
    orders: Counted


def figures(session: Session, now: datetime) -> Figures:
    """The figures at the end of yesterday, UTC. Source: DESIGN 2.5 and 2.12, promises `payout` and "Counted in public"."""
    until = datetime.combine(local_day(now, "UTC"), time(), UTC)
    return _DAYS.get((str(session.get_bind().engine.url), until), lambda: _count(session, until))


def _count(session: Session, until: datetime) -> Figures:
    late, overdue = session.execute(_PAYOUTS, {"until": until}).one()
    returned, stuck = session.execute(_RETURNED, {"until": until}).one()
    return Figures(until, _lines(session, until), late, overdue or 0, returned, stuck or 0, counted(session, until))


_RETURNED = sa.select(
    sa.func.count(),
    sa.func.sum(sa.case((WorkItem.closed_at.is_(None), 1), (WorkItem.closed_at >= sa.bindparam("until"), 1), else_=0)),
).where(WorkItem.kind == RETURNED, WorkItem.created_at < sa.bindparam("until"))


_PAYOUTS = sa.select(
    sa.func.count(),
    sa.func.sum(sa.case(
        (Payout.state == PayoutState.OVERDUE, 1), (Payout.changed_at >= sa.bindparam("until"), 1), else_=0)),
).select_from(Clock).join(Payout, Payout.ref == Clock.subject_ref).where(
    Clock.kind == "payout", Clock.result == ClockResult.MISSED, Clock.ended_at < sa.bindparam("until"))


def _lines(session: Session, until: datetime) -> tuple[Line, ...]:
    """The newest month first; in it by promise. A promise that did not come up in a month has no line there."""
    newest = local_day(until - datetime.resolution, "UTC").replace(day=1)
    months = [add_months(newest, -n) for n in range(MONTHS)]
    found: Counter[tuple[date, str, str]] = Counter()
    for promise_id, n, result, number in session.execute(_by_month(months, until)):
        name = _ours(session, promise_id)
        if name:
            found[months[n], name, result] += number
    return tuple(
        Line(month, name, found[month, name, ClockResult.KEPT], found[month, name, ClockResult.MISSED])
        for month, name in sorted({(month, name) for month, name, _ in found}, key=lambda key: (-key[0].toordinal(), key[1]))
    )


def _by_month(months: list[date], until: datetime) -> sa.Select[UUID, int, str, int]:
    """What ended in each of these months, counted in the database by promise, month (its place in the list) and result."""
    begins = [datetime.combine(month, time(), UTC) for month in months]
    place = sa.case(*((Clock.ended_at >= begin, n) for n, begin in enumerate(begins))).label("place")
    ended = sa.select(Clock.promise_id.label("promise_id"), place, Clock.result.label("result")).where(
        Clock.ended_at >= begins[-1], Clock.ended_at < until, Clock.result != ClockResult.VOID,
        Clock.promise_id.is_not(None), Clock.kind.not_in(BY_ITSELF),
    ).subquery()
    columns: Any = (ended.c.promise_id, ended.c.place, ended.c.result)
    return sa.select(*columns, sa.func.count()).group_by(*columns)


def _ours(session: Session, promise_id: UUID) -> str | None:
    """The name of the promise that a clause makes; None where it is somebody else's time, or only a length."""
    clause = cited_clause(session, promise_id)
    if clause is None or clause.data.kind != OURS or clause.data.promise in THEIRS:
        return None
    return clause.data.promise
