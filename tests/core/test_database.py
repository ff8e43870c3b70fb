"""The database's two doors, and what its triggers refuse."""

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.core import database as room
from portal.core.access import OPERATOR
from portal.core.database import Database
from portal.log.models import Event
from portal.log.operations import record


def written_event(office: Office) -> Event:
    with office.database.write() as session:
        return record(office.work(session, OPERATOR), "test.event", "X-1", said="hello")


def test_a_large_file_is_counted_and_nothing_else(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    written_event(office)
    assert not office.database.count_for_planner()
    monkeypatch.setattr(room, "COUNTED_FROM", 0)
    assert office.database.count_for_planner() is office.database.is_sqlite
    if office.database.is_sqlite:
        with office.database.read() as session:
            assert session.scalar(sa.text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'event'"))
    written_event(office)


def test_reading_session_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(sa.exc.DBAPIError):
        session.execute(sa.text("DELETE FROM person"))


@pytest.mark.parametrize(
    "statement", ["DELETE FROM event", "UPDATE event SET kind = 'other'", "UPDATE event SET payload = 'x'"]
)
def test_frozen_rows_refuse_change(office: Office, statement: str) -> None:
    written_event(office)
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), office.database.write() as session:
        session.execute(sa.text(statement))


def test_frozen_rows_allow_erasure_of_their_body(office: Office) -> None:
    written_event(office)
    with office.database.write() as session:
        event = session.scalars(sa.select(Event)).one()
        event.payload, event.erased_at = None, office.clock()
    with office.database.read() as session:
        assert session.scalars(sa.select(Event.payload)).one() is None


def test_postgresql_refuses_truncate(office: Office) -> None:
    written_event(office)
    statement = "DELETE FROM event" if office.database.is_sqlite else "TRUNCATE event CASCADE"
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), office.database.write() as session:
        session.execute(sa.text(statement))
