"""The story for tests of identity checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories.market import Market, Story
from tests.verification.making import Checks


@pytest.fixture
def checks(market: Market, story: Story) -> Iterator[Checks]:
    """Tim's case, and helpers; when the test is over, nothing that always holds is broken."""
    made = Checks.begin(market, story)
    yield made
    assert made.violations() == []
