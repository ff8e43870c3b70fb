"""The story for tests of disputes."""

import pytest

from portal.act import Office
from tests.disputes.deciding import Bench, answered
from tests.factories.market import Market, Story


@pytest.fixture
def market(office: Office) -> Market:
    return Market(office)


@pytest.fixture
def story(market: Market) -> Story:
    return market.story()


@pytest.fixture
def bench(market: Market, story: Story) -> Bench:
    return answered(market, story)
