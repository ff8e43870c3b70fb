"""The collector of a server's memory: what was loaded at the start stays, and is not looked through again and again."""

from __future__ import annotations

import gc

OBJECTS, TIMES = 20_000, 20
"""So many new objects, and so many rounds about these, before it looks for what is left of them (Python: 700 and 10)."""


def settle() -> None:
    """Called once when all is loaded. A full round otherwise stops every answer of the process for as long as it takes to
    look through some hundred thousand objects that never go."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, TIMES, TIMES)
