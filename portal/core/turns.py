"""Turns at the write lock of SQLite: within a process first come, first served, and between processes by a file."""

from __future__ import annotations

import fcntl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from portal.core.errors import Busy


class Turns:
    """First come, first served: threads of one process take the SQLite write lock in the order they asked."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def turn(self, deadline: float) -> Iterator[None]:
        ticket = object()
        with self._condition:
            self._queue.append(ticket)
            if not self._condition.wait_for(lambda: self._queue[0] is ticket, deadline - time.monotonic()):
                self._queue.remove(ticket)
                self._condition.notify_all()
                raise Busy
        try:
            yield
        finally:
            with self._condition:
                self._queue.remove(ticket)
                self._condition.notify_all()


def lock_file(handle: Any, deadline: float) -> None:
    """Takes the lock of an open file. Errors: Busy after `deadline`."""
    pause = 0.0005
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy from None
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
