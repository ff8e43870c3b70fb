"""Who is near enough to be told: by our promise in force, never by a number in the program."""

from pathlib import Path

from portal.contracts.queries import counterparts_of, near_since
from tests.factories.market import DAY, Market, Story
from tests.factories.promising import later, promise_anew


def near(market: Market, story: Story) -> set[str]:
    with market.office.database.read() as session:
        return {contract.title for _, found in counterparts_of(session, story.tim.account.id, market.now) for contract in found}


def test_the_promise_says_for_how_long_somebody_is_told(market: Market, story: Story, tmp_path: Path) -> None:
    """The bakery's contract ended 38 days ago."""
    assert near(market, story) == {"Photo app", "Bakery website"}
    promise_anew(market, tmp_path, {"tell_clients": {"length": 30}}, ahead=1)
    later(market, days=1)
    assert near(market, story) == {"Photo app"}
    promise_anew(market, tmp_path, {"tell_clients": {"length": 2, "unit": "months"}}, ahead=1)
    later(market, days=1)
    assert near(market, story) == {"Photo app", "Bakery website"}


def test_where_nothing_is_promised_those_with_an_open_contract_are_told(market: Market) -> None:
    with market.office.database.read() as session:
        assert near_since(session, market.now) == (market.now - 0 * DAY).date()
