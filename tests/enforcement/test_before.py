"""What was decided before: nobody acts first twice."""

from typing import Any

import pytest

from portal.core.errors import Refusal
from portal.enforcement import checks
from tests.enforcement.conftest import Desk
from tests.enforcement.test_lapses import settle


def refusal(step: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        step()
    return caught.value


def broken(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


def test_an_interim_action_that_lapsed_leaves_the_decision_open(desk: Desk) -> None:
    threats = str(desk.clause("threats"))
    desk.issue(desk.start("threats"), interim=True, clause_version_id=threats)
    desk.later(hours=80)
    settle(desk)
    second = desk.ready("threats")
    desk.issue(second, clause_version_id=threats)
    assert (desk.action(second).occurrence, desk.action(second).supersedes_id) == (1, None) and broken(desk) == []


@pytest.mark.parametrize("hours", [1, 80])
def test_nobody_acts_first_twice_in_a_case(desk: Desk, hours: int) -> None:
    threats = str(desk.clause("threats"))
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=threats)
    desk.later(hours=hours)
    settle(desk)
    second, day = desk.start("threats"), desk.market.day
    for form in ({}, {"conduct_from": day(40).isoformat(), "conduct_to": day(30).isoformat()}):
        error = refusal(lambda form=form: desk.issue(second, interim=True, clause_version_id=threats, **form))
        assert (error.code, error.field, error.params["earlier"]) == ("interim_again", "interim", first)
    assert broken(desk) == []
