"""A lead gives the review of a dispute to somebody else over HTTP: the button, its reason, and who is offered none."""

from __future__ import annotations

from portal.core.access import Role
from portal.disputes.operations import ask_review
from tests.disputes.deciding import WHY, Bench
from tests.web.desk_support import Desk, words_of
from tests.web.test_dispute_decisions import post

DRAW = "Give it to somebody else, at random"


def test_a_lead_draws_a_review_again(desk: Desk, bench: Bench) -> None:
    kim = desk.market.staff("Kim Sato", Role.LEAD)
    post(desk, bench, "decide", outcome="refund")
    desk.market.do(ask_review, desk.story.tim.actor, dispute_ref=bench.ref, reason=WHY)
    assert DRAW not in desk.get(f"/desk/disputes/{bench.ref}")
    lead, at, before = desk.sign_in(kim), f"/desk/disputes/{bench.ref}", bench.assignee()
    assert DRAW in desk.get(at, lead)
    refused = desk.send(f"{at}/draw", {"version": str(bench.dispute.version), "draw_reason": " "}, lead)
    assert (refused.status_code, "Say in writing why." in refused.text) == (422, True)
    stale = desk.send(f"{at}/draw", {"version": "0", "draw_reason": "They are away."}, lead)
    assert (stale.status_code, "They are away." in stale.text) == (409, True)
    sent = desk.send(f"{at}/draw", {"version": str(bench.dispute.version), "draw_reason": "They are away."}, lead)
    assert (sent.status_code, bench.assignee() != before) == (303, True)
    assert "Review of the dispute given to somebody else by lot" in words_of(desk.get(at, lead))


def test_before_a_review_is_asked_for_nothing_is_drawn(desk: Desk, bench: Bench) -> None:
    lead = desk.sign_in(bench.lee)
    assert DRAW not in desk.get(f"/desk/disputes/{bench.ref}", lead)
    sent = post(desk, bench, "draw", lead, draw_reason="They are away.")
    assert (sent.status_code, "Nobody has asked for a review of this." in words_of(sent.text)) == (422, True)
