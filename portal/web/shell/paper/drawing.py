"""Drawing a letter in a process of its own: few at once, with little memory and time, and never inside a transaction."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.core.errors import Busy, RuleBroken
from portal.core.i18n import N_

CHILD = Path(__file__).parent / "child.py"
SECONDS_TO_DRAW = 120
SECONDS_TO_WAIT = 15
AT_ONCE, IN_LINE = threading.BoundedSemaphore(1), threading.BoundedSemaphore(3)
"""Of one server process one thread draws and two wait; more are asked to come back, so that the others serve pages."""
FONTS = ("FONTCONFIG_FILE", "FONTCONFIG_PATH")
MOST_LINES, CHARACTERS_IN_A_LINE = 18_000, 85
"""About 400 pages."""
GAVE_UP = frozenset({3, -signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, -signal.SIGTRAP})
"""How the process ends that had too little memory or time; the last two are how its libraries say it."""


class Undrawn(RuntimeError):
    """The letter could not be drawn, and not because of its length: fonts or libraries of this machine are not right."""


def too_long() -> RuleBroken:
    """That a letter would be hundreds of pages."""
    message = N_(
        "This letter is too long to be drawn as a PDF. Every word of it is on its page, and in the record that you can "
        "download there."
    )
    return RuleBroken("too_long_to_draw", message)


def require_drawable(value: Any) -> None:
    """Errors: `too_long_to_draw` for a record of more lines than are drawn."""
    if _lines(value) > MOST_LINES:
        raise too_long()


def _lines(value: Any) -> int:
    match value:
        case str():
            return sum(1 + len(part) // CHARACTERS_IN_A_LINE for part in value.split("\n\n"))
        case dict():
            return sum(map(_lines, value.values()))
        case list():
            return sum(map(_lines, value))
    return 0


def draw(html: str, css: str, *, base_url: str, identifier: str, epoch: int) -> bytes:
    """The HTML as PDF/UA. The same arguments give the same bytes; `identifier` is hex, `epoch` the file's own second.

    Errors: `Busy` when others are being drawn, `too_long_to_draw`, `Undrawn`.
    """
    asked = {"html": html, "css": css, "base_url": base_url, "identifier": identifier}
    with _turn():
        return _run([], json.dumps(asked).encode(), SOURCE_DATE_EPOCH=str(epoch))


@contextmanager
def _turn() -> Iterator[None]:
    if not IN_LINE.acquire(blocking=False):
        raise Busy
    try:
        if not AT_ONCE.acquire(timeout=SECONDS_TO_WAIT):
            raise Busy
        try:
            yield
        finally:
            AT_ONCE.release()
    finally:
        IN_LINE.release()


def drawable_here() -> frozenset[str]:
    """Every character that the fonts of this machine can draw."""
    return _drawable(tuple(os.environ.get(name, "") for name in FONTS))


@lru_cache(maxsize=4)
def _drawable(_fonts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_run(["glyphs"], b"").decode())


def _run(arguments: list[str], content: bytes, **environment: str) -> bytes:
    command = [sys.executable, "-I", str(CHILD), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no argument from outside
            command, input=content, capture_output=True, timeout=SECONDS_TO_DRAW, env=_fonts() | environment, cwd="/",
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise Busy from error
    if done.returncode in GAVE_UP:
        raise too_long()
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Undrawn(f"drawing ended with {done.returncode}: {last[:200]}")
    return done.stdout


def _fonts() -> dict[str, str]:
    """Of our environment only where fonts are looked for."""
    return {name: os.environ[name] for name in FONTS if name in os.environ}
