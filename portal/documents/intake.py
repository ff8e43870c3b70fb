"""Taking a file in, outside of any act: read with a limit, examined in a bounded process, encrypted, stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from portal.core.errors import Busy
from portal.core.sealing import known_public, new_secret, public_of, seal
from portal.core.store import Store, new_store_key
from portal.documents.examiner import examine_apart
from portal.documents.rules import LARGEST_FILE, MEGABYTE, REFUSED, SUFFIXES, clean_name, refusal

Examine = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken: the argument of `add_document`. Until that act is done it is an orphan in the store."""

    name: str
    media_type: str
    size: int
    sha256: str
    store_key: str = field(repr=False)
    wrapped_key: bytes = field(repr=False)

    def plain(self) -> dict[str, Any]:
        """What makes two uploads the same one: the same button pressed twice is one act."""
        return {"name": self.name, "media_type": self.media_type, "size": self.size, "sha256": self.sha256}


def _read(stream: IO[bytes], most: int) -> bytes:
    """At most so many bytes, also from a stream that gives them in small portions."""
    content = bytearray()
    while len(content) < most and (portion := stream.read(most - len(content))):
        content += portion
    return bytes(content)


class Intake:
    """Takes files in. It holds only the public key: what it has stored it cannot read again."""

    def __init__(self, store: Store, master_public_key: str, *, examine: Examine = examine_apart) -> None:
        self._store, self._examine = store, examine
        self._master = known_public(master_public_key)

    def take(self, stream: IO[bytes], filename: str, *, limit: int = LARGEST_FILE, field: str = "file") -> Taken:
        """Reads, examines, encrypts and stores one file. `limit` in bytes; `field` is where a form shows the refusal.

        The name is only a label; the type comes from the content. Errors: `empty_file`, `too_large_file`, `refused_type`,
        `broken_file`, `locked_pdf`, each with what to do; `Busy` when the disk does not take it: nothing is left then.
        """
        content = _read(stream, limit + 1)
        if not content:
            raise refusal("empty", field=field)
        if len(content) > limit:
            raise refusal("large", field=field, limit=limit // MEGABYTE)
        kind = self._examine(content)
        if kind not in SUFFIXES:
            raise refusal(kind if kind in REFUSED else "broken", field=field)
        key, digest = new_store_key(), hashlib.sha256(content).hexdigest()
        return Taken(clean_name(filename, kind), kind, len(content), digest, key, self._keep(key, content))

    def _keep(self, key: str, content: bytes) -> bytes:
        """Stores the bytes under a key pair of their own and returns its secret, sealed to the master public key."""
        own = new_secret()
        try:
            self._store.put(key, seal(content, public_of(own)))
        except OSError as error:
            raise Busy from error
        return seal(own.encode(), self._master)

    def discard(self, store_key: str) -> None:
        """Removes what was stored for an act that was refused or is over; what fails here the sweep finds later."""
        try:
            self._store.delete(store_key)
        except OSError:
            return
