"""Databases of tests: each its own engine, and all of one kind one store of statements that SQLAlchemy has compiled.

A server has one engine for its life and compiles a statement once. A test has an engine of its own, and without this half
of the time of most tests went into compiling the same statements once more.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

from portal.core import database
from portal.core.database import Database

database.WRITE_WAIT_SECONDS = 60.0
"""Whoever waits here for the writes of others is not told that we are busy because the machine is."""
KEPT = 3000
_COMPILED: dict[str, tuple[sa.Dialect, LRUCache[Any, Any]]] = {}


class OwnEngine(Database):
    """As the portal's own; what was compiled for one is good for the next, because both speak through one dialect."""

    _as_made: tuple[bool, int] | None = None

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        super().__init__(url, pool_size=pool_size)
        for engine in (self.reader, self.writer):
            known = _COMPILED.setdefault(engine.dialect.name, (engine.dialect, LRUCache(KEPT)))
            engine.dialect, engine._compiled_cache = known

    @classmethod
    def copy_of(cls, template: Path, path: Path) -> OwnEngine:
        """On SQLite, with whatever the template holds."""
        made = cls(f"sqlite:///{shutil.copy(template, path)}")
        made._as_made = made._written()
        return made

    def is_as_made(self) -> bool:
        """Whether it is a copy to which nobody has written since."""
        return self._as_made is not None and self._as_made == self._written()

    def _written(self) -> tuple[bool, int]:
        log = self._file.with_name(f"{self._file.name}-wal")
        return log.exists(), self._file.stat().st_mtime_ns
