"""Somebody is in danger, or cannot pay for food or medicine: said in a few words, without proof, and answered by a person first.

Whatever restricts the account does not matter, and nobody else is told. Source: DESIGN section 4; promise "hardship".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from portal.accounts.models import Person
from portal.accounts.queries import handle_of, locked_account, person_by_id
from portal.accounts.throttles import count_try
from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.drafts import drop_draft
from portal.cases.drawing import a_lead_has, give_to_a_lead
from portal.cases.hands import ELSEWHERE, OutOfReach, holder_of_item
from portal.cases.models import Case, Clock, ClockResult, WorkItem
from portal.cases.need_models import Need, NeedMessage, NeedWord
from portal.cases.newer import on_newer
from portal.cases.operations import close_item, held_case, locked_case, open_case, open_item, open_item_of, take_item
from portal.core.access import Permission, require_account, require_person
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import TEXT_LIMIT, clean, needed
from portal.core.work import Work
from portal.enforcement.desk import require_free
from portal.enforcement.need_messages import answered_text, received_text
from portal.enforcement.needs import case_of_open_need, need_by_ref, need_open_to, own_need, said_in_need
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell
from portal.rulebook.queries import promise

HARDSHIP, ITEM, ANSWER_FORM = "hardship", "need", "need_answer"
MOST = TEXT_LIMIT
CLOSED = N_("You said that this is over. If it is not, tell us anew: it takes two presses.")


def say_need(
    work: Work, *, account_id: UUID, danger: bool = False, food: bool = False, medicine: bool = False, words: str = ""
) -> dict[str, Any]:
    """Tells us of danger or need; with a receipt, and the day by which a person answers first. No proof is asked for.

    It has a case of its own, in which nothing is decided. What this person told us for this account and is still open is gone on
    with, also from the session of a link that does not show it. Errors: `nothing_said`, text limits, `too_many`, `NotFound`
    for an account of others.
    """
    work.require(Permission.ANSWER_IN_CASE)
    require_account(work.actor, account_id)
    text = clean(words, limit=MOST, field="words")
    if not (danger or food or medicine or text):
        raise RuleBroken("nothing_said", N_("Tick what it is, or say it in your own words."), field="danger")
    person = _writer(work)
    ticked = {"danger": danger, "food": food, "medicine": medicine}
    found = _open_one(work, account_id, person.id)
    if found is None:
        locked_account(work.db, account_id)
        found = _open_one(work, account_id, person.id)
    return _more(work, *found, person, text, ticked) if found else _first(work, account_id, person, text, ticked)


def _open_one(work: Work, account_id: UUID, person_id: UUID) -> tuple[Need, Case] | None:
    """What is open already, read once its case is locked: it may have been closed until then."""
    case_id = case_of_open_need(work.db, account_id, person_id)
    case = locked_case(work, case_id) if case_id is not None else None
    need = need_open_to(work.db, account_id, person_id) if case is not None else None
    return (need, case) if need is not None and case is not None else None


def _first(work: Work, account_id: UUID, person: Person, text: str, ticked: dict[str, bool]) -> dict[str, Any]:
    case = open_case(work, account_id, [], hardship=True)
    need = add(work, Need(
        ref=new_ref("U"), case_id=case.id, account_id=account_id, person_id=person.id, said_in=work.actor.case_ref, version=1
    ))
    work.db.flush()
    message = _put(work, need, NeedWord.SAID, person, text, **ticked)
    event_id, told = _receive(work, need, case, person)
    record(work, "need.said", need.ref, case_ref=case.ref, event_id=event_id, rows=[need, message, *told])
    return {"need": need.ref, "answer_by": need.answer_by}


def add_to_need(
    work: Work, *, need_ref: str, danger: bool = False, food: bool = False, medicine: bool = False, words: str = ""
) -> dict[str, Any]:
    """Goes on with it, also after our answer: then the same time runs for the next one. Errors: `nothing_said`, `over`
    (conflict) once its writer closed it, text limits, `too_many`, `NotFound` for whom it is not theirs."""
    work.require(Permission.ANSWER_IN_CASE)
    need, case = _own(work, need_ref)
    text = clean(words, limit=MOST, field="words")
    if not (danger or food or medicine or text):
        raise RuleBroken("nothing_said", N_("Write what you want to add."), field="words")
    if need.closed_at is not None:
        raise Conflict("over", CLOSED)
    return _more(work, need, case, _writer(work), text, {"danger": danger, "food": food, "medicine": medicine})


def _more(work: Work, need: Need, case: Case, person: Person, text: str, ticked: dict[str, bool]) -> dict[str, Any]:
    message = _put(work, need, NeedWord.SAID, person, text, **ticked)
    event_id, told = _receive(work, need, case, person)
    record(work, "need.added", need.ref, case_ref=case.ref, event_id=event_id, rows=[message, *told])
    return {"need": need.ref, "answer_by": need.answer_by}


def close_need(work: Work, *, need_ref: str) -> dict[str, Any]:
    """Its writer says that it is over: nothing of it waits any more. Errors: `over` (conflict), `NotFound`."""
    work.require(Permission.ANSWER_IN_CASE)
    need, case = _own(work, need_ref)
    if need.closed_at is not None:
        raise Conflict("over", CLOSED)
    stop_clock(work, need.ref, HARDSHIP, ClockResult.VOID)
    close_item(work, need.ref, ITEM, "over")
    need.closed_at, need.answer_by, need.version = work.now, None, need.version + 1
    record(work, "need.closed", need.ref, case_ref=case.ref, rows=[(need, "closed")])
    return {"need": need.ref}


def answer_need(work: Work, *, need_ref: str, version: int, answer: str) -> dict[str, Any]:
    """A member of staff answers in words; what is with nobody becomes theirs. The answer goes to its writer alone.

    Errors: `empty`, `not_waiting`, `stale` (conflicts: answered, closed, or something came in meanwhile), `conflicted`,
    `with_somebody_else`, text limits, `NotFound`.
    """
    work.require(Permission.WORK_CASE)
    need = need_by_ref(work.db, need_ref)
    case = held_case(work, need.case_id)
    by = person_by_id(work.db, require_free(work, case))
    item = _waiting(work, need, case, by.id)
    if need.version != version:
        raise Conflict("stale", N_("Something new came in while you wrote. Read it first; what you typed is kept below."))
    text = needed(answer, N_("Write your answer."), limit=MOST, field="answer")
    take_item(work, item)
    stop_clock(work, need.ref, HARDSHIP, ClockResult.KEPT)
    close_item(work, need.ref, ITEM, "answered")
    drop_draft(work, ANSWER_FORM, need.ref)
    need.answer_by, need.version = None, need.version + 1
    message, event_id = _put(work, need, NeedWord.ANSWERED, by, text), new_id()
    told = _tell(work, need, case, event_id, "need_answered", answered_text(need.ref, text, handle_of(work.db, by.id)))
    record(work, "need.answered", need.ref, case_ref=case.ref, event_id=event_id, rows=[message, *told])
    return {"need": need.ref}


def _waiting(work: Work, need: Need, case: Case, person_id: UUID) -> WorkItem:
    item = open_item_of(work, need.ref, ITEM)
    if item is None:
        raise Conflict("not_waiting", N_("Nothing waits for an answer here. Reload the page to see what happened."))
    holder = holder_of_item(work.db, item)
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, need.ref, holder)
    return item


@on_due(HARDSHIP)
def nobody_answered(work: Work, clock: Clock) -> None:
    """Nobody answered in time: a lead has it from now on, also where somebody else had it in hand (promise "hardship")."""
    need = need_by_ref(work.db, clock.subject_ref)
    item, case = open_item_of(work, need.ref, ITEM), work.db.get_one(Case, need.case_id)
    if item is not None:
        give_to_a_lead(work, case, item)
        record(work, "need.to_lead", need.ref, case_ref=case.ref, due_at=clock.due_at)


@on_newer(HARDSHIP)
def answered_sooner(work: Work, clock: Clock, _before: datetime) -> None:
    """A newer promise gives us less time: the day by which we answer is the sooner one."""
    need_by_ref(work.db, clock.subject_ref).answer_by = clock.due_at


def _writer(work: Work) -> Person:
    person = person_by_id(work.db, require_person(work.actor))
    count_try(work, ITEM, str(person.id))
    return person


def _own(work: Work, need_ref: str) -> tuple[Need, Case]:
    need = own_need(work.db, work.actor, need_ref)
    return need, held_case(work, need.case_id)


def _put(work: Work, need: Need, kind: NeedWord, person: Person, text: str, **ticked: bool) -> NeedMessage:
    message = NeedMessage(
        need_id=need.id, n=len(said_in_need(work.db, need.id)) + 1, kind=kind, person_id=person.id, said_at=work.now,
        language=person.language, body=text, sha256="", **({"danger": False, "food": False, "medicine": False} | ticked),
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def _receive(work: Work, need: Need, case: Case, person: Person) -> tuple[UUID, list[Notice]]:
    """Our time to answer runs, unless it runs or is over already; it waits for us, and the receipt names the day."""
    item = open_item_of(work, need.ref, ITEM)
    if item is None:
        time = promise(work, HARDSHIP)
        clock = start_clock(
            work, HARDSHIP, need.ref, case=case, length=time.length, unit=time.unit, zone=person.zone,
            promise_id=time.clause_version_id,
        )
        need.answer_by = clock.due_at
        open_item(work, case, ITEM, need.ref, clock.due_at, language=person.language)
    else:
        item.version += 1
    need.version += 1
    event_id = new_id()
    lead = a_lead_has(work.db, need.ref, ITEM)
    receipt = received_text(need.ref, need.answer_by or work.now, work.now, lead=lead)
    return event_id, _tell(work, need, case, event_id, "need_received", receipt)


def _tell(work: Work, need: Need, case: Case, event_id: UUID, kind: str, compose: Compose) -> list[Notice]:
    """Its writer alone, whoever else belongs to the account."""
    return tell(
        work, event_id=event_id, kind=kind, recipients=[person_by_id(work.db, need.person_id)], account_id=need.account_id,
        about_ref=need.ref, case_ref=case.ref, target=f"/me/needs/{need.ref}", compose=compose,
    )
