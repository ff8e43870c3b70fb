"""A PostgreSQL database that served one test is as new for the next, or it is dropped; a story told before is whole in others."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.contracts.models import Contract
from portal.core.access import OPERATOR
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.log.operations import record
from portal.tables import metadata
from tests.factories.engines import OwnEngine
from tests.factories.lent import Lender
from tests.factories.market import Market
from tests.factories.told import SECRET


def write(database: Database, clock: MovedClock) -> None:
    office = Office(database, clock, Keyring(SECRET))
    with database.write() as session:
        record(office.work(session, OPERATOR), "test.event", "X-1", said="hello")


def test_rows_and_what_a_connection_was_told_are_gone(lender: Lender, clock: MovedClock) -> None:
    with lender.lend() as first:
        write(first, clock)
        with first.writer.connect() as connection:
            connection.exec_driver_sql("SET session_replication_role = replica")
            connection.commit()
    with lender.lend() as second:
        assert second.url.database == first.url.database
        with second.read() as session:
            for table in metadata.sorted_tables:
                assert not session.scalar(sa.select(sa.func.count()).select_from(table)), table.name
            assert session.scalar(sa.text("SHOW session_replication_role")) == "origin"
            assert session.scalar(sa.text("SHOW timezone")) == "UTC"
        write(second, clock)
        with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), second.write() as session:
            session.execute(sa.text("DELETE FROM event"))


@pytest.mark.parametrize("change", [
    "CREATE TABLE other (word text)",
    "ALTER TABLE event DISABLE TRIGGER ALL",
    "DROP INDEX ix_event_subject_ref",
    "SET session_replication_role = replica; DROP TABLE book CASCADE",
    "ANALYZE alembic_version",
])
def test_what_changed_in_more_than_its_rows_is_dropped(lender: Lender, change: str) -> None:
    with lender.lend() as first, first.write() as session:
        session.execute(sa.text(change))
    with lender.lend() as second:
        assert second.url.database != first.url.database


def test_what_somebody_still_uses_is_dropped(lender: Lender) -> None:
    with lender.lend() as first:
        left_open = first.reader.connect()
        left_open.execute(sa.text("SELECT 1"))
    with lender.lend() as second:
        assert second.url.database != first.url.database
    with pytest.raises(sa.exc.OperationalError):
        left_open.execute(sa.text("SELECT 1"))


def test_a_copy_is_as_made_until_somebody_else_writes_into_it(sqlite_template: Path, tmp_path: Path) -> None:
    made = OwnEngine.copy_of(sqlite_template, tmp_path / "portal.db")
    assert made.is_as_made()
    other = OwnEngine(f"sqlite:///{tmp_path / 'portal.db'}")
    with other.write() as session:
        session.execute(sa.text("CREATE TABLE other (id INTEGER)"))
    assert not made.is_as_made()
    other.dispose()
    assert not made.is_as_made()
    made.dispose()


def test_a_told_story_is_read_whole_by_whoever_was_connected_before(databases: Callable[[], Database], clock: MovedClock) -> None:
    first, second = (Market(Office(databases(), clock, Keyring(SECRET))) for _ in range(2))
    first.story()
    with second.office.database.write() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contract)) == 0
    story = second.story()
    assert {story.contract.ref, story.other_contract.ref} == _contracts(first) == _contracts(second)
    assert second.dispute(story.stacy, story.contract)["case"], "and it goes on from there"


def _contracts(market: Market) -> set[str]:
    with market.office.database.read() as session:
        return set(session.scalars(sa.select(Contract.ref)))
