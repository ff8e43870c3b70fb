"""Runs benchmarks and prints a table: `python -m tests.benchmarks [NAMES] [--cases 1000,100000] [--engine sqlite]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from portal.core.clock import MovedClock
from portal.core.memory import settle
from tests.benchmarks.acts import Acts, appeal, decide, issue
from tests.benchmarks.binding import binding
from tests.benchmarks.bulk import fill
from tests.benchmarks.fanout import fan_out
from tests.benchmarks.filling import sheets
from tests.benchmarks.measuring import ROUNDS, Failed, Line
from tests.benchmarks.money import money
from tests.benchmarks.pages import Pages, check, queue
from tests.benchmarks.preparing import prepare, settle_in, town_of
from tests.benchmarks.replaying import Recorder, Replayer
from tests.benchmarks.rules import rules
from tests.benchmarks.showing import HEAD, flatness, profiles, shown
from tests.benchmarks.stage import DurableCluster, Stage, raise_stage
from tests.benchmarks.texts import texts

NAMES = ("CHECK", "QUEUE", "RULES", "ISSUE", "APPEAL", "DECIDE", "FAN-OUT", "BINDS", "TEXTS", "MONEY")
WITHOUT_CASES = {"BINDS", "TEXTS", "MONEY"}
ACTS = {"ISSUE", "APPEAL", "DECIDE"}
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", type=str.upper, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--cases", default="1000,100000", help="how many cases, separated by commas")
    parser.add_argument("--engine", default="sqlite,postgresql")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long one round of one thing lasts, about")
    parser.add_argument("--bindings", default="1000,1000000", help="for BINDS: how many rows, separated by commas")
    parser.add_argument("--transfers", default="1000,1000000", help="for MONEY: how many, separated by commas")
    parser.add_argument("--notices", type=int, default=10_000, help="for FAN-OUT")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead of measuring")
    wanted = parser.parse_args()
    wanted.names = wanted.names or list(NAMES)
    if unknown := set(wanted.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    wanted.count = max(int(wanted.seconds * 10), 4)
    return wanted


@contextmanager
def cluster_for(engines: list[str]) -> Iterator[DurableCluster | None]:
    """A server of its own on a real disk, where it is wanted."""
    os.environ.pop("PYTEST_DEBUG_TEMPROOT", None)
    running = DurableCluster.start() if "postgresql" in engines else None
    assert running is None or isinstance(running, DurableCluster)
    try:
        yield running
    finally:
        if running is not None:
            running.stop()


def build(stage: Stage, wanted: argparse.Namespace) -> tuple[Acts, Pages]:
    """The filled database, the prepared cases in it, and the twin."""
    started = time.perf_counter()
    people = settle_in(stage)
    town = town_of(stage, people)
    rows = fill(stage, sheets(town))
    filled = time.perf_counter() - started
    acted = 2 * ROUNDS * wanted.count if ACTS & set(wanted.names) else 0
    ready = prepare(stage, people, min(acted, 12) if wanted.profile else acted)
    stage.copy()
    print(f"# {stage.engine}, {stage.cases} cases: {rows} rows filled in {filled:.0f} s, {len(ready)} cases prepared, "
          f"{stage.bytes() / 1e6:.0f} MB, ready after {time.perf_counter() - started:.0f} s", flush=True)
    recorder = Recorder(stage.database)
    acts = Acts(stage, people, ready, recorder, Replayer(stage))
    settle()  # as a server does when all is loaded
    return acts, Pages.open(stage, people, town, recorder)


def measure(acts: Acts, pages: Pages, wanted: argparse.Namespace) -> Iterator[Line]:
    """Every benchmark that is wanted, one after the other."""
    for name in [one for one in NAMES if one in wanted.names]:
        acts.bring(name)
        try:
            yield from one_of(name, acts, pages, wanted)
        except Failed as error:
            print(f"{name:27}{acts.stage.engine:11}{acts.stage.cases:8}  failed: {error}", flush=True)


def one_of(name: str, acts: Acts, pages: Pages, wanted: argparse.Namespace) -> Iterator[Line]:
    match name:
        case "CHECK":
            yield from check(pages, wanted.seconds)
        case "QUEUE":
            yield from queue(pages, wanted.seconds)
        case "RULES":
            yield from rules(pages, wanted.seconds)
        case "ISSUE":
            yield from issue(acts, wanted.count)
        case "APPEAL":
            yield from appeal(acts, wanted.count // 2)
        case "DECIDE":
            yield from decide(acts, wanted.count)
        case "FAN-OUT":
            yield from fan_out(pages.stage, pages.town, wanted.notices)


def run(stage: Stage, wanted: argparse.Namespace) -> Iterator[Line]:
    """One engine with one size: everything built, measured line by line."""
    acts, pages = build(stage, wanted)
    if wanted.profile:
        print("\n".join(profiles(acts, pages, wanted.names, wanted.notices)), flush=True)
        return
    for line in measure(acts, pages, wanted):
        print(shown(line), flush=True)
        yield line


def main() -> int:
    wanted = arguments()
    engines, lines = wanted.engine.split(","), list[Line]()
    print(f"# {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; medians of {ROUNDS} rounds in turns, the ratio is the median of the rounds'")
    print(HEAD)
    for line in texts("-", wanted.seconds) if "TEXTS" in wanted.names else ():
        print(shown(line), flush=True)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, cluster_for(engines) as cluster:
        for engine in engines:
            for rows in map(int, wanted.bindings.split(",") if "BINDS" in wanted.names else ()):
                place, server = Path(folder) / f"{engine}-binds", cluster if engine == "postgresql" else None
                for line in binding(engine, rows, place, MovedClock(NOW), server, wanted.seconds):
                    print(shown(line), flush=True)
                    lines.append(line)
            if "MONEY" in wanted.names:
                sizes, server = [int(one) for one in wanted.transfers.split(",")], cluster if engine == "postgresql" else None
                for line in money(engine, sizes, Path(folder) / f"{engine}-money", MovedClock(NOW), server, wanted.seconds):
                    print(shown(line), flush=True)
                    lines.append(line)
            for cases in map(int, wanted.cases.split(",") if set(wanted.names) - WITHOUT_CASES else ()):
                place = Path(folder) / f"{engine}-{cases}"
                stage = raise_stage(engine, cases, place, MovedClock(NOW), cluster if engine == "postgresql" else None)
                try:
                    lines += run(stage, wanted)
                finally:
                    stage.close()
    print("\n".join(flatness(lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
