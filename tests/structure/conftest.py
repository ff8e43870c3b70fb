"""One filled database for each engine, made once: no test may change it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from portal.core.clock import MovedClock
from tests.conftest import NOON
from tests.factories.engines import OwnEngine
from tests.factories.postgresql import Cluster
from tests.structure.filled import fill
from tests.structure.filled_decisions import BEFORE
from tests.structure.owner import Filled


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The database in which much has happened; whoever breaks something in it rolls back."""
    folder = tmp_path_factory.mktemp("filled")
    if request.param == "sqlite":
        database = OwnEngine.copy_of(request.getfixturevalue("sqlite_template"), folder / "portal.db")
        yield fill(database, MovedClock(NOON - BEFORE), folder)
        database.dispose()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    database = OwnEngine(cluster.create(f"f_{os.urandom(6).hex()}", request.getfixturevalue("postgresql_template")))
    yield fill(database, MovedClock(NOON - BEFORE), folder)
    database.dispose()
    cluster.drop(database.url.database or "")
