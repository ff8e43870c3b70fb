"""Our promises through their versions: which counts for a time that began before a newer one took effect (DESIGN 2.12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.core.clock import deadline
from portal.core.database import once
from portal.rulebook.models import Policy, PolicyVersion
from portal.rulebook.newer import Running, better_number, counts_from, steps
from portal.rulebook.queries import PROMISES, Promise, promises_of

_BINDING = (
    select(PolicyVersion.effective_on, PolicyVersion.id).join(Policy)
    .where(Policy.slug == PROMISES, PolicyVersion.binding).order_by(PolicyVersion.effective_on)
)
NEWEST = (
    select(func.max(PolicyVersion.effective_on)).join(Policy)
    .where(Policy.slug == PROMISES, PolicyVersion.binding, PolicyVersion.effective_on <= bindparam("today"))
    .scalar_subquery()
)
"""The day of the version of our promises that is in force on the day `today`."""


def version_days(session: Session) -> list[tuple[date, UUID]]:
    """The day and key of every version of our promises in the binding language, oldest first."""
    return once(session, (PROMISES, "versions"), lambda: [(day, key) for day, key in session.execute(_BINDING)])


def versions_between(session: Session, after: date, until: date) -> list[tuple[date, dict[str, Promise]]]:
    """What we promise by each version that takes effect after one day and until another, oldest first."""
    return [(day, promises_of(session, key)) for day, key in version_days(session) if after < day <= until]


def promise_on(session: Session, name: str, day: date) -> Promise | None:
    """The promise as it was on a day; before there was any, as it was published first."""
    found = [promises_of(session, key).get(name) for _day, key in _until(session, day)]
    return found[-1] if found else None


def _until(session: Session, day: date) -> Sequence[tuple[date, UUID]]:
    known = version_days(session)
    return [one for one in known if one[0] <= day] or known[:1]


def window_promise(session: Session, name: str, since: datetime, started_at: datetime, zone: str) -> Promise:
    """The promise by which a window counts that began at `started_at`: the one in force at `since`, or a newer, better one.

    A published version cannot be taken back, so one that is still to come counts as soon as it is known, if it takes effect
    before the window is over. Errors: KeyError where nothing of that name was ever promised.
    """
    first = promise_on(session, name, counts_from(since))
    if first is None:
        raise KeyError(name)
    due_at = deadline(started_at, first.length, first.unit, zone)
    newer = [(day, known.get(name)) for day, known in versions_between(session, counts_from(since), date.max)]
    taken = list(steps(Running(first, started_at, due_at, zone), newer))
    return taken[-1].promise if taken else first


def number_since(session: Session, name: str, started_at: datetime, now: datetime) -> int | None:
    """A promise that is a number alone, for what began at `started_at`; None where nothing is promised."""
    first = promise_on(session, name, counts_from(started_at))
    between = versions_between(session, counts_from(started_at), counts_from(now))
    newer = [known[name].length for _day, known in between if name in known]
    return None if first is None else better_number(name, first.length, newer)
