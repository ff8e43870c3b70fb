"""Statements that are met again: read without the ORM's own way, and nobody can tell."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.act import Office
from portal.core.database import KEYS
from portal.core.ids import new_id
from portal.core.prepared import TEXTS, Kept, send
from portal.core.reading import plan_of

BY_REF = sa.select(Account).where(Account.ref == sa.bindparam("ref"))
FRESH = BY_REF.execution_options(populate_existing=True)
BY_KEYS = sa.select(Account).where(Account.id.in_(KEYS)).order_by(Account.ref)
BOTH_WAYS = sa.select(Account).where(sa.or_(Account.id.not_in(KEYS), Account.id.in_(KEYS)), Account.ref == sa.bindparam("ref"))
NEITHER = sa.select(Account).where(Account.id.in_(KEYS), Account.id.not_in(KEYS))
REFS = Account.ref.in_(sa.bindparam("refs", expanding=True))
OF_TEXTS = sa.select(Account).where(sa.or_(REFS, ~REFS), sa.not_(sa.and_(REFS, ~REFS)), Account.ref == sa.bindparam("ref"))
NAMES = sa.select(Account.name, sa.func.length(Account.ref).label("long")).where(Account.ref == sa.bindparam("ref"))
WITH_PEOPLE = (
    sa.select(Account, Member.role, Person).outerjoin(Member, Member.account_id == Account.id)
    .outerjoin(Person, Person.id == Member.person_id).order_by(Account.ref)
)
NOWHERE = sa.select(sa.column("x")).select_from(sa.table("nowhere"))


def account(office: Office, ref: str) -> Account:
    now = office.clock()
    return Account(
        id=new_id(), created_at=now, ref=ref, external_id=ref, kind="individual", name=f"Name {ref}", joined_on=now.date(),
        search_text="",
    )


@pytest.fixture
def keys(office: Office) -> list[UUID]:
    """Two accounts, the first with a person."""
    now = office.clock()
    person = Person(id=new_id(), created_at=now, name="Ana", email="a@b.example", email_norm="a@b.example", language="en",
                    zone="UTC", version=1)
    with office.database.write() as session:
        rows = [account(office, "A-1"), account(office, "A-2")]
        session.add_all([*rows, person])
        session.flush()
        session.add(Member(id=new_id(), created_at=now, account_id=rows[0].id, person_id=person.id, role=MemberRole.OWNER))
        return [row.id for row in rows]


@contextmanager
def reading(office: Office) -> Iterator[Session]:
    """A session for which each statement of this file was met before."""
    for _ in range(2):
        with office.database.read() as session:
            for statement in (BY_REF, FRESH, NAMES):
                session.execute(statement, {"ref": "none"}).all()
            session.execute(BY_KEYS, {"ids": []}).all()
            session.execute(WITH_PEOPLE).all()
    with office.database.read() as session:
        yield session


def test_an_object_is_as_the_orm_would_make_it(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        found = session.scalars(BY_REF, {"ref": "A-1"}).one()
        state = sa.inspect(found)
        assert state.persistent and not state.modified and not state.unloaded
    with office.database.read() as session:
        usual = session.scalars(sa.select(Account).where(Account.ref == "A-1")).one()
        assert {name: value for name, value in vars(found).items() if name[0] != "_"} == {
            name: value for name, value in vars(usual).items() if name[0] != "_"}


def test_one_object_for_each_key(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        first = session.scalars(BY_REF, {"ref": "A-1"}).one()
        assert session.get_one(Account, keys[0]) is first
        assert session.scalars(BY_KEYS, {"ids": keys}).first() is first
        assert session.scalars(sa.select(Account).order_by(Account.ref)).first() is first


def test_columns_come_by_their_names(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        row = session.execute(NAMES, {"ref": "A-2"}).one()
        assert (row.name, row.long) == ("Name A-2", 3) == tuple(row)
        assert session.scalar(NAMES, {"ref": "A-2"}) == "Name A-2" and session.scalar(NAMES, {"ref": "none"}) is None


def test_objects_and_columns_in_one_row_and_nothing_where_a_join_finds_none(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        with_person, without = session.execute(WITH_PEOPLE).all()
    assert (with_person.Account.ref, with_person.role, with_person.Person.name) == ("A-1", "owner", "Ana")
    assert (without.Account.ref, without.role, without.Person) == ("A-2", None, None)


def test_lists_of_any_length(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        for asked in ([], keys[:1], keys, [*keys, new_id()], keys[1:]):
            found = session.scalars(BY_KEYS, {"ids": asked}).all()
            assert [one.id for one in found] == [key for key in keys if key in asked]


def test_a_list_that_is_asked_for_both_ways_is_the_same_list(office: Office, keys: list[UUID]) -> None:
    """Also when it is empty: no key is in it, and every key is not."""
    with reading(office) as session:
        for asked in ([], keys[:1], keys):
            for _ in range(2):
                assert session.scalars(NEITHER, {"ids": asked}).all() == []
                assert session.scalars(BOTH_WAYS, {"ids": asked, "ref": "A-1"}).one().id == keys[0]
                assert session.scalars(OF_TEXTS, {"refs": ["A-1"] * len(asked), "ref": "A-1"}).one().id == keys[0]


def test_texts_are_kept_for_so_many_lengths_and_no_more(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        for length in range(TEXTS + 50):
            assert len(session.scalars(BY_KEYS, {"ids": [*keys, *[keys[0]] * length]}).all()) == 2
        plan = plan_of(BY_KEYS)
        assert plan is not None and 0 < len(plan.ready[session.connection().dialect.name].prepared._texts) <= TEXTS


def test_what_was_changed_and_not_written_is_kept_unless_asked_anew(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        found = session.scalars(BY_REF, {"ref": "A-1"}).one()
        found.name = "Other"
        assert session.scalars(BY_REF, {"ref": "A-1"}).one().name == "Other"
        assert session.scalars(FRESH, {"ref": "A-1"}).one().name == "Name A-1" and not session.is_modified(found)


def test_a_change_of_what_was_read_is_written(office: Office, keys: list[UUID]) -> None:
    with reading(office):
        pass
    with office.database.write() as session:
        session.scalars(BY_REF, {"ref": "A-1"}).one().name = "Other"
        assert session.execute(NAMES, {"ref": "A-1"}).one().name == "Other"
    with office.database.read() as session:
        assert session.scalar(sa.select(Account.name).where(Account.id == keys[0])) == "Other"


def test_what_waits_is_written_before_it_is_asked_for_and_completed(office: Office, keys: list[UUID]) -> None:
    with reading(office):
        pass
    with office.database.write() as session:
        person = Person(id=new_id(), created_at=office.clock(), name="Bo", email="c@d.example", email_norm="c@d.example",
                        language="en", zone="UTC", version=1)
        member = Member(id=new_id(), created_at=office.clock(), account_id=keys[1], person_id=person.id, role=MemberRole.OWNER)
        session.add(person)
        session.flush()
        session.add(member)
        assert session.execute(WITH_PEOPLE).all()[-1].Person is person
        assert not sa.inspect(person).unloaded and person.erased_at is None


@pytest.mark.parametrize("asked", [Account, Account.ref])
def test_a_statement_that_nobody_has_any_more_is_forgotten(office: Office, keys: list[UUID], asked: Any) -> None:
    left = []
    for _ in range(2):  # SQLAlchemy keeps the first of several that are alike
        query = sa.select(asked).where(Account.ref == "A-1")
        left.append(weakref.ref(query))
        with office.database.read() as session:
            assert [len(session.execute(query).all()) for _ in range(3)] == [1, 1, 1]
    del query
    gc.collect()
    assert left[1]() is None


def test_rows_that_are_asked_for_in_portions_come_in_portions(office: Office, keys: list[UUID]) -> None:
    query = sa.select(Account).order_by(Account.ref).execution_options(yield_per=1)
    with office.database.read() as session:
        for _ in range(3):
            assert [len(portion) for portion in session.scalars(query).partitions()] == [1, 1]


def test_errors_are_those_of_sqlalchemy(office: Office) -> None:
    for _ in range(3):
        with office.database.read() as session, pytest.raises(sa.exc.DBAPIError, match="nowhere") as caught:
            session.execute(NOWHERE)
    assert type(caught.value) in {sa.exc.OperationalError, sa.exc.ProgrammingError} and "FROM nowhere" in str(caught.value)


def test_a_value_that_is_not_given_is_not_guessed(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session, pytest.raises(KeyError, match="ref"):
        session.execute(BY_REF)


def test_a_connection_that_is_gone_is_not_used_again(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        session.connection().connection.dbapi_connection.close()  # type: ignore[union-attr]
        with pytest.raises(sa.exc.DBAPIError) as caught:
            session.scalars(BY_REF, {"ref": "A-1"})
    assert caught.value.connection_invalidated
    with office.database.read() as session:
        assert session.scalars(BY_REF, {"ref": "A-1"}).one().id == keys[0]


@pytest.mark.parametrize("odd", [
    Account.ref == sa.bindparam("ref", literal_execute=True), Account.ref == sa.bindparam("ref", callable_=lambda: "A-1"),
    sa.tuple_(Account.ref, Account.name).in_(sa.bindparam("ref", expanding=True)),
])
def test_values_that_would_stay_in_the_text_are_refused(office: Office, keys: list[UUID], odd: Any) -> None:
    query = sa.select(Account.name).where(odd)
    with office.database.read() as session:
        session.execute(query, {"ref": [("A-1", "Name A-1")] if "IN" in str(odd) else "A-1"})
        with pytest.raises(ValueError, match="ref"):
            session.execute(query, {"ref": "A-2"})


def test_a_cursor_is_closed_also_after_an_error(office: Office) -> None:
    made = list[Any]()
    with office.database.read() as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda *a: made.append(a[1]))
        with pytest.raises(sa.exc.DBAPIError):
            send(connection, "SELECT x FROM nowhere", (), lambda cursor: cursor)
    with pytest.raises(Exception, match=r"[Cc]losed"):
        made[0].fetchall()


def test_errors_do_not_say_what_people_wrote(office: Office) -> None:
    """Asked once or again, read or written: the statement is named, its values are not."""
    asked = sa.select(sa.column("x")).select_from(sa.table("nowhere")).where(sa.column("x") == sa.bindparam("ref"))
    for _ in range(3):
        with office.database.read() as session, pytest.raises(sa.exc.DBAPIError, match="nowhere") as caught:
            session.execute(asked, {"ref": "my own words"})
        assert "my own words" not in str(caught.value)
    with office.database.write() as session:
        row = account(office, "A-1")
        session.add_all([row, account(office, "A-1")])
        row.name = "my own words"
        with pytest.raises(sa.exc.IntegrityError, match="INSERT INTO account") as refused:
            session.flush()
        session.rollback()
    assert "my own words" not in str(refused.value)


UNION = sa.union_all(sa.select(Account.ref).where(Account.ref == sa.bindparam("ref")), sa.select(Person.name))


def test_statements_put_together_of_several_are_read_alike(office: Office, keys: list[UUID]) -> None:
    for _ in range(3):
        with office.database.read() as session:
            assert sorted(session.scalars(UNION, {"ref": "A-2"})) == ["A-2", "Ana"]
            assert [row.ref for row in session.execute(UNION, {"ref": "none"})] == ["Ana"]
    assert plan_of(UNION) is not None


def test_one_is_neither_none_nor_two(office: Office, keys: list[UUID]) -> None:
    with reading(office) as session:
        with pytest.raises(NoResultFound):
            session.scalars(BY_REF, {"ref": "none"}).one()
        for ask in ("one", "one_or_none"):
            with pytest.raises(MultipleResultsFound):
                getattr(session.scalars(BY_KEYS, {"ids": keys}), ask)()
        assert session.scalars(BY_REF, {"ref": "none"}).one_or_none() is session.scalars(BY_REF, {"ref": "none"}).first() is None


def test_what_a_savepoint_took_back_is_not_found_any_more(office: Office, keys: list[UUID]) -> None:
    with office.database.write() as session:
        kept, gone = session.get_one(Account, keys[0]), account(office, "A-3")
        savepoint = session.begin_nested()
        session.add(gone)
        kept.name = "Other"
        session.flush()
        assert session.get(Account, gone.id) is gone
        savepoint.rollback()
        assert session.get(Account, gone.id) is None
        assert session.get_one(Account, keys[0]).name == "Name A-1"


RENAMED = Kept(sa.update(Account).where(Account.ref == sa.bindparam("of")).values(name="Other").returning(Account.id))
SILENT = Kept(sa.update(Account).where(Account.ref == sa.bindparam("of")).values(name="Again"))


def test_a_kept_update_answers_with_what_it_returns(office: Office, keys: list[UUID]) -> None:
    for _ in range(2):
        with office.database.write() as session:
            assert RENAMED.column(session.connection(), {"of": "A-1"}) == keys[:1]
            assert RENAMED.rows(session.connection(), {"of": "none"}) == []
            assert SILENT.rows(session.connection(), {"of": "A-2"}) == []
    with office.database.read() as session:
        assert session.scalars(sa.select(Account.name).order_by(Account.ref)).all() == ["Other", "Again"]
