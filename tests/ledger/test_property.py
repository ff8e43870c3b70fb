"""Random earnings, holds of both sides, ends, payouts, returns and days: the ledger always equals a model in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from portal.core.clock import end_of_day
from portal.ledger.checks import CHECKS
from portal.ledger.operations import mark_payout
from tests.factories.market import Market, Story, refused
from tests.ledger.steps import contest_money, hold_money, let_go, touch

AMOUNT = st.integers(min_value=1, max_value=5_000)
MILESTONES = st.integers(min_value=1, max_value=3)
ENDS = st.sampled_from(["released", "refunded", "split", "expired"])


@dataclass
class Earned:
    """One earning in the model: when it was released, and what of it is free."""

    milestone: int
    released_at: datetime
    free: int


@dataclass
class Held:
    """One open hold in the model: whose, on which milestone, until when, and what it took."""

    ours: bool
    milestone: int
    until: datetime
    taken: list[tuple[Earned, int]]

    @property
    def amount(self) -> int:
        return sum(part for _, part in self.taken)


@dataclass
class Model:
    """The books in plain numbers. A taken amount is a list of (earning, amount); `limits`: until when a client may hold."""

    earned: list[Earned] = field(default_factory=list)
    holds: dict[str, Held] = field(default_factory=dict)
    payouts: dict[str, list[tuple[Earned, int]]] = field(default_factory=dict)
    limits: dict[int, datetime] = field(default_factory=dict)

    def until(self, ours: bool, milestone: int, now: datetime) -> datetime:
        own = end_of_day(now.date() + timedelta(days=30 if ours else 60), "UTC")
        return own if ours else min(own, self.limits.get(milestone, own))

    def hold(self, ref: str, ours: bool, milestone: int, amount: int, now: datetime) -> int:
        until = self.until(ours, milestone, now)
        taken = self.take(amount if until > now else 0, lambda e: e.milestone == milestone)
        self.holds[ref] = Held(ours, milestone, until, taken)
        if taken and not ours:
            self.limits.setdefault(milestone, until)
        return self.holds[ref].amount

    def make_way(self, milestone: int, wanted: int) -> tuple[list[str], list[Held]]:
        """Which of our holds end for a client's claim, oldest first, and what each leaves on hold."""
        ended, left = [], []
        lacking = wanted - sum(e.free for e in self.earned if e.milestone == milestone)
        for ref, held in list(self.holds.items()):
            if lacking > 0 and held.ours and held.milestone == milestone and held.amount:
                ended.append(ref)
                left.append(self._let_go(self.holds.pop(ref), lacking))
                lacking -= held.amount
        return ended, left

    def _let_go(self, held: Held, lacking: int) -> Held:
        after = Held(held.ours, held.milestone, held.until, [])
        for one, amount in sorted(held.taken, key=lambda pair: pair[0].released_at):
            given = min(lacking, amount)
            one.free, lacking = one.free + given, lacking - given
            after.taken += [(one, amount - given)] if amount > given else []
        return after

    def take(self, wanted: int, fits: Any) -> list[tuple[Earned, int]]:
        taken = []
        for one in sorted((e for e in self.earned if fits(e)), key=lambda e: e.released_at):
            amount = min(wanted, one.free)
            one.free, wanted = one.free - amount, wanted - amount
            taken += [(one, amount)] if amount else []
        return taken

    def give(self, taken: list[tuple[Earned, int]], keep: int = 0) -> None:
        """Puts it back where it was, less what is kept of the oldest."""
        for one, amount in sorted(taken, key=lambda pair: pair[0].released_at):
            kept = min(keep, amount)
            one.free, keep = one.free + amount - kept, keep - kept

    def sums(self, now: datetime) -> tuple[int, int, int, int]:
        clear = [e for e in self.earned if e.released_at + timedelta(days=5) <= now]
        held = sum(one.amount for one in self.holds.values())
        paid = sum(amount for taken in self.payouts.values() for _, amount in taken)
        free = sum(e.free for e in self.earned)
        return free - sum(e.free for e in clear), sum(e.free for e in clear), held, paid


