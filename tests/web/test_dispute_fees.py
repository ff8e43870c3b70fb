"""Our fee on the pages of a decision: beforehand at the desk, and for both sides before they accept."""

from __future__ import annotations

import pytest

from portal.disputes.operations import answer_dispute, offer_settlement
from tests.disputes.deciding import Bench
from tests.factories.market import usd
from tests.web.conftest import Browser, Doors, case_of
from tests.web.desk_support import Desk, words_of
from tests.web.test_dispute_decisions import post


@pytest.fixture
def bench(desk: Desk) -> Bench:
    """A milestone of $400.00, of which $40.00 are our fee: contested, answered, in Rae's hands."""
    market, story = desk.market, desk.story
    contract = market.contract(story.stacy, story.tim, "Poster", [40_000])
    market.earn(contract, 1, 36_000, days_ago=7, fee_minor=4_000)
    ref = str(market.dispute(story.stacy, contract, 40_000)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The drawing is the first version.")
    made = Bench(market, story, ref, story.ola)
    desk.take(case_of(made))
    return made


def test_what_is_paid_out_already_leaves_the_rest_and_our_fee_for_it(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    """Of $400 that she paid, $360 were his and $180 of them are gone: $180 and $20 of our fee can go back."""
    market, story = desk.market, desk.story
    contract = market.contract(story.stacy, story.tim, "Poster", [40_000])
    market.earn(contract, 1, 36_000, days_ago=7, fee_minor=4_000)
    market.pay_out(story.tim, story.destination, 215_000 + 18_000)
    made = market.dispute(story.stacy, contract, 40_000)
    for browser in sides:
        text = words_of(browser.page(f"/disputes/{made['dispute']}"))
        assert "so at most $200.00 USD can go back from here." in text
    desk.take(made["case"])
    glance = words_of(desk.get(f"/desk/cases/{made['case']}"))
    assert "All back: $200.00 USD goes to the client. All released: $180.00 USD" in glance


def test_late_our_fee_is_part_of_what_we_pay(desk: Desk, bench: Bench) -> None:
    bench.days_pass(15)
    stacy = Doors(desk.app, desk.market).open(desk.story.stacy.person)
    said = words_of(stacy.page(f"/disputes/{bench.ref}"))
    assert "we pay what was on hold: $360.00 USD. Our fee for it, $40.00 USD, goes back to Stacy Moreno too" in said
    rae = desk.sign_in(desk.story.rae)
    assert "At most $400.00 USD." in words_of(desk.get(f"/desk/disputes/{bench.ref}", rae))


def test_desk_and_both_sides_read_what_comes_back_in_all(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    ahead = words_of(post(desk, bench, "check", amount="90.00").text)
    assert "Our fee for it, $10.00 USD, goes back to you too: that is $100.00 USD in all." in ahead
    assert "We pay the fee back, not you." in ahead
    assert post(desk, bench, "decide", amount="90.00").status_code == 303
    stacy, tim = sides
    hers, his = (words_of(browser.page(f"/disputes/{bench.ref}")) for browser in sides)
    assert all(words in hers for words in ("Accept: $100.00 USD for me", "In all to you $100.00 USD", "goes back to you too"))
    assert all(words in his for words in ("Accept: $270.00 USD for me", "In all to Stacy Moreno $100.00 USD", "not you."))
    for browser in sides:
        assert "$100.00 USD in all" in words_of(browser.page("/me"))
        browser.post(f"/disputes/{bench.ref}/accept")
    assert desk.market.funds(desk.story.stacy).refunded == usd(10_000)
    assert "$100.00 USD goes back to you, the way you paid." in words_of(stacy.page(f"/disputes/{bench.ref}"))
    assert "In all to Stacy Moreno $100.00 USD" in words_of(desk.get(f"/desk/disputes/{bench.ref}"))
    assert "In all to Stacy Moreno $100.00 USD" in words_of(tim.page(f"/disputes/{bench.ref}"))


def test_an_offer_is_shown_with_fee_and_total(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    offer = desk.market.do(
        offer_settlement, desk.story.tim.actor, dispute_ref=bench.ref, refund_minor=9_000, days=7, text="Let us share it."
    )["offer"]
    here = f"/disputes/{bench.ref}/settlement"
    for browser in sides:
        assert "In all to Stacy Moreno $100.00 USD" in words_of(browser.page(here))
    check = sides[0].post(f"{here}/{offer}/accept")
    assert "Accept: $100.00 USD for me" in check.text
    assert sides[0].post(f"{here}/{offer}/accept", step="send").status_code == 303
    for browser in sides:
        assert "goes back to Stacy Moreno too: that is $100.00 USD in all." in words_of(browser.page(f"/disputes/{bench.ref}"))
