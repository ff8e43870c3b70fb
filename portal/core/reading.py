"""Reading by statements that are made once: rows become objects without what the ORM prepares anew for each execution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from portal.core.prepared import Convert, Prepared, same

Values = Sequence[Any]
Make = Callable[[Session, Values], Any]
"""Makes of a row what one part of a statement asks for."""


class Scalars(list[Any]):
    """The first of what each row holds, under the names of SQLAlchemy's `ScalarResult`."""

    def all(self) -> Scalars:
        return self

    def first(self) -> Any:
        """The first one, or None."""
        return self[0] if self else None

    def one_or_none(self) -> Any:
        """The only one, or None. Errors: MultipleResultsFound."""
        if len(self) > 1:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        return self[0] if self else None

    def one(self) -> Any:
        """The only one. Errors: MultipleResultsFound, NoResultFound."""
        if not self:
            raise NoResultFound("No row was found when one was required")
        return self.one_or_none()


@dataclass(frozen=True, slots=True)
class _Entity:
    """Where the columns of a model stand in a row. Models here have plain columns, one key `id`, and no relationships.

    `fresh`: what the session knows already takes the values of the row.
    """

    model: type[Any]
    new: Callable[[], Any]
    names: tuple[str, ...]
    first: int
    behind: int
    key: int
    fresh: bool

    def maker(self, converts: Sequence[Convert]) -> Make:
        """Gives the object that the session knows under the key of a row, or else a new one; None where the row has none."""
        model, new, names, fresh, key = self.model, self.new, self.names, self.fresh, slice(self.first, self.behind)
        place, convert_key, known_by = self.key, converts[self.key] or same, frozenset(names)
        changing = [(name, convert) for name, convert in zip(names, converts[key], strict=True) if convert is not None]

        def values(row: Values) -> dict[str, Any]:
            found = dict(zip(names, row[key], strict=True))
            for name, convert in changing:
                found[name] = convert(found[name])
            return found

        def made(session: Session, row: Values) -> Any:
            if row[place] is None:
                return None
            known = (model, (convert_key(row[place]),), None)
            found = session.identity_map.get(known)
            if found is None:
                found = new()
                found.__dict__.update(values(row))
                state: Any = instance_state(found)
                state.key, state.session_id = known, session.hash_key
                session.identity_map.add(state)
            elif fresh or not known_by <= found.__dict__.keys():
                for name, value in values(row).items():
                    if fresh or name not in found.__dict__:
                        set_committed_value(found, name, value)
            return found

        return made


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a column stands in a row."""

    place: int

    def maker(self, converts: Sequence[Convert]) -> Make:
        """Gives the value in that place."""
        place, convert = self.place, converts[self.place]
        return (lambda _session, row: row[place]) if convert is None else (lambda _session, row: convert(row[place]))


class _Ready:
    """A statement made ready for one kind of database, and what makes things of its rows: known once it was executed."""

    __slots__ = ("makers", "prepared")

    def __init__(self, prepared: Prepared) -> None:
        self.prepared, self.makers = prepared, list[Make]()


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one statement are read. `flat` asks for the columns of each entity in its place."""

    flat: sa.Select[Any] | sa.CompoundSelect[Any]
    types: tuple[Any, ...]
    parts: tuple[_Entity | _Column, ...]
    shape: SimpleResultMetaData
    ready: dict[str, _Ready] = field(default_factory=dict)

    def found(self, session: Session, params: Any) -> IteratorResult[Any]:
        """The rows, after what waits in the session was written."""
        rows, makers = self._rows(session, params)
        return IteratorResult(self.shape, iter([tuple([make(session, row) for make in makers]) for row in rows]))

    def scalars(self, session: Session, params: Any) -> Scalars:
        """The first of each row, after what waits in the session was written."""
        rows, makers = self._rows(session, params)
        make = makers[0]
        return Scalars([make(session, row) for row in rows])

    def _rows(self, session: Session, params: Any) -> tuple[Sequence[Values], Sequence[Make]]:
        if session.autoflush:
            session.flush()
        connection = session.connection()
        dialect = connection.dialect
        ready = self.ready.get(dialect.name)
        if ready is None:
            ready = self.ready[dialect.name] = _Ready(Prepared(self.flat, self.types, dialect))
        rows = ready.prepared.rows(connection, params)
        if not ready.makers:
            ready.makers = [part.maker(ready.prepared.converts()) for part in self.parts]
        return rows, ready.makers


_PLANS: WeakKeyDictionary[Any, Plan | None] = WeakKeyDictionary()
_UNMET: Any = object()
_ASKS = (sa.Select, sa.CompoundSelect)


def plan_of(statement: Any) -> Plan | None:
    """The plan of a statement that is executed again. None for one that is executed once, which is not worth a plan, and for
    one with other options than `populate_existing`."""
    if not isinstance(statement, _ASKS):
        return None
    plan: Plan | None = _PLANS.get(statement, _UNMET)
    if plan is _UNMET:
        plan = _PLANS[statement] = None
    elif plan is None and statement.get_execution_options().keys() <= {"populate_existing"}:
        plan = _PLANS[statement] = _made(statement)
    return plan


def _made(statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Plan:
    """The plan keeps a copy and never the statement itself, so that both go when nobody else has the statement."""
    if isinstance(statement, sa.CompoundSelect):
        columns = list(statement.selected_columns)
        parts = tuple(_Column(place) for place in range(len(columns)))
        return _plan(statement.execution_options(), columns, parts, [str(column.key) for column in columns])
    fresh = statement.get_execution_options().get("populate_existing", False)
    columns, found = list[Any](), list[_Entity | _Column]()
    described = statement.column_descriptions
    for one in described:
        whole, mapper = one["expr"], _mapper_of(one["expr"])
        found.append(_Column(len(columns)) if mapper is None else _entity(mapper, len(columns), fresh))
        columns += [whole] if mapper is None else [getattr(whole, each.key) for each in mapper.column_attrs]
    plain = all(isinstance(part, _Column) for part in found)
    flat = statement.execution_options() if plain else statement.with_only_columns(*columns)
    return _plan(flat, columns, found, [one["name"] for one in described])


def _plan(flat: Any, columns: Sequence[Any], parts: Sequence[_Entity | _Column], names: Sequence[str]) -> Plan:
    return Plan(flat, tuple(column.type for column in columns), tuple(parts), SimpleResultMetaData(names))


def _mapper_of(asked: Any) -> Mapper[Any] | None:
    """The mapper of what is asked for as a whole, also under another name; None for a column."""
    found = sa.inspect(asked, raiseerr=False)
    return found.mapper if getattr(found, "is_mapper", False) or getattr(found, "is_aliased_class", False) else None


def _entity(mapper: Mapper[Any], first: int, fresh: bool) -> _Entity:
    names = tuple(attribute.key for attribute in mapper.column_attrs)
    return _Entity(
        mapper.class_, mapper.class_manager.new_instance, names, first, first + len(names), first + names.index("id"), fresh,
    )
