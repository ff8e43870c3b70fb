"""Money of a contested milestone comes back while somebody decides: the decision is about what was on hold when it was read."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.core.access import Role
from portal.core.database import Database
from portal.core.work import Work
from portal.disputes import deciding
from portal.ledger.operations import mark_payout
from tests.disputes.deciding import Bench
from tests.disputes.test_shortfall import LEFT, with_order
from tests.disputes.test_topping_up import fails, lift, paid_out
from tests.factories.market import Market, Story, usd

LONGEST = 60.0
WAITS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def waits_or_is_done(database: Database, other: Future[Any]) -> bool:
    """Whether the other act is over, or can go on only once this one is: on SQLite, where all write in turn, always."""
    if other.done() or database.is_sqlite:
        return True
    with database.read() as session:
        return bool(session.scalar(WAITS))


class Deciding:
    """Somebody decides: they have read what is on hold, and their decision is written once that may go on."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench, self.read, self.goes_on, self.write = bench, Event(), Event(), deciding.put_decision
        monkeypatch.setattr(deciding, "put_decision", self.slowly)

    def slowly(self, *args: Any, **named: Any) -> dict[str, Any]:
        self.read.set()
        assert self.goes_on.wait(LONGEST)
        return self.write(*args, **named)

    def meanwhile(self, comes_back: Callable[[], object], pool: ThreadPoolExecutor, refund_minor: int) -> None:
        """The money comes back in between; all that was read to be on hold is to be refunded."""
        decision = pool.submit(self.bench.decide, outcome="refund", refund_minor=refund_minor)
        assert self.read.wait(LONGEST) or decision.result()
        other, until = pool.submit(comes_back), time.monotonic() + LONGEST
        while not waits_or_is_done(self.bench.market.office.database, other) and time.monotonic() < until:
            time.sleep(0.02)
        self.goes_on.set()
        decision.result()
        other.result()


def answered(market: Market, story: Story) -> Bench:
    made = market.dispute(story.stacy, story.contract)
    bench = Bench(market, story, str(made["dispute"]), market.staff("Lee Marsh", Role.LEAD))
    bench.answer()
    return bench


def test_a_payout_fails_while_somebody_decides(market: Market, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    payout = paid_out(market, story)
    bench = answered(market, story)
    with ThreadPoolExecutor(2) as pool:
        Deciding(bench, monkeypatch).meanwhile(lambda: fails(market, payout), pool, 15_000)
    decided_about(bench, 15_000)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_payout_fails_that_began_to_before_anybody_contested(
    market: Market, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its act knew of no dispute whose case it could wait for: it waits for the dispute itself. On SQLite all write in turn."""
    payout, began, goes_on = paid_out(market, story), Event(), Event()

    def failing(work: Work, *, payout_ref: str, state: str) -> dict[str, Any]:
        began.set()
        assert goes_on.wait(LONGEST)
        return mark_payout(work, payout_ref=payout_ref, state=state)

    def once_decided_upon(failed: Future[Any]) -> None:
        goes_on.set()
        failed.result()

    with ThreadPoolExecutor(3) as pool:
        failed = pool.submit(market.do, failing, payout_ref=payout, state="failed")
        assert began.wait(LONGEST) or failed.result()
        bench = answered(market, story)
        Deciding(bench, monkeypatch).meanwhile(lambda: once_decided_upon(failed), pool, 15_000)
    decided_about(bench, 15_000)


def test_an_order_ends_while_somebody_decides(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    market, story = with_order(office, LEFT, silent=False)
    bench = answered(market, story)
    with ThreadPoolExecutor(2) as pool:
        Deciding(bench, monkeypatch).meanwhile(lambda: lift(market, story), pool, 12_000)
    decided_about(bench, 12_000)


def decided_about(bench: Bench, held_minor: int) -> None:
    """All of that is to go back, and goes back; the rest is the freelancer's."""
    market, story = bench.market, bench.story
    assert (bench.dispute.outcome, bench.dispute.refund_minor) == ("refund", held_minor)
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(held_minor), usd(215_000 - held_minor))
    for side in (story.stacy, story.tim):
        bench.accept(side.actor)
    assert (market.funds(story.stacy).refunded, market.funds(story.tim).held) == (usd(held_minor), usd(0))
    assert bench.violations() == []
