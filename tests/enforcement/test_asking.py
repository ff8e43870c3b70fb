"""Asking first: who may answer, what comes back to the reviewer, and when."""

from sqlalchemy import select

from portal.cases.models import Message, WorkItem
from portal.cases.queries import questions_for_account
from portal.enforcement.operations import answer_question, ask_first
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
