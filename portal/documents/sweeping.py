"""Orphans, both ways: stored bytes without a row (a crash between the two), and rows without their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.store import Store
from portal.documents.models import Document

GRACE = timedelta(days=1)
"""An upload that is not on record after this long never will be."""
PORTION = 500
Entry = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, and what it found missing (references; nothing can be done but to say so)."""

    removed: int
    parts: int
    missing: tuple[str, ...]


def sweep(session: Session, store: Store, now: datetime) -> Swept:
    """Removes bytes that no living document names (older than a day) and names documents whose bytes are gone."""
    stored: set[str] = set()
    removed = 0
    for portion in _portions(store.entries()):
        living = _living(session, [key for key, _ in portion])
        stored |= living
        for key, written_at in portion:
            if key not in living and written_at < now - GRACE:
                store.delete(key)
                removed += 1
    return Swept(removed, store.drop_parts(now - GRACE), tuple(_missing(session, store, stored)))


def _portions(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while portion := list(islice(left, PORTION)):
        yield portion


def _living(session: Session, keys: list[str]) -> set[str]:
    query = select(Document.store_key).where(Document.store_key.in_(keys), Document.wrapped_key.is_not(None))
    return set(session.scalars(query))


def _missing(session: Session, store: Store, stored: set[str]) -> Iterator[str]:
    """What came in while the store was being listed is looked up once more."""
    query = select(Document.ref, Document.store_key).where(Document.wrapped_key.is_not(None)).order_by(Document.ref)
    for ref, key in session.execute(query.execution_options(yield_per=PORTION)):
        if key not in stored and not store.has(key):
            yield ref
