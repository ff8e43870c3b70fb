"""Where an account was closed nobody chooses to finish: what both could agree to has to be possible."""

import pytest
from sqlalchemy import select

from portal.contracts.running import choices_of, choose_way
from portal.core.access import Actor
from portal.core.i18n import language
from portal.enforcement.contract_lines import contract_line
from portal.enforcement.models import Measure
from portal.enforcement.operations import withdraw_action
from portal.notices.models import Notice
from portal.notices.outgoing_queries import unanswered
from tests.enforcement.conftest import Desk
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_ending import end, violations
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


ASKED = "contract_ask_again"


def asked(desk: Desk) -> list[Notice]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == ASKED).order_by(Notice.id)))


def closed_after(desk: Desk, *finishing: Actor) -> None:
    """Tim's account is being closed; these choose to finish meanwhile, and then the closing takes effect."""
    sign(desk, propose(desk))
    settle(desk)
    for actor in finishing:
        choose(desk, actor, "finish")
    desk.later(days=31)
    settle(desk)


def ends(desk: Desk) -> list[tuple[str, str | None]]:
    with desk.office.database.read() as session:
        return [(one.way, one.end_kind) for one in choices_of(session, desk.story.contract.id)]


def test_who_wanted_to_finish_with_an_account_that_is_closed_is_asked_again(desk: Desk) -> None:
    closed_after(desk, desk.story.stacy.actor)
    assert ends(desk) == [("finish", "impossible")]
    told = asked(desk)
    assert {one.recipient_id for one in told} == {desk.story.tim.person.id, desk.story.stacy.person.id}
    assert all("can hand over what exists" in (one.body or "") and "Photo app" not in (one.mail_body or "") for one in told)
    assert all("settle" not in (one.body or "") for one in told), "nothing is paid in that could be divided"
    assert violations(desk) == []


def test_what_both_agreed_on_is_asked_again_and_can_be_agreed_on_once_more(desk: Desk) -> None:
    story = desk.story
    closed_after(desk, story.stacy.actor, story.tim.actor)
    assert ends(desk) == [("finish", "agreed"), ("finish", "agreed")] and len(asked(desk)) == 2
    with desk.office.database.read() as session:
        assert list(unanswered(session, desk.office.keyring, taken=True)) == [], "nobody is told to finish any more"
    assert not choose(desk, story.stacy.actor, "hand_over") and choose(desk, story.tim.actor, "hand_over")
    assert refused(lambda: choose(desk, story.tim.actor, "hand_over")) == "agreed"
    with desk.office.database.read() as session:
        assert [one["data"]["way"] for one in unanswered(session, desk.office.keyring, taken=True)] == ["hand_over"]
    settle(desk)
    assert len(asked(desk)) == 2 and violations(desk) == []


def test_the_other_side_is_asked_after_it_heard_of_the_closing(desk: Desk) -> None:
    closed_after(desk, desk.story.stacy.actor)
    with desk.office.database.read() as session:
        [heard] = session.scalars(select(Notice).where(
            Notice.kind == "counterpart_action", Notice.recipient_id == desk.story.stacy.person.id))
    [hers] = [one for one in asked(desk) if one.recipient_id == desk.story.stacy.person.id]
    assert hers.after_id in (heard.id, None) and hers.created_at >= heard.not_before


def test_a_closing_that_was_taken_back_asks_nobody(desk: Desk) -> None:
    ref = propose(desk)
    sign(desk, ref)
    settle(desk)
    choose(desk, desk.story.stacy.actor, "finish")
    end(desk, ref, withdraw_action)
    desk.later(days=31)
    settle(desk)
    assert (ends(desk), asked(desk)) == ([("finish", None)], [])


def test_other_choices_stand(desk: Desk) -> None:
    sign(desk, propose(desk))
    settle(desk)
    choose(desk, desk.story.stacy.actor, "hand_over")
    desk.later(days=31)
    settle(desk)
    assert (ends(desk), asked(desk)) == ([("hand_over", None)], [])
    assert choose(desk, desk.story.tim.actor, "hand_over")


@pytest.mark.parametrize(("measure", "kept", "ways"), [
    (Measure.SUSPENSION, True, "finish, hand over or settle."), (Measure.SUSPENSION, False, "finish or hand over."),
    (Measure.TERMINATION, True, "to hand over what exists, or to settle."),
    (Measure.TERMINATION, False, "to hand over what exists."),
])
def test_only_what_is_possible_is_listed(desk: Desk, measure: Measure, kept: bool, ways: str) -> None:
    said = contract_line(desk.story.contract, language("en"), measure, settles=kept)
    assert said.endswith(ways) and ("finish" in said) is (measure is Measure.SUSPENSION)


def test_the_notice_of_a_closing_does_not_offer_to_finish(desk: Desk) -> None:
    closed_after(desk)
    with desk.office.database.read() as session:
        told = [one.body or "" for one in session.scalars(select(Notice).where(Notice.kind == "counterpart_action"))]
    assert told and all("no work is done on it any more" in body for body in told if "stays open" in body)
    assert not [body for body in told if "finish" in body]
