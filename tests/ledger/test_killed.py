"""Server and worker ended with SIGKILL under load: no acknowledged payout is lost, none is made twice (`make battery`: more)."""

from pathlib import Path

from portal.core.database import Database
from tests.battery.killing import kills

SERVER, WORKER = 20, 10


def test_what_was_acknowledged_survives(sqlite_database: Database, tmp_path: Path) -> None:
    figures = kills(f"sqlite:///{sqlite_database.url.database}", tmp_path / "instance", SERVER, WORKER, forked=True)
    assert figures.wrong == []
    assert (figures.server_kills, figures.worker_kills) == (SERVER, WORKER)
    assert figures.acknowledged >= SERVER
    assert figures.asked_again > 0, "no request was under way when the server was killed"
