"""The desk without scripts: a case is taken, its rule is picked, the person is asked, and the decision is read and issued."""

from __future__ import annotations

import pytest

from tests.journeys.beginning import answer_by_link, ask_first, decide, dispute_the_milestone
from tests.journeys.conftest import Live
from tests.journeys.stage import OURS, on_stage


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_case_is_decided_at_the_desk_without_scripts(live: Live) -> None:
    stage = on_stage(live, OURS)
    dispute_the_milestone(stage.person("stacy"))
    rae = live.without_scripts()
    rae.sign_in("rae@desk.example", stage.password, stage.secrets["rae"])
    case = ask_first(rae, OURS)
    answer_by_link(stage)
    decide(rae, case, OURS)
    live.work()
    assert any(OURS.number in str(mail) for mail in live.letters("tim@example.com")), "the decision went to the person"
