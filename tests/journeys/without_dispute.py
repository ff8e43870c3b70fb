"""Step 8 of the story once more, where nobody contests: a report, a claim of the platform, and a reversal that frees it."""

from __future__ import annotations

from tests.journeys.beginning import fill_in, read_and_issue, start_a_decision
from tests.journeys.conftest import Visitor
from tests.journeys.stage import Rule, Stage

WORDS = "I paid the design on 12 November. A picture came on the first day, and since then he has not answered."


def report(stacy: Visitor) -> str:
    """Stacy only reports: her money is not contested. Returns the reference of the report."""
    stacy.go("/reports/new")
    stacy.follow("Photo app")
    stacy.picture("report-form")
    stacy.page.get_by_label("What happened?").fill(WORDS)
    stacy.press("Send my report")
    stacy.reads("We have your report", WORDS)
    stacy.picture("report-client")
    return stacy.page.url.rsplit("/", 1)[-1]


def decide_with_a_hold(rae: Visitor, case_url: str, rule: Rule) -> None:
    """An exhibit is put on record, then a suspension that holds the $400 of the milestone under the rule's own claim."""
    start_a_decision(rae, case_url, rule)
    rae.press("Add an exhibit (your draft is kept)")
    rae.page.get_by_role("radio").first.check()
    rae.page.get_by_label("What it shows, in one line").fill("What Stacy reported on 22 November")
    rae.press("Put it on record")
    fill_in(rae)
    rae.page.get_by_label("On which milestone").select_option(index=1)
    rae.page.get_by_label("Amount to hold").fill("400")
    read_and_issue(rae, rule)


def funds_say(visitor: Visitor, *texts: str) -> None:
    visitor.go("/me/funds")
    visitor.reads(*texts)


def held_for_the_platform(stage: Stage, tim: Visitor) -> None:
    """The person sees whose claim it is, on which rule, until when; everything else stays theirs."""
    funds_say(
        tim, "You can withdraw $1,750.00 USD now", "$400.00 USD is on hold because we decided that a rule applies to it",
        f"We claim $400.00 USD of it under rule {stage.rule.number}", "at the latest", "Photo app",
    )
    tim.picture("funds-platform-hold")


def freed_at_once(tim: Visitor) -> None:
    """The same second, without any worker: nothing is on hold, everything can be withdrawn."""
    funds_say(tim, "You can withdraw $2,150.00 USD now", "Nothing is on hold")
    tim.picture("funds-freed")
    tim.go("/me")
    tim.reads("We were wrong. The decision is overturned")
    tim.never_reads("on hold")
