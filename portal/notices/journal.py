"""A worker's own note of mails that were accepted but not yet put on record: after a kill, at most one is sent twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from portal.core.ids import new_id

Accepted = tuple[UUID, int]


class Journal:
    """One small file for each worker, locked while its worker lives."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.path = folder, folder / f"{new_id()}.accepted"
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        self.open_lines: list[Accepted] = []

    def note(self, delivery_id: UUID, n: int) -> None:
        """A mail was accepted: from here on a killed worker's mail is known to be sent."""
        self.open_lines.append((delivery_id, n))
        os.write(self._handle, f"{delivery_id} {n}\n".encode())

    def clear(self) -> None:
        """Everything noted so far is on record."""
        self.open_lines.clear()
        os.ftruncate(self._handle, 0)

    def close(self) -> None:
        if not self.open_lines:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)

    @contextmanager
    def left_behind(self) -> Iterator[list[Accepted]]:
        """What workers that ended have noted; their files go when the block ends without an error."""
        taken = [(path, handle) for path in sorted(self.folder.glob("*.accepted")) if (handle := _take(path)) is not None]
        try:
            yield [line for path, _ in taken for line in _read(path)]
            for path, _ in taken:
                path.unlink(missing_ok=True)
        finally:
            for _, handle in taken:
                os.close(handle)


def _take(path: Path) -> int | None:
    """A handle on the file of a worker that is gone; None while its worker lives."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _read(path: Path) -> list[Accepted]:
    """The whole lines of a file; a line that was cut by the kill says nothing."""
    if not path.exists():
        return []
    lines = path.read_text().split("\n")[:-1]
    return [(UUID(key), int(n)) for key, n in (line.split(" ") for line in lines)]
