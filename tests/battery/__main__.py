"""The full numbers of what CI shows in short: `python -m tests.battery [NAMES]`, with `--help` for how long each goes on."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.core.database import Database
from portal.core.migrate import migrate
from tests.battery.attacking import ATTACKS, fields, on_ground
from tests.battery.drawing import AT_ONCE, DRAWN, FILES, HELD_UP, ORDERS, TAMPERED, draw_anew
from tests.battery.flooding import flood
from tests.battery.ground import prepare
from tests.battery.killing import kills
from tests.battery.races import race
from tests.battery.slow import slow
from tests.battery.timing import told_apart
from tests.benchmarks.stage import DurableCluster

TESTS = {"STATEFUL": DRAWN, "AT-ONCE": AT_ONCE, "TAMPERED": TAMPERED, "FILES": FILES}
DRAWING = "for how many seconds each of STATEFUL's machines goes on, on each engine; then it ends the runs that it is at"
ROUNDS = 5
NAMES = ("RACES", "KILLS", "TIMING", "FLOOD", "SLOW", "FIELDS", *ATTACKS, *TESTS, "ORDERS")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.battery", description=__doc__)
    parser.add_argument("names", nargs="*", type=str.upper, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--engine", default="sqlite,postgresql")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a race goes on, on each engine")
    parser.add_argument("--server", type=int, default=1000, help="how often the server is killed, on each engine")
    parser.add_argument("--worker", type=int, default=500, help="how often the worker is killed, on each engine")
    parser.add_argument("--drawn", type=float, default=480.0, help=DRAWING)
    parser.add_argument("--samples", type=int, default=2000, help="of each answer that is compared with another")
    parser.add_argument("--flood", type=float, default=60.0, help="for how many seconds, on each engine")
    parser.add_argument("--slow", type=int, default=50, help="how many slow clients of each kind, for as many seconds as a flood")
    parser.add_argument("--forked", action="store_true", help="kill forks of a loaded process, not what `make demo` runs")
    wanted = parser.parse_args()
    wanted.names = wanted.names or list(NAMES)
    if unknown := set(wanted.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return wanted


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The address of a migrated database on a real disk, with everything that makes it durable."""
    os.environ.pop("PYTEST_DEBUG_TEMPROOT", None)
    cluster = DurableCluster.start() if engine == "postgresql" else None
    try:
        url = cluster.create("battery") if cluster else f"sqlite:///{folder / 'portal.db'}"
        made = Database(url)
        migrate(made)
        made.dispose()
        yield url
    finally:
        if cluster:
            cluster.stop()


def one(name: str, engine: str, url: str, folder: Path, wanted: argparse.Namespace) -> tuple[str, list[str]]:
    if name == "RACES":
        done, wrong = race(prepare(url, folder / "instance"), folder, wanted.seconds)
        return ", ".join(f"{count} {what}" for what, count in sorted(done.items())), wrong
    if name == "FLOOD":
        return flood(url, folder / "instance", wanted.flood)
    if name == "SLOW":
        return slow(url, folder / "instance", wanted.flood, wanted.slow)
    if name == "TIMING":
        return told_apart(url, folder / "instance", wanted.samples)
    if name in TESTS:
        return f"{len(TESTS[name])} of the tests with the full numbers", draw_anew(engine, wanted.drawn, TESTS[name])
    if name == "ORDERS":
        said = f"{len(ORDERS)} files of races, {ROUNDS} times, each caller held up by a drawn time"
        return said, [line for _ in range(ROUNDS) for line in draw_anew(engine, 0, ORDERS, plugin=HELD_UP)]
    if name in ATTACKS:
        return on_ground(url, folder, ATTACKS[name])
    if name == "FIELDS":
        return fields(url, folder)
    figures = kills(url, folder / "instance", wanted.server, wanted.worker, forked=wanted.forked)
    said = (
        f"{figures.server_kills} kills of the server, {figures.worker_kills} of the worker; {figures.acknowledged} payouts "
        f"acknowledged, {figures.asked_again} asked again; {figures.mails} mails, {figures.doubled_mails} twice"
    )
    return said, figures.wrong


def main() -> int:
    wanted, bad = arguments(), 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in [one for one in NAMES if one in wanted.names]:
        for engine in wanted.engine.split(","):
            with tempfile.TemporaryDirectory(prefix="portal-battery-") as folder, database(engine, Path(folder)) as url:
                started = time.monotonic()
                said, wrong = one(name, engine, url, Path(folder), wanted)
            print(f"{name:10} {engine:11} {time.monotonic() - started:6.0f} s  {said}; {len(wrong)} wrong", flush=True)
            print("\n".join(f"       {line}" for line in wrong[:20]), end="\n" if wrong else "", flush=True)
            bad += len(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
