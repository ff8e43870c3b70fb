"""A chargeback, and what goes back to a client, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.ledger.model import Part


@dataclass(eq=False)
class Called:
    """So much is called back as `amount`: of what its client still paid (`claimed`), of what was only `paid_in`, and `stopped` of
    refunds that were not sent; `known`: how many earnings there were; `n`: how many chargebacks; `end`: won or lost.

    `past`: the client has paid anew since; `at`: since when the bank calls it.
    """

    ref: str
    part: Part
    amount: int
    claimed: int
    paid_in: int
    known: int
    n: int
    stopped: int = 0
    end: str | None = None
    taken: int = 0
    loss: int = 0
    past: bool = False
    at: datetime = field(kw_only=True)

    @property
    def rest(self) -> int:
        """What the client had got before, or never paid."""
        return self.amount - self.claimed - self.paid_in - self.stopped


@dataclass(eq=False)
class Back:
    """A refund: how many chargebacks there were; what each sending brought; what was stopped, by whom; what was asked last."""

    amount: int
    n: int
    sendings: list[int] = field(default_factory=list)
    stops: list[tuple[Called, int]] = field(default_factory=list)
    asked: int | None = None

    def stopped(self, *ends: str | None) -> int:
        return sum(part for one, part in self.stops if one.end in ends)

    @property
    def sent(self) -> int:
        return min(sum(self.sendings), self.amount)

    @property
    def to_send(self) -> int:
        return max(self.amount - self.stopped(None, "lost") - self.sent, 0)

    @property
    def kept(self) -> int:
        """What goes back from here: not what a bank gave back instead, unless it was sent as well."""
        return max(self.amount - self.stopped("lost"), self.sent)

    def stop(self, called: Called, most: int) -> None:
        """So much of it, and no more than is still to be sent, is the bank's to give."""
        part = min(most, self.to_send)
        if part:
            self.stops.append((called, part))
            called.stopped += part
            self.asked = self.to_send

    def send(self, *, whole: bool) -> None:
        """All of it, also what is stopped; or what was asked for last."""
        self.sendings.append(self.amount if whole else self.asked or self.amount)

    def came_back(self, called: list[Called]) -> None:
        """The first sending failed: what a bank has called back since, and did not let go, is not sent anew."""
        del self.sendings[0]
        for one in called:
            if one.n >= self.n and one.end != "won":
                self.stop(one, one.rest)
