"""The step to messages for the marketplace, down and up again with data on both sides of it."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.migrate import migrate
from portal.notices.webhooks import post_messages
from tests.factories.market import Market
from tests.notices.receiving import LOOPBACK, messages, on_file, receiving

BEFORE = "0032"


def counted(market: Market, table: str) -> int:
    with market.office.database.read() as session:
        return int(session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


def test_notices_stay_and_messages_go_when_a_step_is_taken_back(market: Market) -> None:
    story = market.story()
    with receiving() as shop:
        shop.status = 500
        on_file(market, shop.url)
        market.pay_out(story.tim, story.destination, 5_000)
        assert post_messages(market.office, LOOPBACK)["waiting"] == 1
    before = counted(market, "delivery")
    assert migrate(market.office.database, BEFORE) == BEFORE
    assert counted(market, "delivery") == before - 1
    assert counted(market, "attempt") == 0
    migrate(market.office.database)
    with receiving() as shop:
        on_file(market, shop.url)
        market.pay_out(story.tim, story.destination, 5_000)
        assert post_messages(market.office, LOOPBACK)["sent"] == 1
    assert len(messages(market)) == 1
