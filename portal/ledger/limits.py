"""To which places money can go now: rooms above say since when and until when an account's new places are not used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.database import once
from portal.ledger.models import Destination

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
