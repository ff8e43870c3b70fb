"""Where an account was closed nobody chooses to finish: what both could agree to has to be possible."""

from portal.contracts.running import choose_way
from portal.core.access import Actor
from tests.enforcement.conftest import Desk
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_lapses import settle
from tests.factories.market import refused


def choose(desk: Desk, actor: Actor, way: str) -> bool:
    return bool(desk.market.do(choose_way, actor, contract_ref=desk.story.contract.ref, way=way)["agreed"])


def test_until_the_account_is_closed_the_work_can_be_finished(desk: Desk) -> None:
    sign(desk, propose(desk))
    settle(desk)
    assert not choose(desk, desk.story.tim.actor, "finish") and choose(desk, desk.story.stacy.actor, "finish")


def test_nobody_finishes_with_a_closed_account_and_both_can_hand_over(desk: Desk) -> None:
    sign(desk, propose(desk))
    choose(desk, desk.story.stacy.actor, "finish")
    desk.later(days=31)
    settle(desk)
    for side in (desk.story.tim, desk.story.stacy):
        assert refused(lambda side=side: choose(desk, side.actor, "finish")) == "cannot_finish"
    assert not choose(desk, desk.story.tim.actor, "hand_over") and choose(desk, desk.story.stacy.actor, "hand_over")
