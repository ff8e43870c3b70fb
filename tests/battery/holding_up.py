"""A plugin of pytest: of those who start together, each is held up by a drawn time, so that every order comes up.

Started at the same instant, most races are run in the same order each time, and what expects one order alone passes for years.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from random import SystemRandom
from typing import Any

TIMES = (0.0, 0.0, 0.005, 0.02, 0.06, 0.15)
"""By how many seconds: less than a statement takes, or long enough that others are done."""
together, submitted = threading.Barrier.wait, ThreadPoolExecutor.submit


def hold_up() -> None:
    time.sleep(SystemRandom().choice(TIMES))


def wait(self: threading.Barrier, timeout: float | None = None) -> int:
    """As `Barrier.wait`, and then a drawn time."""
    place = together(self, timeout)
    hold_up()
    return place


def submit(self: ThreadPoolExecutor, step: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
    """As `ThreadPoolExecutor.submit`, of a step that waits a drawn time first."""

    def later() -> Any:
        hold_up()
        return step(*args, **kwargs)

    return submitted(self, later)


def pytest_configure() -> None:
    threading.Barrier.wait = wait  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = submit  # type: ignore[assignment,method-assign]
