"""A machine over one freelancer's money, for hypothesis: what happens to it besides disputes, and what has to hold after each
step. Machines that contest this money begin here."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from portal.ledger.operations import mark_payout, request_payout
from portal.ledger.queries import HoldView
from tests.factories.market import Market, Party, Staff, Story, refused
from tests.ledger.model import Model, Part
from tests.ledger.steps import correct_by, hold_money

AGREED = 10**6
CURRENCIES = st.sampled_from([("USD", "JPY", "KWD"), ("JPY", "KWD", "USD"), ("KWD", "USD", "JPY"), ("USD", "JPY", "USD")])
"""Of three contracts: with 2, 0 and 3 decimals at once, or two in the same."""
AMOUNT = st.integers(min_value=1, max_value=5_000)
FEE = st.sampled_from([0, 1, 7, 150, 999])
MILESTONES = ((0, 1), (0, 2), (1, 1), (2, 1))
PARTS = st.sampled_from(MILESTONES)
STEPS = st.sampled_from(["sent", "failed", "sent then paid", "sent then failed", "paid then failed"])
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


class Purse(RuleBasedStateMachine):
    """A freelancer of their own in each run, with a contract for each currency, and a client for each contract."""

    payouts = Bundle("payouts")

    def __init__(self, market: Market, story: Story, lead: Staff, model: Model) -> None:
        super().__init__()
        self.market, self.story, self.lead, self.model = market, story, lead, model

    def agree_on(self, *currencies: str) -> None:
        """The freelancer's contracts, one for each of these."""
        number, self.currencies, self.model.currencies = self.market.key(), currencies, currencies
        self.tim = self.party(f"F{number} Freelancer")
        self.clients = [self.party(f"C{number}x{n} Client") for n in range(len(currencies))]
        self.contracts = [
            self.market.contract(client, self.tim, f"Job {number} {n}", [AGREED] * 2, currency=currencies[n])
            for n, client in enumerate(self.clients)
        ]
        self.place = self.market.destination(self.tim)

    def party(self, name: str) -> Party:
        return self.market.party(name, joined_on=date(2025, 1, 1))

    @initialize(amount=AMOUNT, fee=FEE, currencies=CURRENCIES)
    def begin(self, amount: int, fee: int, currencies: tuple[str, ...]) -> None:
        self.agree_on(*currencies)
        for days_ago, part in enumerate([(0, 1), (1, 1)], 3):
            self.earn(part, amount, fee, days_ago)

    @rule(part=PARTS, amount=AMOUNT, fee=FEE, days_ago=st.integers(min_value=0, max_value=9))
    def earn(self, part: Part, amount: int, fee: int, days_ago: int) -> None:
        self.market.office.clock.advance(seconds=1)
        at = {"days_ago": days_ago, "fee_minor": fee, "currency": self.currencies[part[0]]}
        step = lambda: self.market.earn(self.contracts[part[0]], part[1], amount, **at)  # noqa: E731
        expected = self.model.no_release(part, amount + fee, AGREED)
        if expected:
            assert refused(step) == expected
            return
        step()
        self.model.earn(part, self.market.now - timedelta(days=days_ago), amount, fee)

    @rule(part=PARTS, amount=AMOUNT, days_ago=st.integers(min_value=0, max_value=9))
    def pay_in(self, part: Part, amount: int, days_ago: int = 0) -> None:
        if amount <= self.model.room(part, AGREED)[1]:
            at = {"days_ago": days_ago, "currency": self.currencies[part[0]]}
            self.market.pay_in(self.contracts[part[0]], part[1], amount, **at)
            self.model.pay_in(part, amount, self.market.now - timedelta(days=days_ago))

    @rule(part=PARTS)
    def give_up(self, part: Part) -> None:
        """What is left; reported again, it takes nothing that was paid in since."""
        again = self.market.key()
        for _ in range(2):
            back = self.market.give_up(self.contracts[part[0]], part[1], again)
        assert back == self.model.give_up(part, self.market.now, again)

    @rule(part=PARTS, amount=AMOUNT, days_ago=st.integers(min_value=0, max_value=9))
    def give_back(self, part: Part, amount: int, days_ago: int) -> None:
        """So much went back, of which we may hear late, and before its payment."""
        at, key = self.market.now - timedelta(days=days_ago), self.market.key()
        told = {"amount_minor": amount, "currency": self.currencies[part[0]], "returned_at": at}
        step = lambda: self.market.give_up(self.contracts[part[0]], part[1], key, **told)  # noqa: E731
        expected = self.model.no_return(part, amount)
        if expected:
            assert refused(step) == expected
            return
        assert step() == self.model.give_up(part, at, key, amount)

    @rule(part=PARTS, amount=AMOUNT, kind=st.sampled_from(["added", "taken"]))
    def correct(self, part: Part, amount: int, kind: str) -> None:
        on_it = [one for one in self.model.earned if one.part == part]
        told = {"contract_ref": self.contracts[part[0]].ref, "milestone_number": part[1], "kind": kind}
        step = lambda: correct_by(self.market, self.lead, self.story.ola, amount, self.currencies[part[0]], **told)  # noqa: E731
        if not on_it or (kind == "taken" and amount > sum(one.free for one in on_it)):
            assert refused(step) == ("not_there" if on_it else "nothing_earned")
            return
        step()
        self.model.correct(part, kind, amount)

    def hold_ours(self, part: Part, amount: int) -> str:
        """The platform claims money of a milestone; the hold's reference."""
        n, number = part
        asked = {"contract_ref": self.contracts[n].ref, "number": number, "amount_minor": amount}
        made = self.market.do(hold_money, currency=self.currencies[n], **asked)
        assert made["held"] == self.model.hold(made["hold"], True, part, amount, self.market.now)
        return str(made["hold"])

    @rule(target=payouts, n=st.integers(0, 2), amount=AMOUNT)
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
        for state in steps.split(" then ") if ref in self.model.payouts else ():
            self.market.do(mark_payout, payout_ref=ref, state=state)
            if state == "failed":
                self.model.come_back(self.model.payouts.pop(ref))

    @invariant()
    def ledger_equals_model(self) -> None:
        """What each has, and each open hold: how much, until when."""
        for n, currency in enumerate(self.currencies):
            mine, theirs = self.market.funds(self.tim, currency), self.market.funds(self.clients[n], currency)
            shown = tuple(part.amount_minor for part in (mine.pending, mine.available, mine.held, mine.paid_out))
            assert shown == self.model.sums(n, self.market.now)
            assert (theirs.refunded.amount_minor, (theirs.escrow + theirs.called).amount_minor) == self.model.of_client(n)
            assert {self.known_as(one): (one.amount.amount_minor, one.until) for one in mine.holds} == {
                ref: (held.amount, held.until) for ref, held in self.model.open_holds().items()
                if self.model.in_currency(held.part, n)}

    def known_as(self, hold: HoldView) -> str:
        """By what the model knows an open hold."""
        return hold.ref

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        with self.market.office.database.read() as session:
            assert session.execute(SUMS).all() == []
            assert session.execute(ABOVE).all() == []
            assert (session.scalar(sa.text("SELECT min(balance_minor) FROM book")) or 0) >= 0

    @invariant()
    def what_is_available_can_be_paid_out(self) -> None:
        for n in {currency: n for n, currency in enumerate(self.currencies)}.values():
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
