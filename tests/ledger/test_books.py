"""Books: what is paid in for a milestone, our fee, refunds with it in proportion, and currencies with 0, 2 and 3 decimals."""

import pytest
import sqlalchemy as sa

from portal.core.money import Money
from portal.core.work import Operation
from portal.ledger.checks import CHECKS
from portal.ledger.escrow_returns import record_escrow_return
from portal.ledger.models import Book, BookKind, Movement
from portal.ledger.movements import TOTALS
from portal.ledger.operations import record_earning, record_funding
from portal.ledger.queries import funds
from portal.ledger.refund_queries import refunds_of
from portal.notices.models import Notice
from portal.notices.outgoing_queries import unanswered
from tests.factories.market import DAY, Market, Party, Story, refused, usd
from tests.ledger.steps import contest_money, let_go

DECIMALS = [("JPY", 40_000), ("USD", 40_000), ("KWD", 400_000)]


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def moved_to(market: Market, kind: BookKind) -> int:
    """What arrived in a book of the house less what left it."""
    with market.office.database.read() as session:
        book = session.scalars(sa.select(Book.id).where(Book.kind == kind, Book.owner_id.is_(None))).one()
        query = sa.text("SELECT coalesce(sum(CASE WHEN credit_id = :b THEN amount_minor ELSE -amount_minor END), 0) "
                        "FROM transfer WHERE credit_id = :b OR debit_id = :b").bindparams(sa.bindparam("b", type_=sa.Uuid()))
        return int(session.scalar(query, {"b": book}) or 0)


def escrow(market: Market, party: Party) -> int:
    with market.office.database.read() as session:
        return sum(line.escrow.amount_minor for line in funds(session, party.account.id, market.now))


def test_what_is_paid_in_is_the_clients_until_it_is_released(market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 40_000)
    assert (escrow(market, story.stacy), market.funds(story.tim).available) == (40_000, usd(215_000))
    market.earn(story.contract, 2, 27_000, fee_minor=3_000)
    assert (escrow(market, story.stacy), market.funds(story.tim).available) == (10_000, usd(242_000))
    assert moved_to(market, BookKind.FEE) == 3_000
    assert violations(market) == []


def test_work_that_is_off_gives_back_what_was_paid_in(market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 40_000)
    market.earn(story.contract, 2, 10_000)
    assert [market.give_up(story.contract, 2, key) for key in ("r", "r", "s")] == [30_000, 30_000, 0]
    assert (escrow(market, story.stacy), market.funds(story.stacy).refunded) == (0, usd(30_000))
    with market.office.database.read() as session:
        [back] = refunds_of(session, story.stacy.account.id)
        [told] = session.scalars(sa.select(Notice).where(Notice.kind == "refund_sent")).all()
        assert list(unanswered(session, market.office.keyring, taken=True)) == []
    assert (back.amount, back.milestone_number, back.state, back.dispute_ref) == (usd(30_000), 2, "sent", None)
    assert (told.recipient_id, told.about_ref, "$300.00 USD" in (told.body or "")) == (story.stacy.person.id, back.ref, True)
    assert violations(market) == []


def test_a_release_takes_first_what_was_paid_in_for_it(market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 5_000)
    market.earn(story.contract, 2, 8_000, fee_minor=1_000)
    assert (escrow(market, story.stacy), market.funds(story.tim).available) == (0, usd(223_000))
    assert (moved_to(market, BookKind.WORLD), moved_to(market, BookKind.FEE), violations(market)) == (-5_000, 1_000, [])


@pytest.mark.parametrize(("operation", "when", "more"), [
    (record_funding, "funded_at", {}), (record_earning, "released_at", {"fee_minor": 100}),
    (record_escrow_return, "returned_at", {}),
])
def test_told_twice_is_once_and_other_facts_are_refused(
    market: Market, story: Story, operation: Operation, when: str, more: dict[str, int]
) -> None:
    """Each fact counts by itself."""
    told = {"source_key": "k", "contract_external_id": story.contract.external_id, "milestone_number": 2, "currency": "USD",
            "amount_minor": 900, when: market.now - DAY} | more
    first = market.do(operation, **told)
    assert market.do(operation, **told) == first
    others = {"amount_minor": 901, "milestone_number": 1, "currency": "EUR", when: market.now - 2 * DAY} | dict.fromkeys(more, 0)
    for name, value in others.items():
        assert refused(lambda other={name: value}: market.do(operation, **told | other)) == "source_key_reused", name
    assert violations(market) == []


