"""A milestone is agreed for less in the very moment in which somebody pays for it: one of the two is refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep
from typing import Any

import pytest
from sqlalchemy import select

from portal.contracts import operations
from portal.contracts.models import Milestone
from portal.contracts.operations import record_contract
from portal.core.errors import RuleBroken
from tests.contracts.test_contracts import told
from tests.factories.market import Market, Story

A_MOMENT = 0.5
"""In seconds: so long the payment is waited for, which itself waits for the contract."""


@pytest.mark.parametrize("pay", [
    lambda market, story: market.pay_in(story.contract, 2, 40_000), lambda market, story: market.earn(story.contract, 2, 40_000),
], ids=["paid in", "released"])
def test_nobody_pays_more_than_is_agreed_meanwhile(
    market: Market, story: Story, monkeypatch: pytest.MonkeyPatch, pay: Any
) -> None:
    checked, check = Event(), operations._check_not_paid_already

    def checks(*given: Any) -> None:
        check(*given)
        checked.set()
        sleep(A_MOMENT)

    monkeypatch.setattr(operations, "_check_not_paid_already", checks)
    less = told(story)
    less["milestones"] = [one | {"amount_minor": 30_000} for one in less["milestones"] if one["number"] == 2]
    with ThreadPoolExecutor(1) as hands:
        agreed = hands.submit(market.do, record_contract, **less)
        assert checked.wait(60)
        with pytest.raises(RuleBroken) as refused:
            pay(market, story)
        agreed.result(60)
    assert refused.value.code == "more_than_milestone"
    with market.office.database.read() as session:
        assert session.scalars(select(Milestone.amount_minor).where(
            Milestone.contract_id == story.contract.id, Milestone.number == 2)).one() == 30_000
