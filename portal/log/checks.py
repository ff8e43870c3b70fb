"""Proves the log: every record against the event that vouches for it, every event against the tree and its copies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.database import Base
from portal.core.keys import Keyring
from portal.log import raw
from portal.log.checkpoints import NoteBroken, copied_notes, head_of, verify_note
from portal.log.models import CaseKey, Checkpoint, Event, RequestKey
from portal.log.operations import CASE_KEY
from portal.log.rules import LEAF_VERSION, commitment, leaf_hash, manifest_lines, unsealed
from portal.log.seals import Seals
from portal.log.tree import Frontier

DIGEST = re.compile(r"[0-9a-f]{64}\Z")
Vouched = dict[tuple[str, str], dict[str, tuple[str, str]]]
EVENT_COLUMNS = (
    "id", "kind", "at", "actor", "actor_role", "case_ref", "subject_ref", "manifest", "record_sha256", "payload",
    "payload_hmac", "leaf_hash", "erased_at",
)


def check(session: Session, keyring: Keyring, folder: Path, *, public_key: bytes | None = None) -> Iterator[str]:
    """Recomputes everything and yields one line for each thing that does not fit, naming table and row.

    `folder`: where the signed notes are copied. `public_key`: of the notes' signatures; without it only their content
    is compared. PostgreSQL reads one snapshot when the session has not yet read anything.
    """
    if session.get_bind().dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    events, copies = _Events(session, keyring), {path.name: note for path, note in copied_notes(folder)}
    yield from events.check(_signed_sizes(session, copies))
    yield from _check_heads(session, copies, public_key, events)
    for model in sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda m: str(m.__tablename__)):
        if model is Event:
            yield from events.check_erased()
        elif model.__facets__:
            yield from _check_rows(session, model, events.vouched)
    known = {str(mapper.local_table.name) for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    for (table, _), lines in events.vouched.items():
        if table not in known:
            yield from (f"{table} {key}: vouched for by event {event}, but there is no such table"
                        for key, (_, event) in lines.items())


def answers_are_kept(session: Session) -> Iterator[str]:
    """Every act that was carried out has kept its answer: pressing the button again gives the same one, and no second act."""
    cut = select(RequestKey.id, RequestKey.actor).where(RequestKey.answer == "").order_by(RequestKey.id)
    yield from (f"request_key {key} of {actor} was spent and has no answer" for key, actor in session.execute(cut))


PROVES = {10: (answers_are_kept,)}
"""Promise 11 is `check` itself: it also needs the keys and the copies outside the database."""


class _Events:
    """One pass over all events in their order: each is recomputed, and what they vouch for is kept: of what never changes the
    first, of everything else the latest."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session, self._keyring = session, keyring
        self._keys, self._seals = self._open_keys(), Seals(keyring)
        self._kept = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.__row_class__ != "mutable"}
        self.vouched: Vouched = defaultdict(dict)
        self._erased: dict[str, tuple[str, str]] = {}
        self.frontier = Frontier()
        self.roots: dict[int, str] = {0: self.frontier.root().hex()}

    def _open_keys(self) -> dict[str | None, list[bytes]]:
        """With which keys each case's commitments can be made; None stands for what belongs to no case."""
        keys: dict[str | None, list[bytes]] = {None: self._keyring.derived("log")}
        for case_ref, sealed in self._session.execute(select(CaseKey.case_ref, CaseKey.wrapped_key)):
            try:
                keys[case_ref] = [self._keyring.open(CASE_KEY, sealed)] if sealed else self._keyring.derived("erased")
            except (InvalidTag, ValueError):
                keys[case_ref] = []
        return keys

    def check(self, sizes: set[int]) -> Iterator[str]:
        """`sizes`: of which the roots are wanted afterwards."""
        yield from self._seals.look(self._everything())
        place = 0
        for seq, key, leaf, *values in raw.stream(self._session, _sequenced(self._session)):
            event = dict(zip(EVENT_COLUMNS, values, strict=True))
            if seq != place:
                yield f"leaf {seq}: the order has a gap or a double, {place} was expected"
            place = seq + 1
            yield from self._grow(key, seq, leaf, event)
            if self.frontier.size in sizes:
                self.roots[self.frontier.size] = self.frontier.root().hex()
            if event["id"] is not None:
                yield from self._check_event(event)
        for values in raw.stream(self._session, _waiting(self._session)):
            yield from self._check_event(dict(zip(EVENT_COLUMNS, values, strict=True)))

    def _grow(self, key: str, seq: int, leaf: str, event: dict[str, Any]) -> Iterator[str]:
        if event["id"] is None:
            yield f"leaf {seq} ({key}): its event is gone"
        elif event["leaf_hash"] != leaf:
            yield f"leaf {seq}: its hash is not that of event {event['id']}"
        self.frontier.append(bytes.fromhex(leaf) if DIGEST.match(leaf) else leaf.encode())

    def _check_event(self, event: dict[str, Any]) -> Iterator[str]:
        name = f"event {event['id']} ({event['subject_ref']})"
        if event["erased_at"] is not None:
            erased = raw.digest(raw.canonical(["event", event["id"], "erased", {"erased_at": event["erased_at"]}]))
            self._erased[event["id"]] = (erased, name)
        if _leaf_of(event) != event["leaf_hash"]:
            yield f"{name}: its leaf hash does not fit its columns"
        yield from (f"{name}: {wrong}" for wrong in self._payload(event))
        if raw.digest(event["manifest"]) != event["record_sha256"]:
            yield f"{name}: its manifest does not fit its digest"
            return
        own, seal = unsealed(event["manifest"])
        yield from (f"{name}: {wrong}" for wrong in self._seals.check(event, own, seal))
        first, *lines = manifest_lines(own)
        actor = raw.digest(raw.canonical([event["actor"], event["actor_role"], event["case_ref"]]))
        if first != ("event", "", "actor", actor):
            yield f"{name}: who acted, or in which case, is not what it vouches for"
        for table, row, facet, digest in lines:
            known = self.vouched[table, facet]
            if row in known and table in self._kept and known[row][0] != digest:
                yield f"{name}: it gives {table} {row}, which never changes, another {_called(facet)}"
                continue
            known[row] = (digest, event["id"])

    def _everything(self) -> Iterator[dict[str, Any]]:
        for values in raw.stream(self._session, f"SELECT {_shown(self._session)} FROM event e"):  # noqa: S608 - our own columns
            yield dict(zip(EVENT_COLUMNS, values, strict=True))

    def _payload(self, event: dict[str, Any]) -> Iterator[str]:
        if event["payload"] is None:
            if event["erased_at"] is None:
                yield "its payload is gone without an erasure"
            return
        if event["erased_at"] is not None:
            yield "it is marked as erased, but its payload is there"
        keys = self._keys.get(event["case_ref"], [])
        if not self._seals.ours:
            return
        if not keys:
            yield "the key of its case is missing or cannot be opened"
        elif all(commitment(key, event["payload"]) != event["payload_hmac"] for key in keys):
            yield "its payload does not fit its commitment"

    def check_erased(self) -> Iterator[str]:
        """Whatever an event no longer says was erased by an act of its own, which names it."""
        said = self.vouched.pop(("event", "erased"), {})
        for key, (digest, name) in self._erased.items():
            known = said.pop(key, None)
            if known is None:
                yield f'{name}: no event vouches for its "erased" part'
            elif known[0] != digest:
                yield f'{name}: its "erased" part is not what event {known[1]} vouches for'
        yield from (f"event {key}: event {by} says that it was erased, and it is not" for key, (_, by) in said.items())


