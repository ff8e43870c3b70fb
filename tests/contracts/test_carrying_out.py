"""What both sides of a running contract agreed: the marketplace is told once, and both hear that it has done so."""

from typing import Any

import pytest
import sqlalchemy as sa

from portal.contracts.running import carried_out_at, choices_of, choose_way, mark_agreement
from portal.core.errors import NotFound
from portal.notices.models import Notice
from portal.notices.outgoing_queries import unanswered
from tests.factories.market import Market, Story


@pytest.fixture
def agreed(market: Market, story: Story) -> str:
    """Both choose to hand over. The reference of what they agreed."""
    for party in (story.stacy, story.tim):
        market.do(choose_way, party.actor, contract_ref=story.contract.ref, way="hand_over")
    with market.office.database.read() as session:
        return choices_of(session, story.contract.id)[-1].ref


def told(market: Market) -> list[dict[str, Any]]:
    with market.office.database.read() as session:
        return list(unanswered(session, market.office.keyring, taken=True))


def test_the_marketplace_is_told_what_both_agreed(market: Market, story: Story, agreed: str) -> None:
    [message] = told(market)
    assert message["type"] == "contract.agreed"
    assert message["data"] == {
        "agreement": agreed, "contract": story.contract.external_id, "way": "hand_over", "release": None,
        "agreed_at": message["timestamp"],
    }


def test_both_hear_when_it_has_done_so(market: Market, story: Story, agreed: str) -> None:
    with market.office.database.read() as session:
        assert carried_out_at(session, story.contract.id) is None
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    for _ in range(2):
        market.do(mark_agreement, agreement_ref=agreed)
    assert told(market) == []
    with market.office.database.read() as session:
        assert carried_out_at(session, story.contract.id) == market.now
        heard = session.scalars(sa.select(Notice.account_id).where(Notice.kind == "contract_carried_out")).all()
    assert sorted(heard, key=str) == sorted((story.stacy.account.id, story.tim.account.id), key=str)


def test_what_was_not_agreed_is_not_carried_out(market: Market, story: Story) -> None:
    market.do(choose_way, story.tim.actor, contract_ref=story.contract.ref, way="hand_over")
    with market.office.database.read() as session:
        [open_one] = choices_of(session, story.contract.id)
    for ref in (open_one.ref, "N-22222222"):
        with pytest.raises(NotFound):
            market.do(mark_agreement, agreement_ref=ref)
    assert told(market) == []
