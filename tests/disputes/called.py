"""A chargeback, and what goes back to a client, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.ledger.model import Part


@dataclass(eq=False)
class Called:
    """So much is called back as `amount`: of what its client still paid (`claimed`), of what was only `paid_in`, and `stopped` of
    refunds that were not sent; `known`: how many earnings there were; `n`: how many chargebacks; `end`: won or lost.

    `at`: since when the bank calls it; `since`: from which earning on money was held for it.
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
    at: datetime = field(kw_only=True)
    since: int = 0

    @property
    def rest(self) -> int:
        """What the client had got before, or never paid."""
        return self.amount - self.claimed - self.paid_in - self.stopped


@dataclass(eq=False)
class Back:
    """A refund: how many chargebacks there were; by the marketplace's reference, what each sending brought and whether that came
    back; what was stopped, by whom; what was asked last; of what was only paid in, when it went back; how many earnings there
    were when it was claimed (`known`)."""

    amount: int
    n: int
    sendings: dict[str, tuple[int, bool]] = field(default_factory=dict)
    stops: list[tuple[Called, int]] = field(default_factory=list)
    asked: int | None = None
    at: datetime | None = None
    known: int = 0

    def stopped(self, *ends: str | None) -> int:
        return sum(part for one, part in self.stops if one.end in ends)

    @property
    def sent(self) -> int:
        return min(sum(brought for brought, failed in self.sendings.values() if not failed), self.amount)

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

    @property
    def state(self) -> str:
        if not self.to_send:
            return "sent" if self.sent else "stopped"
        return "failed" if any(failed for _, failed in self.sendings.values()) else "due"

    @property
    def first(self) -> str | None:
        """The first sending that arrived, as far as we know."""
        return next((key for key, (_, failed) in self.sendings.items() if not failed), None)

    def no_report(self, key: str, amount: int | None) -> str | None:
        """One sending has one amount."""
        brought = self.sendings.get(key, (0, False))[0]
        return "reference_reused" if amount and brought and amount != brought else None

    def report(self, key: str, state: str, amount: int | None, called: list[Called]) -> None:
        """One sending went out, with so much or with what was asked for last; or it came back: what a bank has called back since,
        and did not let go, is not sent anew. What is told again, or late of what came back, says nothing new."""
        brought, failed = self.sendings.get(key, (0, False))
        if failed or (state == "sent" and key in self.sendings):
            return
        if state == "sent":
            self.sendings[key] = (amount or self.asked or self.amount, False)
            return
        self.sendings[key] = (brought, True)
        for one in called:
            if (one.n >= self.n or (self.at is not None and one.at >= self.at)) and one.end != "won":
                self.stop(one, one.rest)
