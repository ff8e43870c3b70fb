"""One way in which contested money goes, walked step by step by the machine of `test_stateful`."""

from __future__ import annotations

from collections.abc import Callable

from tests.disputes.machine import Matters
from tests.disputes.matter import Matter

PART, OTHER = (0, 1), (0, 2)
HALF, REFUND, RELEASE, TO_CLIENT, TO_FREELANCER, FOR_LONG = 48, 1, 2, 0, 1, 13
"""Numbers that the machine's steps understand: how somebody decides, which side acts, and an offer for 14 days."""


class Walk:
    """One way: each call is a step of the machine, and after it everything has to hold."""

    def __init__(self, machine: Matters) -> None:
        self.machine = machine

    def __call__(self, step: Callable[..., object], *args: object) -> object:
        found = step(*args)
        self.machine.all_holds()
        return found

    def opened(self, share: int = 100) -> Matter:
        """The client contests so many hundredths of what they can contest of the first milestone."""
        machine = self.machine
        ref = self(machine.open, PART, max(machine.model.contestable(PART) * share // 100, 1))
        assert isinstance(ref, str), "it could be opened"
        return machine.model.matters[ref]

    def answered(self, share: int = 100) -> Matter:
        one = self.opened(share)
        self(self.machine.answer, one, 0)
        return one

    def decided(self, how: int, share: int = 100) -> Matter:
        one = self.answered(share)
        self(self.machine.decide, one, how)
        return one

    def refused(self, share: int = 100) -> None:
        """Nothing can be contested there any more; the machine asks the model why."""
        assert self(self.machine.open, PART, max(self.machine.model.paid(PART) * share // 100, 1)) is None
