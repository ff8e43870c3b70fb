"""What was acknowledged is on the disk before the answer begins, on both databases; a build that forgets it is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.core.database import Database
from portal.core.migrate import migrate
from tests.battery.durable import unkept
from tests.benchmarks.stage import DurableCluster

PAYOUTS = 3
CARELESS = "tests.battery.careless:front"


@pytest.fixture(scope="module")
def durable() -> Iterator[DurableCluster]:
    cluster = DurableCluster.start()
    yield cluster
    cluster.stop()


@pytest.mark.parametrize(("app", "found"), [("wsgi:front", 0), (CARELESS, PAYOUTS)])
def test_sqlite_keeps_before_it_answers(sqlite_database: Database, tmp_path: Path, app: str, found: int) -> None:
    assert len(unkept(f"sqlite:///{sqlite_database.url.database}", tmp_path, PAYOUTS, app=app)) == found


@pytest.mark.parametrize(("app", "found"), [("wsgi:front", 0), (CARELESS, PAYOUTS)])
def test_postgresql_keeps_before_it_answers(durable: DurableCluster, tmp_path: Path, app: str, found: int) -> None:
    url = durable.create(f"kept_{found}")
    made = Database(url)
    migrate(made)
    made.dispose()
    assert len(unkept(url, tmp_path, PAYOUTS, postmaster=durable.postmaster, app=app)) == found
