"""Twenty at once: payouts and holds on the same money. Never overdrawn, and one winner where only one can win."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portal.core.errors import Refusal
from portal.ledger.checks import CHECKS
from portal.ledger.operations import request_payout
from tests.factories.drawn import many
from tests.factories.market import Market, Story, usd
from tests.ledger.steps import contest_money, hold_money, let_go

CALLERS = many(20, 100)


def at_once(steps: list[Callable[[], object]]) -> Counter[str]:
    """Runs the steps in as many threads, all starting together; counts how they ended."""
    gate = Barrier(len(steps))

    def run(step: Callable[[], object]) -> str:
        gate.wait()
        try:
            step()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return Counter(pool.map(run, steps))


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def test_of_twenty_payouts_of_everything_one_wins(market: Market, story: Story) -> None:
    ended = at_once([lambda: market.pay_out(story.tim, story.destination, 215_000)] * CALLERS)
    assert ended == {"done": 1, "not_available": CALLERS - 1}
    assert (market.funds(story.tim).paid_out, violations(market)) == (usd(215_000), [])


def test_payouts_and_holds_never_overdraw(market: Market, story: Story) -> None:
    payout = lambda: market.pay_out(story.tim, story.destination, 30_000)  # noqa: E731
    hold = lambda: market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=3_000)  # noqa: E731
    ended = at_once([payout, hold] * (CALLERS // 2))
    now = market.funds(story.tim)
    assert ended["done"] + ended["not_available"] == CALLERS
    assert now.available + now.held + now.paid_out == usd(215_000)
    assert violations(market) == []


def test_hold_and_payout_of_everything(market: Market, story: Story) -> None:
    hold = lambda: market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=40_000)  # noqa: E731
    payout = lambda: market.pay_out(story.tim, story.destination, 215_000)  # noqa: E731
    ended = at_once([payout] * (CALLERS - 1) + [hold])
    now = market.funds(story.tim)
    assert (now.held, now.paid_out) in {(usd(40_000), usd(0)), (usd(0), usd(215_000))}
    assert (ended["done"], violations(market)) == (1 if now.held else 2, [])


def test_claims_on_a_whole_contract_meet_its_milestones_and_payouts(market: Market, story: Story) -> None:
    """Two milestones of one contract, and money of another: nothing of it is held twice, and never that of the other."""
    shop = market.contract(story.omar, story.tim, "Shop", [30_000, 30_000], released={1: 20, 2: 18}, started=30)
    whole = lambda: market.do(hold_money, contract_ref=shop.ref, number=None, amount_minor=50_000)  # noqa: E731
    first = lambda: market.do(hold_money, contract_ref=shop.ref, number=1, amount_minor=30_000)  # noqa: E731
    client = lambda: market.do(contest_money, contract_ref=shop.ref, number=2, amount_minor=30_000)  # noqa: E731
    payout = lambda: market.pay_out(story.tim, story.destination, 120_000)  # noqa: E731
    ended = at_once([whole, first, payout] * (CALLERS // 4) + [client])
    now = market.funds(story.tim)
    assert now.available + now.held + now.paid_out == usd(275_000) and ended["done"] >= 3
    assert now.held.amount_minor <= 60_000 and violations(market) == []


def test_hold_is_refunded_or_released_once(market: Market, story: Story) -> None:
    ref = market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=40_000)["hold"]
    ends = [lambda k=kind: market.do(let_go, hold_ref=ref, kind=k) for kind in ("refunded", "released")]
    ended = at_once(ends * (CALLERS // 2))
    available = market.funds(story.tim).available
    assert available in {usd(175_000), usd(215_000)}
    assert ended["hold_ended"] == CALLERS // 2 - (1 if available == usd(175_000) else 0)
    assert violations(market) == []


def test_same_payout_pressed_twenty_times_is_one(market: Market, story: Story) -> None:
    market.key = lambda: "pressed"  # type: ignore[method-assign]
    ended = at_once([lambda: market.pay_out(story.tim, story.destination, 1_000)] * CALLERS)
    assert (ended, market.funds(story.tim).paid_out) == ({"done": CALLERS}, usd(1_000))


@pytest.mark.parametrize("currency", ["EUR"])
def test_house_book_is_made_once_by_many(market: Market, story: Story, currency: str) -> None:
    contract = market.contract(story.stacy, story.tim, "Euro job", [2_000] * CALLERS, currency=currency)
    earn = [lambda n=number: market.earn(contract, n, 2_000, currency=currency) for number in range(1, CALLERS + 1)]
    assert at_once(earn) == {"done": CALLERS}
    assert (market.funds(story.tim, currency).available.amount_minor, violations(market)) == (2_000 * CALLERS, [])


def test_requests_of_two_members_meet(market: Market, story: Story) -> None:
    args = {"account_id": story.tim.account.id, "destination_ref": story.destination, "currency": "USD"}
    halves = [lambda a=amount: market.do(request_payout, story.tim.actor, amount_minor=a, **args)
              for amount in (150_000, 100_000)]
    ended = at_once(halves)
    assert (ended["done"], ended["not_available"]) == (1, 1)
