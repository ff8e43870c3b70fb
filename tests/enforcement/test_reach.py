"""Who is tied to a case, who may go on reading it after it was taken away, and late answers that find somebody else at work."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Member
from portal.cases.drawing import eligible
from portal.cases.hands import staff_for
from portal.cases.models import WorkItem
from portal.cases.queries import find_case
from portal.core.access import Role
from portal.documents.intake import Taken
from portal.documents.operations import open_document, receive_document
from portal.enforcement.operations import ask_first, discard_action, propose_action, return_action
from tests.enforcement.conftest import Desk
from tests.enforcement.test_hands import code, give, holder, proposed, reads
from tests.factories.market import Staff, refused


@pytest.fixture
def lee(desk: Desk) -> Staff:
    return desk.market.staff("Lee Marsh", Role.LEAD)


def handles(desk: Desk) -> set[str]:
    """To whom a lead could give something of the case."""
    with desk.office.database.read() as session:
        return {handle for _, handle in staff_for(session, find_case(session, desk.case_ref))}


def waiting(desk: Desk) -> dict[str, object]:
    """Who has what of the case that still waits, by kind."""
    with desk.office.database.read() as session:
        rows = session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None), WorkItem.kind != "dispute"))
        return {row.kind: row.assignee_id for row in rows}


def test_who_belongs_to_a_counterpart_neither_works_nor_reads(desk: Desk) -> None:
    ola, omar = desk.story.ola, desk.story.omar
    desk.join(ola, omar)
    assert code(lambda: desk.ask(by=ola)) == "conflicted"
    assert reads(desk, ola) == "conflicted"
    assert ola.handle not in handles(desk) and desk.story.rae.handle in handles(desk)
    with desk.office.database.read() as session:
        free = eligible(session, find_case(session, desk.case_ref).id, ())
    assert free == [desk.story.rae.person.id]


def test_a_contract_of_long_ago_ties_and_another_account_does_not(desk: Desk) -> None:
    nina, pia = desk.market.party("Nina Holm"), desk.market.party("Pia Roth")
    desk.market.contract(desk.story.tim, nina, "Song", [10_000], started=390, ended=380)
    desk.join(desk.story.ola, nina)
    desk.join(desk.story.rae, pia)
    assert (reads(desk, desk.story.ola), reads(desk, desk.story.rae)) == ("conflicted", "with_nobody")
    desk.start()


def test_who_dealt_with_the_reporters_side_leaves_it_too(desk: Desk) -> None:
    nina = desk.market.party("Nina Holm")
    desk.market.contract(desk.story.stacy, nina, "Song", [10_000])
    desk.join(desk.story.ola, nina)
    assert code(lambda: desk.start(by=desk.story.ola)) == "conflicted"


def test_who_left_the_account_stays_tied(desk: Desk) -> None:
    desk.join(desk.story.ola, desk.story.omar)

    def leave(work: object) -> None:
        work.db.scalars(select(Member).where(Member.person_id == desk.story.ola.person.id)).one().ended_at = desk.market.now

    desk.market.make(leave)
    assert reads(desk, desk.story.ola) == "conflicted"


def test_taken_away_is_read_no_more(desk: Desk, lee: Staff) -> None:
    question, rae = desk.ask(), desk.story.rae
    assert reads(desk, rae) == ""
    give(desk, lee, desk.story.ola, question)
    assert (reads(desk, rae), reads(desk, desk.story.ola)) == ("with_somebody_else", "")
    desk.answer(question)
    assert reads(desk, rae) == "with_somebody_else"
    desk.start(by=desk.story.ola)
    assert reads(desk, rae) == "with_somebody_else"


def test_what_somebody_signed_they_read_for_ever(desk: Desk, lee: Staff) -> None:
    ref, rae, ola, kim = proposed(desk), desk.story.rae, desk.story.ola, desk.market.staff("Kim Sato")
    give(desk, lee, ola, ref)
    give(desk, lee, kim, ref)
    assert (reads(desk, rae), reads(desk, ola), reads(desk, kim)) == ("", "with_somebody_else", "")
    desk.market.do(return_action, kim.actor, action_ref=ref, reason="Name the day.")
    give(desk, lee, ola, ref)
    assert [reads(desk, one) for one in (rae, ola, kim)] == ["", "", ""]


def test_who_asked_reads_while_it_waits_also_where_nothing_else_did(desk: Desk) -> None:
    desk.issue(desk.ready())
    desk.ask(by=desk.story.rae)
    assert reads(desk, desk.story.rae) == ""


def test_documents_are_opened_by_whoever_has_the_case_now(desk: Desk, lee: Staff) -> None:
    question, tim = desk.ask(), desk.story.tim
    taken = Taken("note.pdf", "application/pdf", 1000, "0" * 64, "key-0001", b"sealed")
    args = {"account_id": tim.account.id, "case_ref": desk.case_ref, "subject_ref": question, "taken": taken}
    sent = desk.market.do(receive_document, tim.actor, **args)["document"]

    def opens(staff: Staff) -> str | None:
        return refused(lambda: desk.market.do(open_document, staff.actor, document_ref=sent, purpose="case"))

    assert (opens(desk.story.rae), opens(desk.story.ola)) == (None, "not_in_hand")
    give(desk, lee, desk.story.ola, question)
    assert (opens(desk.story.rae), opens(desk.story.ola)) == ("not_in_hand", None)


def test_a_draft_is_dropped_also_after_a_late_answer(desk: Desk) -> None:
    question = desk.ask()
    desk.later(days=6)
    ref = desk.start()
    desk.answer(question)
    assert waiting(desk)["question"] == desk.story.rae.person.id
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=ref)
    assert waiting(desk) == {"question": desk.story.rae.person.id}
    desk.start()


def test_a_late_answer_goes_to_who_writes_now(desk: Desk, lee: Staff) -> None:
    question, ola = desk.ask(days=20), desk.story.ola
    give(desk, lee, ola, question)
    desk.start(by=ola)
    desk.answer(question)
    assert waiting(desk) == {"question": ola.person.id, "action": ola.person.id}
    assert holder(desk) == ola.handle


def test_since_when_somebody_has_a_question_does_not_move_with_its_answer(desk: Desk, lee: Staff) -> None:
    question = desk.ask()
    give(desk, lee, desk.story.ola, question)
    given_at = desk.market.now
    desk.later(hours=5)
    desk.answer(question)
    with desk.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == question, WorkItem.closed_at.is_(None))).one()
    assert (item.stage, item.assigned_at) == ("answered", given_at)


def test_a_late_answer_goes_to_who_proposed(desk: Desk, lee: Staff) -> None:
    question, ola = desk.ask(), desk.story.ola
    give(desk, lee, ola, question)
    desk.later(days=6)
    ref = desk.start(by=ola)
    fields = desk.form(measure="termination", ends_on="", conduct_to=desk.market.day(6).isoformat())
    desk.market.do(propose_action, ola.actor, action_ref=ref, version=1, fields=fields)
    desk.answer(question)
    assert waiting(desk)["question"] == ola.person.id
    desk.market.do(return_action, lee.actor, action_ref=ref, reason="Read the answer.")
    assert holder(desk) == ola.handle


def test_a_question_that_was_given_away_stays_so_while_its_draft_is_before_somebody(desk: Desk, lee: Staff) -> None:
    question, ola = desk.ask(), desk.story.ola
    give(desk, lee, ola, question)
    desk.answer(question)
    ref = desk.start(by=ola)
    asked = {"case_ref": desk.case_ref, "clause_version_id": desk.clause(), "question": "And then?", "days": 5}
    desk.market.do(ask_first, ola.actor, **asked)
    desk.market.do(discard_action, ola.actor, action_ref=ref)
    assert holder(desk) == ola.handle


def test_nobody_returns_their_own_proposal(desk: Desk, lee: Staff) -> None:
    ref, rae = proposed(desk), desk.story.rae
    returned = {"action_ref": ref, "reason": "I changed my mind."}
    assert code(lambda: desk.market.do(return_action, rae.actor, **returned)) == "own_proposal"
    assert desk.action(ref).status == "proposed"
    desk.market.do(return_action, lee.actor, **returned)
    assert desk.action(ref).status == "draft"
