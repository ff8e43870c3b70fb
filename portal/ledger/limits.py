"""When money can go where: how long a place waits, and until when rooms above say that an account's new places are not used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.database import once
from portal.ledger.models import Destination
from portal.ledger.rules import after
from portal.rulebook.newer import counts_from
from portal.rulebook.promised import promise_on, versions_between
from portal.rulebook.queries import Promise

Limits = Callable[[Session, UUID, datetime], Iterable[tuple[datetime, datetime]]]
LIMITS: list[Limits] = []


def limits_places(ask: Limits) -> Limits:
    """Names what a room above knows: the times in which an account's money goes only to places that could be used before."""
    LIMITS.append(ask)
    return ask


def limited_until(session: Session, place: Destination, now: datetime) -> datetime | None:
    """Until when a place is not used because it could not be used yet when such a time began; None: nothing limits it."""
    account_id = place.account_id
    spans = once(session, ("limits", account_id), lambda: [span for ask in LIMITS for span in ask(session, account_id, now)])
    return max((until for since, until in spans if since < place.usable_from and now < until), default=None)


def wait_from(session: Session, name: str, since: datetime, now: datetime | None = None) -> Promise:
    """The promise by which a wait of that name runs that began at `since`: the one in force then, whenever we hear of it.

    `now`: where the wait is worked out anew each time, one that took effect by then counts if it is over sooner (DESIGN 2.12).
    Errors: KeyError when none is published.
    """
    day = counts_from(since)
    newer = versions_between(session, day, counts_from(now)) if now is not None else []
    found = [promise_on(session, name, day), *(known.get(name) for _day, known in newer)]
    known = [one for one in found if one is not None]
    if not known:
        raise KeyError(name)
    return min(known, key=lambda one: after(since, one.length, one.unit))


def by_links_from(session: Session, place: Destination, now: datetime) -> tuple[datetime, Promise]:
    """From when a session that a link opened can pay to a place, and by which promise: link_destination."""
    wait = wait_from(session, "link_destination", place.on_file_since, now)
    return after(place.on_file_since, wait.length, wait.unit), wait
