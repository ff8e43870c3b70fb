"""Holds: only what is claimed, only on its own milestone, ending whole, with their cause or their time."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from portal.core.errors import RuleBroken
from portal.ledger.blocks import there_of
from portal.ledger.checks import CHECKS
from portal.ledger.models import Book, BookKind, Claim, Hold
from portal.notices.models import Notice
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import contest_money, hold_money, let_go, reverse


def hold(market: Market, story: Story, amount: int, number: int | None = 1) -> str:
    return str(market.do(hold_money, contract_ref=story.contract.ref, number=number, amount_minor=amount)["hold"])


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def test_hold_takes_only_what_is_claimed(market: Market, story: Story) -> None:
    hold(market, story, 30_000)
    now = market.funds(story.tim)
    assert (now.held, now.available) == (usd(30_000), usd(185_000))
    assert [(h.amount, h.claimed, h.rests_on, h.milestone_number) for h in now.holds] == [
        (usd(30_000), usd(30_000), "6.4", 1)
    ]


def test_everything_else_stays_payable(market: Market, story: Story) -> None:
    hold(market, story, 40_000)
    assert refused(lambda: market.pay_out(story.tim, story.destination, 175_001)) == "not_available"
    market.pay_out(story.tim, story.destination, 175_000)
    assert violations(market) == []


def test_hold_never_takes_money_of_another_contract(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 190_000)
    held = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=40_000)["held"]
    assert held == 25_000
    nothing = market.do(hold_money, contract_ref=story.other_contract.ref, number=1, amount_minor=40_000)["held"]
    assert nothing == 0
    assert len(market.funds(story.tim).holds) == 1


def test_later_earnings_never_top_up_a_hold(market: Market, story: Story) -> None:
    contract = market.contract(story.stacy, story.tim, "Two halves", [10_000], terms=None)
    market.earn(contract, 1, 4_000)
    ref = market.do(hold_money, contract_ref=contract.ref, number=1, amount_minor=10_000)["hold"]
    market.earn(contract, 1, 6_000)
    assert [h.amount for h in market.funds(story.tim).holds if h.ref == ref] == [usd(4_000)]


def test_contract_claim_holds_over_its_milestones(market: Market, story: Story) -> None:
    market.earn(story.contract, 2, 40_000, days_ago=1)
    hold(market, story, 50_000, number=None)
    now = market.funds(story.tim)
    assert (now.held, now.pending) == (usd(50_000), usd(30_000))


def test_a_claim_on_a_contract_holds_money_of_its_own_currency_alone(market: Market, story: Story) -> None:
    both = market.contract(story.stacy, story.tim, "In two currencies", [10_000] * 2, released={2: 20}, but={2: "JPY"})
    market.earn(both, 1, 3_000)
    asked = {"contract_ref": both.ref, "number": None}
    assert refused(lambda: market.do(hold_money, **asked, amount_minor=10_001)) == "more_than_contract"
    assert market.do(hold_money, **asked, amount_minor=10_000)["held"] == 3_000
    assert market.funds(story.tim, "JPY").held.amount_minor == 0
    assert market.do(hold_money, **asked, amount_minor=10_000, currency="JPY")["held"] == 10_000
    assert violations(market) == []


def test_what_is_there_for_an_order_is_their_own_of_its_currency_the_oldest_first(market: Market, story: Story) -> None:
    market.contract(story.stacy, story.tim, "Job in yen", [50_000], released={1: 20}, currency="JPY")
    market.contract(story.stacy, market.party("Una Late"), "Of somebody else", [50_000], released={1: 20})
    market.earn(story.contract, 2, 10_000, days_ago=1)
    with market.office.database.read() as session:
        said = [there_of(session, story.tim.account.id, usd(stated), market.now) for stated in (300_000, 215_001, 5)]
    assert said == [(usd(225_000), usd(215_000)), (usd(215_001), usd(215_000)), (usd(5), usd(5))]


def test_a_hold_of_nothing_sets_no_limit(market: Market, story: Story) -> None:
    """Only a hold that held something counts for how long a client's claims on a milestone may hold money."""
    late = market.contract(story.stacy, story.tim, "Paid late", [10_000])
    asked = {"contract_ref": late.ref, "number": 1, "amount_minor": 1_000}
    assert market.do(contest_money, **asked)["held"] == 0
    market.office.clock.advance(days=20)  # type: ignore[attr-defined]
    market.earn(late, 1, 4_000, days_ago=0)
    assert market.do(contest_money, **asked)["held"] == 1_000
    [held] = market.funds(story.tim).holds
    assert held.until > market.now + timedelta(days=59)


