"""Where the time of one operation goes: shares of whose code it is, and the most costly functions of the product."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable, Sequence

PARTS = {
    "/sqlalchemy/": "SQLAlchemy", "sqlite3": "driver and database", "psycopg": "driver and database",
    "/jinja2/": "template", "<template>": "template", "templates/": "template", "/flask": "Flask", "/werkzeug/": "Flask",
    "/blinker/": "Flask", "/portal/": "portal", "/email/": "mail library",
    "/babel/": "formats", "/markdown_it/": "clause text", "nh3": "clause text", "threading": "waiting", "lock": "waiting",
    "uuid": "keys", "json": "JSON", "hashlib": "hashing", "cryptography": "sealing", "quoprimime": "mail library",
}
MOST = 14


def profile(name: str, tasks: Sequence[Callable[[], object]]) -> str:
    """Does the tasks one after the other and tells where their processor time went; the profiler slows Python, not SQL."""
    tasks[0]()
    watch = cProfile.Profile(time.thread_time)
    watch.enable()
    for task in tasks[1:]:
        task()
    watch.disable()
    stats = pstats.Stats(watch).stats  # type: ignore[attr-defined]
    whole, own = sum(entry[2] for entry in stats.values()), Counter[str]()
    for (file, _line, function), entry in stats.items():
        own[part_of(f"{file}:{function}")] += entry[2]
    shares = ", ".join(f"{part} {100 * spent / whole:.0f} %" for part, spent in own.most_common(8))
    ours = sorted(
        ((entry[3], entry[0], file, function) for (file, _line, function), entry in stats.items() if "/portal/" in file),
        reverse=True,
    )
    done = len(tasks) - 1
    lines = [
        f"    {1000 * spent / done:8.2f} ms {calls / done:7.1f} calls  {file.rsplit('/portal/', 1)[1]}:{function}"
        for spent, calls, file, function in ours[:MOST]
    ]
    return "\n".join([f"{name}: {1000 * whole / done:.1f} ms under the profiler; {shares}", *lines])


def part_of(place: str) -> str:
    return next((part for mark, part in PARTS.items() if mark in place), "Python")
