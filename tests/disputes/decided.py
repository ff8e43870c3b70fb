"""What we decide ourselves about this money, and what a law asks for, in plain numbers: written from the design (2.3, 2.5, 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.core.clock import end_of_day
from tests.disputes.matter import in_days
from tests.disputes.model import Contested
from tests.ledger.model import OURS, Held, Part

MOST, LASTS, REVIEW, SIGNING = 2, 60, 30, 2
"""How often we hold money of a milestone; the days of a suspension here; and until when an order is looked at again. A second
person has so many working days."""


def in_working_days(now: datetime, days: int) -> datetime:
    """The end of the working day that many of them later."""
    day = now.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return end_of_day(day, "UTC")


@dataclass(eq=False)
class Decision:
    """Until when it lasts; whether it `goes_on` whenever we look at its order again; whether it is `over` before that."""

    until: datetime
    law: bool = False
    goes_on: bool = False
    over: bool = False
    overturned: bool = False

    def lasts(self, now: datetime) -> bool:
        return not self.over and now < self.until


@dataclass(eq=False)
class Correction:
    """So much is to be added to a milestone, or taken from it, if somebody else signs it by then."""

    part: Part
    kind: str
    amount: int
    until: datetime
    answered: bool = False


@dataclass
class Decided(Contested):
    """All of that, with our decisions. `times`: how often we held money of a milestone, longer is once more; `longer`: by hold,
    until when somebody can sign that it is held longer, and how long that would be."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    times: dict[Part, int] = field(default_factory=dict)
    longer: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)

    def hold(self, ref: str, ours: bool, part: Part, amount: int, now: datetime, since: int = 0) -> int:
        held = super().hold(ref, ours, part, amount, now, since)
        if ours and held:
            self.times[part] = self.times.get(part, 0) + 1
        return held

    def no_correction(self, part: Part, kind: str, amount: int) -> str | None:
        on_it = [one for one in self.earned if one.part == part]
        enough = kind == "added" or amount <= sum(one.free for one in on_it)
        return "nothing_earned" if not on_it else None if enough else "not_there"

    def propose_correction(self, ref: str, part: Part, kind: str, amount: int, now: datetime) -> None:
        self.corrections[ref] = Correction(part, kind, amount, in_working_days(now, SIGNING))

    def answer_correction(self, ref: str, now: datetime, *, signed: bool) -> str | None:
        """Only a signature in time moves money, and only what is free then."""
        one = self.corrections[ref]
        code = "signed_already" if one.answered else "lapsed" if now >= one.until else None
        code = code or (self.no_correction(one.part, one.kind, one.amount) if signed else None)
        if code is None:
            one.answered = True
            if signed:
                self.correct(one.part, one.kind, one.amount)
        return code

    def no_hold(self, part: Part) -> str | None:
        """Why no decision can hold money of a milestone; the second time two people sign it."""
        if self.times.get(part, 0) >= MOST:
            return "held_twice"
        return None if any(one.free for one in self.earned if one.part == part) else "nothing_there"

    def decide_to_hold(self, ref: str, hold_ref: str, part: Part, amount: int, now: datetime) -> None:
        self.hold(hold_ref, True, part, amount, now)
        self.holds[hold_ref].cause = ref
        self.decisions[ref] = Decision(in_days(now, LASTS))

    def block(self, ref: str, hold_ref: str, contract: int, amount: int, last: int | None, now: datetime) -> None:
        """A law asks for so much in the currency of a contract: what is there of it, the oldest first, of whatever contract."""
        decision = self.decisions[ref] = Decision(in_days(now, last or REVIEW), law=True, goes_on=last is None)
        taken = self.take(self.on(contract), amount)
        self.holds[hold_ref] = Held(False, (contract, 0), decision.until, taken, self.start(), ref)

    def caused_by(self, ref: str) -> list[str]:
        """The holds of a decision."""
        return [hold_ref for hold_ref, held in self.holds.items() if held.cause == ref]

    def lift(self, ref: str, now: datetime) -> str | None:
        """It ends early, and with it what it holds."""
        decision = self.decisions[ref]
        if not decision.lasts(now):
            return "nothing_to_lift"
        self._is_over(ref, now)
        return None

    def overturn(self, ref: str, now: datetime) -> bool:
        """Whether there was anything left to overturn; what it holds ends, and nothing that anybody else claims."""
        decision, decision.overturned = self.decisions[ref], True
        self._is_over(ref, now)
        return decision.over

    def _is_over(self, ref: str, now: datetime) -> None:
        self.decisions[ref].over = True
        for hold_ref in self.caused_by(ref):
            self.let_go(self.holds.pop(hold_ref), now)

    def no_look(self, ref: str, now: datetime) -> str | None:
        decision = self.decisions[ref]
        return None if decision.law and decision.lasts(now) else "nothing_to_review"

    def look(self, ref: str, hold_ref: str, now: datetime) -> None:
        """The order still obliges us: the same money and no more, until our next look, where it says no last day."""
        decision, [before] = self.decisions[ref], self.caused_by(ref)
        if decision.goes_on:
            decision.until, held = in_days(now, REVIEW), self.holds.pop(before)
            self.holds[hold_ref] = Held(False, held.part, decision.until, held.taken, self.start(), ref)

    def extendable(self, ref: str) -> str | None:
        """The hold of a decision that can be made longer: of money that is there, and for the first time."""
        found = [one for one in self.caused_by(ref) if self.holds[one].ours and self.holds[one].amount]
        return found[0] if found and self.times[self.holds[found[0]].part] < MOST else None

    def waits(self, ref: str, now: datetime) -> str | None:
        """The hold of a decision of which somebody can sign now that it is made longer."""
        found = self.extendable(ref)
        return found if found in self.longer and now < self.longer[found][0] else None

    def no_proposal(self, ref: str, now: datetime) -> str | None:
        return "waiting" if self.waits(ref, now) else None if self.extendable(ref) else "nothing_to_extend"

    def propose_longer(self, ref: str, now: datetime) -> None:
        found = self.extendable(ref)
        assert found is not None
        last = self.holds[found].until - timedelta(seconds=1)
        self.longer[found] = (in_working_days(now, SIGNING), in_days(last, OURS))

    def no_signature(self, ref: str, now: datetime) -> str | None:
        return "nothing_to_extend" if not self.extendable(ref) else None if self.waits(ref, now) else "not_waiting"

    def drop_longer(self, ref: str, now: datetime) -> None:
        """It is given back unsigned."""
        self.longer.pop(str(self.waits(ref, now)))

    def sign_longer(self, ref: str, hold_ref: str, now: datetime) -> None:
        """The same money and no more, until the later day; it counts as holding it once more."""
        before = str(self.waits(ref, now))
        held, until = self.holds.pop(before), self.longer.pop(before)[1]
        self.times[held.part] += 1
        self.holds[hold_ref] = Held(True, held.part, until, held.taken, self.start(), ref)