def _leaf_of(event: dict[str, Any]) -> str:
    """Equals `rules.leaf_hash(rules.leaf_bytes(...))`, from columns as the driver gives them."""
    fields = {
        "at": event["at"], "kind": event["kind"], "payload_hmac": event["payload_hmac"],
        "record_sha256": event["record_sha256"], "subject_ref": event["subject_ref"], "v": LEAF_VERSION,
    }
    return leaf_hash(raw.canonical(fields).encode())


def _shown(session: Session) -> str:
    """The columns of `event e` in their canonical form."""
    shown = {"id": "e.id::text", "at": raw.instant_text("e.at"), "erased_at": raw.instant_text("e.erased_at")}
    if session.get_bind().dialect.name == "sqlite":
        shown = {"id": _hyphenated("e.id")}
    return ", ".join(shown.get(name, f"e.{name}") for name in EVENT_COLUMNS)


def _sequenced(session: Session) -> str:
    """Leaves in the one order, each with its event."""
    key = _hyphenated("l.event_id") if session.get_bind().dialect.name == "sqlite" else "l.event_id::text"
    return (
        f"SELECT l.seq, {key}, l.leaf_hash, {_shown(session)} FROM leaf l "  # noqa: S608 - our own columns
        "LEFT JOIN event e ON e.id = l.event_id ORDER BY l.seq"
    )


