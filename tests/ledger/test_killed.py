"""Server and worker ended with SIGKILL under load, twenty times on each engine: no acknowledged payout is lost, none is made
twice (`make battery`: more)."""

from pathlib import Path

from portal.core.database import Database
from tests.battery.killing import kills

SERVER, WORKER = 14, 6


def test_what_was_acknowledged_survives(database: Database, tmp_path: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    figures = kills(url, tmp_path / "instance", SERVER, WORKER, forked=True)
    assert figures.wrong == []
    assert (figures.server_kills, figures.worker_kills) == (SERVER, WORKER)
    assert figures.acknowledged >= SERVER
    assert figures.asked_again > 0, "no request was under way when the server was killed"
