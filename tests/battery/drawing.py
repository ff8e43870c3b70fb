"""Tests of CI with the full numbers: machines and properties with examples that nobody has seen, and long; races of hundreds;
tampering a thousand times. What `make test` draws is the same each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from portal.settings import ROOT
from tests.factories.drawn import BATTERY

DRAWN = (
    "tests/enforcement/test_stateful.py", "tests/enforcement/test_property.py", "tests/enforcement/test_natures_property.py",
    "tests/disputes/test_stateful.py", "tests/ledger/test_property.py", "tests/notices/test_rule_changes_property.py",
    "tests/rulebook/test_binding.py", "tests/rulebook/test_documents.py", "tests/enforcement/test_rules.py",
)
AT_ONCE = (
    "tests/appeals/test_deciding.py::test_of_many_decisions_at_once_one_counts",
    "tests/appeals/test_filing.py::test_twenty_at_once_file_one_appeal", "tests/enforcement/test_races.py",
    "tests/ledger/test_races.py",
)
FILES = ("tests/documents/test_names.py", "tests/documents/test_intake.py")
TAMPERED = ("tests/structure/test_tampering.py",)
ORDERS = tuple(sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")
    if re.search(r"\b(?:at_once|Barrier|ThreadPoolExecutor)\(", path.read_text(encoding="utf-8"))
))
"""Every race that starts its callers together, found by that, so that a new one is among them."""
HELD_UP = "tests.battery.holding_up"
PROCESSES = 2
AND_THEN = 30 * 60
"""How many seconds more the last steps of a machine may take, and the making of a failure smaller."""


def draw_anew(engine: str, seconds: float, tests: tuple[str, ...] = DRAWN, *, plugin: str = "") -> list[str]:
    """The tests that failed on that engine, a line each; best nothing. What a failure drew is printed.

    Each machine goes on for so many seconds, and ends what it is at; what has none takes a few minutes; two run side by side.
    Without seconds they run with the numbers of CI; `plugin`: loaded in each process that runs them.
    """
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", str(PROCESSES), "--dist", "worksteal",
        "--timeout", str(round(seconds) + AND_THEN), "-k", f"not {OTHER[engine]}", *tests,
    ]
    fresh = {BATTERY: str(seconds), "HYPOTHESIS_PROFILE": "new"} if seconds else {}
    if plugin:
        fresh["PYTEST_PLUGINS"] = plugin
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **fresh}, stdout=subprocess.PIPE, text=True, check=False)
    if not done.returncode:
        return []
    print(done.stdout, flush=True)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed or [f"the tests ended with {done.returncode}"]


OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
