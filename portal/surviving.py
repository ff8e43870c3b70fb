"""How the worker goes on when a step fails: it is counted, said in one line of the log, and stops nothing else."""

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
                 code=getattr(error, "code", None), at=_last_place(at), **self._about)
        return True


def _last_place(at: TracebackType | None) -> str:
    """File and line where it happened; the message stays out, since it may quote what people wrote."""
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{at.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{at.tb_lineno}" if at is not None else ""


def log_line(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """One line for each event, whatever its values contain."""
    known = {name: value for name, value in facts.items() if value is not None}
    LOG.log(level, "%s", json.dumps(json.loads(canonical({"event": event, **known}))))
