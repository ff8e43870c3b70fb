"""Asking to come back after a termination: from which day, the receipt, the answer, and what follows when we are late."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.act import Office
from portal.appeals.operations import (
    ask_to_come_back,
    attach_to_request,
    draw_request_again,
    file_appeal,
    remove_request_file,
    withdraw_request,
)
from portal.appeals.reinstatement_models import Reinstatement, ReinstatementDecision
from portal.appeals.reinstatements import conditions_of_account, decision_record, files_of
from portal.core.clock import add_months, local_day
from portal.core.errors import NotFound
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.enforcement.operations import lift_action
from portal.enforcement.queries import statement_of
from portal.enforcement.rules import State
from portal.log.models import Event
from portal.log.operations import add
from tests.appeals.coming_back import CONDITIONS, DIFFERENT, HAPPENED, REASONS, Closed, closed
from tests.appeals.conftest import BODY, Bench
from tests.factories.market import refused
from tests.factories.promising import proven, rows

TAKEN = Taken("letter.pdf", "application/pdf", 1001, "1" * 64, "key-0001", b"sealed")


@pytest.fixture
def desk(office: Office) -> Closed:
    return closed(office)


def test_before_its_day_one_is_told_from_when(office: Office) -> None:
    desk = closed(office, passes=False)
    action, found = desk.action(desk.action_ref), desk.asking()
    assert action.effective_at is not None and found.from_at is not None and found.why_not == "too_early"
    zone = desk.story.tim.person.zone
    closed_on, first = local_day(action.effective_at, zone), local_day(found.from_at, zone)
    assert add_months(closed_on, 6) == first
    with desk.office.database.read() as session:
        record = statement_of(session, desk.action_ref)[0] or {}
    assert record["redress"]["come_back_from"] == found.from_at.isoformat().replace("+00:00", ".000000Z")
    assert refused(desk.come_back) == "too_early"
    desk.passes(seconds=(found.from_at - desk.market.now).total_seconds() - 3 * 86400)
    assert refused(desk.come_back) == "too_early" and desk.state() is State.TERMINATED and proven(desk.market) == []
    assert desk.notices("reinstatement_opens") == []


def test_on_its_day_one_hears_that_one_can_ask_and_the_termination_goes_on(desk: Closed) -> None:
    [told] = desk.notices("reinstatement_opens")
    assert told.recipient_id == desk.story.tim.person.id and told.target == f"/reinstatements/new?action={desk.action_ref}"
    assert desk.asking().why_not is None
    desk.passes(days=60)
    assert desk.state() is State.TERMINATED and len(desk.notices("reinstatement_opens")) == 1 and proven(desk.market) == []


def test_asked_it_has_a_receipt_and_is_with_somebody_who_had_no_part(desk: Closed) -> None:
    ref = desk.come_back()
    request = desk.request(ref)
    [receipt] = desk.notices("reinstatement_filed")
    assert receipt.recipient_id == desk.story.tim.person.id and ref in receipt.subject
    assert "If we are late, the decision ends and you are back." in receipt.body
    assert desk.holder(ref) in (desk.kim, desk.lee) and desk.items(ref)[0].due_at == request.answer_by
    assert request.answer_by is not None and request.filed_at is not None
    assert 14 <= (request.answer_by - request.filed_at).days <= 15 and desk.clocks(ref) == [("reinstatement_answer", None)]
    assert desk.come_back() == ref, "pressed again: the same receipt"
    assert refused(lambda: desk.come_back(different="Something else entirely, and more of it.")) == "waits"
    assert len(desk.notices("reinstatement_filed")) == 1 and proven(desk.market) == []


@pytest.mark.parametrize(("field", "text"), [("happened", "Nothing."), ("different", "  ")])
def test_both_are_said(desk: Closed, field: str, text: str) -> None:
    assert refused(lambda: desk.come_back(**{field: text})) == f"{field}_missing"


def test_nobody_else_asks(desk: Closed) -> None:
    for actor in (desk.story.stacy.actor, desk.story.tim.by_link("C-OTHER")):
        with pytest.raises(NotFound):
            desk.come_back(actor)
    ref = desk.come_back(desk.story.tim.by_link(desk.case_ref))
    with pytest.raises(NotFound):
        desk.add(ref, actor=desk.story.stacy.actor)


def test_granted_it_is_lifted_still_counts_and_those_told_hear_available_again(desk: Closed) -> None:
    ref = desk.come_back()
    desk.begin(ref)
    told = desk.decide(ref)
    assert desk.state() is State.GOOD and desk.action(desk.action_ref).lifted_at == desk.market.now
    assert desk.action(desk.action_ref).reversed_at is None and desk.clocks(ref) == [("reinstatement_answer", "kept")]
    [mine] = desk.notices("reinstatement_decided")
    assert REASONS in mine.body and "still counts" in mine.body and "you are back" in mine.subject
    assert desk.said_to(desk.story.stacy) == ["Tim Okafor is available again."]
    others = desk.notices("action_changed")
    assert told["notices"] == len(others) + 1 and all(HAPPENED not in one.body and REASONS not in one.body for one in others)
    desk.passes(days=40)
    assert len(desk.notices("action_changed")) == len(others) and proven(desk.market) == []
    assert refused(desk.come_back) == "over" and refused(lambda: desk.decide(ref, by=desk.kim)) == "decided"


def test_conditions_are_in_words_and_reach_who_decides_later(desk: Closed) -> None:
    ref = desk.come_back()
    assert refused(lambda: desk.decide(ref, "granted_with_conditions", conditions="Be good.")) == "conditions_missing"
    desk.decide(ref, "granted_with_conditions")
    assert desk.state() is State.GOOD and desk.request(ref).state == "granted_with_conditions"
    [mine] = desk.notices("reinstatement_decided")
    assert CONDITIONS in mine.body and CONDITIONS not in mine.mail_body
    assert "under conditions" in mine.mail_body, "the mail says that there are some, and not which"
    with desk.office.database.read() as session:
        [kept] = conditions_of_account(session, desk.story.tim.account.id)
    assert kept.record is not None and kept.record["conditions"] == CONDITIONS and proven(desk.market) == []


def test_declined_says_why_and_from_which_day_again(desk: Closed) -> None:
    ref = desk.come_back()
    for day, code in ((None, "next_missing"), (desk.day_in(0), "next_unpromised"), (desk.day_in(190), "next_unpromised")):
        assert refused(lambda day=day: desk.decide(ref, "declined", next_on=day)) == code
    first, day = desk.holder(ref), desk.day_in(60)
    desk.decide(ref, "declined", next_on=day)
    [mine] = desk.notices("reinstatement_decided")
    assert REASONS in mine.body and "You can ask again from" in mine.body and REASONS not in mine.mail_body
    assert desk.state() is State.TERMINATED and desk.request(ref).next_on == day
    assert refused(desk.come_back) == "too_early" and proven(desk.market) == []
    desk.passes(days=61)
    assert len(desk.notices("reinstatement_opens")) == 2
    again = desk.come_back(happened="Two more clients have their work, and both wrote that they are content.")
    other = desk.holder(again)
    assert other is not first and desk.request(again).n == 2
    assert refused(lambda: desk.decide(again, "declined", first)) == "own_decision"
    desk.decide(again, "granted", first)
    assert desk.state() is State.GOOD and proven(desk.market) == []


@pytest.mark.parametrize("outcome", ["granted_with_conditions", "declined"])
def test_who_signed_can_only_let_the_person_back(desk: Closed, outcome: str) -> None:
    ref = desk.come_back()
    for signer in (desk.story.rae, desk.story.ola):
        assert refused(lambda signer=signer: desk.decide(ref, outcome, signer)) == "own_decision"
    assert refused(lambda: desk.begin(ref, desk.story.rae)) == "own_decision"
    desk.decide(ref, "granted", desk.story.rae)
    assert desk.state() is State.GOOD and proven(desk.market) == []


def test_it_is_answered_by_whom_it_was_drawn_for(desk: Closed) -> None:
    ref = desk.come_back()
    other = desk.lee if desk.holder(ref) is desk.kim else desk.kim
    assert refused(lambda: desk.decide(ref, by=other)) == "with_somebody_else"
    args = {"reinstatement_ref": ref, "version": desk.request(ref).version}
    assert refused(lambda: desk.market.do(draw_request_again, desk.kim.actor, reason="Ill.", **args)) == "not_lead"
    assert refused(lambda: desk.market.do(draw_request_again, desk.lee.actor, reason=" ", **args)) == "reason_missing"
    desk.market.do(draw_request_again, desk.lee.actor, reason="On leave from today.", **args)
    assert desk.holder(ref) is other and proven(desk.market) == []
    assert refused(lambda: desk.decide(ref, version=1)) == "stale"
    for outcome, code in (("nearly", "unknown_outcome"), ("granted", "reasons_missing")):
        assert refused(lambda outcome=outcome: desk.decide(ref, outcome, reasons="Yes.")) == code
    desk.join(other, desk.story.stacy)
    assert refused(lambda: desk.decide(ref, by=other)) == "conflicted"


def test_the_database_refuses_a_no_by_who_signed(desk: Closed) -> None:
    ref = desk.come_back()

    def write(work: Work) -> None:
        row = work.db.scalars(select(Reinstatement).where(Reinstatement.ref == ref)).one()
        add(work, ReinstatementDecision(
            request_id=row.id, decided_by=desk.story.ola.person.id, outcome="declined", language="en", record="{}",
            sha256="0" * 64,
        ))
        work.db.flush()

    with pytest.raises(DBAPIError, match="who had a part can only let somebody come back"):
        desk.market.make(write)


def test_our_question_stops_our_time_and_its_answer_goes_on(desk: Closed) -> None:
    ref = desk.come_back()
    before = desk.request(ref).answer_by
    assert refused(lambda: desk.question(ref, " ")) == "empty" and refused(lambda: desk.question(ref, days=2)) == "answer_time"
    desk.question(ref)
    assert desk.request(ref).state == "waiting" and refused(lambda: desk.question(ref)) == "waiting"
    assert refused(lambda: desk.decide(ref, "declined")) == "waiting"
    desk.later(days=3)
    assert refused(lambda: desk.add(ref, " ")) == "body_missing"
    desk.add(ref)
    after = desk.request(ref).answer_by
    assert after is not None and before is not None and (after - before).days == 3
    assert len(desk.notices("reinstatement_received")) == 1 and proven(desk.market) == []
    desk.question(ref)
    desk.passes(days=9)
    assert desk.request(ref).state == "in_review" and desk.items(ref)[0].stage == "unanswered" and proven(desk.market) == []


def test_late_the_termination_ends_and_everybody_hears_it_once(desk: Closed) -> None:
    ref = desk.come_back()
    desk.passes(days=16)
    assert desk.state() is State.GOOD and desk.request(ref).state == "lapsed"
    assert desk.clocks(ref) == [("reinstatement_answer", "missed")] and desk.items(ref)[0].close_reason == "lapsed"
    [mine] = desk.notices("reinstatement_decided")
    assert "That is our fault." in mine.body and desk.said_to(desk.story.stacy) == ["Tim Okafor is available again."]
    assert refused(lambda: desk.decide(ref, by=desk.kim)) == "decided" and proven(desk.market) == []


@pytest.mark.parametrize("lead", [True, False])
def test_under_a_safety_rule_a_lead_has_seven_days_more(office: Office, lead: bool) -> None:
    """Where no lead may answer it stays with who has it, and nobody is told that a lead does."""
    desk = closed(office, safety=True)
    if not lead:
        desk.join(desk.lee, desk.story.stacy)
    ref = desk.come_back()
    desk.later(days=16)
    desk.passes(seconds=0)
    assert desk.state() is State.TERMINATED and desk.holder(ref) is (desk.lee if lead else desk.kim)
    [late] = desk.notices("reinstatement_late")
    assert ("a lead answers by the end of" in late.body) == lead and " If " in late.body and proven(desk.market) == []
    desk.passes(days=7)
    assert desk.state() is State.GOOD and desk.request(ref).state == "lapsed"
    assert desk.clocks(ref) == [("reinstatement_answer", "missed"), ("reinstatement_answer_safety", "missed")]
    assert proven(desk.market) == []


def test_taken_back_it_can_be_made_again_on_any_day(desk: Closed) -> None:
    ref = desk.come_back()
    with pytest.raises(NotFound):
        desk.market.do(withdraw_request, desk.story.stacy.actor, reinstatement_ref=ref)
    desk.market.do(withdraw_request, desk.story.tim.actor, reinstatement_ref=ref)
    assert desk.clocks(ref) == [("reinstatement_answer", "void")] and desk.items(ref)[0].close_reason == "withdrawn"
    again = lambda: desk.market.do(withdraw_request, desk.story.tim.actor, reinstatement_ref=ref)  # noqa: E731
    assert refused(again) == refused(lambda: desk.add(ref)) == "closed"
    [before] = desk.items(ref)
    again_ref = desk.come_back()
    assert desk.request(again_ref).n == 2 and proven(desk.market) == []
    assert [one.assignee_id for one in desk.items(again_ref)] == [before.assignee_id], "nobody chooses who answers"


def test_files_become_exhibits_and_a_no_weighs_them(desk: Closed) -> None:
    attach = {"action_ref": desk.action_ref, "taken": TAKEN}
    assert refused(lambda: desk.market.do(attach_to_request, desk.story.tim.actor, description=" ", **attach)) == (
        "description_missing")
    made = desk.market.do(attach_to_request, desk.story.tim.actor, description="Her message", **attach)
    desk.market.do(
        remove_request_file, desk.story.tim.actor, action_ref=desk.action_ref, document_ref=made["document"])
    second = Taken("two.pdf", "application/pdf", 1002, "2" * 64, "key-0002", b"sealed")
    desk.market.do(
        attach_to_request, desk.story.tim.actor, action_ref=desk.action_ref, description="Her message", taken=second)
    ref = desk.come_back()
    with desk.office.database.read() as session:
        [shown] = files_of(session, desk.request(ref).id)
    assert shown.exhibit is not None
    number = str(shown.exhibit.number)
    assert refused(lambda: desk.decide(ref, "declined")) == "exhibit_unanswered"
    assert refused(lambda: desk.decide(ref, "declined", exhibits_considered={number: "considered"})) == "unopened"
    why = {number: {"weight": "not_considered", "why": "It is about another contract."}}
    desk.decide(ref, "declined", exhibits_considered=why)
    with desk.office.database.read() as session:
        record = decision_record(session, desk.request(ref).id) or {}
    assert record["exhibits"][0]["why"] == "It is about another contract." and proven(desk.market) == []


def test_an_appeal_and_a_request_go_their_own_ways(desk: Closed) -> None:
    appeal = desk.market.do(
        file_appeal, desk.story.tim.actor, action_ref=desk.action_ref, grounds=["other"], body=BODY,
        late_reason="I was in hospital until last week.",
    )["appeal"]
    ref = desk.come_back()
    desk.decide(ref)
    assert desk.state() is State.GOOD and proven(desk.market) == []
    waiting = rows(desk.market, select(Event.id).where(Event.subject_ref == appeal, Event.kind != "appeal.filed"))
    assert waiting == [], "the appeal waits as before"


def test_a_termination_that_ends_otherwise_ends_the_request(desk: Closed) -> None:
    ref = desk.come_back()
    desk.market.do(
        lift_action, desk.lee.actor, action_ref=desk.action_ref, version=desk.action(desk.action_ref).version,
        reason="The rule was read too strictly at the time.",
    )
    assert desk.request(ref).state == "over" and desk.clocks(ref) == [("reinstatement_answer", "void")]
    assert desk.items(ref)[0].close_reason == "over" and desk.asking().why_not == "over" and proven(desk.market) == []


def test_what_closes_nothing_offers_nothing(bench: Bench) -> None:
    args = {"action_ref": bench.action_ref, "happened": HAPPENED, "different": DIFFERENT}
    assert refused(lambda: bench.market.do(ask_to_come_back, bench.story.tim.actor, **args)) == "no_closing"
