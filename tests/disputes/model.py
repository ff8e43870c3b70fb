"""Disputes and chargebacks in plain numbers, written from the design (2.5, 3 and 4) and not from the code.

What somebody tries answers None and has happened, or with the code of its refusal and has changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from tests.disputes.called import Called
from tests.disputes.contestable import Contestable
from tests.disputes.matter import (
    ACCEPTANCE,
    ANSWER,
    DECISION,
    FREELANCER,
    MORE,
    QUESTION,
    REVIEW,
    SIDES,
    Matter,
    in_days,
)
from tests.ledger.model import Held, Part, Taken


@dataclass
class Contested(Contestable):
    """One freelancer's money and all that its clients and their banks contest of it. `owed`: what we paid for being late."""

    owed: dict[Part, int] = field(default_factory=dict)

    def open(self, ref: str, part: Part, amount: int, now: datetime) -> list[Held]:
        """A client contests so much; what is left on hold for us where our holds gave way."""
        since = self.held_from(part, now)
        _ended, left = self.make_way(part, amount, since)
        there = self.hold(ref, False, part, amount, now, since)
        one = self.matters[ref] = Matter(ref, part, amount, there, list(self.holds[ref].taken), len(self.earned), since)
        self.run(one, "answer", in_days(now, ANSWER))
        return left

    def run(self, one: Matter, kind: str, until: datetime) -> None:
        one.due[kind] = (until, self.start())

    def inform(self, ref: str, now: datetime) -> None:
        """From being informed on the freelancer has the whole time to answer."""
        one = self.matters[ref]
        if one.state == "opened" and not one.informed:
            one.informed = True
            self.run(one, "answer", in_days(now, ANSWER))

    def answer(self, ref: str, now: datetime) -> str | None:
        one = self.matters[ref]
        if one.answered or one.over or one.state not in ("opened", "unanswered"):
            return "answered" if one.answered else "dispute_over"
        one.answered, one.state = True, "answered"
        self._we_decide(one, now)
        return None

    def _we_decide(self, one: Matter, now: datetime) -> None:
        for kind in ("answer", "refund", "question"):
            one.due.pop(kind, None)
        self.run(one, "decision", in_days(now, DECISION))

    def ask(self, ref: str, now: datetime) -> str | None:
        """We ask the client: our own time waits for the answer."""
        one = self.matters[ref]
        code = self._not_yet(one) or ("decided" if one.state == "decided" else "asked_already" if "question" in one.due else None)
        if code is None:
            one.due.pop("decision", None)
            self.run(one, "question", in_days(now, QUESTION))
        return code

    def reply(self, ref: str, now: datetime) -> str | None:
        one = self.matters[ref]
        if "question" not in one.due:
            return "answered"
        self._we_decide(one, now)
        return None

    @staticmethod
    def _not_yet(one: Matter) -> str | None:
        return "dispute_over" if one.over else "not_answered" if one.state in ("opened", "unanswered") else None

    def no_decision(self, ref: str, outcome: str, refund: int) -> str | None:
        """Why nobody can decide so, or, once it was decided, review it so."""
        one = self.matters[ref]
        code = self._not_yet(one) or ("not_asked" if one.state == "decided" and not one.asked else None)
        code = code or ("not_answered" if "question" in one.due else None)
        return code or ("other_amount" if outcome == "split" and not 0 < refund < one.there else None)

    def decide(self, ref: str, outcome: str, refund: int, now: datetime) -> None:
        """The first decision waits for both sides; its review by somebody else is carried out at once."""
        one = self.matters[ref]
        one.state, one.outcome, one.refund, one.ruled = "decided", outcome, refund, one.ruled + 1
        one.due = {kind: until for kind, until in one.due.items() if kind in SIDES}
        if one.ruled == 1 and not one.silent:
            self.run(one, "acceptance", in_days(now, ACCEPTANCE))
        else:
            self._carry_out(one)

    @staticmethod
    def _undecided(one: Matter) -> str | None:
        return "dispute_over" if one.over else "not_decided" if one.state != "decided" else None

    def accept(self, ref: str, side: str) -> str | None:
        one = self.matters[ref]
        code = self._undecided(one) or ("accepted" if side in one.accepted else "under_review" if one.asked else None)
        if code is None:
            one.accepted.add(side)
            if len(one.accepted) == len(SIDES):
                self._carry_out(one)
        return code

    def ask_review(self, ref: str, side: str, now: datetime) -> str | None:
        one = self.matters[ref]
        if one.state == "unanswered" and side == FREELANCER:
            return self._ask_about_silence(one, now)
        code = self._undecided(one) or ("accepted" if side in one.accepted else "asked" if side in one.asked else None)
        if code is None:
            if one.due.pop("acceptance", None):
                self.run(one, "review", in_days(now, REVIEW))
            one.asked.add(side)
        return code

    def _ask_about_silence(self, one: Matter, now: datetime) -> str | None:
        """The refund that silence brings waits for somebody who decides about it."""
        held = self.holds[one.ref].amount if one.ref in self.holds else 0
        if not held:
            return "nothing_held"
        one.state, one.outcome, one.refund, one.silent = "decided", "refund", held, True
        one.due.pop("refund")
        one.asked.add(FREELANCER)
        self.run(one, "review", in_days(now, REVIEW))
        return None

    def withdraw(self, ref: str) -> str | None:
        one = self.matters[ref]
        if one.over or one.state == "decided":
            return "dispute_over"
        self._end(one, "withdrawn", 0)
        return None

    def offer(self, ref: str, side: str, refund: int, days: int, now: datetime) -> str | None:
        one = self.matters[ref]
        code = "dispute_over" if one.over else "nothing_held" if ref not in self.holds or not one.there else None
        code = code or ("offered" if side in one.offers else None)
        if code is None:
            one.offers[side] = refund
            self.run(one, side, min(in_days(now, days), self.holds[ref].until))
        return code

    def say_to_offer(self, ref: str, side: str, *, agreed: bool) -> str | None:
        """That side's offer is accepted, and the money moves at once; or it is declined or taken back."""
        one = self.matters[ref]
        code = "dispute_over" if one.over else "offer_gone" if side not in one.offers else None
        if code is None and agreed:
            one.outcome, one.refund = None, one.offers[side]
            self._end(one, "settled", one.refund)
        elif code is None:
            self._drop(one, side)
        return code

    @staticmethod
    def _drop(one: Matter, *sides: str) -> None:
        for side in sides:
            one.offers.pop(side, None)
            one.due.pop(side, None)

    def _end(self, one: Matter, state: str, refund: int) -> None:
        """So much of what is on hold goes back, the rest to the freelancer; nothing of it runs any more."""
        if one.ref in self.holds:
            self.end(self.holds.pop(one.ref), refund)
        one.state, one.over = state, True
        one.due.clear()
        one.offers.clear()

    def _carry_out(self, one: Matter) -> None:
        """Where the hold ran out before that, what goes back is ours to pay, with our fee for it; nobody else loses."""
        back = one.refund or 0
        if one.ref not in self.holds and back:
            left, fee = back, 0
            for earned, amount in one.taken:
                fee += min(int(Fraction(earned.fee, earned.whole) * min(left, amount)), earned.fee)
                left -= min(left, amount)
            self.give_back(one.part, back + fee, fee)
            self._goes_back(one.part, back + fee, one.known)
            self.owed[one.part] = self.owed.get(one.part, 0) + back
        self._end(one, "decided", back)

    def call_back(self, ref: str, part: Part, amount: int, now: datetime) -> list[Held]:
        """A bank calls back: an open dispute gives way to it; nothing that went back already is called back once more."""
        paid_in = self.call_paid_in(part, amount)
        called = self.called[ref] = Called(ref, part, amount, 0, paid_in, len(self.earned), len(self.called), at=now)
        for back in self.backs.get(part, []):
            back.stop(called, called.rest)
        claimed = min(called.rest, self.paid(part))
        for one in self.matters.values():
            if one.part == part and not one.over:
                one.outcome = one.refund = None
                self._end(one, "closed", 0)
        called.claimed = claimed
        if not claimed:
            return []
        called.since = self.held_from(part, now) if self.until(False, part, now) <= now else 0
        _ended, left = self.make_way(part, claimed, called.since)
        self.hold(ref, False, part, claimed, now, called.since)
        return left

    def come_back(self, taken: Taken) -> None:
        """It was being paid out."""
        super().come_back(taken)
        self._is_back(taken)

    def let_go(self, held: Held, now: datetime) -> None:
        """A hold ends, and nothing of it goes back; what a law had asked for is there again."""
        self.end(held, 0)
        if not held.part[1]:
            self._is_back(held.taken, now)

    def _is_back(self, taken: Taken, now: datetime | None = None) -> None:
        """A claim that came too late for money holds it, unless somebody decided or offered already; no longer than until its
        own end."""
        back = {id(one): amount for one, amount in taken}
        for ref, held in self.holds.items():
            one = self.matters.get(ref) or self.called.get(ref)
            waits = isinstance(one, Called) or (
                one is not None and one.state in ("opened", "answered", "unanswered") and not one.offers)
            if one is not None and waits and (now is None or held.until > now):
                self._top_up(one, held, back)

    def _top_up(self, one: Matter | Called, held: Held, back: dict[int, int]) -> None:
        on_hold = {id(earned): amount for earned, amount in held.taken}
        theirs = {id(earned) for earned in self.earned[one.since:one.known]} & back.keys()
        there = [
            (earned, on_hold.get(id(earned), 0) + (min(earned.free, back[id(earned)]) if id(earned) in theirs else 0))
            for earned in self.earned if earned.part == one.part
        ]
        drawn = self._for_paid([pair for pair in there if pair[1]], one.claimed)
        if sum(amount for _, amount in drawn) > held.amount:
            for earned, amount in held.taken:
                earned.free += amount
            for earned, amount in drawn:
                earned.free -= amount
            held.taken, held.started = drawn, self.start()
            self.limits.setdefault(one.part, []).append((one.known, held.until))
            if isinstance(one, Matter):
                one.there, one.taken = held.amount, list(drawn)

    def days_pass(self, now: datetime) -> None:
        """All that runs out until then, one at a time, in the order in which it was due."""
        while True:
            due = [(held.until, held.started, ref, "hold") for ref, held in self.holds.items()]
            due += [(*at, ref, kind) for ref, one in self.matters.items() for kind, at in one.due.items()]
            at, _number, ref, kind = min(due, default=(now + timedelta(1), 0, "", ""))
            if at > now:
                return
            if kind == "hold":
                self.let_go(self.holds.pop(ref), now)
            else:
                self._lapse(self.matters[ref], kind, at, now)

    def _lapse(self, one: Matter, kind: str, at: datetime, now: datetime) -> None:
        del one.due[kind]
        if kind in SIDES:
            self._drop(one, kind)
        elif kind == "answer":
            one.state = "unanswered" if one.informed else "opened"
            self.run(one, *("refund", in_days(at, MORE)) if one.informed else ("answer", in_days(now, ANSWER)))
        elif kind == "refund":
            one.outcome, one.refund = "refund", self.holds[one.ref].amount if one.ref in self.holds else 0
            self._end(one, "decided", one.refund)
        elif kind == "question":
            self._end(one, "closed", 0)
        elif kind == "acceptance":
            self._carry_out(one)
        else:
            self._too_late(one)

    def _too_late(self, one: Matter) -> None:
        """We did not decide in time: the hold ends, the claim lives on, nothing is there that an offer could divide."""
        if one.ref in self.holds:
            self.end(self.holds.pop(one.ref), 0)
        self._drop(one, *SIDES)
