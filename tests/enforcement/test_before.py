"""What was decided before: nothing is decided twice, nobody acts first twice, money is held once more at the most."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import Refusal
from portal.enforcement import checks
from portal.enforcement.operations import discard_action, propose_action
from portal.enforcement.queries import statement_of
from portal.ledger.models import Hold
from tests.enforcement.conftest import Desk
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_lapses import settle
from tests.factories.market import refused, usd


def refusal(step: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        step()
    return caught.value


def broken(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


def test_the_same_conduct_is_decided_once(desk: Desk) -> None:
    first = desk.ready()
    desk.issue(first)
    second = desk.ready()
    for form in ({}, {"measure": "warning"}, {"ends_on": desk.market.day(-60).isoformat()},
                 {"conduct_from": desk.market.day(3).isoformat(), "conduct_to": desk.market.day().isoformat()}):
        error = refusal(lambda form=form: desk.issue(second, **form))
        assert (error.code, error.field, error.params["earlier"]) == ("already_decided", "clause_version_id", first)
    fields = desk.form(measure="termination", ends_on="")
    proposed = {"action_ref": second, "version": 1, "fields": fields}
    assert refused(lambda: desk.market.do(propose_action, desk.story.rae.actor, **proposed)) == "already_decided"
    assert desk.action(second).status == "draft" and broken(desk) == []


@pytest.mark.parametrize("other", ["days", "contract"])
def test_what_happened_besides_is_another_time(desk: Desk, other: str) -> None:
    first = desk.ready()
    desk.issue(first)
    second, day = desk.ready(), desk.market.day
    apart = {
        "days": {"conduct_from": day(40).isoformat(), "conduct_to": day(11).isoformat()},
        "contract": {"objects": [f"contract:{desk.story.other_contract.ref}"]},
    }
    desk.issue(second, **apart[other])
    with desk.office.database.read() as session:
        assert (statement_of(session, second)[0] or {})["earlier"] == [first]
    assert desk.action(second).occurrence == 2 and broken(desk) == []


def test_what_was_never_issued_decides_nothing(desk: Desk) -> None:
    dropped = desk.ready()
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=dropped)
    second = desk.start()
    desk.issue(second)
    assert desk.action(second).occurrence == 1 and broken(desk) == []


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


def held(desk: Desk, **form: Any) -> dict[str, Any]:
    """A form that holds $850 of Omar's second milestone, for something that happened since the last decision."""
    day = desk.market.day
    return desk.hold(85_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2") | {
        "conduct_from": day(10).isoformat(), "conduct_to": day(1).isoformat(), "ends_on": day(-20).isoformat(),
    } | form


def month_later(desk: Desk) -> str:
    desk.later(days=32)
    settle(desk)
    return desk.ready()


def test_money_is_held_once_more_with_a_second_signature_and_no_third_time(desk: Desk) -> None:
    desk.issue(desk.ready(), **held(desk))
    second = month_later(desk)
    error = refusal(lambda: desk.issue(second, **held(desk)))
    assert (error.code, error.params["why"]) == ("needs_cosignature", "held_before")
    propose(desk, 1, second, **held(desk, measure="suspension"))
    sign(desk, second)
    assert desk.market.funds(desk.story.tim).held == usd(85_000 + 40_000), "the dispute has its own"
    third = month_later(desk)
    for alone in (True, False):
        error = refusal(lambda alone=alone: desk.issue(third, **held(desk)) if alone else propose(desk, 1, third, **held(desk)))
        assert (error.code, error.field) == ("held_twice", "hold_amount_minor")
    desk.issue(third, **held(desk, hold_amount_minor="90000", hold_milestone="1"))
    with desk.office.database.read() as session:
        amounts = session.scalars(select(Hold.amount_minor).where(Hold.amount_minor > 40_000).order_by(Hold.id)).all()
    assert amounts == [85_000, 85_000, 90_000] and broken(desk) == []
