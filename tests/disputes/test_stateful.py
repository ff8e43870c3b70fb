"""One freelancer, three clients and their banks, and everything that can be done about this money in any order: after each step
the sums are zero, nothing is negative, what is held are open holds and no more than is claimed, what is available can be paid
out, nothing goes back twice, and portal and model agree on every cent, state and refusal.

In the battery it goes on for longer.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.act import Office
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from tests.conftest import NOON
from tests.disputes.deciding import Bench
from tests.disputes.machine import Matters
from tests.factories.drawn import draw
from tests.factories.market import Market, Staff, Story


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
    for _ in range(2):
        run.earn((0, 1), 4_000, 150, 9)
        run.contest((0, 1), 50)
        one = list(run.model.matters.values())[-1]
        run.offer(one, 200)
        run.agree(one, 200)
    assert len(run.model.backs[0, 1]) == 2
    run.bank_calls_what_was_sent((0, 1), share, end, late)
    run.all_holds()
    run.marketplace_sends((0, 1), False, True)
    run.all_holds()