@pytest.mark.parametrize(("kind", "refund", "available", "refunded"), [
    ("released", None, 215_000, 0), ("refunded", None, 175_000, 40_000), ("split", 15_000, 200_000, 15_000),
    ("expired", None, 215_000, 0),
])
def test_ends_of_a_hold(
    market: Market, story: Story, kind: str, refund: int | None, available: int, refunded: int
) -> None:
    ref = hold(market, story, 40_000)
    market.do(let_go, hold_ref=ref, kind=kind, refund_minor=refund)
    now = market.funds(story.tim)
    assert (now.available, now.held, now.holds) == (usd(available), usd(0), ())
    assert refunded == 0 or market.funds(story.stacy).refunded == usd(refunded)
    with market.office.database.read() as session:
        assert session.scalars(sa.select(Claim.ended_at.is_(None))).one() == (kind == "expired")
    assert violations(market) == []


def test_hold_ends_once(market: Market, story: Story) -> None:
    ref = hold(market, story, 40_000)
    market.do(let_go, hold_ref=ref, kind="refunded")
    assert market.do(let_go, hold_ref=ref, kind="released") == {"rows": 0}
    assert refused(lambda: market.do(let_go, hold_ref=ref, kind="refunded")) == "hold_ended"
    assert market.funds(story.tim).available == usd(175_000)


@pytest.mark.parametrize("refund", [0, 40_000, 50_000, None])
def test_split_leaves_each_side_a_part(market: Market, story: Story, refund: int | None) -> None:
    ref = hold(market, story, 40_000)
    with pytest.raises(ValueError, match="each side"):
        market.do(let_go, hold_ref=ref, kind="split", refund_minor=refund)
    assert market.funds(story.tim).held == usd(40_000)


def test_reversal_ends_only_its_own_holds(market: Market, story: Story) -> None:
    mine = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=10_000)
    market.dispute(story.stacy, story.contract, 20_000)
    market.do(reverse, cause=UUID(mine["event"]))
    assert [h.amount for h in market.funds(story.tim).holds] == [usd(20_000)]


@pytest.mark.parametrize(("amount", "code"), [(0, "not_an_amount"), (40_001, "more_than_milestone")])
def test_claims_that_cannot_be(market: Market, story: Story, amount: int, code: str) -> None:
    assert refused(lambda: hold(market, story, amount)) == code
    other = {"contract_ref": story.contract.ref, "number": 1, "amount_minor": 5, "currency": "EUR"}
    with pytest.raises(RuleBroken, match="other_currency"):
        market.do(hold_money, **other)


def test_hold_runs_out_before_a_payout(market: Market, story: Story) -> None:
    ref = hold(market, story, 40_000)
    market.office.clock.advance(days=31)
    assert [h.being_released for h in market.funds(story.tim).holds] == [True]
    market.pay_out(story.tim, story.destination, 215_000)
    with market.office.database.read() as session:
        told = session.scalars(sa.select(Notice).where(Notice.about_ref == ref)).all()
        assert [(notice.kind, notice.recipient_id) for notice in told] == [("hold_ended", story.tim.person.id)]
    assert violations(market) == []


def test_database_refuses_a_hold_above_its_claim(market: Market, story: Story) -> None:
    hold(market, story, 100)
    with market.office.database.read() as session:
        row = session.scalars(sa.select(Hold)).one()
    values = {c.name: getattr(row, c.name) for c in Hold.__table__.columns}
    values |= {"id": UUID(int=7), "ref": "H-2", "amount_minor": 101, "ended_at": row.created_at, "end_kind": "released"}
    with pytest.raises(sa.exc.DBAPIError, match="at most its claim"), market.office.database.write() as session:
        session.execute(sa.insert(Hold).values(values))


def test_database_refuses_a_negative_balance(market: Market, story: Story) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="balance_not_negative"), market.office.database.write() as session:
        session.execute(sa.update(Book).where(Book.kind == BookKind.EARNING).values(balance_minor=-1))


def test_hold_expires_at_the_end_of_its_day(market: Market, story: Story) -> None:
    hold(market, story, 100)
    until = market.funds(story.tim).holds[0].until
    assert timedelta(days=30) <= until - market.now < timedelta(days=31)
    market.office.clock.advance(seconds=(until - market.now).total_seconds())  # type: ignore[attr-defined]
    assert (market.now, market.funds(story.tim).holds[0].being_released) == (until, True)
    assert market.funds(story.tim).available == usd(215_000)
