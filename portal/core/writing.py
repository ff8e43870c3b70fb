"""Writing rows of plain columns: the INSERTs and UPDATEs of a session, each text made once for a model and its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.exc import StaleDataError

from portal.core.prepared import Convert, send

Rows = list[dict[str, Any]]
ROW = "the_row"
"""Under which name an UPDATE is given the key of its row."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One INSERT or UPDATE: `places` says which value comes where, and how it is sent."""

    sql: str
    places: tuple[tuple[str, Convert], ...]
    positional: bool

    @classmethod
    def of(cls, statement: sa.Insert | sa.Update, names: Sequence[str], dialect: sa.Dialect) -> _Text:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
        kinds = {name: bind.type.dialect_impl(dialect) for bind, name in compiled.bind_names.items()}
        order = compiled.positiontup if compiled.positional else list(kinds)
        return cls(str(compiled), tuple((name, kinds[name].bind_processor(dialect)) for name in order), compiled.positional)

    def values(self, row: dict[str, Any]) -> Any:
        found = [row[name] if convert is None else convert(row[name]) for name, convert in self.places]
        return tuple(found) if self.positional else dict(zip([name for name, _ in self.places], found, strict=True))

    def sent(self, connection: sa.Connection, rows: Rows) -> int:
        """Sends it for these rows; answers how many it met."""
        if len(rows) == 1:
            return send(connection, self.sql, self.values(rows[0]), _met)
        return send(connection, self.sql, [self.values(row) for row in rows], _met, many=True)


def _met(cursor: Any) -> int:
    met: int = cursor.rowcount
    return met


@dataclass(frozen=True, slots=True)
class _Model:
    """The columns of a model, and what stands in them where nothing is given. Columns are called as their attributes."""

    table: sa.Table
    names: tuple[str, ...]
    usual: dict[str, Callable[[], Any]]


_MODELS: dict[type[Any], _Model] = {}


def _model(kind: type[Any]) -> _Model:
    known = _MODELS.get(kind)
    if known is None:
        table: sa.Table = kind.__table__
        usual = {column.key: _usual(column.default) for column in table.columns if column.default is not None}
        known = _MODELS[kind] = _Model(table, tuple(column.key for column in table.columns), usual)
    return known


def _usual(default: Any) -> Callable[[], Any]:
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


_INSERTS: dict[tuple[str, type[Any]], _Text] = {}
_UPDATES: dict[tuple[str, type[Any], tuple[str, ...]], _Text] = {}


def write(session: Session, new: Iterable[Any], changed: Iterable[Any]) -> None:
    """Writes what changed, each table's rows in the order of their keys, then new rows, those of a table together.

    So a row may take the place of one that ends, and two acts that change the same rows wait for each other in one order.
    Foreign keys are looked at when the act ends, so tables need no order; a row that a trigger looks up needs a flush before.
    Errors: those of the driver, as SQLAlchemy tells them; `StaleDataError` when a changed row is gone.
    """
    connection = session.connection()
    created, others = list(new), list(changed)
    _update(connection, others)
    _insert(connection, created)
    session._register_persistent({instance_state(one) for one in (*created, *others)})


def _insert(connection: sa.Connection, created: Sequence[Any]) -> None:
    alike: dict[type[Any], Rows] = {}
    for one in created:
        row, model = one.__dict__, _model(type(one))
        for name, usual in model.usual.items():
            if row.get(name) is None:
                row[name] = usual()
        alike.setdefault(type(one), []).append({name: row.get(name) for name in model.names})
    for kind, rows in alike.items():
        text = _INSERTS.get((connection.dialect.name, kind))
        if text is None:
            text = _Text.of(sa.insert(_model(kind).table), _model(kind).names, connection.dialect)
            _INSERTS[connection.dialect.name, kind] = text
        text.sent(connection, rows)


def _update(connection: sa.Connection, changed: Iterable[Any]) -> None:
    changes = [(type(one), _changes(one), one) for one in sorted(changed, key=lambda one: (type(one).__name__, one.id))]
    for (kind, names), group in groupby(changes, key=itemgetter(0, 1)):
        if not names:
            continue
        rows = [{ROW: one.id, **{name: one.__dict__[name] for name in names}} for _, _, one in group]
        text = _UPDATES.get((connection.dialect.name, kind, names))
        if text is None:
            table = _model(kind).table
            text = _Text.of(sa.update(table).where(table.c.id == sa.bindparam(ROW)), names, connection.dialect)
            _UPDATES[connection.dialect.name, kind, names] = text
        if (met := text.sent(connection, rows)) != len(rows):
            raise StaleDataError(f"an UPDATE of {kind.__name__} met {met} rows instead of {len(rows)}")


def _changes(one: Any) -> tuple[str, ...]:
    """Which columns of a row are not as they were read."""
    now, before = one.__dict__, instance_state(one).committed_state
    return tuple(sorted(name for name, value in before.items() if now[name] != value))
