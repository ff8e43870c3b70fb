"""Whether an answer means that it is on the disk: server and database are watched with strace while payouts are asked for.

Between the arrival of a request and the first byte of its answer, whoever wrote it must have asked the disk to keep it
(`fdatasync` or `fsync` of the write-ahead log). Source: SECURITY, `kill -9` cannot show that; MODEL, durability.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.cli import serve
from portal.core.ids import new_token
from portal.settings import ROOT
from tests.battery.ground import Ground, prepare
from tests.battery.killing import Load, cookie_of, free_port

WATCHED = "trace=fdatasync,fsync,recvfrom,sendto,writev,write"
LINE = re.compile(r"^(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<rest>.*)$")
KEPT = re.compile(r"-wal>|/pg_wal/")
ASKED, ANSWERED = "POST /me/funds", "HTTP/1.1 303"


def unkept(url: str, folder: Path, payouts: int, *, postmaster: int | None = None, app: str = "wsgi:front") -> list[str]:
    """So many payouts, one after the other; a line for each that was acknowledged before it was kept (best nothing).

    `postmaster`: the process of PostgreSQL, whose servants write there. `app`: what is served.
    """
    port = free_port()
    ground = prepare(url, folder / "instance", PORTAL_BASE_URL=f"http://127.0.0.1:{port}")
    web, database = folder / "web.strace", folder / "database.strace"
    with _watching(database, postmaster), _served(ground, port, app, web):
        load = Load(ground, port, cookie_of(ground), threads=0)
        refs = [load.ask_until_answered(new_token()[:40], f"{n + 1}.00") for n in range(payouts + 1)]
    assert None not in refs, "the server never answered"
    synced = _syncs(web) if postmaster is None else _syncs(database)
    return [
        f"payout {n}: answered before it was on the disk" for n, (asked, told) in enumerate(_answers(web)[1:], 1)
        if not any(asked < at < told for at in synced)
    ]


@contextmanager
def _served(ground: Ground, port: int, app: str, trace: Path) -> Iterator[None]:
    command = [
        "strace", "-f", "-y", "-qq", "-ttt", "-s", "32", "-e", WATCHED, "-o", str(trace),
        *serve.web(port, workers=1, app=app),
    ]
    running = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **ground.environment}, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                if f"TracerPid:\t{running.pid}\n" in status.read_text():
                    os.kill(int(status.parent.name), signal.SIGKILL)
        running.wait(timeout=30)


@contextmanager
def _watching(trace: Path, process: int | None) -> Iterator[None]:
    """Also whatever that process begins from now on."""
    if process is None:
        yield
        return
    command = ["strace", "-f", "-y", "-qq", "-ttt", "-s", "32", "-e", WATCHED, "-o", str(trace), "-p", str(process)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not trace.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)


def _lines(trace: Path) -> Iterator[tuple[str, float, str, str]]:
    for line in trace.read_text(errors="replace").splitlines():
        if found := LINE.match(line):
            yield found["pid"], float(found["at"]), found["call"], found["rest"]


def _syncs(trace: Path) -> list[float]:
    """When somebody who answers callers had the log kept: a process that writes for others later does not count."""
    lines = list(_lines(trace))
    speaking = {pid for pid, _, call, _ in lines if call in ("sendto", "write", "writev")}
    return [at for pid, at, call, rest in lines if call in ("fdatasync", "fsync") and KEPT.search(rest) and pid in speaking]


def _answers(trace: Path) -> list[tuple[float, float]]:
    """Of each request when it came and when its answer began."""
    asked = [at for _, at, call, rest in _lines(trace) if call == "recvfrom" and ASKED in rest]
    told = [at for _, at, call, rest in _lines(trace) if call in ("sendto", "writev", "write") and ANSWERED in rest]
    return [(start, next(at for at in told if at > start)) for start in asked]
