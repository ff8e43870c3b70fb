"""Steps of the machine of `test_stateful`, each made once by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.enforcement.operations import lift_action, shorten_action, withdraw_action

RULES = ["payment-for-nothing", "off-platform-payment"]


def tour(machine: Any) -> Iterator[object]:
    """One of each, so that nothing that has to be seen depends on what is drawn."""
    yield machine.decide(0, RULES[0], "suspension", 22, signs=True, more=["money"])
    yield machine.amend(0, 3, heavy=False, measure="suspension")
    yield machine.time_passes(1)
    yield machine.appeal(0)
    yield machine.answer(0, "upheld", 5)
    yield machine.end(0, lift_action, 1)
    yield machine.decide(0, RULES[0], "suspension", 15, signs=True, more=["both", "money"])
    yield machine.decide(1, RULES[1], "suspension", 15, signs=True)
    yield machine.appeal(1)
    yield machine.answer(0, "reversed", 1)
    yield machine.decide(0, RULES[0], "suspension", 9, signs=True, more=["both"])
    yield machine.appeal(0)
    yield machine.answer(0, "partially_reversed", 1, falls=RULES[1])
    yield machine.decide(0, RULES[1], "suspension", 1, signs=True, more=["member"])
    yield machine.decide(1, RULES[1], "warning", 8, signs=True, more=["member"])
    yield machine.order(silent=True, cents=90_000, ends=50)
    yield machine.protect(alone=True, part=False)
    yield machine.protect(alone=True, part=True)
    yield machine.protect(alone=False, part=True)
    yield machine.look(0, "lift", signer=True)
    yield machine.decide(0, RULES[0], "termination", 1, signs=True, more=["elsewhere"])
    yield machine.end(0, withdraw_action, 1)
    yield machine.time_passes(2)
    yield machine.protect(alone=False, part=False)
    yield machine.decide(3, RULES[0], "restriction", 4, signs=True)
    yield machine.time_passes(5)
    yield machine.end(0, shorten_action, 22)
    yield machine.time_passes(1)
    yield machine.appeal(0)
    yield machine.time_passes(15)
    yield machine.answer(0, "upheld", 1)
    yield machine.check("ask")
    yield machine.decide(2, RULES[1], "restriction", 1, signs=True)
    machine.check("send")
    yield machine.check("accept")
