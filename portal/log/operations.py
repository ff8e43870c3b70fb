"""Writing to the log: `record` puts one event into the act's own transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, select

from portal.core.database import Base
from portal.core.ids import new_id
from portal.core.text import canonical, plain, sha256
from portal.core.work import Work
from portal.log.models import CaseKey, Event
from portal.log.rules import SEAL, commitment, event_entry, leaf_bytes, leaf_hash, manifest_entry, seal_of, sealed

Model = TypeVar("Model", bound=Base)
Row = Base | tuple[Base, str]
CASE_KEY, WAITING, NEXT = "case-key", "rows that wait for an event", "what follows an event"
UNNAMED, MADE = "rows that no event names yet", "rows that an event made"
_KEY = select(CaseKey).where(CaseKey.case_ref == bindparam("case_ref")).with_for_update()


def add(work: Work, row: Model) -> Model:
    """Puts a new row into the act: its key and instant are set at once so that the log can vouch for it."""
    row.id = row.id or new_id()
    row.created_at = work.now
    work.db.add(row)
    if "row" in row.__facets__:
        work.cache.setdefault(UNNAMED, {})[row.id] = row
        work.cache.setdefault((MADE, getattr(row, "event_id", None)), []).append(row)
    return row


def require_named(work: Work) -> None:
    """Each new row that an event has to vouch for is named by one of this act. Errors: RuntimeError, before anything is kept."""
    _refuse(work.cache.get(UNNAMED, {}).values())


def _name(work: Work, rows: Sequence[Row], event_id: UUID) -> None:
    """These rows are named by that event now. What says itself which event of this act made it is named by that one."""
    unnamed: dict[UUID, Base] = work.cache.get(UNNAMED, {})
    named = {one[0].id if isinstance(one, tuple) else one.id for one in rows if not isinstance(one, tuple) or one[1] == "row"}
    for key in named & unnamed.keys():
        del unnamed[key]
    _refuse(one for one in work.cache.pop((MADE, event_id), ()) if one.id not in named)


def _refuse(rows: Iterable[Base]) -> None:
    if left := sorted({str(row.__tablename__) for row in rows}):
        raise RuntimeError(f"no event names these new rows: {', '.join(left)}")


def open_case_key(work: Work, case_ref: str) -> None:
    """Makes the key under which this case's events are committed."""
    sealed = work.keyring.seal(CASE_KEY, os.urandom(32))
    add(work, CaseKey(case_ref=case_ref, wrapped_key=sealed, last_at=work.now))


def vouch_next(work: Work, rows: Sequence[Row]) -> None:
    """For what is written before its act has an event of its own: the next event of this act vouches for these rows too."""
    work.cache.setdefault(WAITING, []).extend(rows)


def then(work: Work, event_id: UUID, step: Callable[[], None]) -> None:
    """What follows in this act once that event of it is recorded: a step of its own, with an event of its own."""
    work.cache.setdefault((NEXT, event_id), []).append(step)


def record(
    work: Work, kind: str, subject_ref: str, *, case_ref: str | None = None, rows: Sequence[Row] = (),
    event_id: UUID | None = None, **payload: Any,
) -> Event:
    """Writes one event. `rows` are the records it vouches for (a row, or a row with the facet that changed).

    `payload` says what happened, for people; only its commitment enters the tree. Within a case `at` never decreases. The
    last line of the manifest seals the event as ours. `event_id` is given when rows must name their causing event before it
    is written (`new_id()` makes it).
    """
    key, at = _key_and_instant(work, case_ref)
    rows = [*rows, *work.cache.pop(WAITING, ())]
    entries = [event_entry(work.actor.name, work.actor.role, case_ref)]
    entries += [manifest_entry(*(row if isinstance(row, tuple) else (row, "row"))) for row in rows]
    lines, text, event_id = canonical(entries), canonical(payload), event_id or new_id()
    _name(work, rows, event_id)
    mac = commitment(key, text)
    seal = seal_of(work.keyring.derive(SEAL), str(event_id), kind, plain(at), subject_ref, mac, lines)
    manifest = sealed(lines, seal, str(event_id))
    digest = sha256(manifest)
    event = Event(
        id=event_id, kind=kind, at=at, actor=work.actor.name, actor_role=work.actor.role, case_ref=case_ref,
        subject_ref=subject_ref, manifest=manifest, record_sha256=digest, payload=text, payload_hmac=mac,
        leaf_hash=leaf_hash(leaf_bytes(kind, at, subject_ref, digest, mac)),
    )
    add(work, event)
    for step in work.cache.pop((NEXT, event_id), ()):
        step()
    return event


def _key_and_instant(work: Work, case_ref: str | None) -> tuple[bytes, Any]:
    if case_ref is None:
        return work.keyring.derive("log"), work.now
    cached = work.cache.get((CASE_KEY, case_ref))
    if cached is None:
        row = work.db.scalars(_KEY, {"case_ref": case_ref}).one()
        clear = work.keyring.open(CASE_KEY, row.wrapped_key) if row.wrapped_key else work.keyring.derive("erased")
        row.last_at = max(row.last_at, work.now)
        cached = work.cache[CASE_KEY, case_ref] = (clear, row.last_at)
    return cached
