"""Random payments in, earnings, holds of both sides, ends, corrections, payouts, returns and days: the ledger always equals
a model in plain numbers, everything sums to nothing, nothing is negative, and what is available can be paid out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from portal.core.access import Role
from portal.ledger.checks import CHECKS
from portal.ledger.operations import mark_payout, record_escrow_return, request_payout
from portal.ledger.queries import Funds, funds
from tests.factories.market import Market, Party, Staff, Story, refused, usd
from tests.ledger.model import Model
from tests.ledger.steps import contest_money, correct_by, hold_money, let_go, touch

AGREED = 10**6
CURRENCIES = ("USD", "JPY", "KWD")
AMOUNT = st.integers(min_value=1, max_value=5_000)
FEE = st.sampled_from([0, 1, 7, 150, 999])
PARTS = st.sampled_from([(0, 1), (0, 2), (1, 1)])
ENDS = st.sampled_from(["refunded", "split", "refunded", "released", "expired"])
STEPS = st.sampled_from(["sent", "failed", "sent then paid", "sent then failed"])
SUMS = sa.text(
    "SELECT currency, sum(amount) FROM (SELECT currency, balance_minor AS amount FROM book WHERE owner_id IS NOT NULL "
    "UNION ALL SELECT t.currency, t.amount_minor FROM transfer t JOIN book b ON b.id = t.credit_id WHERE b.owner_id IS NULL "
    "UNION ALL SELECT t.currency, -t.amount_minor FROM transfer t JOIN book b ON b.id = t.debit_id WHERE b.owner_id IS NULL"
    ") AS moved GROUP BY currency HAVING sum(amount) <> 0"
)
ABOVE = sa.text(
    "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE h.ended_at IS NULL AND (h.amount_minor > c.amount_minor "
    "OR h.amount_minor <> (SELECT coalesce(sum(b.balance_minor), 0) FROM book b WHERE b.hold_id = h.id AND b.kind = 'held'))"
)


class NotReally(Exception):
    """Ends an act that was only tried."""


class Books(RuleBasedStateMachine):
    """A freelancer of their own in each run, with two clients, a currency for each."""

    holds, payouts = Bundle("holds"), Bundle("payouts")

    def __init__(self, market: Market, story: Story, lead: Staff) -> None:
        super().__init__()
        self.market, self.story, self.lead, self.model = market, story, lead, Model()
        number = market.key()
        self.tim = self.party(f"F{number} Freelancer")
        self.clients = [self.party(f"C{number}x{n} Client") for n in range(2)]
        self.contracts = [
            market.contract(client, self.tim, f"Job {number} {n}", [AGREED] * 2, currency=CURRENCIES[n + int(number[1:]) % 2])
            for n, client in enumerate(self.clients)
        ]
        self.currencies = [CURRENCIES[n + int(number[1:]) % 2] for n in range(2)]
        self.place = market.destination(self.tim)

    def party(self, name: str) -> Party:
        return self.market.party(name, joined_on=date(2025, 1, 1))

    @initialize(amount=AMOUNT, fee=FEE)
    def begin(self, amount: int, fee: int) -> None:
        for days_ago, part in enumerate([(0, 1), (1, 1)], 3):
            self.earn(part, amount, fee, days_ago)

    @rule(part=PARTS, amount=AMOUNT, fee=FEE, days_ago=st.integers(min_value=0, max_value=9))
    def earn(self, part: tuple[int, int], amount: int, fee: int, days_ago: int) -> None:
        self.market.office.clock.advance(seconds=1)
        n, number = part
        at = {"days_ago": days_ago, "fee_minor": fee, "currency": self.currencies[n]}
        self.market.earn(self.contracts[n], number, amount, **at)
        self.model.earn(part, self.market.now - timedelta(days=days_ago), amount, fee)

    @rule(part=PARTS, amount=AMOUNT)
    def pay_in(self, part: tuple[int, int], amount: int) -> None:
        self.market.pay_in(self.contracts[part[0]], part[1], amount, currency=self.currencies[part[0]])
        self.model.pay_in(part, amount)

    @rule(part=PARTS)
    def give_up(self, part: tuple[int, int]) -> None:
        off = {"contract_external_id": self.contracts[part[0]].external_id, "milestone_number": part[1]}
        assert self.market.do(record_escrow_return, **off) == {"returned_minor": self.model.give_up(part)}

    @rule(part=PARTS, amount=AMOUNT, kind=st.sampled_from(["added", "taken"]))
    def correct(self, part: tuple[int, int], amount: int, kind: str) -> None:
        on_it = sorted((one for one in self.model.earned if one.part == part), key=lambda one: one.released_at)
        told = {"contract_ref": self.contracts[part[0]].ref, "milestone_number": part[1], "kind": kind}
        step = lambda: correct_by(self.market, self.lead, self.story.ola, amount, self.currencies[part[0]], **told)  # noqa: E731
        if not on_it or (kind == "taken" and amount > sum(one.free for one in on_it)):
            assert refused(step) == ("not_there" if on_it else "nothing_earned")
            return
        step()
        if kind == "added":
            on_it[-1].free += amount
        else:
            self.model.take(on_it, amount)

    @rule(target=holds, part=PARTS, amount=AMOUNT)
    def hold(self, part: tuple[int, int], amount: int) -> str:
        n, number = part
        asked = {"contract_ref": self.contracts[n].ref, "number": number, "amount_minor": amount}
        made = self.market.do(hold_money, currency=self.currencies[n], **asked)
        assert made["held"] == self.model.hold(made["hold"], True, part, amount, self.market.now)
        return str(made["hold"])

    @rule(target=holds, part=PARTS, amount=AMOUNT)
    def contest(self, part: tuple[int, int], amount: int) -> MultipleResults[str]:
        """A client's claim comes before ours: what is free, then what we hold, our oldest hold first."""
        for ref in [ref for ref, held in self.model.holds.items() if not held.ours and held.part == part]:
            self.end(ref, "released")
        ended, left = self.model.make_way(part, amount)
        n, number = part
        made = self.market.do(contest_money, contract_ref=self.contracts[n].ref, number=number, amount_minor=amount)
        assert (made["gave"], [bool(ref) for ref in made["after"]]) == (ended, [bool(one.amount) for one in left])
        self.model.holds |= {ref: one for ref, one in zip(made["after"], left, strict=True) if ref}
        assert made["held"] == self.model.hold(made["hold"], False, part, amount, self.market.now)
        return multiple(made["hold"], *filter(None, made["after"]))

    @rule(ref=consumes(holds), kind=ENDS)
    def end(self, ref: str, kind: str) -> None:
        if ref not in self.model.holds:
            assert not ref or self.market.do(let_go, hold_ref=ref, kind="released") == {"rows": 0}
            return
        held = self.model.holds.pop(ref)
        kind = "released" if kind == "split" and held.amount < 2 else kind
        self.market.do(let_go, hold_ref=ref, kind=kind, refund_minor=held.amount // 2 if kind == "split" else None)
        self.model.end(held, {"split": held.amount // 2, "refunded": held.amount}.get(kind, 0))

    @rule(target=payouts, n=st.integers(0, 1), amount=AMOUNT)
    def pay_out(self, n: int, amount: int) -> str:
        available = self.model.sums(n, self.market.now)[1]
        step = lambda: self.market.pay_out(self.tim, self.place, amount, self.currencies[n])  # noqa: E731
        if amount > available:
            assert refused(step) == "not_available"
            return ""
        ref = str(step()["payout"])
        self.model.payouts[ref] = self.model.take(self.model.clear(n, self.market.now), amount)
        return ref

    @rule(ref=consumes(payouts), steps=STEPS)
    def mark(self, ref: str, steps: str) -> None:
        for state in steps.split(" then ") if ref else ():
            self.market.do(mark_payout, payout_ref=ref, state=state)
            if state == "failed":
                self.model.come_back(self.model.payouts.pop(ref))

    @rule(days=st.integers(min_value=1, max_value=20))
    def days_pass(self, days: int) -> None:
        self.market.office.clock.advance(days=days)
        self.market.do(touch, account_id=self.tim.account.id)
        for ref in [ref for ref, held in self.model.holds.items() if held.until <= self.market.now]:
            self.model.end(self.model.holds.pop(ref), 0)

    @rule(part=PARTS, amount=AMOUNT, kind=ENDS)
    def contest_and_end(self, part: tuple[int, int], amount: int, kind: str) -> None:
        """A client contests something, and it is decided."""
        for ref in self.contest(part, amount).values[:1]:
            self.end(ref, kind)

    def teardown(self) -> None:
        """In the end every hold has run out, and all money is free or was paid out or refunded."""
        self.days_pass(62)
        self.ledger_equals_model()
        assert self.model.holds == {}

    def purse(self, party: Party, n: int) -> Funds | None:
        with self.market.office.database.read() as session:
            mine = funds(session, party.account.id, self.market.now)
        return next((one for one in mine if one.currency == self.currencies[n]), None)

    @invariant()
    def ledger_equals_model(self) -> None:
        for n in range(2):
            mine, theirs = self.purse(self.tim, n), self.purse(self.clients[n], n)
            shown = [mine.pending, mine.available, mine.held, mine.paid_out] if mine else []
            assert tuple(part.amount_minor for part in shown or [usd(0)] * 4) == self.model.sums(n, self.market.now)
            back = (theirs.refunded.amount_minor, theirs.escrow.amount_minor) if theirs else (0, 0)
            assert back == self.model.of_client(n)

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        with self.market.office.database.read() as session:
            assert session.execute(SUMS).all() == []
            assert session.execute(ABOVE).all() == []
            assert (session.scalar(sa.text("SELECT min(balance_minor) FROM book")) or 0) >= 0

    @invariant()
    def what_is_available_can_be_paid_out(self) -> None:
        for n in range(2):
            available = self.model.sums(n, self.market.now)[1]
            if available:
                assert self.tried(n, available) is None
            assert self.tried(n, available + 1) == "not_available"

    def tried(self, n: int, amount: int) -> str | None:
        """How a payout would end; it is taken back at once."""
        office = self.market.office

        def step() -> Any:
            with office.database.write() as session:
                request_payout(office.work(session, self.tim.actor), account_id=self.tim.account.id, amount_minor=amount,
                               destination_ref=self.place, currency=self.currencies[n])
                raise NotReally

        try:
            return refused(step)
        except NotReally:
            return None


def test_ledger_equals_a_model(market: Market, story: Story) -> None:
    runs, lead = 25 if market.office.database.is_sqlite else 8, market.staff("Lee Marsh", Role.LEAD)
    run_state_machine_as_test(lambda: Books(market, story, lead), settings=settings(
        max_examples=runs, stateful_step_count=16, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    ))
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []
