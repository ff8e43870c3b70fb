"""Whether every stored value can be read as what its column says: the first thing that `flask verify` looks at.

Whoever owns the database can write there what no reader understands: an instant that is none, text where a number belongs,
half a JSON text, a state that does not exist. Such a value is a violation of its own, named by table, row and column; and
whatever proof stumbles over it says that it could not be carried out (`portal.verify`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.database import Base, UtcDateTime
from portal.log import raw
from portal.log.rules import manifest_lines
from portal.rulebook.clause_data import from_canonical

Rows = Iterator[tuple[str, str]]
FORMS: dict[str, Callable[[str], object]] = {
    "event.manifest": manifest_lines,
    "clause_version.data": lambda text: from_canonical(json.loads(text)),
    "request_key.answer": lambda text: json.loads(text or "{}"),
    **dict.fromkeys((
        "event.payload", "statement.record", "decision.record", "citation.exhibits", "appeal_message.grounds",
        "verification_submission.documents",
    ), json.loads),
}
"""Texts that are more than text: how each is read."""
DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
INSTANT = f"{DAY}T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z"


def unreadable(session: Session) -> Iterator[str]:
    """Every value that cannot be read as what its column says, and every row that its table would refuse."""
    for model in sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda one: str(one.__tablename__)):
        table = model.__table__
        for name, what in (*_misfits(session, table), *_refused(session, table), *_misformed(session, table)):
            yield f"{table.name} {name}: {what}"


@contextmanager
def every_byte(session: Session) -> Iterator[None]:
    """SQLite's driver gives up on bytes that are not UTF-8; while this lasts they come as U+FFFD and are compared."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    before, driver.text_factory = driver.text_factory, lambda text: text.decode(errors="replace")
    try:
        yield
    finally:
        driver.text_factory = before


def _misfits(session: Session, table: Any) -> Rows:
    """Values of another type than their column's; PostgreSQL sees to that itself, but for instants that no clock shows."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    tests = {column.name: test for column in table.columns if (test := _fits(column, sqlite=sqlite))}
    for row in _found(session, table, tests):
        yield from ((row[0], f"its {name} cannot be read") for name, fits in zip(tests, row[1:], strict=True) if not fits)


def _refused(session: Session, table: Any) -> Rows:
    """Rows that break a CHECK of their own table: a state that does not exist, an amount below nothing."""
    tests = {
        str(check.name): f"coalesce({check.sqltext}, true)"
        for check in table.constraints if isinstance(check, sa.CheckConstraint)
    }
    for row in _found(session, table, tests):
        yield from ((row[0], f"its values break {name}") for name, holds in zip(tests, row[1:], strict=True) if not holds)


def _found(session: Session, table: Any, tests: dict[str, str]) -> Iterator[Any]:
    """Rows for which one of the tests is false: their name, then the answer of each test."""
    if not tests:
        return
    statement = f'SELECT {_name_of(table)}, {", ".join(tests.values())} FROM "{table.name}"'  # noqa: S608 - our own columns
    yield from raw.stream(session, f"{statement} WHERE NOT ({' AND '.join(tests.values())})")


def _name_of(table: Any) -> str:
    """How a row is named: by its key, and by its reference where it has one."""
    key = "coalesce(CAST(id AS TEXT), '')"
    return f"{key} || coalesce(' (' || CAST(ref AS TEXT) || ')', '')" if "ref" in table.columns else key


def _misformed(session: Session, table: Any) -> Rows:
    """Texts that are more than text and cannot be read as that."""
    for column in table.columns:
        read = FORMS.get(f"{table.name}.{column.name}")
        if read is None:
            continue
        statement = f'SELECT {_name_of(table)}, "{column.name}" FROM "{table.name}"'  # noqa: S608 - our own columns
        for name, text in raw.stream(session, f'{statement} WHERE "{column.name}" IS NOT NULL'):
            try:
                read(text)
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                yield name, f"its {column.name} cannot be read"


def _fits(column: sa.Column[Any], *, sqlite: bool) -> str:
    """SQL that is true when the value is of the column's type; empty when nothing has to be looked at."""
    fits = _sqlite_fits(column, f'"{column.name}"') if sqlite else _postgresql_fits(column, f'"{column.name}"')
    return f'("{column.name}" IS NULL OR ({fits}))' if fits and column.nullable else f"coalesce({fits}, false)" if fits else ""


def _postgresql_fits(column: sa.Column[Any], name: str) -> str:
    if isinstance(column.type, UtcDateTime | sa.Date):
        return f"isfinite({name}) AND {name} >= DATE '0001-01-02' AND {name} < DATE '9999-12-31'"
    return ""


def _sqlite_fits(column: sa.Column[Any], name: str) -> str:
    match column.type:
        case UtcDateTime():
            second = f"substr({name}, 1, 19)"
            exists = f"strftime('%Y-%m-%dT%H:%M:%S', {second}, '+0 days') = {second}"
            return f"typeof({name}) = 'text' AND {name} > '0001' AND {name} GLOB '{INSTANT}' AND {exists}"
        case sa.Date():
            return f"typeof({name}) = 'text' AND {name} > '0001' AND {name} GLOB '{DAY}' AND date({name}, '+0 days') = {name}"
        case sa.Uuid():
            return f"typeof({name}) = 'text' AND length({name}) = 32 AND {name} NOT GLOB '*[^0-9a-f]*'"
        case sa.Boolean():
            return f"typeof({name}) = 'integer' AND {name} IN (0, 1)"
        case sa.Integer():
            return f"typeof({name}) = 'integer'"
        case sa.LargeBinary():
            return f"typeof({name}) = 'blob'"
    return f"typeof({name}) = 'text'"
