"""New and changed rows: written without the ORM's own way, and nobody can tell."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from portal import tables
from portal.accounts.models import Account, Member, Person
from portal.act import Office
from portal.core.database import Base
from portal.core.ids import new_id
from portal.core.session import PlainSession

ROWS = sa.select(Person.name, Person.version).order_by(Person.name)


def person(office: Office, name: str, **more: object) -> Person:
    now = office.clock()
    return Person(id=new_id(), created_at=now, name=name, email=f"{name}@b.example", email_norm=f"{name}@b.example", **more)


def written(office: Office, *names: str) -> list[UUID]:
    with office.database.write() as session:
        rows = [person(office, name) for name in names]
        session.add_all(rows)
        return [row.id for row in rows]


def test_models_have_what_sessions_know_how_to_read_and_write() -> None:
    """Plain columns under the names of their attributes, one key, nothing that the database alone fills in."""
    assert {mapper.local_table for mapper in Base.registry.mappers} >= set(tables.metadata.tables.values())
    for mapper in Base.registry.mappers:
        columns = list(mapper.local_table.columns)
        assert [column.key for column in mapper.primary_key] == ["id"], mapper
        assert not mapper.relationships and mapper.polymorphic_on is None and mapper.version_id_col is None, mapper
        assert {each.key: [column.key for column in each.columns] for each in mapper.column_attrs} == {
            column.key: [column.key] for column in columns}, mapper
        assert not [column for column in columns if column.onupdate or column.computed or column.identity], mapper
        assert not [column for column in columns if column.server_default is not None and column.default is None], mapper


def test_what_is_not_given_has_its_usual_value_and_the_object_knows_it(office: Office) -> None:
    with office.database.write() as session:
        row = person(office, "Ana")
        session.add(row)
        session.flush()
        state = sa.inspect(row)
        assert state.persistent and not state.modified
        assert (row.language, row.zone, row.version, row.erased_at) == ("en", "UTC", 1, None)
    with office.database.read() as session:
        kept = session.scalars(sa.select(Person)).one()
        assert {name: value for name, value in vars(kept).items() if name[0] != "_"} == {
            column.key: getattr(row, column.key) for column in Person.__table__.columns}


def test_only_what_changed_is_written(office: Office) -> None:
    keys = written(office, "Ana", "Bo", "Cy")
    asked: list[tuple[str, Any]] = []
    sa.event.listen(office.database.writer, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    with office.database.write() as session:
        ana, bo, cy = (session.get_one(Person, key) for key in keys)
        ana.name, bo.name, cy.name, bo.version = "Ana", "Bob", "Cyd", 2
        ana.version, cy.version = 1, 2
    (text, rows), = [one for one in asked if one[0].startswith("UPDATE")]
    assert "zone" not in text and len(rows) == 2
    with office.database.read() as session:
        assert [tuple(row) for row in session.execute(ROWS)] == [("Ana", 1), ("Bob", 2), ("Cyd", 2)]


def test_rows_of_a_table_are_changed_in_the_order_of_their_keys(office: Office) -> None:
    """Whatever of them changes: two acts that change the same rows never wait for each other crosswise."""
    keys = sorted(written(office, "Ana", "Bo", "Cy", "Di"))
    asked: list[Any] = []
    sa.event.listen(office.database.writer, "before_cursor_execute", lambda *a: asked.append(a[2]))
    with office.database.write() as session:
        rows = [session.get_one(Person, key) for key in reversed(keys)]
        for row, name in zip(rows, ("zone", "name", "name", "zone"), strict=True):
            setattr(row, name, "other")
    changed = [text.split("SET ")[1].split("=")[0] for text in asked if text.startswith("UPDATE")]
    assert changed == ["zone", "name", "zone"]


def test_a_row_that_is_added_and_changed_in_one_act(office: Office) -> None:
    with office.database.write() as session:
        row = person(office, "Ana")
        session.add(row)
        session.flush()
        row.name, row.last_seen_at = "Bo", office.clock() + timedelta(seconds=1)
        session.flush()
        assert not session.dirty and session.get(Person, row.id) is row
        row.version = 7
    with office.database.read() as session:
        assert session.execute(ROWS).one() == ("Bo", 7)
        assert session.scalars(sa.select(Person)).one().last_seen_at == office.clock() + timedelta(seconds=1)


def test_a_change_of_a_row_that_is_gone_is_an_error(office: Office) -> None:
    key = written(office, "Ana")[0]
    with office.database.write() as session:
        row = session.get_one(Person, key)
        session.execute(sa.delete(Person.__table__))
        row.name = "Bo"
        with pytest.raises(StaleDataError, match="Person"):
            session.flush()
        session.rollback()


def _go_on_after_a_failure(office: Office, key: UUID) -> None:
    with office.database.write() as session:
        session.get_one(Person, key).name = "Other"
        session.flush()
        session.add(person(office, "Other"))
        session.add(person(office, "Other"))
        with pytest.raises(sa.exc.IntegrityError, match="INSERT INTO person"):
            session.flush()


def test_nothing_of_an_act_stays_once_writing_failed(office: Office) -> None:
    key = written(office, "Ana")[0]
    with pytest.raises(sa.exc.PendingRollbackError):
        _go_on_after_a_failure(office, key)
    with office.database.read() as session:
        assert session.scalars(sa.select(Person.name)).all() == ["Ana"]


def test_a_new_row_takes_the_place_of_one_that_gives_it_up(office: Office) -> None:
    key = written(office, "Ana")[0]
    with office.database.write() as session:
        session.add(person(office, "Ana"))
        with session.no_autoflush:
            session.get_one(Person, key).email_norm = "elsewhere@b.example"
    with office.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 2


def test_after_a_rollback_a_session_writes_again(office: Office) -> None:
    written(office, "Ana")
    with PlainSession(office.database.writer) as session:
        session.add(person(office, "Ana"))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        with pytest.raises(sa.exc.PendingRollbackError):
            session.scalar(sa.select(Person.name))
        session.rollback()
        assert not session.new and session.scalars(sa.select(Person.name)).all() == ["Ana"]


def test_after_a_savepoint_a_session_writes_what_it_did_not_take_back(office: Office) -> None:
    with office.database.write() as session:
        ana = person(office, "Ana")
        session.add(ana)
        session.flush()
        within = session.begin_nested()
        ana.name = "Other"
        session.add(person(office, "Ana"))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        within.rollback()
        assert ana.name == "Ana" and not session.new
        ana.version = 5
        session.add(person(office, "Bo"))
    with office.database.read() as session:
        assert [tuple(row) for row in session.execute(ROWS)] == [("Ana", 5), ("Bo", 1)]


def test_deletions_go_the_usual_way_with_what_else_waits(office: Office) -> None:
    key = written(office, "Ana")[0]
    with office.database.write() as session:
        session.delete(session.get_one(Person, key))
        session.add(person(office, "Bo"))
    with office.database.read() as session:
        assert session.scalars(sa.select(Person.name)).all() == ["Bo"]


def test_rows_that_name_each_other_need_no_order(office: Office) -> None:
    now = office.clock()
    one = person(office, "Ana")
    account = Account(id=new_id(), created_at=now, ref="A-1", external_id="x", kind="individual", name="n", joined_on=now.date())
    member = Member(id=new_id(), created_at=now, account_id=account.id, person_id=one.id, role="owner")
    with office.database.write() as session:
        session.add_all([member, account, one])
    with office.database.read() as session:
        assert session.scalar(sa.select(Member.person_id)) == one.id
