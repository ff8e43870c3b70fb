"""Databases of tests: each its own engine, and all of one kind one store of statements that SQLAlchemy has compiled.

A server has one engine for its life and compiles a statement once. A test has an engine of its own, and without this half
of the time of most tests went into compiling the same statements once more.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

from portal.core.database import Database

KEPT = 3000
_COMPILED: dict[str, tuple[sa.Dialect, LRUCache[Any, Any]]] = {}


class OwnEngine(Database):
    """As the portal's own; what was compiled for one is good for the next, because both speak through one dialect."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        super().__init__(url, pool_size=pool_size)
        for engine in (self.reader, self.writer):
            known = _COMPILED.setdefault(engine.dialect.name, (engine.dialect, LRUCache(KEPT)))
            engine.dialect, engine._compiled_cache = known
