"""Erasing what the marketplace was told, some time after it answered: a message can name somebody's bank account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.work import Work
from portal.log.operations import record
from portal.notices.outgoing_models import Outgoing
from portal.rulebook.queries import promises

PROMISE = "message_retention"
AT_ONCE = 500


def kept_for(session: Session, at: datetime) -> timedelta | None:
    """How long a message is kept after its answer, by the promises in force on that day; None where none is published."""
    time = promises(session, local_day(at, "UTC")).get(PROMISE)
    return timedelta(days=time.length) if time is not None else None


def messages_due(session: Session, now: datetime) -> bool:
    """Whether a message has been kept long enough."""
    time = kept_for(session, now)
    return time is not None and session.scalar(_over(now - time).with_only_columns(Outgoing.id).limit(1)) is not None


def erase_messages(work: Work) -> dict[str, Any]:
    """Erases what has been kept long enough, at most 500 messages at once; how many. Digest, dates and proof remain.

    Only what the marketplace has answered is erased; what waits for its answer may have to be sent once more. Where no time
    is published, nothing is. Promise: message_retention.
    """
    work.require(Permission.RUN_CLOCKS)
    time = kept_for(work.db, work.now)
    found = [] if time is None else list(work.db.scalars(_over(work.now - time).limit(AT_ONCE).with_for_update()))
    for message in found:
        message.sealed, message.erased_at = None, work.now
    if found:
        record(work, "outgoing.erased", "messages", rows=[(message, "erased") for message in found], messages=len(found))
    return {"erased": len(found)}


def _over(until: datetime) -> Select[Outgoing]:
    return select(Outgoing).where(
        Outgoing.sealed.is_not(None), Outgoing.ended_at.is_not(None), Outgoing.ended_at <= until
    ).order_by(Outgoing.ended_at, Outgoing.id)
