"""The story for tests of disputes."""

import pytest

from portal.act import Office
from tests.disputes.deciding import Bench, answered
from tests.factories.market import Market, Story
from tests.factories.told import told


@pytest.fixture
def market(office: Office, request: pytest.FixtureRequest) -> Market:
    bench: Bench | None = request.getfixturevalue("bench") if "bench" in request.fixturenames else None
    return bench.market if bench else Market(office)


@pytest.fixture
def story(market: Market, request: pytest.FixtureRequest) -> Story:
    bench: Bench | None = request.getfixturevalue("bench") if "bench" in request.fixturenames else None
    return bench.story if bench else market.story()


@pytest.fixture
def bench(office: Office) -> Bench:
    """An answered dispute, told once in a process and then put back."""

    def tell() -> Bench:
        market = Market(office)
        return answered(market, market.story())

    return told(office, ("answered", office.clock()), tell)
