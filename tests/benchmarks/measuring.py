"""Measuring in rounds: the product and what it is compared with take turns, so that a ratio is of the same minutes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

ROUNDS = 3
Task = Callable[[], object]


class Failed(RuntimeError):
    """Something that was measured did not work."""


@dataclass
class Line:
    """One line of the output: how often in a second, beside what, and what was aimed at."""

    name: str
    engine: str
    cases: int
    threads: int
    product: float
    beside: str
    other: float
    ratio: float
    target: float | None
    megabytes: float = 0.0
    note: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "reached" if self.ratio >= self.target else "below"


def together(tasks: Sequence[Task], threads: int) -> float:
    """Does every task once, `threads` at a time; returns how many in a second. Errors: the first that a task met."""
    left, errors = iter(list(tasks)), list[Exception]()
    lock, gate = threading.Lock(), threading.Barrier(threads + 1)

    def worker() -> None:
        gate.wait()
        while not errors:
            with lock:
                task = next(left, None)
            if task is None:
                return
            try:
                task()
            except Exception as error:
                errors.append(error)

    workers = [threading.Thread(target=worker, daemon=True) for _ in range(threads)]
    for one in workers:
        one.start()
    gate.wait()
    started = time.perf_counter()
    for one in workers:
        one.join()
    spent = time.perf_counter() - started
    _raise(errors)
    return len(tasks) / spent


def for_seconds(tasks: Sequence[Task], threads: int, seconds: float) -> float:
    """Does the tasks over and over for so many seconds; returns how many in a second."""
    counts, lock, turn, errors = [0] * threads, threading.Lock(), cycle(tasks), list[Exception]()
    gate = threading.Barrier(threads + 1)
    until = [0.0]

    def worker(n: int) -> None:
        gate.wait()
        while time.perf_counter() < until[0] and not errors:
            with lock:
                task = next(turn)
            try:
                task()
            except Exception as error:
                errors.append(error)
            counts[n] += 1

    workers = [threading.Thread(target=worker, args=(n,), daemon=True) for n in range(threads)]
    for one in workers:
        one.start()
    started = time.perf_counter()
    until[0] = started + seconds
    gate.wait()
    for one in workers:
        one.join()
    spent = time.perf_counter() - started
    _raise(errors)
    return sum(counts) / spent


def _raise(errors: Sequence[Exception]) -> None:
    if errors:
        raise Failed(f"{type(errors[0]).__name__}: {errors[0]}") from errors[0]


@dataclass
class Rounds:
    """What each round gave; medians of them, and the median of each round's own ratio."""

    product: list[float] = field(default_factory=list)
    others: dict[str, list[float]] = field(default_factory=dict)

    def add(self, product: float, **others: float) -> None:
        self.product.append(product)
        for name, value in others.items():
            self.others.setdefault(name, []).append(value)

    def ratio(self, name: str) -> float:
        return median(mine / other for mine, other in zip(self.product, self.others[name], strict=True))

    def lines(self, name: str, engine: str, cases: int, threads: int, targets: dict[str, float | None],
              megabytes: float, note: str = "") -> list[Line]:
        return [
            Line(name, engine, cases, threads, median(self.product), beside, median(self.others[beside]), self.ratio(beside),
                 target, megabytes, note)
            for beside, target in targets.items()
        ]
