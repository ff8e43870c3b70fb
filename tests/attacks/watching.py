"""Whether anything was written to a database, and in which tables."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from portal.core.database import Database
from portal.tables import metadata

MARKS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}
KEPT = ("SELECT EXISTS (SELECT FROM generate_series(CAST(:at AS bigint), CAST(:now AS bigint) - 1) AS n "
        "WHERE pg_xact_status(n::text::xid8) <> 'aborted')")
"""PostgreSQL also counts what was rolled back, as every act that refuses is: all rows would be read after nearly every form."""


class Watch:
    """Looks at a mark that every committed write moves; only when it moved, and something stayed, are the rows compared."""

    def __init__(self, database: Database) -> None:
        self._engine = sa.create_engine(database.url, isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()
        self._mark = sa.text(MARKS[self._connection.dialect.name])
        self._rows, self._at = self._read(), self._look()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def _look(self) -> str:
        return str(self._connection.execute(self._mark).scalar_one())

    def _read(self) -> dict[str, str]:
        """A digest of every row, for each table."""
        return {name: self._digest(name) for name in metadata.tables}

    def _digest(self, table: str) -> str:
        rows = self._connection.execute(sa.text(f'SELECT * FROM "{table}"'))
        return hashlib.sha256("".join(sorted(map(repr, rows))).encode()).hexdigest()

    def changed(self) -> list[str]:
        """The tables that are not as they were when this was asked last."""
        before, self._at = self._at, self._look()
        if not self._kept(before, self._at):
            return []
        return self._compared()

    def _kept(self, before: str, now: str) -> bool:
        """Whether anything was committed between two marks."""
        if before == now or self._connection.dialect.name == "sqlite":
            return before != now
        return bool(self._connection.execute(sa.text(KEPT), {"at": before, "now": now}).scalar_one())

    def _compared(self) -> list[str]:
        before, self._rows = self._rows, self._read()
        return [name for name, digest in self._rows.items() if digest != before[name]]
