"""Reading whole tables as the log sees them: canonical values straight from the driver, in portions, without objects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.core.database import Base, UtcDateTime

PORTION = 2000
Convert = Callable[[Any], Any]
_ENCODE = c_make_encoder(None, None, encode_basestring, None, ":", ",", False, False, False)


def canonical(value: Any) -> str:
    """RFC 8785 text of plain values without floats whose keys come in order: what `core.text.canonical` gives, but faster.

    A JSONEncoder makes its inner encoder anew for every value; here it is made once.
    """
    return "".join(_ENCODE(value, 0))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rows(session: Session, model: type[Base], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """These columns of every row, each value as canonical JSON carries it."""
    table, sqlite = sa.inspect(model).local_table, session.get_bind().dialect.name == "sqlite"
    columns = [table.columns[name] for name in names]
    converts = [_convert(column) if sqlite else None for column in columns]
    shown = ", ".join(f'"{c.name}"' if sqlite else _as_text(c) for c in columns)
    changing = [(place, convert) for place, convert in enumerate(converts) if convert is not None]
    for row in stream(session, f'SELECT {shown} FROM "{model.__tablename__}"'):  # noqa: S608 - names of our own columns
        if changing:
            values = list(row)
            for place, convert in changing:
                if values[place] is not None:
                    values[place] = convert(values[place])
            yield tuple(values)
        else:
            yield tuple(row)


def stream(session: Session, statement: str) -> Iterator[Any]:
    """The rows of a statement as the driver gives them, never all of them in memory."""
    connection = session.connection().execution_options(yield_per=PORTION)
    yield from connection.exec_driver_sql(statement)


def _as_text(column: sa.ColumnElement[Any]) -> str:
    """PostgreSQL writes the canonical form itself."""
    name = f'"{column.name}"'
    match column.type:
        case UtcDateTime():
            return instant_text(name)
        case sa.Uuid() | sa.Date():
            return f"{name}::text"
        case sa.LargeBinary():
            return f"encode({name}, 'hex')"
    return name


def instant_text(name: str) -> str:
    return f"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _convert(column: sa.ColumnElement[Any]) -> Convert | None:
    """SQLite keeps instants and days as their canonical text; keys and truth values need a change."""
    match column.type:
        case sa.Uuid():
            return hyphenated
        case sa.Boolean():
            return bool
        case sa.LargeBinary():
            return bytes.hex
    return None


def hyphenated(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


class Digests:
    """Recomputes the digests of one model's rows from the columns, as `log.rules` defines them."""

    def __init__(self, model: type[Base], names: Sequence[str]) -> None:
        self._table = model.__tablename__
        place = {name: n for n, name in enumerate(names)}
        self._facets = {
            facet: [(name, place[name]) for name in sorted(columns)] for facet, columns in model.__facets__.items()
        }
        self._body = [(name, place[name]) for name in sorted(model.__erasable__)]

    def facet(self, row: tuple[Any, ...], facet: str) -> str:
        """Equals `rules.row_digest`; the row's key comes first in the row."""
        values = {name: row[place] for name, place in self._facets[facet]}
        return digest(canonical([self._table, row[0], facet, values]))

    def body(self, row: tuple[Any, ...]) -> str:
        """Equals `rules.body_digest`."""
        return digest(canonical({name: row[place] for name, place in self._body}))

    def erased(self, row: tuple[Any, ...]) -> bool:
        return all(row[place] is None for _, place in self._body)
