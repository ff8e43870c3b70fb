"""The public page of figures and its JSON: what a visitor reads, in words and numbers that give nobody away."""

from __future__ import annotations

import json

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.throttles import LIMITS
from portal.cases.clocks import run_due
from portal.core.clock import MovedClock
from portal.ledger.operations import mark_payout
from portal.web.public.counting import LIMITED
from tests.factories.market import Market, Story
from tests.web.desk_support import words_of

PAGE, RECORD = "/transparency", "/transparency.json"


def get(client: FlaskClient, path: str, language: str = "en", **headers: str) -> TestResponse:
    return client.get(path, base_url="https://localhost", headers={"Accept-Language": language} | headers)


def pay(market: Market, story: Story, clock: MovedClock, times: int, days: int) -> None:
    """So many payouts, each sent after so many days."""
    for _ in range(times):
        ref = market.pay_out(story.tim, story.destination, 100)["payout"]
        clock.advance(days=days)
        market.make(lambda work: run_due(work, [], [story.tim.account.id]))
        market.do(mark_payout, payout_ref=ref, state="sent")
    clock.advance(days=1)


def test_the_page_says_what_was_kept_and_missed(visitor: FlaskClient, market: Market, story: Story, clock: MovedClock) -> None:
    pay(market, story, clock, 6, 1)
    pay(market, story, clock, 1, 8)
    page = get(visitor, PAGE).text
    words = words_of(page)
    assert "Counted at the end of Monday 7 December 2026 (UTC)." in words
    assert words.index("December 2026 What we promised") < words.index("November 2026 What we promised")
    assert 'href="/rules/our-promises/2026-11-15#payout"' in page
    assert 'data-label="Kept">6</td>' in page and 'data-label="Missed">fewer than 5</td>' in page
    assert "Payouts that we did not send in time fewer than 5 Of these, not sent yet 0" in words
    assert "Decisions that a law or an order asked for 0" in words
    assert story.tim.account.name not in page and "dispute_answer" not in page


def test_the_record_says_the_same(visitor: FlaskClient, market: Market, story: Story, clock: MovedClock) -> None:
    pay(market, story, clock, 6, 1)
    pay(market, story, clock, 1, 8)
    answer = get(visitor, RECORD)
    record = json.loads(answer.text)
    assert answer.content_type == "application/json; charset=utf-8" and record["until"] == "2026-12-08T00:00:00.000000Z"
    assert [one for one in record["promises"] if one["promise"] == "payout"] == [
        {"month": "2026-12", "promise": "payout", "kept": 0, "missed": None},
        {"month": "2026-11", "promise": "payout", "kept": 6, "missed": 0}]
    assert record["fewer_than"] == 5 and record["payouts"] == {"late": None, "overdue": 0}
    assert record["orders"] == {"decisions": 0, "with_money": 0, "letters_that_waited": 0, "letters_waiting": 0}


def test_how_often_something_can_be_done_is_published(visitor: FlaskClient) -> None:
    words = words_of(get(visitor, PAGE).text)
    assert "Adding to one appeal or complaint 30 times in 1 hour" in words
    assert "Sending files, also those that we cannot take 60 times in 1 hour" in words
    assert "Reporting somebody with whom you have no contract 10 times in 12 hours" in words
    assert "Añadir algo a un mismo recurso o queja 30 veces en 1 hora" in words_of(get(visitor, PAGE, "es").text)
    assert set(LIMITS) - set(LIMITED) == {"sign_in", "sign_in_source", "sign_in_subject", "fresh_link", "asked_link"}


def test_in_spanish(visitor: FlaskClient, market: Market, story: Story, clock: MovedClock) -> None:
    pay(market, story, clock, 1, 1)
    words = words_of(get(visitor, PAGE, "es").text)
    assert "noviembre de 2026 Lo que prometimos Cumplida No cumplida" in words and "menos de 5" in words


def test_before_anything_came_up_and_without_rules(visitor: FlaskClient) -> None:
    assert "No promise has come up yet" in words_of(get(visitor, PAGE).text)
    assert json.loads(get(visitor, RECORD).text)["promises"] == []


def test_it_is_asked_for_again_only_when_a_day_is_over(visitor: FlaskClient, story: Story, clock: MovedClock) -> None:
    assert story
    for path in (PAGE, RECORD):
        tag = get(visitor, path).headers["ETag"]
        assert get(visitor, path, **{"If-None-Match": tag}).status_code == 304
        clock.advance(days=1)
        assert get(visitor, path, **{"If-None-Match": tag}).status_code == 200


def test_every_page_leads_there(visitor: FlaskClient, story: Story) -> None:
    assert story
    for path in ("/", "/rules", "/sign-in", "/log"):
        assert 'href="/transparency"' in get(visitor, path).text
