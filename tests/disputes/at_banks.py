"""What banks call back, and what goes back to clients, in plain numbers: of released money and of what was only paid in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.disputes.called import Back, Called
from tests.ledger.model import Flow, Held, Model, Part


@dataclass
class AtBanks(Model):
    """One freelancer's money, with what its clients' banks call back of it and what went back to them.

    By milestone: `given`, of which a bank gave back what was released and nothing was released since; `backs`, its refunds.
    """

    called: dict[str, Called] = field(default_factory=dict)
    given: set[Part] = field(default_factory=set)
    backs: dict[Part, list[Back]] = field(default_factory=dict)

    def room(self, part: Part, agreed: int) -> tuple[int, int]:
        """What a bank gave back can be paid in and released anew; paid in only where it is not of payments never told of."""
        to_release, to_pay_in = super().room(part, agreed)
        lost = [one for one in self.called.values() if one.part == part and one.end == "lost"]
        back, unreleased = sum(one.claimed for one in lost), sum(one.paid_in for one in lost)
        return to_release + back, to_pay_in + unreleased + max(back - self.in_escrow(part)[1], 0)

    def flowing(self, part: Part) -> list[Flow]:
        """With what banks called, and did not let stand: also what nobody had paid in, of which a payment may still be told."""
        called = [(one.at, "called", one.paid_in + one.rest) for one in self.at_banks(part) if one.end != "won"]
        return [*super().flowing(part), *called]

    def pay_in(self, part: Part, amount: int, at: datetime) -> None:
        """What a bank has called since is the bank's to give, also where it gave it back before we heard of the payment."""
        before = self.in_escrow(part)[2]
        super().pay_in(part, amount, at)
        reached = before - self.in_escrow(part)[2]
        for one in sorted((one for one in self.at_banks(part) if one.end != "won" and one.at >= at), key=lambda one: one.at):
            met = min(one.rest, reached)
            reached, one.paid_in = reached - met, one.paid_in + met
            if one.end is None:
                self.waiting[part] = self.waiting.get(part, 0) + met

    def earn(self, part: Part, released_at: datetime, amount: int, fee: int) -> None:
        """The first release after a bank gave the payment back begins anew: nothing from before says anything of it."""
        if part in self.given:
            self.given.discard(part)
            self.limits.pop(part, None)
        super().earn(part, released_at, amount, fee)

    def paid(self, part: Part) -> int:
        """What a client paid for what was released, and has neither got back nor called back."""
        released = sum(one.whole + one.fee for one in self.earned if one.part == part)
        by_bank = sum(one.claimed for one in self.called.values() if one.part == part and one.end != "won")
        return released - self.refunded.get(part, 0) - by_bank

    def bank_decides(self, ref: str, end: str, now: datetime) -> str | None:
        one = self.called[ref]
        if one.end is not None:
            return None if one.end == end else "bank_decided"
        one.end, held = end, self.holds.pop(ref, None)
        self.waiting.pop(one.part, None)
        for back in self.backs.get(one.part, []):
            if end == "won" and back.to_send and any(called is one for called, _ in back.stops):
                back.asked = back.to_send
        if end == "lost":
            one.taken = held.amount if held else 0
            one.loss = one.claimed - one.taken
            self.given |= {one.part} if one.claimed else set()
        elif held:
            self.end(held, 0)
        return None

    def sent_as_well(self, part: Part) -> int:
        """What went back from here and from a bank: our loss."""
        return sum(back.kept - back.amount + back.stopped("lost") for back in self.backs.get(part, []))

    def at_banks(self, part: Part) -> list[Called]:
        return [one for one in self.called.values() if one.part == part]

    def of_client(self, contract: int) -> tuple[int, int]:
        back, paid_in = super().of_client(contract)
        mine = [one for part, backs in self.backs.items() if part[0] == contract for one in backs]
        return back + sum(one.kept - one.amount for one in mine), paid_in

    def end(self, held: Held, refund: int) -> None:
        """What goes back of a hold is one refund."""
        before = self.refunded.get(held.part, 0)
        super().end(held, refund)
        self._goes_back(held.part, self.refunded.get(held.part, 0) - before, held.known)

    def give_up(self, part: Part, now: datetime, key: str, amount: int | None = None) -> int:
        """It was sent: its key is the reference of that sending. What a bank gave back although it had gone back before, as we
        hear now, is our loss."""
        before = self.in_escrow(part)[2]
        back = super().give_up(part, now, key, amount)
        gone = self.in_escrow(part)[2] - before
        for one in sorted((one for one in self.at_banks(part) if one.end == "lost" and one.at >= now), key=lambda one: one.at):
            twice = min(one.paid_in, gone)
            gone, one.paid_in = gone - twice, one.paid_in - twice
        if back:
            self.backs.setdefault(part, []).append(Back(back, len(self.called), {key: (back, False)}, at=now))
        return back

    def _goes_back(self, part: Part, amount: int, known: int) -> None:
        if amount:
            self.backs.setdefault(part, []).append(Back(amount, len(self.called), known=known))

    def no_call_back(self, part: Part) -> str | None:
        """Why a bank cannot call a milestone back."""
        if not self.funded.get(part) and not any(one.part == part for one in self.earned):
            return "not_paid"
        return "called_back" if any(one.part == part and one.end is None for one in self.called.values()) else None
