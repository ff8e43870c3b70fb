"""A session of the ORM that does plain things plainly: SELECTs as the engine runs them, new rows written table by table.

The ORM's general way (loader strategies, the unit of work with its dependencies) took most of the time of an act, and our
models need none of it: no relationships, no inheritance, keys made before the row, no values made by the database. What is
not plain in this sense goes the general way, so nothing that the ORM can do is lost.

This file and `writing`, and no other, touch insides of SQLAlchemy, whose version is pinned; `tests/core/test_sessions.py`
compares both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import InstanceState, Mapper, attributes

from portal.core.writing import Kept, Values, Writing, kept

PLAIN_OPTIONS = {"populate_existing"}
UNSEEN = {"synchronize_session": False}
"""Of an UPDATE or DELETE whose rows this session does not know as objects."""


class Asked:
    """What a SELECT gives, place by place: a model's columns, which become an object, or a column as it is."""

    def __init__(self, models: Sequence[Kept | None], names: Sequence[str | None], *, fresh: bool) -> None:
        self.models, self.names, self.fresh = tuple(models), tuple(names), fresh
        self.only = models[0] if len(models) == 1 else None
        self.columns_only = not any(models)
        self.metadata: SimpleResultMetaData | None = None

    def fits(self, keys: Sequence[str]) -> bool:
        """Whether the columns are those that were expected, in their order; named once, when it is asked for first."""
        expected: list[str | None] = []
        for model in self.models:
            expected += [None] if model is None else model.names
        right = len(expected) == len(keys) and all(
            name is None or key == name or key.startswith(f"{name}_") for name, key in zip(expected, keys, strict=True)
        )
        if right:
            shown = keys if self.columns_only else [name or f"column_{n}" for n, name in enumerate(self.names)]
            self.metadata = SimpleResultMetaData(list(shown))
        return right


def _unseen(statement: Any, params: Any) -> bool:
    """Whether a statement writes rows that no object of this session stands for."""
    if type(statement) is sa.Insert:
        return isinstance(params, list) and not statement._returning
    return type(statement) in (sa.Update, sa.Delete) and statement.get_execution_options() == UNSEEN


_ASKED: WeakKeyDictionary[Any, Asked | None] = WeakKeyDictionary()
_MISSING = object()


def _asked(statement: Any) -> Asked | None:
    """How to ask this statement plainly; remembered as long as the statement lives. None: the general way."""
    known = _ASKED.get(statement, _MISSING)
    if known is _MISSING:
        known = _ASKED[statement] = _look_at(statement) if type(statement) is sa.Select else None
    return known  # type: ignore[return-value]


def _look_at(statement: sa.Select[Any]) -> Asked | None:
    options = statement.get_execution_options()
    if statement._with_options or not PLAIN_OPTIONS.issuperset(options):
        return None
    models: list[Kept | None] = []
    for each in statement.column_descriptions:
        expression = each["expr"]
        if isinstance(expression, sa.ColumnElement | orm.InstrumentedAttribute):
            models.append(None)
            continue
        found = sa.inspect(expression, raiseerr=False)
        model = kept(found.mapper) if isinstance(found, Mapper | orm.util.AliasedInsp) else None
        if model is None:
            return None
        models.append(model)
    names = [each["name"] for each in statement.column_descriptions]
    return Asked(models, names, fresh=bool(options.get("populate_existing")))


class Session(orm.Session):
    """The session of every act and page."""

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """As the ORM's; a SELECT is sent as the engine sends it, and its rows are read at once."""
        if not options and _unseen(statement, params):
            return self._now().execute(statement, params)
        asked = None if options else _asked(statement)
        rows = None if asked is None else self._rows(statement, params, asked)
        if asked is None or rows is None or asked.metadata is None:
            return super().execute(statement, params, **options)
        return IteratorResult(asked.metadata, iter(rows))

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.execute(statement, params, **options).scalars()

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.execute(statement, params, **options).scalar()

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As the ORM's: the object of that key, which this session knows or asks for; or None."""
        if options or not isinstance(entity, type) or isinstance(ident, tuple | dict):
            return super().get(entity, ident, **options)
        known = self.identity_map.get((entity, (ident,), None))
        if known is not None and not _state(known).expired_attributes:
            return known
        return self.execute(_by_key(entity), {"key": ident}).scalars().one_or_none()

    def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        found = self.get(entity, ident, **options)
        if found is None:
            raise orm.exc.NoResultFound("No row was found when one was required")  # type: ignore[attr-defined]
        return found

    def _now(self) -> sa.Connection:
        """The connection, everything written that waits."""
        if self.autoflush and not self._flushing:
            self.flush()
        return self.connection()

    def _rows(self, statement: Any, params: Any, asked: Asked) -> Sequence[Any] | None:
        result = self._now().execute(statement, params or {})
        if asked.metadata is None and not asked.fits(list(result.keys())):
            _ASKED[statement] = None
            return None
        rows = result.all()
        if asked.columns_only:
            return rows
        if asked.only is not None:
            only, fresh = asked.only, asked.fresh
            return [(self._object(only, row, fresh=fresh),) for row in rows]
        return [tuple(self._places(asked, row)) for row in rows]

    def _places(self, asked: Asked, row: Sequence[Any]) -> Iterator[Any]:
        start = 0
        for model in asked.models:
            if model is None:
                yield row[start]
                start += 1
            else:
                end = start + len(model.names)
                yield self._object(model, row[start:end], fresh=asked.fresh)
                start = end

    def _object(self, model: Kept, row: Sequence[Any], *, fresh: bool) -> Any:
        """The one object that this session has for a row: as it is known here, unless the row is to replace that."""
        given = dict(zip(model.names, row, strict=True))
        if given["id"] is None:
            return None
        key = (model.model, (given["id"],), None)
        known = self.identity_map.get(key)
        if known is None:
            return self._appear(model, key, given)
        stale = given.keys() if fresh else _state(known).expired_attributes
        for name in tuple(stale):
            if name not in known.__dict__ or known.__dict__[name] != given[name]:
                attributes.set_committed_value(known, name, given[name])
        return known

    def _appear(self, model: Kept, key: Any, given: Values) -> Any:
        made = model.mapper.class_manager.new_instance()
        state = _state(made)
        state.dict.update(given)
        state.key, state.session_id = key, self.hash_key
        self.identity_map.add(state)
        return made

    def add(self, instance: Any, **options: Any) -> None:
        """As the ORM's; what has no relations takes nothing along."""
        state = None if options else _state(instance)
        if state is None or kept(state.mapper) is None:
            super().add(instance, **options)
        else:
            self._save_or_update_impl(state)

    def flush(self, objects: Any = None) -> None:
        """Writes what is new, table by table so that a row comes after what it refers to, and then what changed."""
        if self._flushing or objects or self._is_clean():
            super().flush(objects)
            return
        work = None if self._deleted else Writing.of(self._new, self._dirty_states)
        if work is None:
            super().flush()
            return
        self._flushing = True
        try:
            work.write(self.connection())
            self._register_persistent(work.states)
        except BaseException:
            self._autobegin_t()._begin().rollback(_capture_exception=True)
            raise
        finally:
            self._flushing = False


def _state(thing: Any) -> InstanceState[Any]:
    state: InstanceState[Any] = attributes.instance_state(thing)
    return state


@cache
def _by_key(entity: type[Any]) -> sa.Select[Any]:
    return sa.select(entity).where(entity.id == sa.bindparam("key"))
