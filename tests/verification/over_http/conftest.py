"""The portal with its pages, somebody whose identity is asked for, and a reviewer, each at a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.settings import load_settings
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Story
from tests.factories.told import SECRET
from tests.verification.making import Checks
from tests.verification.pages import Browser, Doors


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    return with_shared_templates(create_app(settings, clock=clock, database=sqlite_database))


@pytest.fixture
def market(app: Flask) -> Market:
    return Market(app.extensions["office"])


@pytest.fixture
def checks(market: Market, story: Story) -> Iterator[Checks]:
    made = Checks.begin(market, story)
    yield made
    assert made.violations() == []


@pytest.fixture
def doors(app: Flask, market: Market) -> Doors:
    return Doors(app, market)


@pytest.fixture
def tim(doors: Doors, story: Story) -> Browser:
    return doors.open(story.tim.person)


@pytest.fixture
def rae(doors: Doors, story: Story) -> Browser:
    return doors.open(story.rae.person)
