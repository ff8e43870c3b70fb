"""Reading by statements that are made once: rows become objects without what the ORM prepares anew for each execution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from portal.core.prepared import Convert, Prepared

Values = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Entity:
    """Where the columns of a model stand in a row. Models here have plain columns, one key `id`, and no relationships.

    `fresh`: what the session knows already takes the values of the row.
    """

    model: type[Any]
    new: Callable[[], Any]
    names: tuple[str, ...]
    known_by: frozenset[str]
    first: int
    behind: int
    key: int
    fresh: bool

    def made(self, session: Session, row: Values, converts: Sequence[Convert]) -> Any:
        """The object that the session knows under the key of the row, or else a new one; None where the row has none."""
        key = row[self.key]
        if key is None:
            return None
        convert = converts[self.key]
        known = (self.model, (key if convert is None else convert(key),), None)
        found = session.identity_map.get(known)
        if found is None:
            found = self.new()
            found.__dict__.update(self._values(row, converts))
            state: Any = instance_state(found)
            state.key, state.session_id = known, session.hash_key
            session.identity_map.add(state)
        elif self.fresh or not self.known_by <= found.__dict__.keys():
            for name, value in self._values(row, converts).items():
                if self.fresh or name not in found.__dict__:
                    set_committed_value(found, name, value)
        return found

    def _values(self, row: Values, converts: Sequence[Convert]) -> dict[str, Any]:
        return {
            name: value if convert is None else convert(value)
            for name, value, convert in zip(
                self.names, row[self.first:self.behind], converts[self.first:self.behind], strict=True)
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one statement are read.

    `flat` asks for the columns of each entity in its place; `parts`: an entity, or where a column stands.
    """

    flat: sa.Select[Any]
    types: tuple[Any, ...]
    parts: tuple[_Entity | int, ...]
    shape: SimpleResultMetaData
    prepared: dict[str, Prepared] = field(default_factory=dict)

    def found(self, session: Session, params: Any) -> IteratorResult[Any]:
        """The rows, after what waits in the session was written."""
        if session.autoflush:
            session.flush()
        connection = session.connection()
        dialect = connection.dialect
        ready = self.prepared.get(dialect.name)
        if ready is None:
            ready = self.prepared[dialect.name] = Prepared(self.flat, self.types, dialect)
        rows, converts = ready.rows(connection, params), ready.converts()
        if len(self.parts) == 1 and isinstance(entity := self.parts[0], _Entity):
            return IteratorResult(self.shape, iter([(entity.made(session, row, converts),) for row in rows]))
        return IteratorResult(self.shape, iter([self._row(session, row, converts) for row in rows]))

    def _row(self, session: Session, row: Values, converts: Sequence[Convert]) -> tuple[Any, ...]:
        values = []
        for part in self.parts:
            if not isinstance(part, int):
                values.append(part.made(session, row, converts))
            else:
                convert = converts[part]
                values.append(row[part] if convert is None else convert(row[part]))
        return tuple(values)


_PLANS: WeakKeyDictionary[Any, Plan | None] = WeakKeyDictionary()


def plan_of(statement: Any) -> Plan | None:
    """The plan of a statement that is executed again. None for one that is executed once, which is not worth a plan, and for
    one with other options than `populate_existing`."""
    if not isinstance(statement, sa.Select):
        return None
    if statement not in _PLANS:
        _PLANS[statement] = None
        return None
    plan = _PLANS[statement]
    if plan is None and statement.get_execution_options().keys() <= {"populate_existing"}:
        plan = _PLANS[statement] = _made(statement)
    return plan


def _made(statement: sa.Select[Any]) -> Plan:
    """The plan keeps a copy and never the statement itself, so that both go when nobody else has the statement."""
    fresh = statement.get_execution_options().get("populate_existing", False)
    columns, parts = list[Any](), list[_Entity | int]()
    described = statement.column_descriptions
    for one in described:
        whole, mapper = one["expr"], _mapper_of(one["expr"])
        parts.append(len(columns) if mapper is None else _entity(mapper, len(columns), fresh))
        columns += [whole] if mapper is None else [getattr(whole, each.key) for each in mapper.column_attrs]
    plain = all(isinstance(part, int) for part in parts)
    return Plan(
        statement.execution_options() if plain else statement.with_only_columns(*columns),
        tuple(column.type for column in columns), tuple(parts), SimpleResultMetaData([one["name"] for one in described]),
    )


def _mapper_of(asked: Any) -> Mapper[Any] | None:
    """The mapper of what is asked for as a whole, also under another name; None for a column."""
    found = sa.inspect(asked, raiseerr=False)
    return found.mapper if getattr(found, "is_mapper", False) or getattr(found, "is_aliased_class", False) else None


def _entity(mapper: Mapper[Any], first: int, fresh: bool) -> _Entity:
    names = tuple(attribute.key for attribute in mapper.column_attrs)
    return _Entity(
        mapper.class_, mapper.class_manager.new_instance, names, frozenset(names), first, first + len(names),
        first + names.index("id"), fresh,
    )
