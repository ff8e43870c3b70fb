"""Our answer to a bank goes through the marketplace: it is told all of it, until it says that the bank has it."""

from typing import Any

import pytest

from portal.disputes.chargeback_queries import chargeback_view
from portal.disputes.chargebacks import contest_chargeback, mark_chargeback, record_chargeback
from portal.notices.outgoing_queries import unanswered
from tests.factories.market import Market, Story


@pytest.fixture
def ref(market: Market, story: Story) -> str:
    told = market.do(
        record_chargeback, external_id="b1", contract_ref=story.contract.ref, milestone_number=1, amount_minor=40_000,
        currency="USD", received_at=market.now, reason="Services not provided",
    )
    return str(told["chargeback"])


def told(market: Market) -> list[dict[str, Any]]:
    with market.office.database.read() as session:
        return list(unanswered(session, market.office.keyring, taken=True))


def view(market: Market, story: Story, ref: str) -> Any:
    with market.office.database.read() as session:
        return chargeback_view(session, ref, story.stacy.actor)


def test_the_marketplace_gets_what_both_sides_read(market: Market, story: Story, ref: str) -> None:
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)
    [message] = told(market)
    assert message["type"] == "chargeback.contested"
    assert message["data"] == {"chargeback": ref, "id": "b1", "dossier": view(market, story, ref).sent}
    assert message["data"]["dossier"]["amount"] == {"amount_minor": 40_000, "currency": "USD"}


def test_it_is_passed_on_once_the_marketplace_says_so(market: Market, story: Story, ref: str) -> None:
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    at = market.now
    for _ in range(2):
        market.do(mark_chargeback, chargeback_ref=ref, stage="contested")
        market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    assert (told(market), view(market, story, ref).passed_on_at) == ([], at)


def test_where_nobody_had_answered_the_marketplace_gets_the_answer_first(market: Market, story: Story, ref: str) -> None:
    market.do(mark_chargeback, chargeback_ref=ref, stage="contested")
    assert [one["type"] for one in told(market)] == ["chargeback.contested"]
    assert view(market, story, ref).passed_on_at is None


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_bank_that_has_decided_waits_for_no_answer(market: Market, story: Story, ref: str, end: str) -> None:
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)
    market.do(mark_chargeback, chargeback_ref=ref, stage=end)
    assert (told(market), view(market, story, ref).passed_on_at) == ([], None)
