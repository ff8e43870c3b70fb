"""What is sent to a driver: a SELECT that is made once is made ready once, with its text, where each value goes, what comes back.

SQLAlchemy works this out anew for each execution, which costs several times what the database needs for a small question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, SafeUUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Convert = Callable[[Any], Any] | None
Given = Mapping[str, Any]
Answer = TypeVar("Answer")
TEXTS = 50
"""So many texts of one statement are kept: each length of its lists needs one of its own."""


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
    """One statement for one kind of database. `types`: those of the columns that it answers with, in order.

    Errors: ValueError for a value that SQLAlchemy would write into the text itself, or put together of several.
    """

    def __init__(
        self, statement: sa.Select[Any] | sa.CompoundSelect[Any] | sa.Update | sa.Delete,
        types: Sequence[sa.types.TypeEngine[Any]], dialect: sa.Dialect,
    ) -> None:
        self._compiled: Any = statement.compile(dialect=dialect)
        self._types, self._dialect = types, dialect
        binds, params = self._compiled.bind_names, self._compiled.params
        if odd := [name for bind, name in binds.items() if bind.literal_execute or bind.callable or bind.type._is_tuple_type]:
            raise ValueError(f"values that no statement made once can be given: {odd}")
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
        return send(connection, text.sql, text.values(whole), self._answer)

    def converts(self) -> tuple[Convert, ...]:
        """What makes of each column's values those of its type, None where the driver's are; known once it was executed."""
        return self._converts

    def _answer(self, cursor: Any) -> Sequence[tuple[Any, ...]]:
        if cursor.description is None:
            return ()
        if not self._converts:
            self._converts = tuple(
                self._convert(kind, described[1]) for kind, described in zip(self._types, cursor.description, strict=True)
            )
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return found

    def _convert(self, kind: sa.types.TypeEngine[Any], coltype: object) -> Convert:
        usual: Convert = kind.dialect_impl(self._dialect).result_processor(self._dialect, coltype)
        return key_of if isinstance(kind, sa.Uuid) and usual is not None else usual

    def _text(self, given: Given, lengths: tuple[int, ...]) -> _Text:
        state = self._compiled.construct_expanded_state(given)
        listed = {one: (name, nth) for name, ones in state.parameter_expansion.items() for nth, one in enumerate(ones)}
        names = tuple(state.parameters) if state.positiontup is None else tuple(state.positiontup)
        places = tuple(self._place(*listed.get(name, (name, None))) for name in names)
        if len(self._texts) >= TEXTS:
            self._texts.clear()
        text = self._texts[lengths] = _Text(state.statement, places, names if state.positiontup is None else None)
        return text

    def _place(self, name: str, nth: int | None) -> _Place:
        return _Place(name, nth, self._kinds[name].bind_processor(self._dialect))


class Kept:
    """A statement of a module, made ready once for each kind of database; what it answers with is read by its place."""

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.Update | sa.Delete) -> None:
        self._statement, self._ready = statement, dict[str, Prepared]()

    def rows(self, connection: sa.Connection, given: Given) -> list[tuple[Any, ...]]:
        """What the database answers; nothing for an UPDATE without RETURNING. Errors: those of `Prepared.rows`."""
        name = connection.dialect.name
        ready = self._ready.get(name)
        if ready is None:
            types = [column.type for column in self._statement.exported_columns]
            ready = self._ready[name] = Prepared(self._statement, types, connection.dialect)
        found = ready.rows(connection, given)
        converting = [convert or same for convert in ready.converts()]
        return [tuple([convert(each) for each, convert in zip(row, converting, strict=True)]) for row in found]

    def carry_out(self, session: Session, given: Given) -> None:
        """In a session: after what waits in it was written, unless it is told to let that wait."""
        if session.autoflush:
            session.flush()
        self.rows(session.connection(), given)

    def column(self, connection: sa.Connection, given: Given) -> list[Any]:
        """The first column of what the database answers."""
        return [row[0] for row in self.rows(connection, given)]


def same(value: Any) -> Any:
    """What a column becomes whose values stay as the driver gives them."""
    return value


def key_of(digits: str | None) -> UUID | None:
    """The key of which these are the 32 hexadecimal digits, as a database without keys of its own gives them.

    `UUID` asks in which of six ways it is given, which takes longer than all else that is done with one.
    """
    if digits is None:
        return None
    key = object.__new__(UUID)
    object.__setattr__(key, "int", int(digits, 16))
    object.__setattr__(key, "is_safe", SafeUUID.unknown)
    return key


def send(connection: sa.Connection, sql: str, values: Any, answer: Callable[[Any], Answer], *, many: bool = False) -> Answer:
    """Sends a text to the driver, and to whoever listens to statements; `answer` takes what is wanted of the cursor.

    Errors: those that SQLAlchemy makes of the driver's.
    """
    dialect, cursor = connection.dialect, None
    try:
        cursor = connection.connection.cursor()
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, sql, values, None, many)
        if many:
            dialect.do_executemany(cursor, sql, values)
        else:
            dialect.do_execute(cursor, sql, values)
        return answer(cursor)
    except dialect.loaded_dbapi.Error as error:
        raise _told(connection, cursor, sql, values, many, error) from error
    finally:
        if cursor is not None:
            cursor.close()


def _told(connection: sa.Connection, cursor: Any, sql: str, values: Any, many: bool, error: Exception) -> BaseException:
    """The driver's error as SQLAlchemy tells it; a connection that is gone is not used again."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if gone:
        connection.invalidate(error)
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        sql, values, error, base, hide_parameters=connection.engine.hide_parameters, connection_invalidated=gone, dialect=dialect,
        ismulti=many)
