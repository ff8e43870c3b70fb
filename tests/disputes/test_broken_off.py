"""An act that moves contested money breaks off at any of its statements: nothing of it stays, and the next try is the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from portal.act import act
from portal.core.access import OPERATOR
from portal.core.database import Database
from portal.disputes.operations import accept_decision, accept_settlement
from portal.ledger.facts import report_money
from tests.attacks.watching import Watch
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come, mark
from tests.disputes.test_settling import offer
from tests.disputes.test_settling_races import called_back
from tests.disputes.test_topping_up import paid_out
from tests.factories.drawn import many
from tests.factories.market import usd

EVERY = many(11, 1)
"""Each so manieth statement is where it breaks off."""


class BrokenOff(Exception):
    """The process is gone at this statement."""


@contextmanager
def breaking_off(database: Database, at: int) -> Iterator[None]:
    numbers = count()

    def stop(*_given: Any) -> None:
        if next(numbers) == at:
            raise BrokenOff

    sa.event.listen(database.writer, "before_cursor_execute", stop)
    try:
        yield
    finally:
        sa.event.remove(database.writer, "before_cursor_execute", stop)


def settled(bench: Bench) -> Callable[[], Any]:
    named: dict[str, Any] = {"dispute_ref": bench.ref, "offer_ref": offer(bench, bench.story.tim.actor)}
    key = bench.market.key()
    return lambda: act(bench.market.office, accept_settlement, bench.story.stacy.actor, key, **named)


def carried_out(bench: Bench) -> Callable[[], Any]:
    bench.decide()
    bench.accept(bench.story.tim.actor)
    key = bench.market.key()
    return lambda: act(bench.market.office, accept_decision, bench.story.stacy.actor, key, dispute_ref=bench.ref)


def called(bench: Bench) -> Callable[[], Any]:
    return lambda: called_back(bench)


def lost(bench: Bench) -> Callable[[], Any]:
    ref = come(bench.market, bench.story)
    return lambda: mark(bench.market, ref, "lost")


def came_back(bench: Bench) -> Callable[[], Any]:
    come(bench.market, bench.story)
    line = {"type": "payout", "payout": paid_out(bench.market, bench.story, 100_000), "state": "failed", "line": 1}
    key = bench.market.key()
    return lambda: act(bench.market.office, report_money, OPERATOR, key, facts=[line])


@pytest.mark.parametrize(("prepare", "held", "available"), [
    (settled, 0, 200_000), (carried_out, 0, 200_000), (called, 40_000, 175_000), (lost, 0, 175_000), (came_back, 40_000, 175_000),
])
def test_nothing_stays_of_what_breaks_off(
    bench: Bench, prepare: Callable[[Bench], Callable[[], Any]], held: int, available: int
) -> None:
    database, step, broken = bench.market.office.database, prepare(bench), 0
    watch = Watch(database)
    for at in count(step=EVERY):
        try:
            with breaking_off(database, at):
                step()
        except BrokenOff:
            broken += 1
            assert watch.changed() == [], at
        else:
            break
    watch.close()
    funds = bench.market.funds(bench.story.tim)
    assert broken > 2 and (funds.held, funds.available) == (usd(held), usd(available))
    assert bench.violations() == []
