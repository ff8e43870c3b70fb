"""What goes into a log: one line for each event, without what people wrote; and how the worker goes on when a step fails."""

from __future__ import annotations

import json
import logging
from types import TracebackType
from typing import Any, Protocol

from portal.core.text import canonical

LOG = logging.getLogger("portal.worker")


class Counting(Protocol):
    """What counts the troubles of a round (`portal.worker.Tally` does)."""

    troubles: int


class Survived:
    """A step whose failure is logged and counted, and stops nothing else: the worker outlives every single trouble."""

    def __init__(self, step: str, tally: Counting, **about: Any) -> None:
        self._step, self._tally, self._about = step, tally, about

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self._tally.troubles += 1
        log_line("trouble", level=logging.WARNING, step=self._step, error=type(error).__name__,
                 code=getattr(error, "code", None), at=places(at, 1), **self._about)
        return True


def places(at: TracebackType | None, most: int) -> str:
    """Files and lines where it happened, the last one first; the message stays out, since it may quote what people wrote."""
    found = list[str]()
    while at is not None:
        found.append(f"{at.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{at.tb_lineno}")
        at = at.tb_next
    return " < ".join(found[::-1][:most])


def log_line(event: str, *, level: int = logging.INFO, log: logging.Logger = LOG, **facts: Any) -> None:
    """One line for each event, whatever its values contain."""
    known = {name: value for name, value in facts.items() if value is not None}
    log.log(level, "%s", json.dumps(json.loads(canonical({"event": event, **known}))))
