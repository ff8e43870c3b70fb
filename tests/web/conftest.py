"""The whole application on SQLite, with a small market in it, and people who sign in by a session of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Person, UserSession
from portal.accounts.operations import mint_link
from portal.app import create_app
from portal.cases.models import Case
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.ids import new_token, token_hash
from portal.core.work import Work
from portal.log.operations import add
from portal.settings import load_settings
from tests.disputes.deciding import Bench, answered
from tests.enforcement.conftest import Desk, opened
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Story
from tests.factories.told import SECRET
from tests.web.desk_support import Desk as OpenDesk
from tests.web.desk_support import open_desk

CSRF = "c" * 48


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    return with_shared_templates(create_app(settings, clock=clock, database=sqlite_database))


def _contested(request: pytest.FixtureRequest) -> Desk | None:
    desk: Desk | None = request.getfixturevalue("contested") if "contested" in request.fixturenames else None
    return desk


@pytest.fixture
def market(app: Flask, request: pytest.FixtureRequest) -> Market:
    desk = _contested(request)
    return desk.market if desk else Market(app.extensions["office"])


@pytest.fixture
def story(market: Market, request: pytest.FixtureRequest) -> Story:
    desk = _contested(request)
    return desk.story if desk else market.story()


@pytest.fixture
def contested(app: Flask) -> Desk:
    """Stacy has contested her milestone and reported it; the desk has the case."""
    return opened(app.extensions["office"], 40_000)


@dataclass
class Browser:
    """A signed-in browser: opens pages, sends forms with their token and key."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers, base_url="https://localhost")

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:2000])
        return response.text

    def post(self, path: str, **fields: Any) -> TestResponse:
        fields = {"csrf_token": CSRF, "form_key": new_token()[:40]} | fields
        return self.client.post(path, data=fields, base_url="https://localhost")


@dataclass
class Doors:
    """Signs people in without the sign-in page, by the session that it would have opened."""

    app: Flask
    market: Market

    def open(self, person: Person, case_ref: str | None = None, *, fresh: bool = False) -> Browser:
        """A browser of that person; with `case_ref` it is a session that a link opened; `fresh`: they showed again who it is."""
        token = new_token()
        self.market.make(lambda work: _session(work, person, token, case_ref, fresh))
        client = self.app.test_client()
        with client.session_transaction(base_url="https://localhost") as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return Browser(client)

    def link(self, person: Person, case_ref: str, target: str) -> str:
        return self.market.make(lambda work: mint_link(work, person_id=person.id, case_ref=case_ref, target=target))


def _session(work: Work, person: Person, token: str, case_ref: str | None, fresh: bool) -> UserSession:
    return add(work, UserSession(
        token_hash=token_hash(token), person_id=person.id, case_ref=case_ref, csrf=CSRF,
        stepped_up_at=work.now if fresh else None,
        expires_at=work.now + timedelta(days=14),
    ))


@pytest.fixture
def doors(app: Flask, market: Market) -> Doors:
    return Doors(app, market)


@pytest.fixture
def visitor(doors: Doors) -> FlaskClient:
    return doors.app.test_client()


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> OpenDesk:
    """A reviewer at a browser, and a case that waits."""
    return open_desk(sqlite_database, clock, tmp_path)


@pytest.fixture
def heard(desk: OpenDesk) -> str:
    """The case in which Tim was asked and has answered."""
    case = desk.disputed()
    desk.heard(case)
    return case


@pytest.fixture
def draft(desk: OpenDesk, heard: str) -> str:
    return desk.drafted(heard)


@pytest.fixture
def sides(desk: OpenDesk) -> tuple[Browser, Browser]:
    """Stacy's browser and Tim's."""
    doors = Doors(desk.app, desk.market)
    return doors.open(desk.story.stacy.person), doors.open(desk.story.tim.person)


@pytest.fixture
def bench(desk: OpenDesk) -> Bench:
    """A dispute that was answered, in Rae's hands."""
    made = answered(desk.market, desk.story)
    desk.take(case_of(made))
    return made


def case_of(bench: Bench) -> str:
    """The reference of its case."""
    with bench.market.office.database.read() as session:
        return session.get_one(Case, bench.dispute.case_id).ref