class Books(RuleBasedStateMachine):
    """A freelancer of their own in each run, on one marketplace."""

    holds, payouts = Bundle("holds"), Bundle("payouts")

    def __init__(self, market: Market, story: Story) -> None:
        super().__init__()
        self.market, self.model, self.ticks = market, Model(), 0
        number = market.key()
        self.tim = market.party(f"F{number} Freelancer", joined_on=date(2025, 1, 1))
        self.contract = market.contract(story.stacy, self.tim, f"Job {number}", [10**6] * 3)
        self.place = market.destination(self.tim)

    @rule(number=MILESTONES, amount=AMOUNT, days_ago=st.integers(min_value=0, max_value=9))
    def earn(self, number: int, amount: int, days_ago: int) -> None:
        self.market.office.clock.advance(seconds=1)
        self.market.earn(self.contract, number, amount, days_ago=days_ago)
        self.model.earned.append(Earned(number, self.market.now - timedelta(days=days_ago), amount))

    @rule(target=holds, number=MILESTONES, amount=AMOUNT)
    def hold(self, number: int, amount: int) -> str:
        asked = {"contract_ref": self.contract.ref, "number": number, "amount_minor": amount}
        made = self.market.do(hold_money, **asked)
        assert made["held"] == self.model.hold(made["hold"], True, number, amount, self.market.now)
        return str(made["hold"])

    @rule(target=holds, number=MILESTONES, amount=AMOUNT)
    def contest(self, number: int, amount: int) -> MultipleResults[str]:
        """A client's claim comes before ours: what is free, then what we hold, our oldest hold first."""
        for ref in [ref for ref, held in self.model.holds.items() if not held.ours and held.milestone == number]:
            self.end(ref, "released")
        ended, left = self.model.make_way(number, amount)
        made = self.market.do(contest_money, contract_ref=self.contract.ref, number=number, amount_minor=amount)
        assert (made["gave"], [bool(ref) for ref in made["after"]]) == (ended, [bool(one.amount) for one in left])
        self.model.holds |= {ref: one for ref, one in zip(made["after"], left, strict=True) if ref}
        assert made["held"] == self.model.hold(made["hold"], False, number, amount, self.market.now)
        return multiple(made["hold"], *filter(None, made["after"]))

    @rule(ref=consumes(holds), kind=ENDS)
    def end(self, ref: str, kind: str) -> None:
        if ref not in self.model.holds:
            assert not ref or self.market.do(let_go, hold_ref=ref, kind="released") == {"rows": 0}
            return
        held = self.model.holds.pop(ref)
        kind = "released" if kind == "split" and held.amount < 2 else kind
        self.market.do(let_go, hold_ref=ref, kind=kind, refund_minor=held.amount // 2 if kind == "split" else None)
        self.model.give(held.taken, keep={"split": held.amount // 2, "refunded": held.amount}.get(kind, 0))

    @rule(target=payouts, amount=AMOUNT)
    def pay_out(self, amount: int) -> str:
        available = self.model.sums(self.market.now)[1]
        if amount > available:
            assert refused(lambda: self.market.pay_out(self.tim, self.place, amount)) == "not_available"
            return ""
        ref = str(self.market.pay_out(self.tim, self.place, amount)["payout"])
        clear = self.market.now - timedelta(days=5)
        self.model.payouts[ref] = self.model.take(amount, lambda e: e.released_at <= clear)
        return ref

    @rule(ref=consumes(payouts), state=st.sampled_from(["sent", "failed"]))
    def mark(self, ref: str, state: str) -> None:
        if ref:
            self.market.do(mark_payout, payout_ref=ref, state=state)
        if ref and state == "failed":
            self.model.give(self.model.payouts.pop(ref))

    @rule(days=st.integers(min_value=1, max_value=20))
    def days_pass(self, days: int) -> None:
        self.market.office.clock.advance(days=days)
        self.market.do(touch, account_id=self.tim.account.id)
        for ref in [ref for ref, held in self.model.holds.items() if held.until <= self.market.now]:
            self.model.give(self.model.holds.pop(ref).taken)

    def teardown(self) -> None:
        """In the end every hold has run out, and all money is free or was paid out or refunded."""
        self.days_pass(62)
        self.ledger_equals_model()
        assert self.model.holds == {}

    @invariant()
    def ledger_equals_model(self) -> None:
        if self.model.earned:
            now = self.market.funds(self.tim)
            sums = (now.pending, now.available, now.held, now.paid_out)
            assert tuple(part.amount_minor for part in sums) == self.model.sums(self.market.now)


def test_ledger_equals_a_model(market: Market, story: Story) -> None:
    runs = 50 if market.office.database.is_sqlite else 15
    run_state_machine_as_test(lambda: Books(market, story), settings=settings(
        max_examples=runs, stateful_step_count=15, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    ))
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []
