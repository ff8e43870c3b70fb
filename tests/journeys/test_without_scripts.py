"""The freelancer's part of the story on a phone without scripts: from the mail's link to the receipt of an appeal."""

from __future__ import annotations

import re

import pytest

from tests.appeals.conftest import Bench
from tests.enforcement.conftest import FACTS, with_exhibit
from tests.factories.market import Market
from tests.journeys.conftest import Live, PlainVisitor
from tests.journeys.hearing import files

TIM = "tim@example.org"
ANSWER = "I was in hospital from 13 to 19 November and wrote so to Stacy."
SIDE = "Three screens came on the first day. I would accept half."
APPEAL = "The letter of the hospital shows the days. I could not write then, and I said so on the first day."


@pytest.fixture
def bench(live: Live) -> Bench:
    """Stacy has contested her milestone, and Rae has asked Tim about it."""
    market = Market(live.office)
    story = market.story()
    made = Bench(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    with_exhibit(made)
    return made


def by_mail(live: Live, tim: PlainVisitor) -> None:
    """Opens the newest mail's link and presses its one button."""
    live.work()
    tim.go(live.link_in(live.mails(TIM)[-1]))
    tim.press("Open my case")


def kept(tim: PlainVisitor, field: str, words: str) -> None:
    """Types and keeps a draft by its button."""
    tim.page.locator(f"textarea[name={field}]").fill(words)
    tim.press("Keep the draft")
    tim.reads("Your draft is kept")
    assert tim.page.locator(f"textarea[name={field}]").input_value() == words


def answer_the_question(live: Live, tim: PlainVisitor) -> PlainVisitor:
    """Kept as a draft; then another day, another browser, a fresh link from the old one, and it is sent."""
    by_mail(live, tim)
    kept(tim, "answer", ANSWER)
    tim.picture("plain-question")
    old = live.link_in(live.mails(TIM)[-1])
    live.clock.advance(hours=25)
    tim = tim.leave()
    tim.go(old)
    tim.press("Send me a fresh link")
    by_mail(live, tim)
    assert tim.page.locator("textarea[name=answer]").input_value() == ANSWER
    tim.press("Send my answer")
    tim.reads("We have your answer", ANSWER)
    return tim


def answer_the_dispute(tim: PlainVisitor) -> None:
    tim.go("/me")
    tim.picture("plain-me")
    tim.leads_on(tim.page.locator("main a.button[href^='/disputes/']"))
    kept(tim, "answer", SIDE)
    tim.press("Send my answer")
    tim.reads("Both sides have spoken", SIDE)
    tim.picture("plain-dispute")


def withdraw(tim: PlainVisitor) -> None:
    tim.leads_on(tim.page.get_by_role("link", name=re.compile("^Withdraw")))
    tim.press("Withdraw this money")
    tim.press("Withdraw $1,750.00 USD")
    tim.reads("We send you $1,750.00 USD by Thursday 26 November 2026", "We send it by the end of Thursday 26 November 2026")
    tim.picture("plain-funds")


def appeal(live: Live, tim: PlainVisitor) -> None:
    """Begun, kept, gone on with, a file, checked, sent: a receipt with its day."""
    tim.follow("Appeal this decision")
    tim.page.get_by_label("Proof of an illness.").check()
    kept(tim, "body", APPEAL)
    tim.picture("plain-appeal")
    tim.go("/me")
    tim.follow("Go on with the appeal that you began")
    assert tim.page.get_by_label("Proof of an illness.").is_checked()
    path, shows = files(live.settings.instance / "to-send")[0]
    tim.page.get_by_label("Add a file").set_input_files(path)
    tim.page.get_by_label("What does this file show?").fill(shows)
    tim.press("Add this file")
    tim.reads("letter.pdf", shows)
    tim.press("Go on and check")
    tim.reads(APPEAL, "Proof of an illness.", shows)
    tim.press("Send my appeal")
    tim.picture("plain-receipt")
    tim.reads("We have your appeal. You get our answer by", "Your receipt", shows)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_everything_works_on_a_phone_without_scripts(live: Live, bench: Bench) -> None:
    bench.ask()
    tim = answer_the_question(live, live.without_scripts())
    answer_the_dispute(tim)
    bench.action_ref = bench.start()
    bench.issue(bench.action_ref)
    tim = tim.leave()
    by_mail(live, tim)
    tim.reads("suspended until", "6.4", FACTS)
    tim.picture("plain-statement")
    withdraw(tim)
    tim.go(f"/me/actions/{bench.action_ref}")
    appeal(live, tim)
