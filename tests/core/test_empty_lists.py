"""A list that is empty is empty for every type of column, alone or beside another, asked for one way, both ways or twice."""

from collections.abc import Callable

import sqlalchemy as sa

from portal.act import Office
from portal.tables import metadata

IDS, OTHERS = (sa.bindparam(name, expanding=True) for name in ("ids", "others"))
ONE = sa.select(sa.literal(1).label("one")).subquery()
Ask = Callable[[sa.ColumnElement[object]], sa.ColumnElement[bool]]
NOBODY: tuple[Ask, ...] = (
    lambda what: what.in_(IDS), lambda what: sa.and_(what.in_(IDS), what.not_in(IDS)),
    lambda what: sa.and_(what.not_in(IDS), what.in_(IDS)), lambda what: sa.and_(what.not_in(OTHERS), what.in_(IDS)),
    lambda what: sa.not_(what.not_in(IDS)), lambda what: sa.not_(sa.or_(what.not_in(IDS), what.in_(IDS))),
)


def test_nothing_is_in_an_empty_list_and_everything_is_outside_it(office: Office) -> None:
    """Asked of a row that is not there, so that each column is NULL: it is in no empty list, and outside it, for both engines."""
    each = {repr(column.type): column for table in metadata.sorted_tables for column in table.columns}
    with office.database.read() as session:
        for column in each.values():
            none = [sa.func.sum(sa.case((ask(column), 1), else_=0)) for ask in NOBODY]
            every = sa.func.sum(sa.case((sa.and_(sa.not_(column.in_(IDS)), column.not_in(IDS)), 1), else_=0))
            query = sa.select(*none, every).select_from(ONE.outerjoin(column.table, sa.false()))
            found = tuple(session.execute(query, {"ids": [], "others": []}).one())
            assert found == (0,) * len(none) + (1,), str(column)
