"""What the marketplace was told is erased some time after it answered, and nothing else of it; what is proven stays proven."""

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.core.access import OPERATOR, WORKER
from portal.core.errors import NotAllowed
from portal.ledger.operations import mark_payout
from portal.log.checks import check
from portal.notices.checks import PROVES
from portal.notices.outgoing_erasing import erase_messages, messages_due
from portal.notices.outgoing_models import Outgoing
from portal.notices.outgoing_queries import on_their_way, unanswered
from tests.factories.market import Market, Story
from tests.notices.making import all_of
from tests.notices.receiving import pay


def days(market: Market, number: int) -> None:
    market.office.clock.advance(days=number)  # type: ignore[attr-defined]


def due(market: Market) -> bool:
    with market.office.database.read() as session:
        return messages_due(session, market.now)


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for queries in PROVES.values() for query in queries for line in query(session)]


def log(market: Market, folder: Path) -> list[str]:
    """What the log says of messages."""
    with market.office.database.read() as session:
        return [line for line in check(session, market.office.keyring, folder) if "outgoing" in line]


def test_a_message_is_erased_thirty_days_after_its_answer(market: Market, story: Story) -> None:
    refs = [pay(market, story) for _ in range(2)]
    days(market, 5)
    market.do(mark_payout, payout_ref=refs[0], state="sent")
    [before, waiting] = all_of(market.office, Outgoing)
    days(market, 29)
    assert not due(market) and market.do(erase_messages, WORKER) == {"erased": 0}
    days(market, 1)
    assert due(market)
    with pytest.raises(NotAllowed):
        market.do(erase_messages, OPERATOR)
    assert market.do(erase_messages, WORKER) == {"erased": 1}
    [after, still] = all_of(market.office, Outgoing)
    assert (after.sealed, after.erased_at, after.sha256) == (None, market.now, before.sha256)
    assert still.sealed == waiting.sealed is not None and not due(market)
    with market.office.database.read() as session:
        assert [one.about_ref for one in on_their_way(session)] == [refs[1]]
        assert [one["data"]["payout"] for one in unanswered(session, market.office.keyring, taken=True)] == [refs[1]]
    assert violations(market) == []


def test_what_was_erased_stays_proven_and_nothing_else_can_be_taken_away(market: Market, story: Story, tmp_path: Path) -> None:
    market.do(mark_payout, payout_ref=pay(market, story), state="sent")
    days(market, 30)
    market.do(erase_messages, WORKER)
    assert log(market, tmp_path) == []
    with market.office.database.write() as session:
        session.execute(text("UPDATE outgoing SET erased_at = ended_at"))
    assert log(market, tmp_path) != []
    assert violations(market) != []


def test_a_message_that_is_gone_without_an_erasure_is_named(market: Market, story: Story, tmp_path: Path) -> None:
    pay(market, story)
    with market.office.database.write() as session:
        session.execute(text("UPDATE outgoing SET sealed = NULL"))
    assert any("gone without an erasure" in line for line in log(market, tmp_path))


def test_where_no_time_is_published_nothing_is_erased(market: Market, tmp_path: Path) -> None:
    """Another marketplace's promises need not say anything of messages."""
    shutil.copytree(market.policies, tmp_path / "policies")
    for data in (tmp_path / "policies" / "our-promises").glob("*.clauses.toml"):
        data.write_text(re.sub(r"\[message-retention\]\n(.+\n)+", "", data.read_text(encoding="utf-8")), encoding="utf-8")
    market.policies = str(tmp_path / "policies")
    story = market.story()
    market.do(mark_payout, payout_ref=pay(market, story), state="sent")
    days(market, 400)
    assert not due(market) and market.do(erase_messages, WORKER) == {"erased": 0}
