"""The databases of a run: durable like the real ones, filled, and a twin with the same rows for what is replayed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg
import sqlalchemy as sa

from portal import tables
from portal.act import Office
from portal.appeals import models as appeals
from portal.core.clock import MovedClock
from portal.core.database import Database, _prepare_sqlite
from portal.core.keys import Keyring
from portal.core.migrate import migrate
from portal.core.triggers import trigger_sql
from portal.verification import models as verification
from tests.factories.postgresql import Cluster

SECRET = "a secret for benchmarks " * 3
LATE_ROOMS = (appeals, verification)


class DurableCluster(Cluster):
    """As for tests, but set up as it comes: every commit reaches the disk; more memory, as on a machine of its own."""

    OPTIONS = "-c shared_buffers=1GB -c max_wal_size=4GB"


@dataclass
class Stage:
    """One engine with so many cases: `database` is the product's, `twin` has the same rows and only sees replays."""

    engine: str
    cases: int
    folder: Path
    clock: MovedClock
    database: Database
    cluster: Cluster | None
    twin_url: str = ""
    _idle: SimpleQueue[Any] = field(default_factory=SimpleQueue)

    @cached_property
    def office(self) -> Office:
        """One for the whole process, as the product has it."""
        return Office(self.database, self.clock, Keyring(SECRET))

    def settle(self) -> None:
        """Statistics as the product keeps them, and a whole file, before anything is measured."""
        self.database.count_for_planner()
        with self.driver(str(self.database.url)) as connection:
            if self.engine == "sqlite":
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                connection.autocommit = True
                connection.execute("VACUUM (ANALYZE)")
                connection.execute("CHECKPOINT")

    def copy(self) -> None:
        """Makes the twin."""
        self.settle()
        self.database.dispose()
        if self.cluster is None:
            shutil.copy(self.folder / "product.db", self.folder / "twin.db")
            self.twin_url = f"sqlite:///{self.folder}/twin.db"
        else:
            self.twin_url = self.cluster.create(f"twin_{self.cases}", f"product_{self.cases}")

    @contextmanager
    def driver(self, url: str) -> Iterator[Any]:
        """A plain connection of the same driver, closed at the end."""
        connection = self.connect(url)
        try:
            yield connection
        finally:
            connection.close()

    def connect(self, url: str = "", *, read_only: bool = False) -> Any:
        """A plain connection of the same driver with the product's settings; to the twin unless told otherwise."""
        parts = sa.make_url(url or self.twin_url)
        if self.engine == "sqlite":
            connection = sqlite3.connect(parts.database or "", isolation_level=None, check_same_thread=False)
            _prepare_sqlite(connection, read_only=read_only)
            return connection
        made = psycopg.connect(host=str(parts.query["host"]), user=parts.username, dbname=parts.database)
        made.execute("SET TIME ZONE 'UTC'")
        made.execute("SET jit = off")
        made.commit()
        made.autocommit = read_only
        return made

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """A connection to the twin that is kept for the next one who asks."""
        connection = self.connect() if self._idle.empty() else self._idle.get()
        yield connection
        self._idle.put(connection)

    def bytes(self) -> int:
        """How large the product's database is on disk."""
        with self.driver(self.url) as connection:
            if self.engine == "sqlite":
                pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
                return int(pages) * int(size)
            return int(connection.execute("SELECT pg_database_size(current_database())").fetchone()[0])

    @property
    def url(self) -> str:
        return self.database.url.render_as_string(hide_password=False)

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get().close()
        self.database.dispose()
        if self.cluster is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.cluster.drop(f"product_{self.cases}")
            self.cluster.drop(f"twin_{self.cases}")


def raise_stage(engine: str, cases: int, folder: Path, clock: MovedClock, cluster: Cluster | None) -> Stage:
    """An empty, migrated database of that engine."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder}/product.db" if cluster is None else cluster.create(f"product_{cases}")
    stage = Stage(engine, cases, folder, clock, Database(url), cluster)
    migrate(stage.database)
    complete(stage.database)
    return stage


def complete(database: Database) -> None:
    """Builds what the migrations do not build yet (a room that is being added)."""
    metadata = tables.metadata
    assert LATE_ROOMS
    for key in (key for table in metadata.tables.values() for key in table.foreign_key_constraints):
        key.deferrable, key.initially = True, "DEFERRED"
    with database.writer.begin() as connection:
        known = set(sa.inspect(connection).get_table_names())
        missing = [table for table in metadata.sorted_tables if table.name not in known]
        metadata.create_all(connection, tables=missing)
        names = {f'ON "{table.name}"' for table in missing}
        for statement in trigger_sql(connection.dialect.name) if missing else ():
            if any(name in statement for name in names):
                connection.execute(sa.text(statement))
