"""Rows by the hundred thousand: each is a copy of a row that the real operations made, with keys and instants of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg

from tests.benchmarks.stage import Stage

PORTION = 5_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
Line = tuple[Any, ...]


@dataclass(frozen=True)
class Sheet:
    """So many rows of one table. What `columns` do not name is copied from the first row that matches `like`."""

    table: str
    columns: tuple[str, ...]
    rows: Iterable[Line]
    like: str = "1 = 1"


def fill(stage: Stage, sheets: Iterable[Sheet], *, url: str = "", few: bool = False) -> int:
    """Inserts the sheets without triggers and checks of references; returns how many rows there are.

    `few`: the indexes stay while rows come in.
    """
    with stage.driver(url or stage.url) as connection:
        if stage.engine == "sqlite":
            with nullcontext() if few else _without_indexes(connection):
                return _fill_sqlite(connection, sheets)
        return _fill_postgresql(connection, sheets)


def _template(connection: Any, sheet: Sheet, as_text: str) -> dict[str, Any]:
    """The columns that are copied, with their values."""
    names = _columns(connection, sheet.table)
    unknown = set(sheet.columns) - set(names)
    assert not unknown, f"{sheet.table} has no column {unknown}"
    copied = [name for name in names if name not in sheet.columns]
    listed = ", ".join(f'"{name}"{as_text}' for name in copied) or "1"
    row = connection.execute(f'SELECT {listed} FROM "{sheet.table}" WHERE {sheet.like} ORDER BY id LIMIT 1').fetchone()
    assert row is not None, f"no row of {sheet.table} to copy: {sheet.like}"
    return dict(zip(copied, row, strict=False))


def _columns(connection: Any, table: str) -> list[str]:
    return [column[0] for column in connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description]


def _fill_sqlite(connection: sqlite3.Connection, sheets: Iterable[Sheet]) -> int:
    for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-800000"):
        connection.execute(f"PRAGMA {pragma}")
    count = 0
    for sheet in sheets:
        copied = _template(connection, sheet, "")
        literals = [connection.execute("SELECT quote(?)", (value,)).fetchone()[0] for value in copied.values()]
        names = ", ".join(f'"{name}"' for name in (*sheet.columns, *copied))
        values = ", ".join([*("?" * len(sheet.columns)), *literals])
        connection.execute("BEGIN")
        count += connection.executemany(f'INSERT INTO "{sheet.table}" ({names}) VALUES ({values})', sheet.rows).rowcount
        connection.execute("COMMIT")
    return count


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Indexes and triggers are made again at the end: much faster, and triggers are for acts."""
    kinds = ("index", "trigger")
    found = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN (?, ?) AND sql IS NOT NULL", kinds)
    dropped = found.fetchall()
    for kind, name, _sql in dropped:
        connection.execute(f'DROP {kind} "{name}"')
    yield
    for _kind, _name, sql in dropped:
        connection.execute(sql)


def _fill_postgresql(connection: psycopg.Connection[Any], sheets: Iterable[Sheet]) -> int:
    connection.execute("SET session_replication_role = replica")
    count = 0
    for sheet in sheets:
        copied = _template(connection, sheet, "::text")
        tail = "".join(f"\t{_text(value)}" for value in copied.values()) + "\n"
        names = ", ".join(f'"{name}"' for name in (*sheet.columns, *copied))
        with connection.cursor() as cursor, cursor.copy(f'COPY "{sheet.table}" ({names}) FROM STDIN'.encode()) as copy:
            rows = iter(sheet.rows)
            while portion := list(islice(rows, PORTION)):
                copy.write("".join(["\t".join([_plain(value) for value in row]) + tail for row in portion]))
                count += len(portion)
    connection.commit()
    return count


def _plain(value: Any) -> str:
    """What needs no escape: keys, references, numbers, instants."""
    return "\\N" if value is None else str(value)


def _text(value: str | None) -> str:
    return "\\N" if value is None else value.translate(ESCAPES)
