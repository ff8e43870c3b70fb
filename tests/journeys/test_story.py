"""The main story, by hand in a browser: a cited suspension that holds only the disputed money, an appeal, all undone."""

from __future__ import annotations

import pytest

from portal import verify
from tests.journeys.beginning import (
    answer_by_link,
    ask_first,
    clients_were_told,
    decide,
    dispute_the_milestone,
    funds_are,
    read_the_rules,
    read_the_statement,
    withdraw,
)
from tests.journeys.conftest import Live
from tests.journeys.hearing import appeal, first_reviewer_may_only_overturn, identity_is_asked_once, overturn, see_it_undone
from tests.journeys.settling import both_accept, decide_the_dispute, seven_days_pass
from tests.journeys.stage import OURS, Stage, on_stage
from tests.journeys.without_dispute import decide_with_a_hold, freed_at_once, held_for_the_platform, report

ON_ONE_DATABASE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""What these stories do is tested on both databases by the operations' own tests; here it is about the pages."""


def begin(stage: Stage) -> str:
    """Until the suspension is issued; returns the address of the case."""
    read_the_rules(stage.live.person(), stage.rule)
    stacy, tim = stage.person("stacy", by_hand=True), stage.person("tim", by_hand=True)
    rae = stage.reviewer("rae", by_hand=True)
    tim.go("/me")
    tim.picture("me-good")
    dispute_the_milestone(stacy)
    funds_are(tim, "$1,750.00 USD", "$400.00 USD")
    case_url = ask_first(rae, stage.rule)
    answer_by_link(stage)
    decide(rae, case_url, stage.rule)
    return case_url


def everything_holds(stage: Stage) -> None:
    stage.live.work()
    assert list(verify.violations(stage.live.office, stage.live.settings)) == []


def hear(stage: Stage, case_url: str) -> None:
    """The rest: statement, money, clients, identity, appeal, and everything undone."""
    withdraw(read_the_statement(stage))
    stage.live.work()
    clients_were_told(stage)
    everything_holds(stage)
    identity_is_asked_once(stage, case_url)
    appeal_ref = appeal(stage)
    first_reviewer_may_only_overturn(stage, appeal_ref)
    overturn(stage, appeal_ref)
    see_it_undone(stage)


def test_the_main_story(live: Live) -> None:
    stage = on_stage(live, OURS)
    case_url = begin(stage)
    hear(stage, case_url)
    everything_holds(stage)
    both_accept(stage, decide_the_dispute(stage, "rae"))
    everything_holds(stage)


@ON_ONE_DATABASE
def test_a_reversal_frees_what_only_the_platform_claimed(live: Live) -> None:
    platform_claim_is_freed(on_stage(live, OURS))


def platform_claim_is_freed(stage: Stage) -> None:
    """A report alone, a suspension that holds the money under its own rule, and its reversal."""
    report(stage.person("stacy"))
    rae = stage.reviewer("rae")
    case_url = ask_first(rae, stage.rule)
    answer_by_link(stage)
    decide_with_a_hold(rae, case_url, stage.rule)
    tim = stage.person("tim")
    held_for_the_platform(stage, tim)
    overturn(stage, appeal(stage))
    freed_at_once(stage.person("tim"))
    everything_holds(stage)


@ON_ONE_DATABASE
def test_without_an_answer_the_decision_is_carried_out_after_seven_days(live: Live) -> None:
    stage = on_stage(live, OURS)
    dispute_the_milestone(stage.person("stacy"))
    seven_days_pass(stage, decide_the_dispute(stage, "kim"))
    everything_holds(stage)
