"""Files are examined apart: by children of a process that has nothing of ours but the examiner's libraries, loaded once.

Starting Python and loading them for each file took a tenth of a second of work; forking takes a hundredth of it.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from portal.core.errors import Busy
from portal.documents.rules import MOST_PAGES, MOST_PIXELS

BEGIN = "from portal.documents import apart; apart.main()"
FOUND = f"import sys; sys.path.append({str(Path(__file__).parents[2])!r}); "
LOG = logging.getLogger(__name__)
SECONDS_TO_EXAMINE = 20.0
AT_ONCE, LONGEST_WORD, GONE_MILLISECONDS = 2, 64, 50
"""Examining is the costly part of an upload: two at a time in one process, the others wait their turn."""


class Examiner:
    """One for each process; what examines is begun with the first file, and anew when it is gone."""

    def __init__(self, begin: str = BEGIN) -> None:
        self._code, self._places, self._lock = begin, threading.BoundedSemaphore(AT_ONCE), threading.Lock()
        self._link: socket.socket | None = None
        self._of = 0

    def __call__(self, content: bytes) -> str:
        """The word about a file, from a child with 512 MB, 10 seconds of work and nothing of ours (`apart`).

        A child that dies found a broken file. Errors: `Busy` when this machine has no time for it, or begins no child.
        """
        if not self._places.acquire(timeout=SECONDS_TO_EXAMINE):
            raise Busy
        try:
            word = self._word(content)
            if not word and self._gone():
                word = self._word(content)
                if not word and self._gone():
                    LOG.error("no file can be examined: what examines ends at once (it needs libmagic and libseccomp)")
                    raise Busy
            return word or "broken"
        except OSError as error:
            raise Busy from error
        finally:
            self._places.release()

    def _word(self, content: bytes) -> str:
        answer, word = os.pipe()
        try:
            try:
                with open(os.memfd_create("examined"), "w+b") as file:
                    file.write(content)
                    file.seek(0)
                    self._send([file.fileno(), word])
            finally:
                os.close(word)
            return _read(answer).decode("ascii", "replace")
        finally:
            os.close(answer)

    def _send(self, handles: list[int]) -> None:
        """Where to read and where to write; to a fresh process when the one before is gone."""
        with self._lock:
            try:
                socket.send_fds(self._linked(), [b"1"], handles)
            except (BrokenPipeError, ConnectionError):
                self.end()
                socket.send_fds(self._linked(), [b"1"], handles)

    def _gone(self) -> bool:
        """Whether it was not the child that died of its file, but what begins the children: then nobody looked at the file."""
        with self._lock:
            watch = select.poll()
            watch.register(self._linked(), select.POLLHUP)
            return bool(watch.poll(GONE_MILLISECONDS))

    def _linked(self) -> socket.socket:
        """The way to what examines for this process: one that was forked off begins its own."""
        if self._link is None or self._of != os.getpid():
            self._link, self._of = _begin(self._code), os.getpid()
        return self._link

    def end(self) -> None:
        """Ends what examines, when there is one: it hears that nobody sends any more."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _begin(code: str) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(  # noqa: S603 - our own code, no argument from outside
            [sys.executable, "-I", "-c", FOUND + code, str(theirs.fileno()), str(MOST_PIXELS), str(MOST_PAGES)],
            pass_fds=[theirs.fileno()], env={}, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return ours


def _read(answer: int) -> bytes:
    """What was written before the other side closed. Errors: `TimeoutError` when it takes too long."""
    said, deadline, watch = b"", time.monotonic() + SECONDS_TO_EXAMINE, select.poll()
    watch.register(answer, select.POLLIN)
    while len(said) < LONGEST_WORD and watch.poll(max(0, deadline - time.monotonic()) * 1000):
        portion = os.read(answer, LONGEST_WORD)
        if not portion:
            return said
        said += portion
    raise TimeoutError


examine_apart = Examiner()
