"""The same application with a known fault: it answers before the disk has kept anything. What watches it must go red."""

from typing import Any

from portal.core import database


def _sqlite(connection: Any, *, read_only: bool) -> None:
    _careful(connection, read_only=read_only)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")  # its own sync would hide the fault now and then


def _postgresql(connection: Any, _record: Any) -> None:
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


_careful = database._prepare_sqlite
database._prepare_sqlite, database._prepare_postgresql = _sqlite, _postgresql

from portal.app import create_app, in_front  # noqa: E402  (what is served is made with the fault in place)

front = in_front(create_app())
