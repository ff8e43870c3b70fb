"""Hundreds of rows in one statement, when nothing has to be followed row by row: new rows, and rows found by many keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from portal.core.database import Base

KEPT = 50


def as_kept(column: Any) -> Any:
    """A key that a statement answers with in the words of the driver: only good for `among` (and for `UUID(str(key))`)."""
    return sa.type_coerce(column, sa.types.NullType())


class KeyList(sa.types.TypeDecorator[Sequence[Any]]):
    """Any number of keys as one value, also `as_kept`: an array on PostgreSQL, a JSON list on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else postgresql.ARRAY(sa.Uuid()))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> Any:
        if dialect.name != "sqlite":
            return list(value or ())
        return "[" + ",".join([f'"{key.hex if isinstance(key, UUID) else key}"' for key in value or ()]) + "]"


class Among(FunctionElement[bool]):
    """Whether a key is one of a list, however long: the statement stays the same, which a row of parameters would not."""

    type = sa.Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True
    """Otherwise SQLite is asked whether it `= 1`, which no index answers."""


@compiles(Among, "sqlite")
def _in_json(element: Any, compiler: Any, **more: Any) -> str:
    column, keys = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - marks of the statement


@compiles(Among, "postgresql")
def _in_array(element: Any, compiler: Any, **more: Any) -> str:
    column, keys = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY ({keys})"


def among(column: Any) -> Among:
    """Whether a column is one of the keys that the statement is given later, under the name `ids`."""
    return Among(column, sa.bindparam("ids", type_=KeyList()))


def insert_rows(
    session: Session, model: type[Base], names: Sequence[str], rows: Iterable[Sequence[Any]], **alike: Any
) -> None:
    """New rows of a table: of each the values of the columns `names`, and `alike` what is the same in all of them.

    What is the same is put into the words of the database once. Columns that are not named stay empty: defaults of the
    model are not asked. Without rows nothing happens.
    """
    session.flush()
    connection = session.connection()
    statement, words = _insert(model, (*names, *alike), connection.dialect)
    columns = [_worded(word, values) for word, values in zip(words, zip(*rows, strict=True), strict=False)]
    if not columns:
        return
    same = [repeat(next(iter(_worded(word, [value])))) for word, value in zip(words[len(names):], alike.values(), strict=True)]
    connection.exec_driver_sql(statement, list(zip(*columns, *same, strict=False)))


def _worded(word: Any, values: Iterable[Any]) -> Iterable[Any]:
    return values if word is None else map(word, values)


@lru_cache(maxsize=KEPT)
def _insert(model: type[Base], names: tuple[str, ...], dialect: sa.Dialect) -> tuple[str, list[Any]]:
    """The statement for these columns, and for each column how its values are put into the driver's words."""
    table, quoted = sa.inspect(model).local_table, dialect.identifier_preparer
    columns = [table.c[name] for name in names]
    marks = ", ".join(["?" if dialect.name == "sqlite" else "%s"] * len(names))
    listed = ", ".join(quoted.format_column(column) for column in columns)
    words = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    return f"INSERT INTO {quoted.format_table(table)} ({listed}) VALUES ({marks})", words  # noqa: S608 - names of the model
