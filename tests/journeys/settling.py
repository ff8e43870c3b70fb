"""The end of the story: the dispute is answered and decided, both accept it or seven days pass, and the money follows."""

from __future__ import annotations

import re

from tests.journeys.conftest import Visitor
from tests.journeys.stage import Stage

ANSWER = "I delivered three screens on the first day and was then in hospital. I would accept half."
REASONS = "Term 2 speaks of work that is not completed as described. Half of the screens came and can be used."


def decide_the_dispute(stage: Stage, reviewer: str) -> str:
    """The freelancer answers; a reviewer decides a split under the contract's own term. Returns the dispute's address."""
    tim = stage.person("tim")
    tim.go("/me")
    tim.leads_on(tim.page.locator("main a[href^='/disputes/']").first)
    address = re.sub(r"^https?://[^/]+|#.*", "", tim.page.url)
    tim.page.locator("textarea[name=answer]").fill(ANSWER)
    tim.press("Send my answer")
    desk = stage.reviewer(reviewer)
    desk.go(f"/desk{address}")
    if desk.page.get_by_role("button", name=re.compile("^Take")).count():
        desk.leads_on(desk.page.get_by_role("button", name=re.compile("^Take")).first)
    desk.page.get_by_label("Each gets a part").check()
    desk.page.get_by_role("textbox", name="Goes back to Stacy").fill("200")
    desk.page.get_by_label(re.compile("Full refund of a milestone")).check()
    desk.page.get_by_label("Your reasons").fill(REASONS)
    desk.picture("dispute-desk")
    desk.press("Show what both will read")
    desk.reads(REASONS, "$200.00 USD")
    desk.picture("dispute-preview")
    desk.press("Decide this dispute")
    return address


def accept(visitor: Visitor, address: str) -> None:
    visitor.go(address)
    visitor.reads(REASONS, "$200.00 USD")
    visitor.picture("dispute-decided")
    visitor.leads_on(visitor.page.get_by_role("button", name=re.compile("Accept|Agree", re.I)).first)


def both_see_the_money(stage: Stage, address: str) -> None:
    stacy, tim = stage.person("stacy"), stage.person("tim")
    tim.go("/me/funds")
    tim.reads("Nothing is on hold")
    for visitor in (stacy, tim):
        visitor.go(address)
        visitor.reads("$200.00 USD")
        visitor.picture("dispute-done")


def both_accept(stage: Stage, address: str) -> None:
    accept(stage.person("stacy"), address)
    accept(stage.person("tim"), address)
    both_see_the_money(stage, address)


def seven_days_pass(stage: Stage, address: str) -> None:
    stage.live.clock.advance(days=8, hours=13)
    stage.live.work()
    both_see_the_money(stage, address)
