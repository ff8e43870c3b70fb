"""Machines whose steps are drawn: in CI the same few each time; in the battery new ones, until its time is over."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

BATTERY = "PORTAL_BATTERY"
"""Names the seconds that each machine of the battery goes on, on each engine."""
AT_ONCE, STEPS = 3, 40


def many(here: int, battery: int) -> int:
    """How many of something: a few in CI, so many in the battery."""
    return battery if os.environ.get(BATTERY) else here


def draw(
    machine: Callable[[], RuleBasedStateMachine], runs: int, steps: int, anew: Callable[[], RuleBasedStateMachine] | None = None
) -> None:
    """Runs a machine so often and so many steps at most; in the battery then again until the time is over.

    `anew` makes one in a database of its own, so that what a failure drew fails again, and a run costs what the first did.
    """
    until = monotonic() + float(os.environ.get(BATTERY, "0"))
    _run(machine, runs, steps, Phase.generate)
    while monotonic() < until:
        _run(anew or machine, AT_ONCE, STEPS, Phase.generate, *([Phase.shrink] if anew else []))


def _run(machine: Callable[[], RuleBasedStateMachine], runs: int, steps: int, *phases: Phase) -> None:
    run_state_machine_as_test(machine, settings=settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck),
    ))
