"""Rows by the hundred: what is written comes out as it went in, and many keys are found by the index."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Throttle
from portal.core.bulk import among, as_kept, insert_rows
from portal.core.database import Database
from portal.core.ids import new_id

AT = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)
NAMES = ("id", "subject", "count")


def written(database: Database, subjects: list[str]) -> list[UUID]:
    keys = [new_id() for _ in subjects]
    with database.write() as session:
        rows = [(key, subject, n) for n, (key, subject) in enumerate(zip(keys, subjects, strict=True))]
        insert_rows(session, Throttle, NAMES, rows, kind="try", created_at=AT, window_from=AT + timedelta(days=1))
    return keys


def test_rows_come_out_as_they_went_in(database: Database) -> None:
    keys = written(database, ["a", "é'; --", "%s ? :ids"])
    with database.read() as session:
        rows = session.scalars(select(Throttle).order_by(Throttle.count)).all()
    assert [row.id for row in rows] == keys
    assert [(row.subject, row.count) for row in rows] == [("a", 0), ("é'; --", 1), ("%s ? :ids", 2)]
    assert {(row.kind, row.created_at, row.window_from) for row in rows} == {("try", AT, AT + timedelta(days=1))}


def test_no_rows_are_nothing_and_a_wrong_row_leaves_none(database: Database) -> None:
    assert written(database, []) == []
    with pytest.raises(IntegrityError):
        written(database, ["a", "b", "a"])
    with database.read() as session:
        assert session.scalars(select(Throttle)).all() == []


def test_what_was_added_before_is_written_before(database: Database) -> None:
    with database.write() as session:
        session.add(Throttle(id=new_id(), created_at=AT, kind="try", subject="a", window_from=AT, count=1))
        insert_rows(session, Throttle, NAMES, [(new_id(), "b", 1)], kind="try", created_at=AT, window_from=AT)
        seen = session.connection().execute(text("SELECT subject FROM throttle ORDER BY subject")).scalars().all()
    assert seen == ["a", "b"]


def test_many_keys_find_their_rows_and_no_keys_find_none(database: Database) -> None:
    keys = written(database, [str(n) for n in range(700)])
    asked = select(Throttle.id).where(among(Throttle.id)).order_by(Throttle.id)
    kept = select(as_kept(Throttle.id)).where(among(Throttle.id))
    with database.read() as session:
        assert session.scalars(asked, {"ids": [new_id(), *keys[100:]]}).all() == keys[100:]
        assert session.scalars(asked, {"ids": []}).all() == []
        as_they_are = session.scalars(kept, {"ids": keys[:3]}).all()
        assert session.scalars(asked, {"ids": as_they_are}).all() == keys[:3]
        assert {UUID(str(key)) for key in as_they_are} == set(keys[:3])


def test_many_keys_are_looked_up_one_by_one(database: Database) -> None:
    keys = written(database, [str(n) for n in range(5000)])
    with database.write() as session:
        session.execute(text("ANALYZE"))
    asked = select(Throttle).where(among(Throttle.id), Throttle.count >= 0).compile(database.reader)
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.reader.connect() as connection:
        given = dict(asked.construct_params({"ids": keys[:100]}), **{} if database.is_sqlite else {"ids": keys[:100]})
        values = {name: asked._bind_processors.get(name, lambda value: value)(value) for name, value in given.items()}
        words = tuple(values[name] for name in asked.positiontup) if asked.positiontup else values
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + asked.string, words))
    assert "SEARCH throttle USING INDEX" in plan or "Index Scan using pk_throttle" in plan or "Index Scan on pk_throttle" in plan
