"""Signed tree heads: a note that anyone can check, kept in the database and as a file outside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select, text

from portal.core.database import Database
from portal.core.ids import new_id
from portal.core.store import write_file
from portal.log.models import Checkpoint
from portal.log.queries import leaves, log_size
from portal.log.tree import Frontier

ED25519 = b"\x01"
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4701202)")


class NoteBroken(ValueError):
    """A signed note is not what it says: malformed, of another log, or with a signature that does not fit."""


class LogShorter(RuntimeError):
    """The log lacks or changed what a copied checkpoint vouches for: nothing is signed on top of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: which log, how many leaves, the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(base_url: str) -> str:
    """The name of this portal's log, from its address."""
    return urlsplit(base_url).netloc + "/log"


def public_key_of(signing_key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()


def _key_hash(origin: str, public_key: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(origin: str, public_key: bytes) -> str:
    """The key with which anybody checks our notes, as programs for signed notes read it: name, hash and key."""
    return f"{origin}+{_key_hash(origin, public_key).hex()}+{base64.b64encode(ED25519 + public_key).decode()}"


def sign_note(head: Head, signing_key: bytes) -> str:
    """The head as a signed note: its lines, an empty line, one signature line (Ed25519 over the lines)."""
    signature = Ed25519PrivateKey.from_private_bytes(signing_key).sign(head.body().encode())
    stamp = base64.b64encode(_key_hash(head.origin, public_key_of(signing_key)) + signature).decode()
    return f"{head.body()}\n— {head.origin} {stamp}\n"


def head_of(note: str) -> Head:
    """What a note says, its signature aside. Errors: `NoteBroken`."""
    try:
        origin, size, root = note.partition("\n\n")[0].split("\n")
        return Head(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise NoteBroken("the note is not in the form of a checkpoint") from error


def verify_note(note: str, public_key: bytes) -> Head:
    """Reads a signed note and checks its signature. Errors: `NoteBroken`, with what is wrong."""
    head = head_of(note)
    try:
        dash, name, stamp = note.removeprefix(head.body()).removeprefix("\n").removesuffix("\n").split(" ")
        raw = base64.b64decode(stamp, validate=True)
    except ValueError as error:
        raise NoteBroken("the note is not in the form of a checkpoint") from error
    if base64.b64encode(raw).decode() != stamp:
        raise NoteBroken("the signature is written in more than one way")
    if (dash, name) != ("—", head.origin) or raw[:4] != _key_hash(head.origin, public_key):
        raise NoteBroken("the note is signed by another key or for another log")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw[4:], head.body().encode())
    except InvalidSignature as error:
        raise NoteBroken("the signature does not fit the note") from error
    return head


def folder_of(url: str) -> Path:
    """The folder that CHECKPOINTS_URL names."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file://") else Path(url)


def note_name(size: int) -> str:
    return f"{size:014d}.note"


def copied_notes(folder: Path) -> Iterator[tuple[Path, str]]:
    """The notes that lie outside the database, smallest tree first."""
    for path in sorted(folder.glob("*.note")) if folder.is_dir() else ():
        yield path, path.read_text(encoding="utf-8", errors="replace")


class Signer:
    """Signs the log as it grows. It remembers the tree's edge, so that each checkpoint reads only new leaves."""

    def __init__(self, database: Database, folder: Path, signing_key: bytes, origin: str) -> None:
        self._database, self._folder, self._key, self._origin = database, folder, signing_key, origin
        self._frontier = Frontier()

    def checkpoint(self, now: datetime) -> Head | None:
        """Signs the log as it stands: the copy outside first, then the row. None when nothing is new.

        Errors: `LogShorter` when the log is not the continuation of the last copied checkpoint; `NoteBroken` when that
        copy is not ours; OSError when the copy cannot be written (then there is no row either).
        """
        with self._database.read() as session:
            size = log_size(session)
            newest = session.scalar(select(Checkpoint.size).order_by(Checkpoint.size.desc()).limit(1))
            if size == (newest or 0) and self._frontier.size == size:
                return None
            self._grow([digest for _, digest in leaves(session, self._frontier.size, size)], size)
        head = Head(self._origin, size, self._frontier.root())
        if size == (newest or 0):
            return None
        note = sign_note(head, self._key)
        write_file(self._folder, note_name(size), note.encode())
        self._keep(head, note, now)
        return head

    def _grow(self, digests: list[str], size: int) -> None:
        known = self._last_copied()
        if size < max(self._frontier.size, known.size if known else 0):
            raise LogShorter("the log is shorter than its last checkpoint")
        grown = deepcopy(self._frontier)
        for digest in digests:
            if known and grown.size == known.size and grown.root() != known.root:
                raise LogShorter("the log differs from its last checkpoint")
            grown.append(bytes.fromhex(digest))
        if grown.size != size or (known and known.size == size and grown.root() != known.root):
            raise LogShorter("the log has a gap or differs from its last checkpoint")
        self._frontier = grown

    def _last_copied(self) -> Head | None:
        newest = max(self._folder.glob("*.note"), default=None) if self._folder.is_dir() else None
        return verify_note(newest.read_text(encoding="utf-8"), public_key_of(self._key)) if newest else None

    def _keep(self, head: Head, note: str, now: datetime) -> None:
        with self._database.write() as session:
            if not self._database.is_sqlite:
                session.execute(ONE_AT_A_TIME)
            if session.scalar(select(Checkpoint.id).where(Checkpoint.size == head.size)) is None:
                session.add(Checkpoint(id=new_id(), created_at=now, size=head.size, root=head.root.hex(), note=note))
