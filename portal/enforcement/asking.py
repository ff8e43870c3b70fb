"""Asking the person before a decision, their answer, and what happens when the time for it is over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import person_by_id
from portal.cases.clocks import on_due, start_clock
from portal.cases.hands import conduct_holder, holder_of_question
from portal.cases.models import Case, Clock, Message, MessageKind, WorkItem
from portal.cases.operations import (
    case_by_ref,
    close_item,
    end_question_clock,
    give_item,
    open_item,
    open_item_of,
    put_answer,
    put_question,
)
from portal.core.access import Permission, Role
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import clean
from portal.core.work import Work
from portal.enforcement.asking_messages import answer_received_text, question_text
from portal.enforcement.desk import WAITING_KINDS, live_action, require_hands, require_not_closed, usual_due
from portal.enforcement.members import reads_question, with_member
from portal.enforcement.models import ActionStatus
from portal.enforcement.proposals import proposal_of
from portal.enforcement.queries import owners_of
from portal.log.operations import record
from portal.notices.operations import tell
from portal.rulebook.queries import cited_clause, promise

MOST_DAYS = 30


def ask_first(
    work: Work, *, case_ref: str, clause_version_id: UUID, question: str, days: int, member_id: UUID | None = None
) -> dict[str, Any]:
    """Asks the account of the case before anything is decided, under a rule, with at least the promised time to answer.

    `member_id`: the one member whom it is about, who is asked beside the owners.

    Errors: `closed`, `no_clause`, `empty`, `answer_time` (days below our promise "question_answer", or above 30), `still_open`
    while an earlier question waits, `nobody_to_tell`, `unknown_member`, those of `require_hands`. Source: DESIGN 2.3.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    person_id = require_hands(work, case)
    require_not_closed(case)
    clause, people = cited_clause(work.db, UUID(str(clause_version_id))), owners_of(work.db, case.about_account_id)
    if clause is None or clause.data.promise is not None:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id")
    if not people:
        raise RuleBroken("nobody_to_tell", N_("This account has no person whom we could tell. Nothing can be decided."))
    if member_id is not None:
        people = with_member(work.db, case.about_account_id, member_id)
    text, least = clean(question, field="question"), promise(work, "question_answer")
    _check_question(work, case, text, days, least.length)
    answer_by = deadline(work.now, days, "days", people[0].zone, work.country)
    message = put_question(
        work, case, to_account_id=case.about_account_id, clause_version_id=clause.id, question=text, answer_by=answer_by,
        language=person_by_id(work.db, person_id).language,
    )
    start_clock(
        work, "question", message.ref, case=case, length=days, unit="days", zone=people[0].zone, due_at=answer_by,
        promise_id=least.clause_version_id,
    )
    _leave_queue(work, case)
    event_id = new_id()
    notices = tell(
        work, event_id=event_id, kind="question", recipients=people, account_id=case.about_account_id, about_ref=message.ref,
        case_ref=case.ref, target=f"/me/questions/{message.ref}", compose=question_text(case.ref, clause, text, answer_by),
    )
    record(work, "question.asked", message.ref, case_ref=case.ref, event_id=event_id, rows=[message, *notices])
    return {"message": message.ref}


def _check_question(work: Work, case: Case, text: str, days: int, least: int) -> None:
    if not text:
        raise RuleBroken("empty", N_("Write your question."), field="question")
    if not isinstance(days, int) or not least <= days <= MOST_DAYS:
        message = N_("Give the person between %(least)s and %(most)s days to answer.")
        raise RuleBroken("answer_time", message, field="days", least=least, most=MOST_DAYS)
    waiting = select(Clock.id).where(Clock.case_id == case.id, Clock.kind == "question", Clock.ended_at.is_(None))
    if work.db.scalar(waiting.limit(1)) is not None:
        raise Conflict("still_open", N_("A question in this case still waits for its answer."))


def _leave_queue(work: Work, case: Case) -> None:
    """While we wait for the person nothing of it waits for staff; the answer, or the end of its time, brings it back."""
    open_items = select(WorkItem).where(
        WorkItem.case_id == case.id, WorkItem.kind.in_(WAITING_KINDS), WorkItem.closed_at.is_(None)
    )
    for item in work.db.scalars(open_items).all():
        close_item(work, item.subject_ref, item.kind, "asked")


def answer_question(work: Work, *, message_ref: str, answer: str) -> dict[str, Any]:
    """Puts the person's answer on record and gives them a receipt; the reviewer who asked gets it. Late is not too late.

    For an owner of the account, or the member who was asked, also by a link of that case. Errors: `NotFound` for anyone else,
    `closed`, `answered`, `empty`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    question, case = _own_question(work, message_ref)
    if case.closed_at is not None:
        raise Conflict("closed", N_("This matter is closed. Nothing is needed from you."))
    account_id = question.to_account_id
    assert account_id is not None
    person = person_by_id(work.db, work.actor.person_id) if work.actor.person_id else None
    message = put_answer(
        work, question, account_id=account_id, body=answer, language=person.language if person else question.language
    )
    end_question_clock(work, question)
    _comes_back(work, case, question, "answered")
    event_id, people = new_id(), owners_of(work.db, account_id)
    if person is not None and person.id not in {one.id for one in people}:
        people = [*people, person]
    notices = tell(
        work, event_id=event_id, kind="answer_received", recipients=people, account_id=account_id,
        about_ref=message.ref, case_ref=case.ref, target=f"/me/questions/{question.ref}",
        compose=answer_received_text(case.ref, person),
    )
    record(work, "question.answered", message.ref, case_ref=case.ref, event_id=event_id, rows=[message, *notices],
           question=question.ref)
    return {"message": message.ref}


def _own_question(work: Work, message_ref: str) -> tuple[Message, Case]:
    """A question to an account of the acting person, as its owner or as whom it was put to.

    Errors: `NotFound`, also for a link of another case.
    """
    question = work.db.scalars(select(Message).where(Message.ref == message_ref)).one_or_none()
    if question is None or question.kind != MessageKind.QUESTION or question.to_account_id is None:
        raise NotFound
    if not reads_question(work.db, question, work.actor.person_id):
        raise NotFound
    case = work.db.scalars(select(Case).where(Case.id == question.case_id).with_for_update()).one()
    if Role.LINK in work.actor.roles and work.actor.case_ref != case.ref:
        raise NotFound
    return question, case


def _comes_back(work: Work, case: Case, question: Message, stage: str) -> None:
    """The question waits for whoever writes the decision, or has the conduct of the case, or asked it: answered, or not
    answered in time."""
    writer = _writer(work, case, question)
    item = open_item_of(work, question.ref, "question")
    if item is None:
        clause = cited_clause(work.db, question.clause_version_id) if question.clause_version_id else None
        item = open_item(
            work, case, "question", question.ref, usual_due(work), language=question.language,
            clause_id=clause.clause_id if clause else None,
        )
    item.waiting_on = "staff"
    give_item(work, item, writer, stage)


def _writer(work: Work, case: Case, question: Message) -> UUID | None:
    action = live_action(work, case.id)
    if action is not None and action.status == ActionStatus.PROPOSED:
        return proposal_of(work.db, action)[0].person_id
    holder = conduct_holder(work.db, case.id) or holder_of_question(work.db, question)
    return holder.person_id if holder is not None else None


@on_due("question")
def question_lapsed(work: Work, clock: Clock) -> None:
    """The time for an answer is over: the reviewer can decide without one. An answer is still taken."""
    question = work.db.scalars(select(Message).where(Message.ref == clock.subject_ref)).one()
    _comes_back(work, work.db.get_one(Case, question.case_id), question, "unanswered")
