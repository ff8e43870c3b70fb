"""What the marketplace reports, sent again, late and in any order: books and states end as if each came once, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.cases.models import WorkItem
from portal.contracts.models import Contract
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.ledger.checks import CHECKS, refunds_stand_as_reported
from portal.ledger.models import Payout
from portal.ledger.operations import mark_payout, mark_refund, record_earning, record_escrow_return, record_funding
from portal.ledger.refund_models import Refund, RefundReport
from portal.ledger.returned import RETURNED
from tests.enforcement.test_races import together
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import hold_money, let_go

FEW = settings(
    max_examples=12, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
)
Report = tuple[str, str]


def disordered(reports: list[Report]) -> st.SearchStrategy[list[Report]]:
    """Each report at least once, some again, in any order."""
    again = st.lists(st.sampled_from(reports), max_size=4)
    return again.flatmap(lambda more: st.permutations([*reports, *more]))


SENDINGS = [("t-1", "sent"), ("t-1", "failed"), ("t-2", "sent"), ("t-2", "failed"), ("t-3", "sent")]
REFUNDS = st.integers(1, len(SENDINGS)).flatmap(
    lambda n: st.tuples(st.just(SENDINGS[n - 1][1]), disordered(SENDINGS[:n]))
)
PAYOUTS = st.sampled_from([["sent", "paid"], ["sent", "failed"], ["sent", "paid", "failed"]]).flatmap(
    lambda told: st.tuples(st.just(told[-1]), disordered([("", one) for one in told]))
)
BANKS = st.sampled_from(["won", "lost"]).flatmap(lambda end: st.tuples(st.just(end), disordered([("", "contested"), ("", end)])))
PAID = [("f-1", 10_000, 9), ("f-2", 12_000, 8), ("e-1", 7_000, 7), ("e-2", 11_000, 6), ("r-1", 1_500, 5), ("r-2", 500, 4)]
"""Of a milestone, in order: what was paid in, then what was released with a fee of ten, then what of the rest went back; by key,
amount, days ago."""
ANEW = [("f-1", 10_000, 9), ("r-1", 10_000, 8), ("f-2", 10_000, 7), ("r-2", 4_000, 6), ("e-1", 5_000, 5)]
"""All of it goes back and is paid in anew, of which some goes back too and some is released."""


def refund(market: Market, story: Story) -> str:
    held = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=10)["hold"]
    market.do(let_go, hold_ref=held, kind="refunded")
    with market.office.database.read() as session:
        return str(session.scalars(sa.select(Refund.ref).order_by(Refund.id.desc()).limit(1)).one())


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def test_refunds(market: Market, story: Story) -> None:
    @FEW
    @given(REFUNDS)
    def run(told: tuple[str, list[Report]]) -> None:
        end, reports = told
        ref = refund(market, story)
        for reference, state in reports:
            market.do(mark_refund, refund_ref=ref, state=state, reference=reference)
        with market.office.database.read() as session:
            assert session.scalars(sa.select(Refund.state).where(Refund.ref == ref)).one() == end
            waits = sa.select(sa.func.count()).select_from(WorkItem).where(
                WorkItem.subject_ref == ref, WorkItem.kind == RETURNED, WorkItem.closed_at.is_(None))
            assert session.scalar(waits) == (end == "failed")

    run()
    assert violations(market) == []


def test_refunds_are_proven_by_sets(market: Market, story: Story) -> None:
    """However many there are, it asks the same few questions."""
    asked = list[int]()
    for _ in range(2):
        for _ in range(3):
            market.do(mark_refund, refund_ref=refund(market, story), state="sent", reference="t-1")
        with market.office.database.read() as session:
            connection, seen = session.connection(), list[str]()
            sa.event.listen(connection, "before_cursor_execute", lambda *told, seen=seen: seen.append(told[2]))
            assert list(refunds_stand_as_reported(session)) == []
            asked.append(len(seen))
    assert asked[0] == asked[1] > 0


def from_before(market: Market, story: Story, state: str) -> str:
    """A refund that stands as earlier versions left it: nothing is on record of its sendings."""
    ref = refund(market, story)
    market.do(mark_refund, refund_ref=ref, state=state, reference="old")
    with market.office.database.write() as session:
        guard = "refund_report_keeps_rows"
        session.execute(sa.text(f"DROP TRIGGER {guard}{'' if market.office.database.is_sqlite else ' ON refund_report'}"))
        session.execute(sa.delete(RefundReport))
    return ref


def stands(market: Market) -> tuple[str, list[tuple[str, str]]]:
    with market.office.database.read() as session:
        told = session.execute(sa.select(RefundReport.reference, RefundReport.state).order_by(RefundReport.reference)).all()
        return session.scalars(sa.select(Refund.state)).one(), sorted((one, state) for one, state in told)


def test_a_refund_from_before_reports_had_references(market: Market, story: Story) -> None:
    """It stands where it stood: failed, once, under no reference."""
    ref = from_before(market, story, "failed")
    market.do(mark_refund, refund_ref=ref, state="failed", reference="t-1")
    market.do(mark_refund, refund_ref=ref, state="sent", reference="t-1")
    assert stands(market) == ("failed", [("", "failed"), ("t-1", "failed")])
    market.do(mark_refund, refund_ref=ref, state="sent", reference="t-2")
    assert stands(market)[0] == "sent"


def test_money_of_a_sending_from_before_can_still_come_back(market: Market, story: Story) -> None:
    """Nobody reads that it was sent, once all that was sent has failed."""
    ref = from_before(market, story, "sent")
    market.do(mark_refund, refund_ref=ref, state="sent", reference="t-1")
    assert stands(market) == ("sent", [])
    market.do(mark_refund, refund_ref=ref, state="failed", reference="t-1")
    assert stands(market) == ("failed", [("t-1", "failed"), ("t-1", "sent")])
    market.do(mark_refund, refund_ref=ref, state="sent", reference="t-1")
    assert stands(market)[0] == "failed"
    market.do(mark_refund, refund_ref=ref, state="sent", reference="t-2")
    assert stands(market)[0] == "sent" and violations(market) == []


def test_payouts(market: Market, story: Story) -> None:
    @FEW
    @given(PAYOUTS)
    def run(told: tuple[str, list[Report]]) -> None:
        end, reports = told
        before = market.funds(story.tim)
        ref = market.pay_out(story.tim, story.destination, 100)["payout"]
        said = [state for _, state in reports]
        for n, state in enumerate(said):
            unheard = state == "paid" and "failed" in said[:n] and "paid" not in said[:said.index("failed")]
            told = refused(lambda state=state: market.do(mark_payout, payout_ref=ref, state=state))
            assert told == ("payout_failed" if unheard else None), said
        after = market.funds(story.tim)
        assert after.under_way == usd(0)
        gone = usd(100 if end == "paid" else 0)
        assert (before.available - after.available, after.paid_out - before.paid_out) == (gone, gone)
        with market.office.database.read() as session:
            assert session.scalars(sa.select(Payout.state).where(Payout.ref == ref)).one() == end

    run()
    assert violations(market) == []


def test_banks(market: Market, story: Story) -> None:
    @FEW
    @given(BANKS)
    def run(told: tuple[str, list[Report]]) -> None:
        end, reports = told
        contract = market.contract(story.stacy, story.tim, f"Sign {market.key()}", [100], released={1: 8})
        before = market.funds(story.tim)
        ref = market.do(
            record_chargeback, external_id=f"b-{contract.ref}", contract_ref=contract.ref, milestone_number=1, amount_minor=100,
            currency="USD", received_at=market.now, reason="Services not provided",
        )["chargeback"]
        for _, stage in reports:
            market.do(mark_chargeback, chargeback_ref=ref, stage=stage)
        after = market.funds(story.tim)
        assert (after.held, before.available - after.available) == (before.held, usd(100 if end == "lost" else 0))
        other = {"won": "lost", "lost": "won"}[end]
        assert refused(lambda: market.do(mark_chargeback, chargeback_ref=ref, stage=other)) == "bank_decided"

    run()
    assert violations(market) == []


@pytest.mark.parametrize(("paid", "earned", "left", "back"), [(PAID, 18_000, 1_980, 2_000), (ANEW, 5_000, 990, 14_000)],
                         ids=["paid once", "paid anew"])
def test_money_that_came_in_and_went_back(
    market: Market, story: Story, paid: list[tuple[str, int, int]], earned: int, left: int, back: int
) -> None:
    """A release or a return of which we hear before its payment is covered by it: nothing waits that went already. What was
    sent of the released money in a decision, and came back, is in the same disorder."""
    @FEW
    @given(st.lists(st.sampled_from(paid), max_size=3).flatmap(lambda more: st.permutations([*paid, *more])), REFUNDS)
    def run(told: list[tuple[str, int, int]], sent: tuple[str, list[Report]]) -> None:
        contract = market.contract(story.stacy, story.tim, f"Job {market.key()}", [20_000 if paid is ANEW else 60_000])
        before, theirs, (end, reports) = market.funds(story.tim), market.funds(story.stacy), sent
        for key, amount, days in told:
            report(market, contract, key, amount, days)
        assert market.funds(story.tim).available - before.available == usd(earned)
        after = market.funds(story.stacy)
        assert (after.escrow - theirs.escrow, after.refunded - theirs.refunded) == (usd(left), usd(back))
        with market.office.database.read() as session:
            query = sa.select(Refund.ref, RefundReport.reference).join(RefundReport, RefundReport.refund_id == Refund.id)
            went = session.execute(query.where(Refund.contract_id == contract.id).order_by(Refund.id)).first()
        assert went is not None
        for reference, state in reports:
            market.do(mark_refund, refund_ref=went[0], state=state, reference=reference.replace("t-1", went[1]))
        with market.office.database.read() as session:
            assert session.scalar(sa.select(Refund.state).where(Refund.ref == went[0])) == end
        assert market.funds(story.stacy) == after

    run()
    assert violations(market) == []


def report(market: Market, contract: Contract, key: str, amount: int, days: int) -> None:
    """What was paid in (f), released (e) or went back (r) so many days ago."""
    at, about = market.now - timedelta(days=days), {
        "source_key": f"{key}-{contract.ref}", "contract_external_id": contract.external_id, "milestone_number": 1,
        "amount_minor": amount, "currency": "USD",
    }
    if key.startswith("f"):
        market.do(record_funding, funded_at=at, **about)
    elif key.startswith("r"):
        market.do(record_escrow_return, returned_at=at, **about)
    else:
        market.do(record_earning, released_at=at, fee_minor=10, **about)


def test_a_return_that_found_nothing_is_on_record(market: Market, story: Story) -> None:
    """Reported once more it takes nothing that was paid in since; with other facts it is refused."""
    assert market.give_up(story.contract, 2, "r-1") == 0
    market.pay_in(story.contract, 2, 40_000)
    assert market.give_up(story.contract, 2, "r-1") == 0
    assert market.funds(story.stacy).escrow == usd(40_000)
    for other in ({"amount_minor": 100, "currency": "USD"}, {"returned_at": market.now - timedelta(days=1)}):
        assert refused(lambda other=other: market.give_up(story.contract, 2, "r-1", **other)) == "source_key_reused"
    assert violations(market) == []


@pytest.mark.parametrize(("amount_minor", "currency", "code"), [
    (0, "USD", "not_an_amount"), (40_001, "USD", "more_than_milestone"), (1, "EUR", "other_currency"),
])
def test_no_other_amount_goes_back(market: Market, story: Story, amount_minor: int, currency: str, code: str) -> None:
    asked = {"amount_minor": amount_minor, "currency": currency}
    assert refused(lambda: market.give_up(story.contract, 2, **asked)) == code


def test_what_went_back_goes_back_once(market: Market, story: Story) -> None:
    """All of a milestone can be paid in anew, and the same report again takes nothing of that."""
    market.pay_in(story.contract, 2, 40_000)
    assert market.give_up(story.contract, 2, "r-1") == 40_000
    market.pay_in(story.contract, 2, 40_000)
    assert refused(lambda: market.pay_in(story.contract, 2, 1)) == "more_than_milestone"
    assert market.give_up(story.contract, 2, "r-1") == 40_000
    assert (market.funds(story.stacy).escrow, market.funds(story.stacy).refunded) == (usd(40_000), usd(40_000))
    assert refused(lambda: market.give_up(story.contract, 3, "r-1")) == "source_key_reused"
    assert market.give_up(story.contract, 2, "r-2") == 40_000
    assert violations(market) == []


def test_one_key_for_two_milestones_at_once_gives_one_back(market: Market, story: Story) -> None:
    contract = market.contract(story.stacy, story.tim, "Two signs", [40_000, 40_000])
    for number in (1, 2):
        market.pay_in(contract, number, 40_000)
    told = together([lambda n=n: market.give_up(contract, 1 + n % 2, "r-1") for n in range(20)])
    assert {*told} <= {"done", "met", "source_key_reused"} and "done" in told
    assert market.funds(story.stacy).escrow == usd(40_000) and violations(market) == []
