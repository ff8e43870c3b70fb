"""Random payments in, earnings, holds of both sides, ends, corrections, payouts, returns and days: the ledger always equals
a model in plain numbers, everything sums to nothing, nothing is negative, and what is available can be paid out."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, consumes, multiple, rule

from portal.core.access import Role
from portal.ledger.checks import CHECKS
from tests.factories.drawn import draw
from tests.factories.market import Market, Staff, Story
from tests.ledger.model import Model, Part
from tests.ledger.purse import AMOUNT, PARTS, Purse
from tests.ledger.steps import contest_money, let_go, touch

ENDS = st.sampled_from(["refunded", "split", "refunded", "released", "expired"])


class Books(Purse):
    """Claims of both sides on this money, by the ledger alone, and each way in which a hold ends."""

    holds = Bundle("holds")

    def __init__(self, market: Market, story: Story, lead: Staff) -> None:
        super().__init__(market, story, lead, Model())

    @rule(target=holds, part=PARTS, amount=AMOUNT)
    def hold(self, part: Part, amount: int) -> str:
        return self.hold_ours(part, amount)

    @rule(target=holds, part=PARTS, amount=AMOUNT)
    def contest(self, part: Part, amount: int) -> MultipleResults[str]:
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

    @rule(days=st.integers(min_value=1, max_value=20))
    def days_pass(self, days: int) -> None:
        self.market.office.clock.advance(days=days)
        self.market.do(touch, account_id=self.tim.account.id)
        for ref in [ref for ref, held in self.model.holds.items() if held.until <= self.market.now]:
            self.model.end(self.model.holds.pop(ref), 0)

    @rule(part=PARTS, amount=AMOUNT, kind=ENDS)
    def contest_and_end(self, part: Part, amount: int, kind: str) -> None:
        """A client contests something, and it is decided."""
        for ref in self.contest(part, amount).values[:1]:
            self.end(ref, kind)

    def teardown(self) -> None:
        """In the end every hold has run out, and all money is free or was paid out or refunded."""
        self.days_pass(62)
        self.ledger_equals_model()
        assert self.model.holds == {}


def test_ledger_equals_a_model(market: Market, story: Story) -> None:
    runs, lead = 20 if market.office.database.is_sqlite else 7, market.staff("Lee Marsh", Role.LEAD)
    draw(lambda: Books(market, story, lead), runs, 16)
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []


def test_an_account_whose_only_money_went_back_has_nothing(market: Market, story: Story) -> None:
    """Nothing pending, available, held or paid out is left: then the account has no line in this currency at all."""
    books = Books(market, story, market.staff("Lee Marsh", Role.LEAD))
    books.agree_on("USD", "KWD")
    for part in ((0, 1), (1, 1)):
        books.earn(part, 400, 40, 9)
        books.contest_and_end(part, 440, "refunded")
        books.ledger_equals_model()
        books.what_is_available_can_be_paid_out()
    assert [books.market.funds(books.tim, one).available.amount_minor for one in books.currencies] == [0, 0]
    books.teardown()