def _waiting(session: Session) -> str:
    """Events that have no leaf yet."""
    return (
        f"SELECT {_shown(session)} FROM event e "  # noqa: S608 - our own columns
        "WHERE NOT EXISTS (SELECT 1 FROM leaf l WHERE l.event_id = e.id) ORDER BY e.at, e.id"
    )


def _hyphenated(column: str) -> str:
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in parts)


def _check_rows(session: Session, model: type[Base], vouched: Vouched) -> Iterator[str]:
    """Each row against the digests that events vouch for, and its body against its own digest."""
    columns = {column.name for column in model.__table__.columns}
    names = ["id", *sorted({*(c for facet in model.__facets__.values() for c in facet), *model.__erasable__,
                            *model.__digests__, *model.__digests__.values(),
                            *({"sha256", "erased_at", "ref"} & columns)} - {"id"})]
    digests, place, table = raw.Digests(model, names), {name: n for n, name in enumerate(names)}, model.__tablename__
    lines = {facet: vouched.pop((table, facet), {}) for facet in model.__facets__}
    happened = {facet: place.get(f"{facet}_at", 0 if facet == "row" else None) for facet in model.__facets__}
    for row in raw.rows(session, model, names):
        name = f"{table} {row[0]}" + (f" ({row[place['ref']]})" if "ref" in place else "")
        for facet, known in lines.items():
            said = known.pop(row[0], None)
            instant = happened[facet]
            if said is None and instant is not None and row[instant] is not None:
                yield f"{name}: no event vouches for its {_called(facet)}"
            elif said is not None and digests.facet(row, facet) != said[0]:
                yield f"{name}: its {_called(facet)} is not what event {said[1]} vouches for"
        yield from (f"{name}: {wrong}" for wrong in _texts(row, place, digests, model))
    for facet, known in lines.items():
        yield from (f"{table} {key}: the row is gone, event {event} vouches for its {_called(facet)}"
                    for key, (_, event) in known.items())


def _called(facet: str) -> str:
    return "content" if facet == "row" else f'"{facet}" part'


def _texts(row: tuple[Any, ...], place: dict[str, int], digests: raw.Digests, model: type[Base]) -> Iterator[str]:
    """Whether the texts of a row are what its digests were made of, and what is gone was erased."""
    for kept, text in model.__digests__.items():
        if (None if row[place[text]] is None else raw.digest(row[place[text]])) != row[place[kept]]:
            yield f"its {text} does not fit its digest"
    if not model.__erasable__:
        return
    erased, marked = digests.erased(row), "erased_at" in place and row[place["erased_at"]] is not None
    if marked != erased:
        yield "its text is gone without an erasure" if erased else "it is marked as erased, but its text is there"
    elif not erased and digests.body(row) != row[place["sha256"]]:
        yield "its text does not fit its digest"


def _signed_sizes(session: Session, copies: dict[str, str]) -> set[int]:
    sizes = set(session.scalars(select(Checkpoint.size)))
    for note in copies.values():
        with suppress(NoteBroken):
            sizes.add(head_of(note).size)
    return sizes


def _check_heads(session: Session, copies: dict[str, str], public_key: bytes | None, events: _Events) -> Iterator[str]:
    """Each checkpoint, in the table and outside it, against the tree that was recomputed."""
    outside = set(copies.values())
    for row in session.scalars(select(Checkpoint).order_by(Checkpoint.size)):
        for wrong in _check_note(row.note, public_key, events):
            yield f"checkpoint {row.id} (size {row.size}): {wrong}"
        with suppress(NoteBroken):
            head = head_of(row.note)
            if (head.size, head.root.hex()) != (row.size, row.root):
                yield f"checkpoint {row.id} (size {row.size}): its note says something else than its row"
        if row.note not in outside:
            yield f"checkpoint {row.id} (size {row.size}): it has no copy outside the database"
    for name, note in copies.items():
        yield from (f"checkpoint copy {name}: {wrong}" for wrong in _check_note(note, public_key, events))


def _check_note(note: str, public_key: bytes | None, events: _Events) -> Iterator[str]:
    try:
        head = verify_note(note, public_key) if public_key else head_of(note)
    except NoteBroken as error:
        yield str(error)
        return
    if head.size > events.frontier.size:
        yield f"the log has {events.frontier.size} leaves, fewer than the {head.size} that were signed"
    elif events.roots.get(head.size) != head.root.hex():
        yield "the tree of that size has another root: something older was changed"
