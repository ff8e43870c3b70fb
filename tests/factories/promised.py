"""What `flask verify` proves, asked by tests: again only where something was written since in what a query read.

A query reads rows and nothing else. So its answer is still known while nothing was written to a table that it read: after a step
that was refused, after one about something else, and in the next test that begins with the same story.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.database import Database
from portal.tables import metadata
from portal.verify import REGISTRY, Query

READS = re.compile(
    r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|PRAGMA|SET|SHOW|WITH(?!.*\b(INSERT|UPDATE|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
MOVED = {"transfer": ("book",)}
"""What a trigger writes along with a table."""
EVERY = frozenset(metadata.tables)
_NAMED: dict[str, frozenset[str]] = {}
_TOLD: dict[tuple[Hashable, Query], Known] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """What a query said, when, and of which tables it read."""

    lines: list[str]
    at: int
    read: frozenset[str]


def named_in(statement: str) -> frozenset[str]:
    """The tables that a statement may read."""
    if statement not in _NAMED:
        _NAMED[statement] = EVERY.intersection(re.findall(r"\w+", statement))
    return _NAMED[statement]


def written_by(statement: str) -> frozenset[str]:
    """The tables that a statement may write."""
    if READS.match(statement):
        return frozenset()
    found = WRITES.match(statement)
    return frozenset({found[1], *MOVED.get(found[1], ())}) if found else EVERY


class Promised:
    """The promises of DESIGN section 2 in one database. `story`: with which one it begins, where that was put into it."""

    def __init__(self, database: Database, story: Hashable = None) -> None:
        self._database, self._story = database, story
        self._commits, self._written = 0, dict[str, int]()
        self._known: dict[Query, Known] = {}
        self._reading: set[str] | None = None
        self.asked = 0
        sa.event.listen(database.writer, "before_cursor_execute", self._note)
        sa.event.listen(database.writer, "commit", self._commit)
        sa.event.listen(database.reader, "before_cursor_execute", self._read)

    def _note(self, connection: sa.Connection, _cursor: Any, statement: str, *_given: Any) -> None:
        if tables := written_by(statement):
            connection.info.setdefault(("written", id(self)), set()).update(tables)

    def _commit(self, connection: sa.Connection) -> None:
        self._commits += 1
        self._written.update(dict.fromkeys(connection.info.pop(("written", id(self)), ()), self._commits))

    def _read(self, _connection: sa.Connection, _cursor: Any, statement: str, *_given: Any) -> None:
        if self._reading is not None:
            self._reading |= named_in(statement)

    def broken(self) -> list[str]:
        """Each promise that does not hold, with what its query says."""
        return [f"{one.title}: {line}" for one in REGISTRY for line in self.lines(one.queries)]

    def lines(self, queries: Iterable[Query]) -> list[str]:
        """What these queries say."""
        with self._database.read() as session:
            return [line for query in queries for line in (self._still(query) or self._ask(query, session)).lines]

    def _still(self, query: Query) -> Known | None:
        for known in (self._known.get(query), _TOLD.get((self._story, query)) if self._story is not None else None):
            if known is not None and all(self._written.get(table, 0) <= known.at for table in known.read):
                return known
        return None

    def _ask(self, query: Query, session: Session) -> Known:
        self._reading, self.asked = set(), self.asked + 1
        lines = list(query(session))
        known = self._known[query] = Known(lines, self._commits, frozenset(self._reading))
        self._reading = None
        if self._story is not None and not known.read & self._written.keys():
            _TOLD[self._story, query] = Known(lines, 0, known.read)
        return known


def begin_with(database: Database, story: Hashable) -> None:
    """That database holds that story now, and nothing else."""
    vars(database)["promised"] = Promised(database, story)


def promised(database: Database) -> Promised:
    """The promises in that database, with what is known of them already."""
    found: Promised = vars(database).get("promised") or vars(database).setdefault("promised", Promised(database))
    return found


def proven(database: Database) -> list[str]:
    """What `flask verify` would name in that database."""
    return promised(database).lines(query for one in REGISTRY for query in one.queries)
