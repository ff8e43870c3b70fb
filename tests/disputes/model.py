"""Disputes and chargebacks in plain numbers, written from the design (2.5, 3 and 4) and not from the code.

What somebody tries answers None and has happened, or with the code of its refusal and has changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from portal.core.clock import end_of_day
from tests.disputes.called import Back, Called
from tests.ledger.model import Flow, Held, Model, Part, Taken

CLIENT, FREELANCER = "client", "freelancer"
SIDES = (CLIENT, FREELANCER)
ANSWER, MORE, QUESTION, DECISION, ACCEPTANCE, REVIEW, WINDOW = 7, 7, 7, 14, 7, 14, 30


def in_days(start: datetime, days: int) -> datetime:
    """The end of the day that many days later; everybody here lives by UTC."""
    return end_of_day(start.date() + timedelta(days=days), "UTC")


@dataclass(eq=False)
class Matter:
    """A dispute: `there` could be held for it, of what `taken` says; `due`: what runs, until when, as which of all clocks;
    `known`: how many earnings there were.

    `ruled`: how often somebody decided; `silent`: reviewed is the refund because nobody answered.
    `offers`: by side, how much would go back. What runs for an offer has its side's name.
    """

    ref: str
    part: Part
    claimed: int
    there: int
    taken: Taken
    known: int
    due: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    state: str = "opened"
    outcome: str | None = None
    refund: int | None = None
    answered: bool = False
    informed: bool = False
    over: bool = False
    silent: bool = False
    ruled: int = 0
    accepted: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)


@dataclass
class Contested(Model):
    """One freelancer's money and all that its clients and their banks contest of it. `owed`: what we paid for being late.

    By milestone: `given`, of which a bank gave back what was released and nothing was released since; `backs`, its refunds.
    """

    matters: dict[str, Matter] = field(default_factory=dict)
    called: dict[str, Called] = field(default_factory=dict)
    owed: dict[Part, int] = field(default_factory=dict)
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

    def decided(self, part: Part) -> Matter | None:
        """The newest that somebody decided there."""
        about = [one for one in self.matters.values() if one.part == part and one.ruled and one.state != "closed"]
        return about[-1] if about else None

    def fresh(self, part: Part) -> int:
        """From which earning on can be contested after a decision; 0 where nobody decided, or nothing was released since."""
        decided = self.decided(part)
        after = range(decided.known, len(self.earned)) if decided else ()
        return next((n for n in after if self.earned[n].part == part), 0)

    def contestable(self, part: Part) -> int:
        """What can be contested: no more than was released since, where we had decided about what was released before."""
        paid, first = self.paid(part), self.fresh(part)
        if not first:
            return paid
        left = sum(one.whole + one.fee for one in self.earned[first:] if one.part == part)
        left -= sum(one.amount for one in self.backs.get(part, []) if one.known > first)
        left -= sum(one.claimed for one in self.called.values() if one.part == part and one.end != "won" and one.known > first)
        return max(min(left, paid), 0)

    def paid(self, part: Part) -> int:
        """What a client paid for what was released, and has neither got back nor called back."""
        released = sum(one.whole + one.fee for one in self.earned if one.part == part)
        by_bank = sum(one.claimed for one in self.called.values() if one.part == part and one.end != "won")
        return released - self.refunded.get(part, 0) - by_bank

    def no_dispute(self, part: Part, amount: int, now: datetime) -> str | None:
        """Why a client cannot contest so much of a milestone now."""
        released, paid = [one.released_at for one in self.earned if one.part == part], self.contestable(part)
        about = [one for one in self.matters.values() if one.part == part]
        at_banks, left = [one for one in self.called.values() if one.part == part], self.paid(part)
        for code, holds in {
            "called_back": any(one.end is None or (one.end == "lost" and one.claimed and not left) for one in at_banks),
            "not_paid": not paid,
            "more_than_paid": amount > paid,
            "window_over": bool(released) and now >= in_days(max(released, default=now), WINDOW),
            "already_disputed": any(not one.over for one in about),
            "decided_before": self.decided(part) is not None and not self.fresh(part),
        }.items():
            if holds:
                return code
        return None

    def open(self, ref: str, part: Part, amount: int, now: datetime) -> list[Held]:
        """A client contests so much; what is left on hold for us where our holds gave way."""
        since = self.fresh(part)
        _ended, left = self.make_way(part, amount, since)
        there = self.hold(ref, False, part, amount, now, since)
        one = self.matters[ref] = Matter(ref, part, amount, there, list(self.holds[ref].taken), len(self.earned))
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
        _ended, left = self.make_way(part, claimed)
        self.hold(ref, False, part, claimed, now)
        return left

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

    def come_back(self, taken: Taken) -> None:
        """A claim that came too late for money which was being paid out holds it, unless somebody decided or offered already."""
        super().come_back(taken)
        back = {id(one): amount for one, amount in taken}
        for ref, held in self.holds.items():
            one = self.matters.get(ref) or self.called.get(ref)
            waits = isinstance(one, Called) or (
                one is not None and one.state in ("opened", "answered", "unanswered") and not one.offers)
            if one is not None and waits:
                self._top_up(one, held, back)

    def _top_up(self, one: Matter | Called, held: Held, back: dict[int, int]) -> None:
        on_hold = {id(earned): amount for earned, amount in held.taken}
        since = self.fresh(one.part) if isinstance(one, Matter) else 0
        there = [
            (earned, on_hold.get(id(earned), 0) + (min(earned.free, back.get(id(earned), 0)) if since <= n < one.known else 0))
            for n, earned in enumerate(self.earned) if earned.part == one.part
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

    def days_pass(self, now: datetime) -> None:
        """All that runs out until then, one at a time, in the order in which it was due."""
        while True:
            due = [(held.until, held.started, ref, "hold") for ref, held in self.holds.items()]
            due += [(*at, ref, kind) for ref, one in self.matters.items() for kind, at in one.due.items()]
            at, _number, ref, kind = min(due, default=(now + timedelta(1), 0, "", ""))
            if at > now:
                return
            if kind == "hold":
                self.end(self.holds.pop(ref), 0)
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
