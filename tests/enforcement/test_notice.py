"""Ending an account before its notice is over: only by an exception, with ground and reason, signed by two, in the letter."""

from __future__ import annotations

from typing import Any

import pytest

from portal.enforcement.operations import withdraw_action
from portal.enforcement.queries import statement_of
from portal.enforcement.rules import State
from tests.enforcement.conftest import Desk
from tests.enforcement.test_amending import counterparts
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_ending import end, state_of, suspended, violations
from tests.factories.market import refused

SOONER = {
    "notice_exception": "legal_obligation", "exception_ground": "Order 12/26 of the payment authority, 20 November 2026",
    "exception_reason": "The order forbids us to keep the account open.",
}


def closed(desk: Desk, **other: Any) -> str:
    ref = propose(desk, ref=desk.ready(), **SOONER | other)
    sign(desk, ref)
    return ref


def test_account_ends_at_once_and_the_letter_says_why(desk: Desk) -> None:
    ref = closed(desk)
    action = desk.action(ref)
    assert action.effective_at == action.issued_at and state_of(desk) is State.TERMINATED
    with desk.office.database.read() as session:
        said = (statement_of(session, ref)[0] or {})["notice_exception"]
    assert said["kind"] == "legal_obligation" and said["ground"] == SOONER["exception_ground"] and said["usual"]
    assert refused(lambda: end(desk, ref, withdraw_action)) == "nothing_to_withdraw"
    days_later(desk, 1)
    assert len(counterparts(desk)) == 2 and violations(desk) == []


def test_a_day_before_the_usual_one_can_be_given(desk: Desk) -> None:
    ref = closed(desk, takes_effect_on=desk.market.day(-10).isoformat())
    assert state_of(desk) is State.GOOD and violations(desk) == []
    end(desk, ref, withdraw_action)
    assert desk.action(ref).status == "withdrawn" and violations(desk) == []


@pytest.mark.parametrize(("other", "code"), [
    ({"exception_ground": " "}, "ground_missing"), ({"exception_reason": ""}, "exception_reason_missing"),
    ({"notice_exception": "because"}, "unknown_exception"), ({"notice_exception": "repeated_infringement"}, "not_repeated"),
    ({"takes_effect_on": "2026-01-01"}, "effect_past"), ({"takes_effect_on": "2027-06-01"}, "effect_late"),
    ({"takes_effect_on": "soon"}, "not_a_day"), ({"measure": "suspension"}, "notice_of_nothing"),
])
def test_refusals(desk: Desk, other: dict[str, str], code: str) -> None:
    ref = desk.ready()
    assert refused(lambda: propose(desk, ref=ref, **SOONER | other)) == code


def test_repeated_needs_an_earlier_time(desk: Desk) -> None:
    day = desk.market.day
    suspended(desk, conduct_from=day(30).isoformat(), conduct_to=day(25).isoformat())
    ref = closed(desk, notice_exception="repeated_infringement")
    assert desk.action(ref).occurrence == 2 and violations(desk) == []
