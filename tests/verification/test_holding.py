"""In whose hands an identity check is: nobody takes it back, signs it or talks about it for somebody else."""

from __future__ import annotations

import pytest

from portal.cases.hands import OutOfReach, require_reader
from portal.core.access import Role
from portal.enforcement.handing import hand_over
from portal.verification.operations import co_sign_request, finish_talk, return_request, withdraw_request
from tests.factories.market import Market, Staff, Story, refused
from tests.verification.making import Checks
from tests.verification.test_promises import WHY, asked_thrice

REASON = "The payout limit was raised for everybody."


@pytest.fixture
def lead(market: Market) -> Staff:
    return market.staff("Lena Ortiz", Role.LEAD)


@pytest.fixture
def kim(market: Market) -> Staff:
    return market.staff("Kim Sato")


def reads(checks: Checks, staff: Staff) -> bool:
    with checks.market.office.database.read() as session:
        try:
            require_reader(session, staff.actor, checks.case_ref)
        except OutOfReach:
            return False
    return True


def withdraw(checks: Checks, staff: Staff, item_ref: str) -> str | None:
    """None when they may take it back, else why not."""
    step = {"item_ref": item_ref, "reason": REASON}
    return refused(lambda: checks.market.do(withdraw_request, staff.actor, **step))


def give(checks: Checks, lead: Staff, to: Staff, what: str) -> None:
    args = {"case_ref": checks.case_ref, "what": what, "to": to.handle, "reason": "They know this case."}
    checks.market.do(hand_over, lead.actor, **args)


def test_nobody_takes_back_what_somebody_else_has_in_hand(checks: Checks, story: Story, kim: Staff) -> None:
    item_ref = checks.ask(story.ola)["item"]
    assert withdraw(checks, kim, item_ref) == "with_nobody", "Ola asked, and nothing is with Kim"
    checks.send(item_ref)
    checks.take(item_ref, story.ola)
    assert withdraw(checks, kim, item_ref) == "with_somebody_else"
    assert not reads(checks, kim)
    assert checks.view(item_ref).item.state == "in_review"


def test_who_asked_no_longer_takes_it_back_once_it_is_with_another(checks: Checks, story: Story) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.take(item_ref, story.ola)
    assert withdraw(checks, story.rae, item_ref) == "with_somebody_else"
    checks.market.do(withdraw_request, story.ola.actor, item_ref=item_ref, reason=REASON)
    assert checks.view(item_ref).item.state == "withdrawn"


def test_a_lead_takes_back_what_is_with_nobody(checks: Checks, lead: Staff) -> None:
    item_ref = checks.ask()["item"]
    checks.market.do(withdraw_request, lead.actor, item_ref=item_ref, reason=REASON)
    assert checks.view(item_ref).item.state == "withdrawn"


@pytest.mark.parametrize("step", [co_sign_request, return_request])
def test_only_who_was_given_a_request_signs_or_returns_it(
    checks: Checks, story: Story, lead: Staff, kim: Staff, step: object
) -> None:
    made = asked_thrice(checks)
    give(checks, lead, kim, made["request"])
    args = {"request_ref": made["request"], "reason": WHY}
    assert refused(lambda: checks.market.do(step, story.ola.actor, **args)) == "with_somebody_else"
    assert not reads(checks, story.ola)
    checks.market.do(step, kim.actor, **args)
    assert checks.view(made["item"]).pending is None


def test_a_talk_that_another_lead_has_is_theirs(checks: Checks, market: Market, lead: Staff) -> None:
    item_ref, lee = checks.ask()["item"], market.staff("Lee Marsh", Role.LEAD)
    for _ in range(3):
        checks.send(item_ref)
        checks.reject(item_ref)
    give(checks, lead, lee, item_ref)
    found = {"item_ref": item_ref, "found": "A notary near Tim confirms it; we pay for it."}
    assert refused(lambda: market.do(finish_talk, lead.actor, **found)) == "with_somebody_else"
    market.do(finish_talk, lee.actor, **found)
    assert checks.lines() == []
