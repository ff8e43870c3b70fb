"""One minor unit too much, made by hand in any row and any column that holds an amount, is found by `flask verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import verify
from portal.core.database import Base
from portal.ledger.models import Book, BookKind
from portal.log.checkpoints import public_key_of
from portal.log.checks import check
from tests.structure.owner import Filled, take_checks_away

MONEY = {query for holds in verify.REGISTRY if holds.number in (5, 8) for query in holds.queries}
NO_MONEY = {
    "work_item.stake_minor": "how much is at stake, by which the queue is sorted: a copy that moves nothing",
}
COLUMNS = sorted(
    f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
    if column.name.endswith("_minor")
)
KINDS = {"book": "kind, currency, owner_id IS NULL", "transfer": "currency", "movement": "currency"}
"""Of which rows of a table one each is tried; of the others the first and the last."""


def rows_of(session: Session, table: str, column: str) -> list[str]:
    """The keys of the rows that are tried."""
    there = f'FROM "{table}" WHERE {column} IS NOT NULL'
    queries = [f"SELECT min(CAST(id AS text)) {there} GROUP BY {KINDS[table]}"] if table in KINDS else []
    queries += [f"SELECT {end}(CAST(id AS text)) {there}" for end in ("min", "max")]
    return sorted({str(key) for query in queries for key in session.scalars(sa.text(query)) if key is not None})


def says(session: Session, log: Callable[[Session], Iterator[str]]) -> bool:
    """Whether any query of money, else the log, names anything."""
    return any(next(query(session), None) is not None for query in (*sorted(MONEY, key=lambda q: q.__name__), log))


def test_every_kind_of_book_is_there(filled: Filled) -> None:
    """But what we owe for being late, which takes weeks: tests/disputes compares that with a model."""
    with filled.guarded() as session:
        there = set(session.scalars(sa.select(Book.kind).distinct()))
    assert set(BookKind) - there == {BookKind.OWED}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cent_too_much_is_found(filled: Filled, column: str) -> None:
    key = public_key_of(filled.settings.signing_key)
    table, name = column.split(".")
    with filled.guarded() as session:
        keys = rows_of(session, table, name)
    missed = []
    for row in keys:
        with filled.unguarded() as session:
            take_checks_away(session, table)
            session.execute(sa.text(f'UPDATE "{table}" SET {name} = {name} + 1 WHERE CAST(id AS text) = :row'), {"row": row})
            if not says(session, lambda s: check(s, filled.office.keyring, filled.folder, public_key=key)):
                missed.append(row)
    assert missed == (keys if column in NO_MONEY else [])
    assert keys
