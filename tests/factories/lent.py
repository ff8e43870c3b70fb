"""Empty databases on PostgreSQL, lent to one test after another.

To make one from the template and to drop it costs the server more than most tests do, and each new connection reads the
catalogue anew. So what a test wrote is taken out again, and its connections forget what they were told; a database in which
more than rows was changed is dropped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa

from portal.core.database import Database
from portal.tables import metadata
from tests.factories.engines import OwnEngine
from tests.factories.postgresql import Cluster

WORN, DATABASES, CONNECTIONS = 20_000, 3, 2
"""Deleted rows keep their room until the database is dropped; so many of both are kept open."""
WATCH = """
CREATE SCHEMA watch;
CREATE TABLE watch.changed (what text NOT NULL);
CREATE FUNCTION watch.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO watch.changed VALUES (tg_tag); END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch.note();
ALTER EVENT TRIGGER watch ENABLE ALWAYS;
"""
"""Notes every change of the schema, also by somebody for whom triggers are off."""
ONLY_ROWS_CHANGED = """
SELECT NOT EXISTS (SELECT FROM watch.changed) AND NOT EXISTS (SELECT FROM pg_statistic WHERE starelid >= 16384)
AND (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) = %s
"""
"""The schema is as it was, nobody has counted the rows for the planner, and nobody else is connected."""
FORGET = ("RESET SESSION AUTHORIZATION", "RESET ALL", "SELECT pg_advisory_unlock_all()", "UNLISTEN *", "DISCARD TEMP",
          "SET TIME ZONE 'UTC'")
"""What was prepared stays: the driver would go on to use it, and the schema is the same."""
DELETE_ALL = ";".join([
    "SET session_replication_role = replica", *(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables),
])


def watched(database: Database) -> None:
    """Prepares a template whose copies are lent."""
    with database.writer.begin() as connection:
        connection.exec_driver_sql(WATCH)


@dataclass
class Place:
    """One database of the server, and the connections to it."""

    url: str
    pool: sa.Pool
    worn: int = 0

    def clean(self) -> bool:
        """Takes out what was written; no: it has to be dropped."""
        assert isinstance(self.pool, sa.QueuePool)
        if self.pool.checkedout() or not self.pool.checkedin():
            return False
        held = [self.pool.connect() for _ in range(self.pool.checkedin())]
        try:
            raw = [_raw(connection) for connection in held]
            if raw[0].execute(ONLY_ROWS_CHANGED, [len(raw)]).fetchone() != (True,):
                return False
            self.worn += _deleted(raw[0])
            for connection in raw:
                for statement in FORGET:
                    connection.execute(statement)
                connection.autocommit = False
        except psycopg.Error:
            return False
        finally:
            for spare in held[CONNECTIONS:]:
                spare.invalidate()
            for connection in held:
                connection.close()
        return self.worn < WORN


def _raw(connection: sa.PoolProxiedConnection) -> psycopg.Connection:
    raw = connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    raw.autocommit = True
    return raw


def _deleted(raw: psycopg.Connection) -> int:
    """Deletes every row and says how many there were."""
    cursor, gone = raw.execute(DELETE_ALL.encode()), 0
    while cursor.nextset():
        gone += cursor.rowcount
    return gone


class Lender:
    """What is empty and waits for the next test."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster, self._template = cluster, template
        self._waiting: list[Place] = []

    @contextmanager
    def lend(self) -> Iterator[Database]:
        """An empty database with an engine of its own, on connections that may have served before."""
        place = self._waiting.pop() if self._waiting else None
        database = OwnEngine(place.url if place else self._cluster.create(f"t_{os.urandom(6).hex()}", self._template))
        if place:
            database.writer.pool = place.pool
        else:
            place = Place(database.url.render_as_string(hide_password=False), database.writer.pool)
        yield database
        if database.writer.pool is place.pool and len(self._waiting) < DATABASES and place.clean():
            self._waiting.append(place)
        else:
            database.dispose()
            self._cluster.drop(database.url.database or "")
