"""Databases for tests: the same test runs on SQLite and on a real PostgreSQL, each on a fresh copy of a template."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings

from portal.accounts import passwords
from portal.act import Office
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.core.migrate import migrate
from portal.tables import metadata
from tests.factories.compiled import KnownRule
from tests.factories.engines import OwnEngine
from tests.factories.lent import Lender, watched
from tests.factories.market import Market, Story
from tests.factories.postgresql import Cluster
from tests.factories.reading import Reading
from tests.factories.told import SECRET

MEMORY = Path("/dev/shm")  # noqa: S108 - databases of tests lie in memory; durability has tests of its own
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
settings.register_profile("new", print_blob=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("new"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
"""What holds on one machine holds on the next: examples are drawn the same each time; the battery draws new ones. How long one
takes says how busy the machine is."""
gc.disable()
"""While the portal and its tests are loaded nothing becomes garbage, and looking for it took two fifths of that time."""
Flask.url_rule_class = KnownRule
Flask.test_client_class = Reading
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._DECOY = passwords.hash_password("nobody has this password")
"""Whoever signs in here pays the least for it; what it costs in the portal is a test of its own, in tests/accounts."""
assert metadata.tables, "every room's tables are known before a test touches one"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A real PostgreSQL of this machine's binaries, on a Unix socket in a temporary folder."""
    running = Cluster.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    database = OwnEngine(cluster.create("portal_template"))
    migrate(database)
    watched(database)
    database.dispose()
    return "portal_template"


@pytest.fixture(scope="session")
def lender(cluster: Cluster, postgresql_template: str) -> Lender:
    return Lender(cluster, postgresql_template)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "portal.db"
    database = OwnEngine(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes empty, migrated databases; every test that takes one runs on both engines."""
    with ExitStack() as made:
        if request.param == "sqlite":
            template, numbers = request.getfixturevalue("sqlite_template"), count()
            yield lambda: made.enter_context(_on_sqlite(template, tmp_path / f"portal{next(numbers) or ''}.db"))
        else:
            lender: Lender = request.getfixturevalue("lender")
            yield lambda: made.enter_context(lender.lend())


@contextmanager
def _on_sqlite(template: Path, path: Path) -> Iterator[Database]:
    made = OwnEngine.copy_of(template, path)
    yield made
    made.dispose()


@pytest.fixture
def database(databases: Callable[[], Database], request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database; a test for one engine alone names it for `databases`, which makes them."""
    assert not hasattr(request, "param"), "named here, an engine would be added to the two and the test would run on both"
    return databases()


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """Only SQLite: for journeys and pages, where the engine makes no difference."""
    with _on_sqlite(sqlite_template, tmp_path / "portal.db") as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """From here on garbage is looked for again."""
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """What is loaded and collected stays to the end: garbage is not looked for in it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(NOON)


@pytest.fixture
def office(database: Database, clock: MovedClock) -> Office:
    return Office(database, clock, Keyring(SECRET))


@pytest.fixture
def market(office: Office) -> Market:
    return Market(office)


@pytest.fixture
def story(market: Market) -> Story:
    """The people of most tests, and the work of two of them for each other."""
    return market.story()
