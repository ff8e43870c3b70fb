"""What a record's digest covers, and the bytes of a leaf (fixed: changing them would orphan every old proof)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.core.database import Base
from portal.core.text import canonical, plain, sha256

LEAF_VERSION, SEAL = 1, "event-seal"
Entry = tuple[str, str, str, str]
_LAST = ',["event","%s","seal","%s"]]'
_LENGTH = len(_LAST % ("0" * 36, "0" * 64))
_SEALED = re.compile(r',\["event","[0-9a-f-]{36}","seal","([0-9a-f]{64})"\]\]\Z')


def row_digest(row: Base, facet: str = "row") -> str:
    """SHA-256 over the canonical values of the columns of one facet of a row."""
    return sha256(canonical([row.__tablename__, row.id, facet, _values(row, row.__facets__[facet])]))


def body_digest(row: Base) -> str:
    """SHA-256 over what of a frozen row can be erased; kept in its `sha256` column after the erasure."""
    return sha256(canonical(_values(row, row.__erasable__)))


def _values(row: Base, columns: Iterable[str]) -> dict[str, Any]:
    """What these columns hold, also of a row that is not written yet."""
    known = row.__dict__
    return {column: known[column] if column in known else getattr(row, column) for column in columns}


def manifest_entry(row: Base, facet: str) -> Entry:
    return (row.__tablename__, str(row.id), facet, row_digest(row, facet))


def event_entry(actor: str, actor_role: str, case_ref: str | None) -> Entry:
    """The event vouches for its own remaining columns in the first line of its manifest."""
    return ("event", "", "actor", sha256(canonical([actor, actor_role, case_ref])))


def manifest_lines(manifest: str) -> list[Entry]:
    """What a manifest lists, its first line about the event itself. Errors: ValueError or TypeError when it is none."""
    return [(table, row, facet, digest) for table, row, facet, digest in json.loads(manifest)]


def sealed(manifest: str, seal: str, event_id: str) -> str:
    """The manifest with its last line, by which the event shows that this portal wrote it: `seal` under our own key."""
    return manifest[:-1] + _LAST % (event_id, seal)


def unsealed(manifest: str) -> tuple[str, str | None]:
    """The manifest without that last line, and the seal in it; None when there is none."""
    last = _SEALED.match(manifest, max(len(manifest) - _LENGTH, 0))
    return (manifest[:-_LENGTH] + "]", last[1]) if last else (manifest, None)


def seal_of(key: bytes, event_id: str, kind: str, at: str, subject_ref: str, payload_hmac: str, manifest: str) -> str:
    """HMAC-SHA-256 over everything that an event says, its own key too, in hex: nobody who lacks the key writes an act.

    None of it has a line end of its own, so one between each two says which is which.
    """
    said = "\n".join((event_id, kind, at, subject_ref, payload_hmac, manifest))
    return hmac.digest(key, said.encode(), "sha256").hex()


def leaf_bytes(kind: str, at: datetime, subject_ref: str, record_sha256: str, payload_hmac: str) -> bytes:
    """RFC 8785 bytes of a leaf. They contain commitments only, never personal data."""
    fields: dict[str, Any] = {
        "v": LEAF_VERSION,
        "kind": kind,
        "at": plain(at),
        "subject_ref": subject_ref,
        "record_sha256": record_sha256,
        "payload_hmac": payload_hmac,
    }
    return canonical(fields).encode()


def leaf_hash(data: bytes) -> str:
    """RFC 6962 leaf hash, in hex."""
    return hashlib.sha256(b"\x00" + data).hexdigest()


def commitment(key: bytes, payload: str) -> str:
    """HMAC-SHA-256 of the payload under the case key, in hex."""
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()
