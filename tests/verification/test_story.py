"""The story: asked once, sent, turned down with what exactly was wrong, sent again, accepted, and not asked for again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core.errors import RuleBroken
from portal.log.models import Event
from portal.verification.operations import submit_item
from tests.factories.market import Market, Story, refused
from tests.verification.making import FIX, PURPOSE, Checks


def test_a_request_names_its_clause_and_purpose(checks: Checks, story: Story) -> None:
    checks.ask()
    [notice] = checks.notices("identity_asked")
    assert notice.recipient_id == story.tim.person.id
    for said in ("An identity document", "2.2", PURPOSE, "- A driving licence", "- A residence permit"):
        assert said in (notice.body or "")
    assert PURPOSE not in (notice.mail_body or "")
    assert "An identity document" not in (notice.mail_body or "")


def test_a_submission_gets_a_receipt_at_once_and_time_for_an_answer(checks: Checks, market: Market) -> None:
    item_ref = checks.ask()["item"]
    receipt = checks.send(item_ref, note="Both sides.")["receipt"]
    last = checks.view(item_ref).last
    [notice] = checks.notices("identity_receipt")
    assert last is not None
    assert last.submission.ref == receipt
    assert last.submission.answer_by.date() - market.now.date() == timedelta(days=4), "three working days after a Sunday"
    assert receipt in (notice.body or "")
    assert checks.lines() == [("identity", item_ref)]


def test_a_rejection_says_what_exactly_was_wrong(checks: Checks) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.reject(item_ref)
    [notice] = checks.notices("identity_rejected")
    for said in ("A part that we need is cut off or covered.", FIX, "- A driving licence"):
        assert said in (notice.body or "")
    assert FIX not in (notice.mail_body or "")
    assert (checks.view(item_ref).item.state, checks.lines()) == ("rejected", [])


def test_the_second_submission_is_accepted_until_a_date(checks: Checks, market: Market, story: Story) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.reject(item_ref)
    checks.send(item_ref)
    checks.accept(item_ref)
    view = checks.view(item_ref)
    assert (view.item.state, view.item.asked_count, len(view.sent), view.times_answered) == ("accepted", 1, 2, 2)
    assert view.holds(market.now) and not view.holds(market.now + timedelta(days=702))


def test_the_same_is_not_asked_for_again_and_the_reviewer_reads_why(checks: Checks, story: Story) -> None:
    checks.accepted()
    with pytest.raises(RuleBroken) as again:
        checks.ask(story.ola)
    assert again.value.code == "already_accepted"
    assert again.value.params["day"] == "Sunday 22 November 2026"
    assert len(checks.notices("identity_asked")) == 1


def test_what_has_expired_is_asked_for_again(checks: Checks, market: Market) -> None:
    item_ref = checks.accepted()
    market.office.clock.advance(days=701)
    assert checks.ask()["item"] == item_ref
    assert checks.view(item_ref).item.asked_count == 2


def test_a_named_new_reason_asks_again(checks: Checks) -> None:
    item_ref = checks.accepted()
    assert refused(lambda: checks.ask(new_reason="account_taken_over", new_words="short")) == "too_short"
    checks.ask(new_reason="account_taken_over", new_words="A new device paid out twice last night.")
    newest = checks.notices("identity_asked")[-1]
    assert "A new device paid out twice last night." in (newest.body or "")
    assert "We have asked for this once before." in (newest.body or "")
    assert checks.view(item_ref).item.state == "open"


def test_a_difference_in_names_is_no_reason(checks: Checks) -> None:
    item_ref = checks.accepted()
    again = refused(lambda: checks.ask(new_reason="name_differs", new_words="The name is written differently."))
    assert again == "name_alone"
    checks.ask(new_reason="law_asks", new_words="Tax law, section 93, asks for a new copy.")
    checks.send(item_ref)
    assert refused(lambda: checks.reject(item_ref, code="name_differs")) == "name_alone"


def test_everything_is_on_record(checks: Checks, market: Market) -> None:
    item_ref = checks.accepted()
    with market.office.database.read() as session:
        events = session.scalars(select(Event).where(Event.subject_ref == item_ref).order_by(Event.at, Event.id)).all()
    assert [event.kind for event in events] == [
        "identity.asked", "identity.submitted", "identity.taken", "identity.accepted"
    ]
    tables = [{entry[0] for entry in json.loads(event.manifest)} for event in events]
    assert tables[0] >= {"verification_item", "verification_request", "notice"}
    assert tables[1] >= {"verification_submission", "notice"}
    assert tables[3] >= {"verification_review", "notice"}


def test_four_clicks_are_one_submission(checks: Checks, market: Market) -> None:
    item_ref = checks.ask()["item"]
    document = checks.upload(item_ref)
    market.key = lambda: "same"  # type: ignore[method-assign]
    who = checks.tim
    sent = {market.do(submit_item, who, item_ref=item_ref, documents=[document], note="")["receipt"] for _ in range(4)}
    assert len(sent) == 1
    assert len(checks.view(item_ref).sent) == 1
