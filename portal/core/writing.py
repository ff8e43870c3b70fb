"""How a model is kept in its table, and how one flush writes rows of such models: see `portal.core.sessions`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.exc import StaleDataError

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """How one model is kept: its table, the names of its columns in order, and what a column is when nothing was given.

    `by_database`: columns for which the database has a value of its own.
    """

    model: type[Any]
    mapper: Mapper[Any]
    table: sa.Table
    names: tuple[str, ...]
    defaults: Values
    by_database: frozenset[str]
    insert: sa.Insert


@cache
def kept(mapper: Mapper[Any]) -> Kept | None:
    """None for a model that needs the general way."""
    table, names = mapper.local_table, tuple(each.key for each in mapper.column_attrs)
    if not isinstance(table, sa.Table):
        return None
    plain = (
        len(mapper.attrs) == len(names) and mapper.inherits is None
        and mapper.polymorphic_on is None and mapper.version_id_col is None and mapper.primary_key == (table.c.get("id"),)
        and names == tuple(mapper.c[name].key for name in names)
    )
    if not plain or any(_made_when_written(column) for column in table.columns):
        return None
    defaults = {
        column.key: column.default.arg for column in table.columns if column.default is not None and column.default.is_scalar
    }
    by_database = frozenset(column.key for column in table.columns if column.server_default is not None)
    return Kept(mapper.class_, mapper, table, names, defaults, by_database, table.insert())


def _made_when_written(column: sa.Column[Any]) -> bool:
    made = column.default is not None and not column.default.is_scalar and column.key != "id"
    return made or column.onupdate is not None or column.type.should_evaluate_none


class Writing:
    """What one flush writes: rows to insert by model, and for changed rows which columns have which new value."""

    def __init__(self) -> None:
        self.states: set[InstanceState[Any]] = set()
        self._new: dict[Kept, list[Values]] = defaultdict(list)
        self._changed: list[tuple[Kept, Any, Values]] = []

    @classmethod
    def of(cls, new: Any, dirty: Any) -> Writing | None:
        """None when something of it needs the general way."""
        work = cls()
        new_in_order = sorted(new, key=attrgetter("insert_order"))
        return work if all(map(work._add_new, new_in_order)) and all(map(work._add_changed, dirty)) else None

    def _add_new(self, state: InstanceState[Any]) -> bool:
        model, given = kept(state.mapper), state.dict
        if model is None or given.get("id") is None or any(map(_made_by_sql, given.values())):
            return False
        for name in model.names:
            if given.get(name) is None:
                if name in model.by_database:
                    return False
                given[name] = model.defaults.get(name)
        self._new[model].append({name: given[name] for name in model.names})
        self.states.add(state)
        return True

    def _add_changed(self, state: InstanceState[Any]) -> bool:
        model, given = kept(state.mapper), state.dict
        if model is None:
            return False
        old = state.committed_state
        if "id" in old or not given.keys() >= old.keys():
            return False
        changed = {name: given[name] for name in model.names if name in old and given[name] != old[name]}
        if any(map(_made_by_sql, changed.values())):
            return False
        if changed:
            self._changed.append((model, given["id"], changed))
        self.states.add(state)
        return True

    def write(self, connection: sa.Connection) -> None:
        models = [*self._new, *(model for model, _, _ in self._changed)]
        place = _places_of(models[0].table.metadata) if models else {}
        for model in sorted(self._new, key=lambda model: place[model.table]):
            rows = self._new[model]
            connection.execute(model.insert, rows if len(rows) > 1 else rows[0])
        for model, key, changed in sorted(self._changed, key=lambda each: (place[each[0].table], each[1])):
            done = connection.execute(_update(model.table, tuple(changed)), {"key_of_row": key, **changed})
            if done.rowcount != 1:
                raise StaleDataError(f"a row of {model.table.name} that was to be changed is not there")


def _made_by_sql(value: Any) -> bool:
    return isinstance(value, sa.ClauseElement) or hasattr(value, "__clause_element__")


@cache
def _update(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    return table.update().where(table.c.id == sa.bindparam("key_of_row")).values({name: sa.bindparam(name) for name in names})


@cache
def _places_of(metadata: sa.MetaData) -> dict[sa.Table, int]:
    return {table: n for n, table in enumerate(metadata.sorted_tables)}
