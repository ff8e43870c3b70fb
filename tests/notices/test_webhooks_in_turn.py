"""Several addresses of the marketplace: one that is slow, but answers, holds up no other."""

from types import SimpleNamespace

import pytest

from portal.act import Office
from portal.notices import webhooks
from portal.notices.webhooks import post_messages
from tests.factories.market import Market
from tests.notices.receiving import LOOPBACK, messages, on_file, receiving


@pytest.mark.parametrize("status", [200, 500])
def test_a_slow_address_takes_no_time_from_another(office: Office, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    market = Market(office)
    story = market.story()
    monkeypatch.setattr(webhooks, "ROUND_SECONDS", 1.2)
    with receiving() as slow, receiving() as quick:
        slow.status = status
        spent = SimpleNamespace(monotonic=lambda: 0.5 * len(slow.requests) + 0.01 * len(quick.requests))
        monkeypatch.setattr(webhooks, "time", spent)
        on_file(market, slow.url)
        on_file(market, quick.url, name="second")
        for _ in range(8):
            market.pay_out(story.tim, story.destination, 1_000)
        post_messages(office, LOOPBACK)
        assert (len(quick.requests), 0 < len(slow.requests) < 8) == (8, True)
    given_back = [one for one in messages(market) if one.target == "main" and not one.tries]
    assert len(given_back) == 8 - len(slow.requests)
