"""When the disk is full or the database is gone: a clear page, nothing half done or lost, and well again by itself."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Base, Database
from portal.core.ids import new_token
from portal.core.migrate import migrate
from portal.settings import load_settings
from tests.factories.market import Market, Story
from tests.factories.postgresql import Cluster
from tests.factories.told import SECRET
from tests.web.conftest import CSRF, Browser, Doors

TYPED = " ".join(["He asked me on 3 November to pay him outside of the marketplace. The message is in our inbox there."] * 400)
"""So long that it finds no room in pages that are half full."""
REPORT = "/reports/new"
FULL = """CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$"""


def fields_of(page: str) -> dict[str, str]:
    """What the button on a page sends."""
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)}


class TestFull:
    @pytest.fixture
    def sqlite_database(self, database: Database) -> Database:
        """The whole application on each engine."""
        return database

    def test_a_full_disk_stores_nothing_and_loses_nothing(self, doors: Doors, story: Story, app: Flask) -> None:
        database: Database = app.extensions["office"].database
        stacy, key, path = doors.open(story.stacy.person), new_token()[:40], REPORT
        fields = {"contract": story.contract.ref, "happened": TYPED, "form_key": key}
        before = rows(database)
        fill(database)
        refused = stacy.post(path, **fields)
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
        assert TYPED in refused.text and "Nothing was done yet" in refused.text
        assert stacy.get("/me").status_code == 200, "reading goes on"
        empty(database)
        assert rows(database) == before
        assert [stacy.post(path, **fields).status_code for _ in range(2)] == [303, 303]
        assert rows(database)["report"] == before["report"] + 1


def rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {name: session.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0 for name in Base.metadata.tables}


def fill(database: Database) -> None:
    """From now on the database finds no more room."""
    if not database.is_sqlite:
        with database.writer.begin() as connection:
            connection.exec_driver_sql(FULL)
            connection.exec_driver_sql("CREATE TRIGGER no_room BEFORE INSERT ON event EXECUTE FUNCTION no_room()")
        return
    database.dispose()
    with closing(sqlite3.connect(database.url.database or "")) as whole:
        whole.execute("VACUUM")

    @sa.event.listens_for(database.writer, "begin")
    def no_room(connection: sa.Connection) -> None:
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        (pages,), = driver.execute("PRAGMA page_count").fetchall()
        driver.execute(f"PRAGMA max_page_count = {pages}")

    database.no_room = no_room  # type: ignore[attr-defined]


def empty(database: Database) -> None:
    """There is room again."""
    if database.is_sqlite:
        sa.event.remove(database.writer, "begin", database.no_room)  # type: ignore[attr-defined]
        database.dispose()
        return
    with database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER no_room ON event")


class TestGone:
    @pytest.fixture
    def cluster_of_its_own(self) -> Iterator[Cluster]:
        cluster = Cluster.start()
        yield cluster
        cluster.stop()

    @pytest.fixture
    def app(self, tmp_path: Path, clock: MovedClock, cluster_of_its_own: Cluster) -> Flask:
        database = Database(cluster_of_its_own.create("gone"))
        migrate(database)
        settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
        return create_app(settings, clock=clock, database=database)

    def test_a_database_that_is_gone_is_said_and_comes_back_by_itself(
        self, doors: Doors, market: Market, story: Story, cluster_of_its_own: Cluster
    ) -> None:
        stacy, visitor = doors.open(story.stacy.person), Browser(doors.app.test_client())
        assert stacy.get("/me").status_code == 200
        path, fields = REPORT, {"contract": story.contract.ref, "happened": TYPED, "form_key": new_token()[:40]}
        cluster_of_its_own.halt()
        for answer in (stacy.get("/me"), stacy.get("/rules"), visitor.get("/readyz")):
            assert answer.status_code == 503 and "Retry-After" in answer.headers, answer.text
            assert "Nothing was lost" in answer.text and "psycopg" not in answer.text
        busy = stacy.post(path, **fields)
        assert busy.status_code == 503 and TYPED in busy.text
        again = fields_of(busy.text)
        assert again == fields | {"csrf_token": CSRF}
        assert visitor.get("/healthz").status_code == 200
        cluster_of_its_own.begin()
        assert stacy.get("/me").status_code == visitor.get("/readyz").status_code == 200
        assert stacy.client.post(path, data=again, base_url="https://localhost").status_code == 303
