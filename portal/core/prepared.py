"""A SELECT that is made once, made ready once: its text for one kind of database, where each value goes, what comes back.

SQLAlchemy works this out anew for each execution, which costs several times what the database needs for a small question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

Convert = Callable[[Any], Any] | None
Given = Mapping[str, Any]


class _Place(NamedTuple):
    """Where a value of the text comes from: what is given under a name, or one of the list that is; and how it is sent."""

    name: str
    nth: int | None
    convert: Convert

    def value(self, given: Given) -> Any:
        value = given[self.name] if self.nth is None else given[self.name][self.nth]
        return value if self.convert is None else self.convert(value)


class _Text(NamedTuple):
    """The text for lists of certain lengths. `names`: how its places are called, for drivers that want names."""

    sql: str
    places: tuple[_Place, ...]
    names: tuple[str, ...] | None

    def values(self, given: Given) -> Any:
        values = [place.value(given) for place in self.places]
        return tuple(values) if self.names is None else dict(zip(self.names, values, strict=True))


class Prepared:
    """One SELECT for one kind of database. `types`: those of its columns, in order."""

    def __init__(self, statement: sa.Select[Any], types: Sequence[sa.types.TypeEngine[Any]], dialect: sa.Dialect) -> None:
        self._compiled: Any = statement.compile(dialect=dialect)
        self._types, self._dialect = types, dialect
        binds, params = self._compiled.bind_names, self._compiled.params
        self._fixed: dict[str, Any] = {name: params[name] for bind, name in binds.items() if not bind.required}
        self._kinds = {name: bind.type.dialect_impl(dialect) for bind, name in binds.items()}
        self._lists = tuple(dict.fromkeys(name for bind, name in binds.items() if bind.expanding))
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._converts: tuple[Convert, ...] = ()

    def rows(self, connection: sa.Connection, given: Given | None) -> Sequence[tuple[Any, ...]]:
        """What the database answers, as the driver gives it: see `converts`.

        Errors: KeyError for a value that is not given; those that SQLAlchemy makes of the driver's.
        """
        whole = {**self._fixed, **given} if given else self._fixed
        lengths = tuple([len(whole[name]) for name in self._lists])
        text = self._texts.get(lengths) or self._text(whole, lengths)
        return self._sent(connection, text.sql, text.values(whole))

    def converts(self) -> tuple[Convert, ...]:
        """What makes of each column's values those of its type, None where the driver's are; known once it was executed."""
        return self._converts

    def _text(self, given: Given, lengths: tuple[int, ...]) -> _Text:
        state = self._compiled.construct_expanded_state(given)
        listed = {one: (name, nth) for name, ones in state.parameter_expansion.items() for nth, one in enumerate(ones)}
        names = tuple(state.parameters) if state.positiontup is None else tuple(state.positiontup)
        places = tuple(self._place(*listed.get(name, (name, None))) for name in names)
        text = self._texts[lengths] = _Text(state.statement, places, names if state.positiontup is None else None)
        return text

    def _place(self, name: str, nth: int | None) -> _Place:
        return _Place(name, nth, self._kinds[name].bind_processor(self._dialect))

    def _sent(self, connection: sa.Connection, sql: str, values: Any) -> Sequence[tuple[Any, ...]]:
        cursor: Any = None
        try:
            cursor = connection.connection.cursor()
            for listen in connection.dispatch.before_cursor_execute:
                listen(connection, cursor, sql, values, None, False)
            self._dialect.do_execute(cursor, sql, values)
            if not self._converts:
                self._converts = tuple(
                    kind.dialect_impl(self._dialect).result_processor(self._dialect, described[1])
                    for kind, described in zip(self._types, cursor.description, strict=True)
                )
            found: Sequence[tuple[Any, ...]] = cursor.fetchall()
            cursor.close()
            return found
        except self._dialect.loaded_dbapi.Error as error:
            raise self._told(connection, cursor, sql, values, error) from error

    def _told(self, connection: sa.Connection, cursor: Any, sql: str, values: Any, error: Exception) -> BaseException:
        """The driver's error as SQLAlchemy tells it; a connection that is gone is not used again."""
        base = self._dialect.loaded_dbapi.Error
        gone = self._dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
        if gone:
            connection.invalidate(error)
        return DBAPIError.instance(sql, values, error, base, connection_invalidated=gone, dialect=self._dialect)
