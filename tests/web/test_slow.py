"""Slow clients of every kind, at the server that `make demo` runs (`make battery`: SLOW, with more of them)."""

from pathlib import Path

import pytest

from portal.cli import serve
from portal.core.database import Database
from tests.battery.slow import slow


def by_turns(port: int) -> list[str]:
    """The same server with a known fault: it begins a turn with whoever has only begun to send."""
    command = serve.web(port, workers=1, app="wsgi:app")
    command[command.index("asginl")] = "wsgi"
    return [*command[:-1], "--blocking-threads", "4", command[-1]]


@pytest.mark.parametrize("faulty", [False, True])
def test_slow_clients_hold_up_nobody(sqlite_database: Database, tmp_path: Path, *, faulty: bool) -> None:
    url = f"sqlite:///{sqlite_database.url.database}"
    command = by_turns if faulty else lambda port: serve.web(port, workers=1)
    _, wrong = slow(url, tmp_path / "instance", 1, count=8, command=command, before=0.2, patience=3)
    assert bool(wrong) is faulty, wrong
