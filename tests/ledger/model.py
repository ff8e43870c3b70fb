"""The books in plain numbers, written from the design (2.5) and not from the code: what the ledger is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from portal.core.clock import end_of_day

Flow = tuple[datetime, str, int]
"""When, what it was, how much."""
Part = tuple[int, int]
"""A milestone: the number of its contract, and its own."""
CLEARING, OURS, THEIRS = timedelta(days=5), 30, 60


@dataclass(eq=False)
class Earned:
    """One earning: whose milestone, when it was released, how much of it, our fee, what is free, and what went back."""

    part: Part
    released_at: datetime
    whole: int
    fee: int
    free: int
    back: int = 0

    def fee_back(self, more: int) -> int:
        """Our fee for so much more that goes back, in proportion; never more than it was."""
        share = Fraction(self.fee, self.whole)
        return min(int(share * (self.back + more)), self.fee) - min(int(share * self.back), self.fee)


Taken = list[tuple[Earned, int]]


@dataclass
class Held:
    """One open hold: whose, on which milestone, until when, what it took, as which of all clocks it started, and, of our own,
    for which decision; `known`: how many earnings there were when it was claimed. What a law asks for is nobody's claim and on
    no milestone: it has the number of a contract, and 0."""

    ours: bool
    part: Part
    until: datetime
    taken: Taken
    started: int = 0
    cause: str = ""
    known: int = 0

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.taken)


@dataclass
class Model:
    """All of one freelancer's money. By milestone: `limits`, until when a client may hold, by how many earnings there were;
    `flows`, when so much was paid in (or let go by a bank), and went out: released, given back, called by a bank; `waiting`, what
    a bank calls back; `returned` of what was paid in, and `refunded` of what was released, our fee with it; `fees`, what we still
    have of them. `currencies`: of each contract."""

    currencies: tuple[str, ...] = ()
    earned: list[Earned] = field(default_factory=list)
    holds: dict[str, Held] = field(default_factory=dict)
    payouts: dict[str, Taken] = field(default_factory=dict)
    limits: dict[Part, list[tuple[int, datetime]]] = field(default_factory=dict)
    flows: dict[Part, list[Flow]] = field(default_factory=dict)
    funded: dict[Part, int] = field(default_factory=dict)
    waiting: dict[Part, int] = field(default_factory=dict)
    returned: dict[Part, int] = field(default_factory=dict)
    refunded: dict[Part, int] = field(default_factory=dict)
    fees: dict[Part, int] = field(default_factory=dict)
    started: int = 0

    def earn(self, part: Part, released_at: datetime, amount: int, fee: int) -> None:
        """Some is released to the freelancer, and our fee to us."""
        self.earned.append(Earned(part, released_at, amount, fee, amount))
        self.fees[part] = self.fees.get(part, 0) + fee
        self.flow(part, released_at, "out", amount + fee)

    def flow(self, part: Part, at: datetime, what: str, amount: int) -> None:
        self.flows.setdefault(part, []).append((at, what, amount))

    def flowing(self, part: Part) -> list[Flow]:
        return self.flows.get(part, [])

    def in_escrow(self, part: Part) -> tuple[int, int, int]:
        """What is left of what was paid in, by what happened in the order of its days, what was released besides, and what banks
        called besides; banks are the last on a day."""
        there, lacks = 0, {"out": 0, "back": 0, "called": 0}
        for at in sorted({at for at, _, _ in self.flowing(part)}):
            today = [(what, amount) for when, what, amount in self.flowing(part) if when == at]
            there += sum(amount for what, amount in today if what == "in")
            for what, amount in sorted(today, key=lambda one: one[0] == "called"):
                if what != "in":
                    lacks[what] += max(amount - there, 0)
                    there = max(there - amount, 0)
        return there, lacks["out"], lacks["called"]

    def there(self, part: Part) -> int:
        return self.in_escrow(part)[0]

    def pay_in(self, part: Part, amount: int, at: datetime) -> None:
        self.flow(part, at, "in", amount)
        self.funded[part] = self.funded.get(part, 0) + amount

    def give_up(self, part: Part, now: datetime, _key: str, amount: int | None = None) -> int:
        """The work is off: what was paid in went back to the client, or so much of it, under that key of the marketplace."""
        back = self.there(part) if amount is None else amount
        self.flow(part, now, "back", back)
        self.returned[part] = self.returned.get(part, 0) + back
        return back

    def no_release(self, part: Part, amount: int, agreed: int) -> str | None:
        """Why so much cannot be released: more than was agreed, or a bank calls back what was paid in."""
        return "more_than_milestone" if amount > self.room(part, agreed)[0] else self.no_return(part, amount)

    def no_return(self, part: Part, amount: int) -> str | None:
        """Why so much cannot be given back."""
        return "called_back" if self.waiting.get(part) and amount > self.there(part) else None

    def call_paid_in(self, part: Part, amount: int) -> int:
        """How much of what was paid in waits for a bank that calls so much back."""
        self.waiting[part] = min(amount, self.there(part))
        return self.waiting[part]

    def start(self) -> int:
        """The number of the next clock: of two that run out together, the one that started first goes first."""
        self.started += 1
        return self.started

    def until(self, ours: bool, part: Part, now: datetime, since: int = 0) -> datetime:
        own = end_of_day(now.date() + timedelta(days=OURS if ours else THEIRS), "UTC")
        return own if ours else min([own, *(at for known, at in self.limits.get(part, []) if known > since or not since)])

    def hold(self, ref: str, ours: bool, part: Part, amount: int, now: datetime, since: int = 0) -> int:
        """A client's claim is on what they paid, our fee included; ours is on what is there. `since`: from which earning on."""
        until = self.until(ours, part, now, since)
        on_it = [one for one in self.earned[since:] if one.part == part]
        taken = [] if until <= now else self.take(on_it, amount) if ours else self.take_paid(on_it, amount)
        self.holds[ref] = Held(ours, part, until, taken, self.start(), known=len(self.earned))
        if taken and not ours:
            self.limits.setdefault(part, []).append((len(self.earned), until))
        return self.holds[ref].amount

    def make_way(self, part: Part, claimed: int, since: int = 0) -> tuple[list[str], list[Held]]:
        """Which of our holds end for a client's claim, oldest first, and what each leaves on hold."""
        ended, left = [], []
        there = [one for one in self.earned[since:] if one.part == part]
        in_ours = {id(one): 0 for one in there}
        ours = {ref: held for ref, held in self.holds.items() if held.ours and any(id(one) in in_ours for one, _ in held.taken)}
        for held in ours.values():
            for one, amount in held.taken:
                in_ours[id(one)] = in_ours.get(id(one), 0) + amount
        lacking = sum(amount for _, amount in self._for_paid([(one, one.free + in_ours[id(one)]) for one in there], claimed))
        lacking -= sum(one.free for one in there)
        for ref, held in ours.items():
            if lacking > 0:
                ended.append(ref)
                left.append(self._let_go(self.holds.pop(ref), lacking, set(map(id, there))))
                lacking -= held.amount - left[-1].amount
        return ended, left

    def _let_go(self, held: Held, lacking: int, there: set[int]) -> Held:
        after = Held(held.ours, held.part, held.until, [], self.start(), held.cause)
        for one, amount in sorted(held.taken, key=lambda pair: pair[0].released_at):
            given = min(lacking, amount) if id(one) in there else 0
            one.free, lacking = one.free + given, lacking - given
            after.taken += [(one, amount - given)] if amount > given else []
        return after

    def take(self, earned: list[Earned], wanted: int) -> Taken:
        """Oldest first."""
        taken = []
        for one in sorted(earned, key=lambda e: e.released_at):
            amount = min(wanted, one.free)
            one.free, wanted = one.free - amount, wanted - amount
            taken += [(one, amount)] if amount else []
        return taken

    def take_paid(self, earned: list[Earned], paid: int) -> Taken:
        taken = self._for_paid([(one, one.free) for one in earned], paid)
        for one, amount in taken:
            one.free -= amount
        return taken

    def _for_paid(self, there: Taken, paid: int) -> Taken:
        """As much as costs no more than what was paid, when each unit costs its part of our fee too."""
        taken, left = [], Fraction(paid)
        for one, most in sorted(there, key=lambda pair: pair[0].released_at):
            cost = 1 + Fraction(one.fee, one.whole)
            amount = min(int(left / cost), most)
            taken += [(one, amount)] if amount else []
            left -= -(-amount * cost // 1)
        return taken

    def end(self, held: Held, refund: int) -> None:
        """Puts it back where it was; of the oldest, so much goes to the client, with our fee for it."""
        for one, amount in sorted(held.taken, key=lambda pair: pair[0].released_at):
            back = min(refund, amount)
            fee = one.fee_back(back)
            one.free, one.back, refund = one.free + amount - back, one.back + back, refund - back
            self.give_back(one.part, back + fee, fee)

    def give_back(self, part: Part, amount: int, fee: int) -> None:
        """So much goes back to the client of a milestone; `fee` of it was ours."""
        self.refunded[part] = self.refunded.get(part, 0) + amount
        self.fees[part] = self.fees.get(part, 0) - fee

    def come_back(self, taken: Taken) -> None:
        for one, amount in taken:
            one.free += amount

    def correct(self, part: Part, kind: str, amount: int) -> None:
        """It is added to what was released last on a milestone, or taken out of what is free there, oldest first."""
        on_it = sorted((one for one in self.earned if one.part == part), key=lambda one: one.released_at)
        if kind == "added":
            on_it[-1].free += amount
        else:
            self.take(on_it, amount)

    def in_currency(self, part: Part, contract: int) -> bool:
        """Whether a milestone is paid in the currency of that contract."""
        return self.currencies[part[0]] == self.currencies[contract]

    def on(self, contract: int) -> list[Earned]:
        """What was earned in the currency of a contract."""
        return [one for one in self.earned if self.in_currency(one.part, contract)]

    def clear(self, contract: int, now: datetime) -> list[Earned]:
        return [one for one in self.on(contract) if one.released_at + CLEARING <= now]

    def sums(self, contract: int, now: datetime) -> tuple[int, int, int, int]:
        """Pending, available, held and paid out, in the currency of a contract."""
        clear = sum(one.free for one in self.clear(contract, now))
        held = sum(one.amount for one in self.holds.values() if self.in_currency(one.part, contract))
        paid = sum(amount for taken in self.payouts.values() for one, amount in taken if self.in_currency(one.part, contract))
        return sum(one.free for one in self.on(contract)) - clear, clear, held, paid

    def of_client(self, contract: int) -> tuple[int, int]:
        """What went back to its client, and what they have paid in."""
        back, returned, waiting = (
            sum(amount for part, amount in sums.items() if part[0] == contract)
            for sums in (self.refunded, self.returned, self.waiting)
        )
        return back + returned, sum(self.there(part) for part in self.flows if part[0] == contract) + waiting

    def room(self, part: Part, agreed: int) -> tuple[int, int]:
        """How much can still be released on a milestone, and how much can still be paid in."""
        released = sum(one.whole + one.fee for one in self.earned if one.part == part)
        return agreed - released, agreed - self.funded.get(part, 0)

    def open_holds(self) -> dict[str, Any]:
        return {ref: held for ref, held in self.holds.items() if held.amount}