def test_fee_and_earning_are_at_most_the_milestone(market: Market, story: Story) -> None:
    assert refused(lambda: market.earn(story.contract, 2, 36_001, fee_minor=4_000)) == "more_than_milestone"
    assert refused(lambda: market.earn(story.contract, 2, 100, fee_minor=-1)) == "not_an_amount"
    assert refused(lambda: market.pay_in(story.contract, 2, 40_001)) == "more_than_milestone"
    assert refused(lambda: market.pay_in(story.contract, 2, 40_000, currency="EUR")) == "other_currency"
    market.earn(story.contract, 2, 36_000, fee_minor=4_000)
    assert refused(lambda: market.earn(story.contract, 2, 1)) == "more_than_milestone"


@pytest.mark.parametrize(("claimed", "held", "back"), [(40_000, 36_000, 40_000), (20_000, 18_000, 20_000), (333, 299, 332)])
def test_a_refund_brings_our_fee_in_proportion(market: Market, story: Story, claimed: int, held: int, back: int) -> None:
    """The client claims what they paid: with our fee, what is held comes to no more than that."""
    market.earn(story.contract, 2, 36_000, fee_minor=4_000)
    made = market.do(contest_money, contract_ref=story.contract.ref, number=2, amount_minor=claimed)
    assert made["held"] == held
    market.do(let_go, hold_ref=made["hold"], kind="refunded")
    assert (market.funds(story.stacy).refunded, market.funds(story.tim).held) == (usd(back), usd(0))
    assert moved_to(market, BookKind.FEE) == 4_000 - (back - held)
    assert violations(market) == []


def test_parts_of_a_refund_bring_the_whole_fee_together(market: Market, story: Story) -> None:
    """Rounding loses nothing: three refunds of one earning give back exactly its fee."""
    market.earn(story.contract, 2, 100, fee_minor=11)
    for claimed in (37, 37, 37):
        made = market.do(contest_money, contract_ref=story.contract.ref, number=2, amount_minor=claimed)
        market.do(let_go, hold_ref=made["hold"], kind="refunded")
    rest = market.do(contest_money, contract_ref=story.contract.ref, number=2, amount_minor=40_000)
    market.do(let_go, hold_ref=rest["hold"], kind="refunded")
    assert (market.funds(story.stacy).refunded, moved_to(market, BookKind.FEE), violations(market)) == (usd(111), 0, [])


@pytest.mark.parametrize(("currency", "amount"), DECIMALS)
def test_currencies_of_every_kind_go_the_whole_way(market: Market, story: Story, currency: str, amount: int) -> None:
    contract = market.contract(story.stacy, story.tim, f"Job in {currency}", [amount], currency=currency)
    market.earn(contract, 1, amount - 1_001, currency=currency, fee_minor=1_001)
    made = market.do(contest_money, contract_ref=contract.ref, number=1, amount_minor=amount // 4)
    market.do(let_go, hold_ref=made["hold"], kind="split", refund_minor=made["held"] // 2)
    now = market.funds(story.tim, currency)
    market.pay_out(story.tim, story.destination, now.available.amount_minor, currency)
    after = market.funds(story.tim, currency)
    assert (after.available, after.paid_out, after.held) == (Money(0, currency), now.available, Money(0, currency))
    assert violations(market) == []


def test_each_movement_is_numbered_and_says_what_is_left(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 1_000)
    with market.office.database.read() as session:
        mine = sa.select(Movement).where(Movement.account_id == story.tim.account.id).order_by(Movement.n)
        rows = session.scalars(mine).all()
    assert [one.n for one in rows] == list(range(1, len(rows) + 1))
    assert [getattr(rows[-1], part) for part in TOTALS] == [214_000, 0, 1_000, 0, 0, 0]
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), market.office.database.write() as session:
        session.execute(sa.update(Movement).values(free_minor=1))
