"""What the portal's own session takes as given of models and of SQLAlchemy, for every model on both databases.

If an update of SQLAlchemy or a new kind of column makes one of these fail, `core/prepared.py`, `reading.py` or `writing.py`
has to learn it first.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session

from portal import tables
from portal.core.bulk import KeyList
from portal.core.database import Base, UtcDateTime
from portal.core.session import PlainSession
from tests.structure.owner import Filled

MODELS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
NAMED = pytest.mark.parametrize("mapper", MODELS, ids=lambda mapper: mapper.class_.__name__)
VALUES: dict[type[Any], Any] = {
    sa.Uuid: UUID(int=7), sa.String: "word", sa.Text: "Text 😀", sa.Integer: 7, sa.BigInteger: 2**40, sa.Boolean: True,
    sa.Date: date(2024, 2, 29), sa.LargeBinary: b"\0\xff", UtcDateTime: datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
}
"""A value of each type: those whose values nobody changes in place, and which stand in one column of a row as they are."""


def values_of(rows: Sequence[Any], mapper: Mapper[Any]) -> list[dict[str, Any]]:
    names = [column.key for column in mapper.local_table.columns]
    return sorted(({name: getattr(row, name) for name in names} for row in rows), key=lambda row: str(row["id"]))


def as_sqlalchemy_reads(session: Session, mapper: Mapper[Any]) -> list[dict[str, Any]]:
    return values_of(session.execute(sa.select(mapper.local_table)).all(), mapper)


def rows_of(session: Session, mapper: Mapper[Any]) -> list[dict[str, Any]]:
    """The rows of a table, of an empty one one that is made up."""
    if not (found := as_sqlalchemy_reads(session, mapper)):
        row = {column.key: VALUES[type(column.type)] for column in mapper.local_table.columns}
        session.execute(sa.insert(mapper.local_table), row)
        found = as_sqlalchemy_reads(session, mapper)
    return found


def test_columns_are_plain_and_filled_by_the_program() -> None:
    for table in tables.metadata.tables.values():
        for column in table.columns:
            assert type(column.type) in VALUES, column
            assert column.default is None or column.default.is_scalar or column.default.is_callable, column
            assert column.server_onupdate is None and column.key == column.name, column


def test_nobody_listens_to_what_the_session_does_itself() -> None:
    """Events of the ORM for single rows and for flushes are not told by it."""
    asked = [PlainSession().dispatch, *(each for mapper in MODELS for each in (mapper.dispatch, mapper.class_manager.dispatch))]
    unheard = {"before_flush", "after_flush", "after_flush_postexec", "do_orm_execute", "before_insert", "after_insert",
               "before_update", "after_update", "load", "refresh"}
    assert not [(one, name) for one in asked for name in unheard if hasattr(one, name) and len(getattr(one, name))]
    assert not [mapper for mapper in MODELS if mapper.validators or mapper.synonyms or mapper.composites]


@NAMED
def test_every_row_is_read_and_written_as_sqlalchemy_does(filled: Filled, mapper: Mapper[Any]) -> None:
    model, query = mapper.class_, sa.select(mapper.class_)
    with filled.unguarded() as usual, PlainSession(usual.connection()) as session:
        kept = rows_of(usual, mapper)
        for _ in range(3):
            session.expunge_all()
            assert values_of(session.scalars(query).all(), mapper) == kept
        session.expunge_all()
        usual.execute(sa.delete(mapper.local_table))
        session.add_all([model(**row) for row in kept])
        session.flush()
        assert as_sqlalchemy_reads(usual, mapper) == kept


@NAMED
def test_every_column_is_changed_as_sqlalchemy_does(filled: Filled, mapper: Mapper[Any]) -> None:
    """A row takes over all that another one says."""
    with filled.unguarded() as usual, PlainSession(usual.connection()) as session:
        kept = rows_of(usual, mapper)
        key, wanted = kept[0]["id"], {**kept[-1], "id": kept[0]["id"]}
        usual.execute(sa.delete(mapper.local_table).where(mapper.local_table.c.id != key))
        found = session.get_one(mapper.class_, key)
        for name, value in wanted.items():
            setattr(found, name, value)
        session.flush()
        assert as_sqlalchemy_reads(usual, mapper) == [wanted]


def test_lists_of_keys_are_one_value() -> None:
    assert not KeyList()._is_tuple_type
