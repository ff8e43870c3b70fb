"""In whose hands a case is: taken by starting, kept from others, given away by a lead, read only by whoever has it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.act import act
from portal.cases.hands import OutOfReach, conduct_holder, require_reader
from portal.cases.models import WorkItem
from portal.cases.queries import draft_of, find_case
from portal.core.access import Role
from portal.core.errors import Refusal
from portal.enforcement.desk import locked_action
from portal.enforcement.evidence import put_exhibit, take_case
from portal.enforcement.handing import hand_over
from portal.enforcement.models import Action
from portal.enforcement.operations import (
    ask_first,
    discard_action,
    issue_action,
    propose_action,
    return_action,
    save_action_draft,
    start_action,
)
from portal.log.models import Event
from tests.enforcement.conftest import Desk
from tests.factories.market import Party, Staff


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.code


def holder(desk: Desk) -> str:
    """The handle of whoever asks, drafts and decides; "" for nobody."""
    with desk.office.database.read() as session:
        found = conduct_holder(session, find_case(session, desk.case_ref).id)
    return found.handle if found else ""


def reads(desk: Desk, staff: Staff, subject_ref: str = "") -> str:
    """"" when they may read the case, else why not."""
    with desk.office.database.read() as session:
        try:
            require_reader(session, staff.actor, desk.case_ref, subject_ref)
        except OutOfReach as error:
            return error.code
    return ""


def give(desk: Desk, lead: Staff, to: Staff, what: str, reason: str = "Rae is ill.") -> None:
    desk.market.do(hand_over, lead.actor, case_ref=desk.case_ref, what=what, to=to.handle, reason=reason)


@pytest.fixture
def lee(desk: Desk) -> Staff:
    return desk.market.staff("Lee Marsh", Role.LEAD)


def test_starting_takes_it_and_says_since_when(desk: Desk) -> None:
    assert holder(desk) == ""
    ref = desk.start()
    assert holder(desk) == desk.story.rae.handle
    with desk.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one()
    assert (item.assignee_id, item.assigned_at) == (desk.story.rae.person.id, desk.market.now)


def test_asking_takes_it_and_nobody_else_goes_on_while_we_wait(desk: Desk) -> None:
    question = desk.ask()
    assert holder(desk) == desk.story.rae.handle
    assert code(lambda: desk.start(by=desk.story.ola)) == "with_somebody_else"
    desk.answer(question)
    assert code(lambda: desk.start(by=desk.story.ola)) == "with_somebody_else"
    desk.start()


def test_nobody_else_asks_writes_drops_or_decides(desk: Desk) -> None:
    ref, ola = desk.ready(), desk.story.ola.actor
    clause, fields = desk.clause(), desk.form()
    steps: list[tuple[Callable[..., dict[str, Any]], dict[str, Any]]] = [
        (ask_first, {"case_ref": desk.case_ref, "clause_version_id": clause, "question": "Why?", "days": 5}),
        (start_action, {"case_ref": desk.case_ref, "clause_version_id": clause}),
        (save_action_draft, {"action_ref": ref, "fields": {"facts": "mine"}}),
        (discard_action, {"action_ref": ref}),
        (issue_action, {"action_ref": ref, "version": 1, "fields": fields}),
        (propose_action, {"action_ref": ref, "version": 1, "fields": fields}),
        (put_exhibit, {"case_ref": desk.case_ref, "kind": "contract", "named": desk.story.contract.ref,
                       "description": "Its terms", "quoted": ""}),
    ]
    for operation, args in steps:
        refusal = code(lambda op=operation, told=args: desk.market.do(op, ola, **told))
        assert refusal == "with_somebody_else", operation
    assert desk.action(ref).status == "draft"
    assert holder(desk) == desk.story.rae.handle


def test_two_start_at_once_and_one_has_it(desk: Desk) -> None:
    actors, clause = [desk.story.rae.actor, desk.story.ola.actor], desk.clause()

    def start(n: int) -> str:
        try:
            act(desk.office, start_action, actors[n % 2], f"race-{n}", case_ref=desk.case_ref, clause_version_id=clause)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(start, range(8)))
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {"with_somebody_else", "draft_open", "met"}
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(Action.id))) == 1


def test_a_lead_gives_it_away_with_the_draft_and_a_reason(desk: Desk, lee: Staff) -> None:
    ref, ola = desk.ready(), desk.story.ola
    desk.market.do(save_action_draft, desk.story.rae.actor, action_ref=ref, fields=desk.form(facts="Typed by Rae."))
    give(desk, lee, ola, ref)
    assert holder(desk) == ola.handle
    with desk.office.database.read() as session:
        assert (draft_of(session, ola.person.id, "action", ref) or {})["facts"] == "Typed by Rae."
        event = session.scalars(select(Event).where(Event.kind == "work.handed_over")).one()
    assert "Rae is ill." in (event.payload or "") and ola.handle in (event.payload or "")
    assert code(lambda: desk.issue(ref)) == "with_somebody_else"
    desk.issue(ref, by=ola)
    assert desk.action(ref).status == "issued"


def waits_for(desk: Desk, ref: str) -> str:
    with desk.office.database.read() as session:
        return session.scalars(select(WorkItem.waiting_on).where(WorkItem.subject_ref == ref)).one()


def test_a_lead_takes_over_while_a_question_waits(desk: Desk, lee: Staff) -> None:
    question = desk.ask()
    give(desk, lee, lee, question)
    assert holder(desk) == lee.handle and waits_for(desk, question) == "person"
    desk.answer(question)
    assert holder(desk) == lee.handle and waits_for(desk, question) == "staff"
    assert code(desk.start) == "with_somebody_else"
    desk.start(by=lee)


def test_what_cannot_be_given_is_said_at_its_field(desk: Desk, lee: Staff) -> None:
    ref, ola = desk.ready(), desk.story.ola
    assert code(lambda: give(desk, desk.story.rae, ola, ref)) == "not_lead"
    assert code(lambda: give(desk, lee, ola, ref, reason=" ")) == "reason_missing"
    assert code(lambda: give(desk, lee, ola, "Q-NOTHERE2")) == "not_waiting"
    desk.join(ola, desk.story.stacy)
    assert code(lambda: give(desk, lee, ola, ref)) == "not_eligible"
    desk.join(lee, desk.story.tim)
    assert code(lambda: give(desk, lee, desk.story.rae, ref)) == "conflicted"


def proposed(desk: Desk) -> str:
    ref = desk.ready()
    fields = desk.form(measure="termination", ends_on="")
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    return ref


def take(desk: Desk, staff: Staff, subject_ref: str) -> None:
    with desk.office.database.read() as session:
        query = select(WorkItem).where(WorkItem.subject_ref == subject_ref, WorkItem.closed_at.is_(None))
        item = session.scalars(query).one()
    desk.market.do(take_case, staff.actor, case_ref=desk.case_ref, item=str(item.id), version=str(item.version))


def test_the_second_person_takes_a_proposal_and_nobody_else_then_returns_it(desk: Desk, lee: Staff) -> None:
    ref, kim = proposed(desk), desk.market.staff("Kim Sato")
    assert code(lambda: take(desk, desk.story.rae, ref)) == "own_proposal"
    take(desk, desk.story.ola, ref)
    returned = {"action_ref": ref, "reason": "Name the day."}
    assert code(lambda: desk.market.do(return_action, kim.actor, **returned)) == "with_somebody_else"
    assert code(lambda: give(desk, lee, desk.story.rae, ref)) == "own_proposal"
    give(desk, lee, kim, ref)
    desk.market.do(return_action, kim.actor, **returned)
    assert holder(desk) == desk.story.rae.handle


def test_only_who_proposed_takes_a_proposal_back(desk: Desk) -> None:
    ref = proposed(desk)
    assert code(lambda: desk.market.do(discard_action, desk.story.ola.actor, action_ref=ref)) == "with_somebody_else"
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=ref)
    assert desk.action(ref).status == "discarded"


def test_a_reviewer_reads_what_is_theirs_and_nothing_else(desk: Desk, lee: Staff) -> None:
    rae, ola = desk.story.rae, desk.story.ola
    auditor = desk.market.staff("Noor Haque", Role.AUDITOR)
    assert (reads(desk, rae), reads(desk, ola)) == ("with_nobody", "with_nobody")
    desk.issue(desk.ready())
    assert (reads(desk, rae), reads(desk, ola)) == ("", "with_nobody")
    assert (reads(desk, lee), reads(desk, auditor)) == ("", "")


def test_who_belongs_to_an_account_reads_nothing_of_its_case(desk: Desk, lee: Staff) -> None:
    desk.start()

    def with_account(staff: Staff, party: Party) -> str:
        desk.join(staff, party)
        return reads(desk, staff)

    assert with_account(desk.story.rae, desk.story.stacy) == "conflicted"
    assert with_account(lee, desk.story.tim) == "conflicted"


def test_an_act_that_does_not_name_the_case_is_refused(desk: Desk) -> None:
    """An action is never locked before its case: two acts would wait for each other."""
    ref = desk.ready()
    with pytest.raises(RuntimeError, match="locks the case"):
        desk.market.make(lambda work: locked_action(work, ref))
