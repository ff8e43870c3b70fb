"""The marketplace's addresses: a new secret beside the old one, taken away, several at once, and what is none."""

from datetime import timedelta

import pytest

from portal.core.access import OPERATOR
from portal.core.errors import NotFound
from portal.notices.outgoing import end_endpoint, send_again
from tests.factories.market import Market, Story, refused
from tests.notices.receiving import SECRET, later, on_file, pay, post, receiving, verified


def test_a_new_secret_signs_beside_the_old_one_for_a_day(market: Market, story: Story) -> None:
    fresh = "whsec_" + "QUJD" * 8
    with receiving() as shop:
        on_file(market, shop.url)
        pay(market, story)
        on_file(market, shop.url, secret=fresh)
        assert post(market) == {"sent": 1}
        later(market, days=1, seconds=1)
        pay(market, story)
        assert post(market) == {"sent": 1}
    early, late = shop.requests
    then = market.now.timestamp()
    day = timedelta(days=1, seconds=1).total_seconds()
    assert [verified(one, early, then - day) for one in (SECRET, fresh)] == [True, True]
    assert [verified(one, late, then) for one in (SECRET, fresh)] == [False, True]


def test_an_address_that_is_taken_away_gets_nothing_more(market: Market, story: Story) -> None:
    with receiving() as shop, receiving() as new:
        on_file(market, shop.url)
        pay(market, story)
        market.do(end_endpoint, OPERATOR, name="main")
        assert post(market) == {}
        on_file(market, new.url, name="other")
        assert post(market) == {"sent": 1}
    assert (shop.requests, len(new.requests)) == ([], 1)
    with pytest.raises(NotFound):
        market.do(end_endpoint, OPERATOR, name="main")


def test_each_address_gets_each_message(market: Market, story: Story) -> None:
    with receiving() as one, receiving() as two:
        on_file(market, one.url)
        on_file(market, two.url, name="second")
        pay(market, story)
        assert post(market) == {"sent": 2}
    assert one.ids() == two.ids()


@pytest.mark.parametrize(("name", "url", "code"), [
    ("", "https://x.example", "not_a_name"), ("A b", "https://x.example", "not_a_name"),
    ("main", "ftp://x.example", "not_an_address"), ("main", "https://", "not_an_address"),
    ("main", "https://a:b@x.example", "not_an_address"), ("main", "https://x.example/#top", "not_an_address"),
    ("main", "https://x.example/a b", "not_an_address"), ("main", "https://x.example/\r\nX: y", "not_an_address"),
    ("main", "https://x.example:0/", "not_an_address"), ("main", "https://x.example:99999/", "not_an_address"),
    ("main", "https://x.example/" + "a" * 2000, "not_an_address"),
])
def test_what_is_no_address_is_refused(market: Market, name: str, url: str, code: str) -> None:
    assert refused(lambda: on_file(market, url, name=name)) == code


def test_only_an_operator_manages_addresses(market: Market, story: Story) -> None:
    for operation, args in ((end_endpoint, {"name": "main"}), (send_again, {})):
        assert refused(lambda: market.do(operation, story.rae.actor, **args)) == "not_allowed"  # noqa: B023
