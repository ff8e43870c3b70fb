"""Whether anything was written to a database, and in which tables."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from portal.core.database import Database
from portal.tables import metadata

MARKS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}


class Watch:
    """Looks at a mark that every committed write moves; only when it moved are the rows compared."""

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
        at = self._look()
        if at == self._at:
            return []
        before, self._rows = self._rows, self._read()
        self._at = self._look()
        return [name for name, digest in self._rows.items() if digest != before[name]]
