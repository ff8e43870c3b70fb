"""Puts events into the one gapless order: appends a leaf for each event that has none, one sequencer at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from portal.core.clock import Clock
from portal.core.database import Database
from portal.core.ids import new_id
from portal.log.models import Event, Leaf

BATCH = 1000
LATEST_COMMIT = timedelta(hours=1)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4701201)")


class Office(Protocol):
    """What sequencing needs of the office (`portal.act.Office` is one)."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...


def sequence(office: Office, *, whole: bool = False) -> int:
    """Appends leaves for what was committed since the last time, ordered by (at, id); returns how many.

    Looks back one hour from the newest leaf for acts that committed late; `whole` looks through all events.
    """
    total = 0
    while count := _append_batch(office.database, office.clock(), whole):
        total += count
    return total


def _append_batch(database: Database, now: datetime, whole: bool) -> int:
    with database.write() as session:
        if not database.is_sqlite:
            session.execute(ONE_AT_A_TIME)
        last = session.scalar(select(func.max(Leaf.seq)))
        pending = select(Event.id, Event.leaf_hash).where(~select(Leaf.id).where(Leaf.event_id == Event.id).exists())
        if last is not None and not whole:
            pending = pending.where(Event.id > _look_back(session, last))
        events = session.execute(pending.order_by(Event.at, Event.id).limit(BATCH)).all()
        if events:
            first = 0 if last is None else last + 1
            session.execute(insert(Leaf), [
                {"id": new_id(), "created_at": now, "seq": first + n, "event_id": event.id, "leaf_hash": event.leaf_hash}
                for n, event in enumerate(events)
            ])
        return len(events)


def _look_back(session: Session, last: int) -> UUID:
    """A key (UUIDv7: milliseconds first) from an hour before the newest leaf's event."""
    newest = session.execute(select(Leaf.event_id).where(Leaf.seq == last)).scalar_one()
    instant = (newest.int >> 80) - LATEST_COMMIT // timedelta(milliseconds=1)
    return UUID(int=max(instant, 0) << 80)
