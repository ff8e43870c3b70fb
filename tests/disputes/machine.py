"""The machine of contested money: what both sides and the desk do next, and what they do in no order at all."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.disputes.banks import SHARE, Banks, X
from tests.disputes.matter import Matter
from tests.factories.market import Market, Staff, Story
from tests.ledger.model import Part
from tests.ledger.purse import AMOUNT, CURRENCIES, FEE, MILESTONES, PARTS

SEED = st.integers(0, 10**9)
LARGE = st.sampled_from([400, 4_001, 420_000])
STATED, LAST = [300, 4_000, 10**6], [None, 9, None, 45]
MORE = ("", "", "propose_longer", "propose_longer sign_longer", "propose_longer return_longer")
Step = Callable[[Matter, int], None]


class Matters(Banks):
    """What is natural next is done more often than what is refused; both are tried. `reached`: the ends that all runs met."""

    reached: ClassVar[set[str]] = set()

    def __init__(self, market: Market, story: Story, lead: Staff, desk: list[Staff]) -> None:
        super().__init__(market, story, lead, desk)
        self.house, self.seed, self.marked = self.of_the_house(), 0, set[str]()

    @initialize(currencies=CURRENCIES, amount=LARGE, fee=FEE, share=SHARE, end=SEED)
    def begin(self, currencies: tuple[str, ...], amount: int, fee: int, share: int, end: int) -> None:
        self.agree_on(*currencies)
        self.seed = end
        for days_ago, part in enumerate([(0, 1), (1, 1), (2, 1)], 3):
            self.earn(part, amount, fee, days_ago)
            if part[0] < 2:
                self.contest(part, share)

    @rule(part=PARTS, amount=AMOUNT, more=st.sampled_from(MORE))
    def we_hold(self, part: Part, amount: int, more: str) -> None:
        """With what follows at once, or nothing."""
        ref = self.decide_to_hold(part, amount)
        for step in more.split() if ref else ():
            getattr(self, step)(ref)

    @rule(n=st.integers(0, 2), amount=st.sampled_from(STATED), last=st.sampled_from(LAST))
    def a_law_asks(self, n: int, amount: int, last: int | None) -> None:
        self.law_asks(n, amount, last)

    def at_work(self, drawn: Random) -> list[Callable[[int], object]]:
        """What is next at the desk: with a decision that holds money, or there is none yet."""
        model, known = self.model, [ref for ref in self.model.decisions if self.model.caused_by(ref)]
        free = [part for part in MILESTONES if model.no_hold(part) is None]
        new: list[Callable[[int], object]] = [lambda x: self.law_asks(x % 3, STATED[x % len(STATED)], LAST[x % len(LAST)])]
        new += [lambda x: self.decide_to_hold(drawn.choice(free), x % 900 + 1)] if free else []
        if self.proposed:
            new.append(lambda x: self.answer_correction(x, signed=x % 4 > 0))
        new.append(lambda x: self.propose_correction(drawn.choice(MILESTONES), x % 700 + 1, ("added", "taken")[x % 2]))
        if not known or drawn.randrange(3) == 0:
            return new
        ref = drawn.choice(known)
        return [lambda _x, step=step: getattr(self, step)(ref) for step in self.next_step(ref)]  # type: ignore[misc]

    def next_step(self, ref: str) -> tuple[str, ...]:
        if self.model.decisions[ref].law:
            return "look", "look", "lift", "overturn"
        if self.model.waits(ref, self.market.now):
            return "sign_longer", "sign_longer", "return_longer", "overturn"
        return ("propose_longer",) * 3 + ("lift", "overturn") if self.model.extendable(ref) else ("lift", "overturn")

    def money_goes_out(self, x: int) -> None:
        """A payout of some of what is available; what became of an earlier one."""
        n, waiting = x % len(self.currencies), [ref for ref in self.model.payouts if ref not in self.marked]
        available = self.model.sums(n, self.market.now)[1]
        if waiting and x % 3:
            self.marked.add(waiting[0])
            self.mark(waiting[0], ("failed", "sent then paid", "sent then failed", "paid then failed")[x % 4])
        elif available:
            self.pay_out(n, max(available * (x % 100) // 100, 1))

    @rule(x=X, steps=st.sampled_from(["look", "lift", "overturn", "propose_longer", "sign_longer", "return_longer",
                                      "propose_longer sign_longer"]))
    def desk_goes_on(self, x: int, steps: str) -> None:
        """With one of our decisions, whatever became of it."""
        known = list(self.model.decisions)
        for step in steps.split() if known else ():
            getattr(self, step)(known[x % len(known)])

    @rule(part=PARTS, share=SHARE)
    def contest(self, part: Part, share: int) -> None:
        self.open(part, max(self.model.contestable(part) * share // 100, 1))

    def natural(self, one: Matter) -> list[Step]:
        """What somebody would do next in a dispute, or that nobody does anything until a time is over."""
        offers: list[Step] = [self.agree, self.decline, self.take_back] if one.offers else [self.offer]
        if "question" in one.due:
            return [self.reply, self.wait]
        if one.state == "decided":
            said: list[Step] = [self.accept, self.decide] if one.asked else [self.accept, self.accept, self.ask_review]
            return [*said, self.wait, *offers]
        if one.state == "answered":
            return [self.decide, self.decide, self.ask, self.wait, *offers]
        if one.state == "unanswered":
            return [self.answer, self.ask_review, self.wait, self.withdraw, *offers]
        if one.informed:
            return [self.answer, self.answer, self.wait, *offers]
        return [self.inform, self.inform, self.answer, self.withdraw]

    def wait(self, one: Matter, _x: int) -> None:
        """Until what runs out first in this dispute has run out."""
        until = min(at for at, _number in one.due.values()) if one.due else self.market.now
        self.days_pass(max((until - self.market.now).days, 0) + 1)

    def goes_on(self, seed: int, steps: int) -> None:
        """What is natural, so many times, in disputes, at the desk, and at the marketplace; after each everything has to hold."""
        drawn = Random(f"{seed} {self.market.now} {len(self.model.earned)}")
        for n in range(steps):
            if n:
                self.all_holds()
            x, turn = drawn.randrange(10_000), drawn.choice(["dispute", "dispute", "dispute", "desk", "desk", "marketplace"])
            live = [one for one in self.model.matters.values() if not one.over]
            if turn == "dispute" and live:
                one = drawn.choice(live)
                drawn.choice(self.natural(one))(one, x)
            elif turn == "desk":
                drawn.choice(self.at_work(drawn))(x)
            elif turn == "marketplace":
                drawn.choice([self.money_goes_out, self.report_of_refund])(x)

    @rule(seed=SEED, steps=st.sampled_from([1, 4, 8]))
    def much_goes_on(self, seed: int, steps: int) -> None:
        self.goes_on(seed, steps)

    @rule(x=X, name=st.sampled_from(["inform", "answer", "ask", "reply", "offer", "agree", "decline", "take_back", "decide",
                                     "accept", "ask_review", "withdraw"]))
    def somebody_tries(self, x: int, name: str) -> None:
        known = list(self.model.matters.values())
        if known:
            getattr(self, name)(known[x % len(known)], x)

    @rule(part=PARTS, amount=AMOUNT, kind=st.sampled_from(["added", "taken"]))
    def we_correct(self, part: Part, amount: int, kind: str) -> None:
        self.propose_correction(part, amount, kind)

    @rule(x=X, signed=st.booleans())
    def correction_is_answered(self, x: int, signed: bool) -> None:
        self.answer_correction(x, signed=signed)

    @rule(part=PARTS, amount=AMOUNT, fee=FEE, share=SHARE)
    def client_pays_anew(self, part: Part, amount: int, fee: int, share: int) -> None:
        """A bank gives the payment back, the client pays again, and contests that."""
        if share < 101 and self.contested(part):
            return
        ref = self.call_back(part, max(self.model.paid(part), 1))
        if ref:
            self.bank_decides(ref, "lost")
        self.earn(part, amount, fee, 0)
        self.contest(part, share)

    @rule(days=st.sampled_from([1, 3, 8, 8, 15, 16]))
    def time_passes(self, days: int) -> None:
        self.days_pass(days)

    def teardown(self) -> None:
        """What is contested goes on, wherever the rules had led."""
        for part in MILESTONES:
            self.contest(part, 100)
        self.goes_on(self.seed, 18)
        self.runs_out()

    def runs_out(self) -> None:
        """In the end every hold has run out, and all money is free, was paid out, went back, or is our loss."""
        self.days_pass(62)
        assert self.model.holds == {}
        for one in [one for one in self.model.matters.values() if not one.over and one.state != "decided"]:
            self.withdraw(one, 0)
        self.all_holds()
        matters, called = self.model.matters.values(), self.model.called.values()
        self.reached.update(word for one in matters for word in (one.state, one.outcome) if word)
        self.reached.update(one.end for one in called if one.end)
        self.reached.update(["reviewed" for one in matters if one.asked and one.over], ["we paid" for _ in self.model.owed])
