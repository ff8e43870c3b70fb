"""The plain session does what the ORM's own would do: the same objects, the same rows, the same refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm.exc import StaleDataError

from portal.accounts.models import Account, Member, Person
from portal.act import Office
from portal.core.access import OPERATOR
from portal.core.database import Base, Database
from portal.core.ids import new_id
from portal.core.sessions import Session
from portal.core.writing import kept
from portal.log.operations import add
from tests.factories.market import Market

BY_NAME = sa.select(Person).where(Person.name == sa.bindparam("name"))
WITH_ACCOUNT = sa.select(Person, Account.ref, Account).outerjoin(Member, Member.person_id == Person.id).outerjoin(
    Account, Member.account_id == Account.id
).where(Person.name == sa.bindparam("name"))


@pytest.fixture
def session(office: Office) -> Iterator[Session]:
    with office.database.write() as session:
        session.add(person(office, "Ana"))
        session.flush()
        yield session  # type: ignore[misc]


def person(office: Office, name: str, **more: Any) -> Person:
    return Person(id=new_id(), created_at=office.clock(), name=name, **more)


def sent(database: Database) -> list[str]:
    """The statements that this session's engine sends from now on."""
    said: list[str] = []
    sa.event.listen(database.writer, "before_cursor_execute", lambda _c, _k, statement, *_rest: said.append(statement))
    return said


def test_every_model_is_read_as_the_orm_reads_it(office: Office) -> None:
    Market(office).story()
    seen = 0
    for model in [mapper.class_ for mapper in Base.registry.mappers]:
        assert kept(sa.inspect(model)) is not None, model
        with office.database.read() as plain, orm.Session(office.database.reader) as general:
            ours = {row.id: values(row) for row in plain.scalars(sa.select(model))}
            assert ours == {row.id: values(row) for row in general.scalars(sa.select(model))}
            seen += len(ours)
    assert seen > 50


def values(row: Any) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in sa.inspect(type(row)).column_attrs}


def test_a_row_is_one_object_and_keeps_what_was_changed(session: Session) -> None:
    ana = session.scalars(BY_NAME, {"name": "Ana"}).one()
    with session.no_autoflush:
        ana.name = "Eva"
        assert session.scalars(BY_NAME, {"name": "Ana"}).one() is ana
        assert session.get_one(Person, ana.id) is ana and ana.name == "Eva"
        fresh = BY_NAME.execution_options(populate_existing=True)
        assert session.scalars(fresh, {"name": "Ana"}).one().name == "Ana"


def test_what_waits_is_written_before_anything_is_asked(session: Session) -> None:
    session.scalars(BY_NAME, {"name": "Ana"}).one().name = "Eva"
    assert session.scalars(BY_NAME, {"name": "Eva"}).one_or_none() is not None
    assert session.scalar(sa.select(Person.name)) == "Eva"


def test_objects_and_columns_side_by_side_with_nothing_for_what_is_not_there(session: Session) -> None:
    row = session.execute(WITH_ACCOUNT, {"name": "Ana"}).one()
    assert (row.Person.name, row.ref, row.Account) == ("Ana", None, None)
    twice = session.execute(sa.select(Person.name, Person).where(Person.name == "Ana")).one()
    assert twice[0] == twice[1].name == "Ana"


def test_new_rows_have_the_defaults_of_their_model(session: Session, office: Office) -> None:
    made = add(office.work(session, OPERATOR), Person(name="Bo"))
    session.flush()
    assert (made.language, made.zone, made.version, made.email) == ("en", "UTC", 1, None)
    assert session.execute(sa.select(Person.zone, Person.version).where(Person.name == "Bo")).one() == ("UTC", 1)
    made.zone = "Europe/Madrid"
    session.flush()
    assert session.scalar(sa.select(Person.zone).where(Person.name == "Bo")) == "Europe/Madrid"


def test_rows_are_written_after_those_that_they_name(session: Session, office: Office) -> None:
    said, work = sent(office.database), office.work(session, OPERATOR)
    bo, account = person(office, "Bo"), new_id()
    add(work, Member(account_id=account, person_id=bo.id, role="owner"))
    add(work, Account(id=account, ref="A-1", external_id="1", kind="individual", name="Bo", joined_on=office.clock().date()))
    add(work, bo)
    session.flush()
    assert [" ".join(one.split()[2:3]) for one in said] == ["account", "person", "member"]


def test_only_what_changed_is_written_and_nothing_twice(session: Session, office: Office) -> None:
    ana, said = session.scalars(BY_NAME, {"name": "Ana"}).one(), sent(office.database)
    ana.name, ana.zone = "Ana", "Europe/Madrid"
    session.flush()
    session.flush()
    assert len(said) == 1 and said[0].startswith("UPDATE person SET zone=")


def test_a_value_that_the_database_works_out_goes_the_general_way(session: Session) -> None:
    ana = session.scalars(BY_NAME, {"name": "Ana"}).one()
    ana.version = Person.version + 1
    session.flush()
    assert ana.version == 2


def test_a_changed_row_that_is_gone_is_an_error(session: Session) -> None:
    ana = session.scalars(BY_NAME, {"name": "Ana"}).one()
    session.execute(sa.text("DELETE FROM person"))
    ana.name = "Eva"
    with pytest.raises(StaleDataError):
        session.flush()
    session.rollback()


def test_nothing_of_an_act_stays_after_a_refused_row(office: Office) -> None:
    def twice() -> None:
        with office.database.write() as session:
            session.add(person(office, "Ana", email_norm="a@example.org"))
            session.flush()
            session.add(person(office, "Bo", email_norm="a@example.org"))
            with pytest.raises(sa.exc.IntegrityError):
                session.flush()
            session.execute(sa.select(Person.name))

    with pytest.raises(sa.exc.InvalidRequestError, match="rolled back"):
        twice()
    with office.database.read() as session:
        assert session.scalars(sa.select(Person)).all() == []


def test_a_model_refuses_a_name_that_it_has_not() -> None:
    with pytest.raises(TypeError, match="nickname"):
        Person(nickname="A")
