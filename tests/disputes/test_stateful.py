"""One freelancer, three clients and their banks, and everything that can be done about this money in any order: after each step
the sums are zero, nothing is negative, what is held are open holds and no more than is claimed, what is available can be paid
out, nothing goes back twice, and portal and model agree on every cent, state and refusal.

In the battery it goes on for longer.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from portal.act import Office
from portal.contracts.models import Contract, Milestone
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.models import Dispute
from portal.ledger.models import Book
from portal.ledger.queries import HoldView
from portal.ledger.refund_models import Refund
from tests.conftest import NOON
from tests.disputes.deciding import Bench
from tests.disputes.desk import Deciding
from tests.disputes.model import Matter
from tests.factories.drawn import draw
from tests.factories.market import Market, Staff, Story
from tests.ledger.model import Part
from tests.ledger.purse import AMOUNT, CURRENCIES, FEE, MILESTONES, PARTS

X, SEED, SHARE = st.integers(0, 10_000), st.integers(0, 10**9), st.sampled_from([1, 30, 50, 100, 100, 101])
LARGE = st.sampled_from([400, 4_001, 420_000])
HOUSE = sa.text(
    "SELECT currency, kind, sum(amount) FROM ("
    "SELECT b.currency, b.kind, t.amount_minor AS amount FROM transfer t JOIN book b ON b.id = t.credit_id "
    "WHERE b.owner_id IS NULL UNION ALL SELECT b.currency, b.kind, -t.amount_minor FROM transfer t "
    "JOIN book b ON b.id = t.debit_id WHERE b.owner_id IS NULL) AS moved GROUP BY currency, kind"
)
TWICE = sa.text(
    "SELECT m.id FROM milestone m WHERE "
    "(SELECT coalesce(sum(t.amount_minor), 0) FROM transfer t JOIN book b ON b.id = t.credit_id JOIN hold h ON h.id = b.hold_id "
    " JOIN claim c ON c.id = h.claim_id JOIN book f ON f.id = t.debit_id"
    " WHERE b.kind = 'refund' AND f.kind <> 'loss' AND c.milestone_id = m.id)"
    " + (SELECT coalesce(sum(x.claimed_minor), 0) FROM chargeback x WHERE x.milestone_id = m.id AND x.end_kind = 'lost')"
    " > (SELECT coalesce(sum(e.amount_minor + e.fee_minor), 0) FROM earning e WHERE e.milestone_id = m.id)"
)
STATED, LAST = [300, 4_000, 10**6], [None, 9, None, 45]
MORE = ("", "", "propose_longer", "propose_longer sign_longer", "propose_longer return_longer")
Step = Callable[[Matter, int], None]


class Matters(Deciding):
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

    def report_of_refund(self, x: int) -> None:
        """Anything that a marketplace can say of any refund: of a sending that it had told of or not, in any order, of all or a
        part, or once more."""
        part = list(self.model.backs)[x % len(self.model.backs)] if self.model.backs else None
        if part is None:
            return
        found = self.refunds(part)
        ref, back = found[x % len(found)]
        known = [*back.sendings, self.market.key()]
        state = ("sent", "failed", "sent", "stopped")[x // 7 % 4]
        amount = None if x % 2 or state != "sent" else max(back.amount * (x % 101) // 100, 1)
        self.report(part, ref, back, known[x // 3 % len(known)], state, amount)

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

    def contested(self, part: Part) -> bool:
        return any(one.part == part and not one.over for one in self.model.matters.values())

    @rule(x=X)
    def marketplace_says(self, x: int) -> None:
        self.report_of_refund(x)

    @rule(part=PARTS, amount=AMOUNT, kind=st.sampled_from(["added", "taken"]))
    def we_correct(self, part: Part, amount: int, kind: str) -> None:
        self.propose_correction(part, amount, kind)

    @rule(x=X, signed=st.booleans())
    def correction_is_answered(self, x: int, signed: bool) -> None:
        self.answer_correction(x, signed=signed)

    @rule(part=PARTS, share=SHARE)
    def bank_calls(self, part: Part, share: int) -> None:
        if share < 100 and self.contested(part):
            return  # or banks would end nearly every dispute
        there = self.model.paid(part) + self.model.there(part)

        self.call_back(part, max(there * share // 100, 1))

    @rule(part=PARTS, amount=AMOUNT, share=SHARE, end=st.sampled_from(["won", "lost"]))
    def bank_calls_what_was_paid_in(self, part: Part, amount: int, share: int, end: str) -> None:
        """Paid in, called back, and meanwhile the work is off: whatever the bank says, it goes back once."""
        if share < 101 and self.contested(part):
            return
        self.pay_in(part, amount)
        ref = self.call_back(part, max(amount * share // 100, 1))
        self.give_up(part)
        if ref:
            self.earn(part, amount, 0, 0)
            self.bank_decides(ref, end)
            self.give_up(part)

    @rule(part=PARTS, whole=st.booleans(), back=st.booleans())
    def marketplace_sends(self, part: Part, whole: bool, back: bool) -> None:
        """All that goes back of a milestone, also what is stopped: it had been sent before that was known. Or what it was asked
        for. Some of it comes back."""
        self.send_back(part, whole=whole)
        if back:
            self.come_back_from(part)

    @rule(part=PARTS, share=SHARE, end=st.sampled_from(["won", "lost", "lost"]), late=st.booleans())
    def bank_calls_what_was_sent(self, part: Part, share: int, end: str, late: bool) -> None:
        """It was sent when the bank came, and comes back before the bank decides or afterwards."""
        self.send_back(part, whole=True)
        ref = self.call_back(part, max((self.model.paid(part) + self.model.refunded.get(part, 0)) * share // 100, 1))
        steps = [lambda: self.come_back_from(part), lambda: self.bank_decides(ref, end) if ref else None]
        for step in steps[::-1 if late else 1]:
            step()

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

    @rule(x=X, end=st.sampled_from(["won", "lost", "lost"]))
    def bank_says(self, x: int, end: str) -> None:
        known = list(self.model.called)
        if known:
            self.bank_decides(known[x % len(known)], end)

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

    def all_holds(self) -> None:
        """Every invariant, for steps that are made by hand."""
        for check in (self.ledger_equals_model, self.nothing_is_made_or_lost, self.what_is_available_can_be_paid_out,
                      self.states_equal_model, self.refunds_equal_model, self.house_equals_model):
            check()

    @invariant()
    def states_equal_model(self) -> None:
        mine = [one.id for one in self.contracts]
        with self.market.office.database.read() as session:
            disputes = session.scalars(sa.select(Dispute).where(Dispute.contract_id.in_(mine))).all()
            called = session.scalars(sa.select(Chargeback).where(Chargeback.contract_id.in_(mine))).all()
            assert session.execute(TWICE).all() == []
        assert {one.ref: (one.state, one.outcome, one.refund_minor, one.ended_at is not None) for one in disputes} == {
            one.ref: (one.state, one.outcome, one.refund, one.over) for one in self.model.matters.values()}
        assert {one.ref: (one.claimed_minor, one.end_kind, one.taken_minor or 0, one.loss_minor or 0) for one in called} == {
            one.ref: (one.claimed, one.end, one.taken, one.loss) for one in self.model.called.values()}

    def known_as(self, hold: HoldView) -> str:
        return hold.dispute_ref or hold.chargeback_ref or hold.ref

    @invariant()
    def refunds_equal_model(self) -> None:
        """Where each refund stands, and what is there for it."""
        query = sa.select(Contract.ref, Milestone.number, Refund.state, Book.balance_minor).join(
            Book, Refund.book_id == Book.id).join(Milestone, Refund.milestone_id == Milestone.id).join(
            Contract, Milestone.contract_id == Contract.id).where(Contract.id.in_([one.id for one in self.contracts]))
        with self.market.office.database.read() as session:
            rows, found = session.execute(query.order_by(Refund.id)).all(), dict[tuple[str, int], list[tuple[str, int | None]]]()
        for ref, number, state, there in rows:
            found.setdefault((ref, number), []).append((state, there))
        assert found == {(self.contracts[n].ref, number): [(one.state, one.kept) for one in backs]
                         for (n, number), backs in self.model.backs.items()}

    def of_the_house(self) -> dict[tuple[str, str], int]:
        with self.market.office.database.read() as session:
            return {(currency, kind): int(total) for currency, kind, total in session.execute(HOUSE)}

    @invariant()
    def house_equals_model(self) -> None:
        """Our fees, what we owe for being late, what banks took back, and what of that was our loss."""
        now, model = self.of_the_house(), self.model
        for n, currency in enumerate(self.currencies):
            lost = [one for one in model.called.values() if one.end == "lost" and model.in_currency(one.part, n)]
            sums = {
                "fee": sum(fee for part, fee in model.fees.items() if model.in_currency(part, n)),
                "owed": -sum(paid for part, paid in model.owed.items() if model.in_currency(part, n)),
                "charged_back": sum(one.amount for one in lost),
                "loss": -sum(one.loss + one.rest for one in lost) - sum(
                    model.sent_as_well(part) for part in model.backs if model.in_currency(part, n)),
            }
            assert {kind: now.get((currency, kind), 0) - self.house.get((currency, kind), 0) for kind in sums} == sums


def people(market: Market, story: Story) -> list[Staff]:
    return [story.rae, story.ola, market.staff("Kim Sato"), market.staff("Lou Vance"), market.staff("Lee Marsh", Role.LEAD)]


@pytest.fixture
def desk(market: Market, story: Story) -> list[Staff]:
    return people(market, story)


@pytest.mark.timeout(7200)
def test_the_money_is_right_whatever_is_done(
    market: Market, story: Story, desk: list[Staff], databases: Callable[[], Database]
) -> None:
    last = [Bench(market, story, "", desk[-1])]

    def anew() -> Matters:
        """The market before it is left when all is right there."""
        before = last.pop()
        assert before.violations() == []
        before.market.office.database.dispose()
        fresh = Market(Office(databases(), MovedClock(NOON), market.office.keyring))
        told = fresh.story()
        desk = people(fresh, told)
        last.append(Bench(fresh, told, "", desk[-1]))
        return Matters(fresh, told, desk[-1], desk)

    draw(lambda: Matters(market, story, desk[-1], desk), 9 if market.office.database.is_sqlite else 4, 14, anew)
    assert last[0].violations() == []


@pytest.mark.parametrize(("share", "end", "late"), [(100, "lost", False), (100, "lost", True), (50, "won", False)],
                         ids=["before the bank decides", "afterwards", "some of it, and the payment stands"])
def test_what_was_sent_when_the_bank_came_and_comes_back(
    market: Market, story: Story, desk: list[Staff], share: int, end: str, late: bool
) -> None:
    """By hand, so that no drawing misses it: two refunds, one bank, and sendings that come back."""
    run = Matters(market, story, desk[-1], desk)
    run.agree_on("USD", "JPY", "KWD")
    run.earn((0, 1), 4_000, 150, 9)
    for _ in range(2):
        run.contest((0, 1), 50)
        one = list(run.model.matters.values())[-1]
        run.offer(one, 200)
        run.agree(one, 200)
    assert len(run.model.backs[0, 1]) == 2
    run.bank_calls_what_was_sent((0, 1), share, end, late)
    run.all_holds()
    run.marketplace_sends((0, 1), False, True)
    run.all_holds()
