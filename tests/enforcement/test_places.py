"""Payouts while an account is protected: to every place that could be used before, and to no new one."""

import pytest

from portal.core.errors import RuleBroken
from portal.enforcement.operations import co_sign, lift_action, propose_action
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from tests.enforcement.conftest import Desk
from tests.enforcement.test_ordering import ordered, violations
from tests.enforcement.test_protecting import begin, protect, protective_form

PLACES = {"measure": "restriction", "scope": ["new_places"]}


def new_place(desk: Desk) -> str:
    return desk.market.destination(desk.story.tim, days_ago=0)


def paid_to(desk: Desk, place: str) -> str | None:
    """Why a payout of a cent there is refused; None where it is not."""
    try:
        desk.market.pay_out(desk.story.tim, place, 1)
    except RuleBroken as error:
        return error.code
    return None


def test_money_goes_on_to_a_place_that_could_be_used_before(desk: Desk) -> None:
    place = new_place(desk)
    desk.later(hours=72)
    protect(desk, **PLACES)
    assert (paid_to(desk, desk.story.destination), violations(desk)) == (None, [])
    assert paid_to(desk, place) is None, "from that very instant on it could be used"
    with desk.office.database.read() as session:
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.RESTRICTED


def test_none_goes_to_a_place_that_could_not_be_used_yet(desk: Desk) -> None:
    place = new_place(desk)
    desk.later(days=2)
    ref = protect(desk, **PLACES)
    desk.later(days=2)
    assert paid_to(desk, place) == "destination_limited", "its wait is over, and the account is protected"
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It was Tim.")
    assert paid_to(desk, place) is None and violations(desk) == []


def test_a_renewal_lets_no_place_in_that_the_first_kept_out(desk: Desk) -> None:
    place = new_place(desk)
    desk.later(days=1)
    protect(desk, **PLACES)
    desk.later(days=2)
    ref = begin(desk)
    fields = protective_form(desk, **PLACES)
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.later(hours=23)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="The new device is still signed in.")
    desk.later(days=1)
    assert paid_to(desk, place) == "destination_limited"
    desk.later(days=3)
    assert paid_to(desk, place) is None and violations(desk) == []


@pytest.mark.parametrize("nature", ["legal", "conduct"])
def test_nothing_else_limits_where_money_goes(desk: Desk, nature: str) -> None:
    with pytest.raises(RuleBroken) as wrong:
        ordered(desk, **PLACES) if nature == "legal" else desk.issue(desk.ready(), **PLACES)
    assert (wrong.value.code, wrong.value.field) == ("unknown_scope", "scope")
