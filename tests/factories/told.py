"""Stories told before: the rows that a story left in one database, put into the next one instead of telling it again."""

from __future__ import annotations

import io
import pickle
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.act import Office
from portal.core.database import Database
from portal.log.models import Event
from portal.tables import metadata
from tests.factories.engines import OwnEngine

Told = TypeVar("Told")
SECRET = "a secret for tests " * 3
"""Every office of the tests has this secret, so that what one of them sealed another one can open."""
Rows = dict[str, bytes]


@dataclass
class Kept:
    """What one telling left: its rows on that engine, and what it answered."""

    rows: Any
    answer: bytes


_KEPT: dict[Hashable, Kept] = {}


class _Pickler(pickle.Pickler):
    """Leaves the office out: what was kept is read again for another one."""

    def persistent_id(self, obj: Any) -> str | None:
        return "office" if isinstance(obj, Office) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, office: Office) -> None:
        super().__init__(io.BytesIO(data))
        self._office = office

    def persistent_load(self, _pid: Any) -> Office:
        return self._office


def told(office: Office, key: Hashable, tell: Callable[[], Told]) -> Told:
    """The answer of `tell` with its rows in this database: told the first time, from then on put back.

    Only into a database in which nothing happened yet; `key` names everything that the story depends on, beside the
    office's keys.
    """
    database = office.database
    if not _is_untouched(database):
        return tell()
    place = (database.is_sqlite, office.keyring.derive("told"), key)
    kept = _KEPT.get(place)
    if kept is not None:
        put_back(database, kept.rows)
        found: Told = _Unpickler(kept.answer, office).load()
        return found
    answer, data = tell(), io.BytesIO()
    _Pickler(data).dump(answer)
    _KEPT[place] = Kept(_save(database), data.getvalue())
    return answer


def _is_untouched(database: Database) -> bool:
    if isinstance(database, OwnEngine) and database.is_as_made():
        return True
    with database.read() as session:
        return session.scalar(sa.select(Event.id).limit(1)) is None


def _save(database: Database) -> Any:
    if database.is_sqlite:
        return serialized(database)
    with database.writer.connect() as connection:
        cursor = connection.connection.cursor()
        return {name: data for name in metadata.tables if (data := _copied_out(cursor, name))}


def serialized(database: Database) -> bytes:
    """The whole file, with what the log beside it says."""
    with closing(sqlite3.connect(database.url.database or "")) as source:
        return source.serialize()


def _copied_out(cursor: Any, name: str) -> bytes:
    with cursor.copy(f'COPY "{name}" TO STDOUT (FORMAT binary)') as rows:
        data = b"".join(bytes(part) for part in rows)
    return data if len(data) > EMPTY else b""


EMPTY = 21
"""How long PostgreSQL's binary copy of a table without rows is: signature, flags, extension, end."""


def _put_in_place(database: Database, whole: bytes) -> None:
    """As another file while nobody has it open: to copy it page by page, each connection would read the schema once more."""
    file = Path(database.url.database or "")
    database.dispose()
    assert not file.with_name(f"{file.name}-wal").exists(), "somebody is connected"
    file.write_bytes(whole)


def put_back(database: Database, rows: Any) -> None:
    if database.is_sqlite:
        _put_in_place(database, rows)
        return
    with database.writer.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name, data in rows.items():
            with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT binary)') as into:
                into.write(data)
