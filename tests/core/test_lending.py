"""A PostgreSQL database that served one test is as new for the next, or it is dropped."""

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.core.access import OPERATOR
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.log.operations import record
from portal.tables import metadata
from tests.factories.lent import Lender
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
