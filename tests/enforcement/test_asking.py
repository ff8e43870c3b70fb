"""Asking first: who may answer, what comes back to the reviewer, and when."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.cases.models import Message, WorkItem
from portal.cases.queries import questions_for_account
from portal.cases.queue import queue
from portal.core.errors import Refusal
from portal.enforcement import checks
from portal.enforcement.operations import answer_question, ask_first
from portal.enforcement.queries import statement_of
from portal.enforcement.reporting import report_account
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.factories.market import refused


def items(desk: Desk, kind: str) -> list[WorkItem]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))))


def test_question_goes_out_and_its_report_waits_for_the_person(desk: Desk) -> None:
    ref = desk.ask()
    assert items(desk, "report") == [] and items(desk, "question") == []
    with desk.office.database.read() as session:
        told = session.scalars(select(Notice).where(Notice.about_ref == ref)).one()
        question = session.scalars(select(Message).where(Message.ref == ref)).one()
    assert told.recipient_id == desk.story.tim.person.id and told.target == f"/me/questions/{ref}"
    assert "What happened after the first drawing?" in (told.body or "")
    assert "first drawing" not in (told.mail_body or "")
    assert question.answer_by is not None and (question.answer_by - desk.market.now).days == 5


def test_answer_comes_back_to_whoever_asked(desk: Desk) -> None:
    ref = desk.ask()
    desk.answer(ref)
    item = items(desk, "question")[0]
    assert (item.stage, item.assignee_id) == ("answered", desk.story.rae.person.id)
    assert refused(lambda: desk.answer(ref)) == "answered"
    with desk.office.database.read() as session:
        asked = questions_for_account(session, desk.story.tim.account.id)
    assert [q.answer.body for q in asked if q.answer] == ["I was ill for two weeks."]


def test_silence_comes_back_too_and_a_late_answer_is_heard(desk: Desk) -> None:
    ref = desk.ask()
    desk.later(days=6)
    desk.start()
    desk.answer(ref)
    assert [item.stage for item in items(desk, "question")] == ["answered"]


def test_nobody_else_can_answer(desk: Desk) -> None:
    ref = desk.ask()
    for actor in (desk.story.stacy.actor, desk.story.tim.by_link("C-OTHER")):
        step = {"message_ref": ref, "answer": "Not mine."}
        assert refused(lambda actor=actor, step=step: desk.market.do(answer_question, actor, **step)) == "not_found"
    desk.market.do(answer_question, desk.story.tim.by_link(desk.case_ref), message_ref=ref, answer="By the link.")


def test_question_needs_words_and_time(desk: Desk) -> None:
    args = {"case_ref": desk.case_ref, "clause_version_id": desk.clause(), "question": "Why?", "days": 5}
    for code, other in (("answer_time", {"days": 4}), ("answer_time", {"days": 31}), ("empty", {"question": " "})):
        told = args | other
        assert refused(lambda told=told: desk.market.do(ask_first, desk.story.rae.actor, **told)) == code
    desk.ask()
    assert refused(desk.ask) == "still_open"


def not_asked(desk: Desk, ref: str, **form: Any) -> str:
    """The words with which an issue is refused because the person was not asked."""
    with pytest.raises(Refusal) as caught:
        desk.issue(ref, **form)
    assert caught.value.code == "not_asked"
    return caught.value.message


def test_asked_about_another_rule_is_not_asked(desk: Desk) -> None:
    desk.answer(desk.ask(key="honest-profile"))
    ref = desk.start()
    assert "about another rule" in not_asked(desk, ref)
    desk.answer(desk.ask())
    desk.issue(ref)
    with desk.office.database.read() as session:
        assert list(checks.people_were_asked_first(session)) == []


def test_asked_before_what_happened_is_not_asked(desk: Desk) -> None:
    ref, day = desk.ready(), desk.market.day
    desk.later(days=4)
    assert "before the last day" in not_asked(desk, ref, conduct_to=day(3).isoformat())
    desk.issue(ref, conduct_to=day(4).isoformat())
    with desk.office.database.read() as session:
        assert list(checks.people_were_asked_first(session)) == []


def test_a_question_of_long_ago_is_no_question_about_something_new(desk: Desk) -> None:
    desk.issue(desk.ready("honest-profile"), clause_version_id=str(desk.clause("honest-profile")), measure="warning")
    desk.later(days=100)
    happened = {"account_id": desk.story.stacy.account.id, "contract_ref": desk.story.contract.ref,
                "happened": "He wrote that he knows where I live."}
    desk.market.do(report_account, desk.story.stacy.actor, **happened)
    ref = desk.start("threats")
    not_asked(desk, ref, clause_version_id=str(desk.clause("threats")), conduct_from=desk.market.day(2).isoformat())
    desk.answer(desk.ask(key="threats"))
    desk.issue(ref, clause_version_id=str(desk.clause("threats")), conduct_from=desk.market.day(2).isoformat())
    assert desk.action(ref).status == "issued"


def test_the_day_of_the_question_is_the_persons_own(desk: Desk) -> None:
    desk.market.make(lambda work: setattr(work.db.get_one(Person, desk.story.tim.person.id), "zone", "Pacific/Auckland"))
    ref = desk.ready()
    there = (desk.market.now + timedelta(hours=13)).date()
    assert there > desk.market.day()
    desk.issue(ref, conduct_to=there.isoformat())
    with desk.office.database.read() as session:
        assert list(checks.people_were_asked_first(session)) == []


def test_only_the_answer_to_a_question_about_it_stands_in_the_letter(desk: Desk) -> None:
    desk.answer(desk.ask(key="honest-profile"))
    silent = desk.ask()
    desk.later(days=7)
    ref = desk.start()
    desk.issue(ref, conduct_to=desk.market.day(8).isoformat(), conduct_from=desk.market.day(12).isoformat())
    with desk.office.database.read() as session:
        assert (statement_of(session, ref)[0] or {})["answer_on_file"] is None, silent


@pytest.mark.parametrize(("key", "safety"), [("threats", True), ("payment-for-nothing", False)])
def test_what_waits_under_a_rule_about_safety_is_marked_as_such(desk: Desk, key: str, safety: bool) -> None:
    asked = desk.ask(key=key)
    desk.answer(asked)
    with desk.office.database.read() as session:
        found = queue(session, filter="safety", person_id=desk.story.rae.person.id, now=desk.market.now)
    assert ([line.subject_ref for line in found] == [asked]) is safety and len(found) == int(safety)
