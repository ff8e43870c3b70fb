"""Decisions about one member of an account: the others' record, standing and money are untouched."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from portal.accounts.joining import record_member
from portal.accounts.models import Member, MemberRole
from portal.appeals.operations import add_to_appeal, ask_pause, contest_withheld, file_appeal, withdraw_appeal
from portal.core.access import WORKER
from portal.core.errors import NotFound
from portal.enforcement.before_checks import people_were_asked_first
from portal.enforcement.looking import my_action
from portal.enforcement.members import known_among
from portal.enforcement.models import Action
from portal.enforcement.operations import answer_question, correct_action, start_action
from portal.enforcement.own_side import APPLIES
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.receiving import report_somebody, sort_by_reference
from portal.enforcement.rules import State
from portal.notices.models import Notice
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk, refusal, violations
from tests.enforcement.test_changing import settle
from tests.factories.market import Party
from tests.log.making import unguarded


def joined(desk: Desk, name: str, role: MemberRole = MemberRole.WORKER) -> tuple[Party, UUID]:
    """Somebody who works in Tim's account, or has another role there, and their place in it."""
    party, account = desk.market.party(name), desk.story.tim.account
    desk.market.make(lambda work: record_member(work, account, party.person, role))
    desk.market.make(lambda work: record_member(work, account, party.person, role))
    mine = select(Member.id).where(Member.person_id == party.person.id, Member.account_id == account.id)
    with desk.office.database.read() as session:
        return party, session.scalars(mine).one()


def left(desk: Desk, party: Party) -> Any:
    """They belong to Tim's account no more; who they are when they sign in after that."""
    gone = update(Member).where(Member.person_id == party.person.id, Member.account_id == desk.story.tim.account.id)
    desk.market.make(lambda work: work.db.execute(gone.values(ended_at=work.now)))
    return party.actor


def decided(desk: Desk, member_id: UUID, **other: Any) -> str:
    desk.answer(desk.ask(member_id=member_id))
    started = desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause(), member_id=member_id
    )
    desk.issue(str(started["action"]), **other)
    return str(started["action"])


def state_of(desk: Desk, member_id: UUID | None = None) -> State:
    with desk.office.database.read() as session:
        return standing(session, desk.story.tim.account.id, desk.market.now, member_id).state


def told(desk: Desk, ref: str) -> list[tuple[UUID, str, str]]:
    with desk.office.database.read() as session:
        found = session.scalars(select(Notice).where(Notice.about_ref == ref).order_by(Notice.id))
        return [(one.recipient_id, one.kind, one.body or "") for one in found]


def test_only_that_member_is_touched(desk: Desk) -> None:
    (mia, her), (_bo, his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    before = desk.market.funds(desk.story.tim)
    ref = decided(desk, her)
    assert (state_of(desk), state_of(desk, her), state_of(desk, his)) == (State.GOOD, State.SUSPENDED, State.GOOD)
    assert desk.market.funds(desk.story.tim) == before
    heard = told(desk, ref)
    assert {(who, kind) for who, kind, _ in heard} == {
        (desk.story.tim.person.id, "statement"), (mia.person.id, "statement"),
    }
    assert all("Mia Lund cannot work in the account Tim Okafor until" in body for _, _, body in heard)
    with desk.office.database.read() as session:
        assert (statement_of(session, ref)[0] or {})["member"] == {"name": "Mia Lund"}
    assert violations(desk) == []


def test_owners_and_the_member_read_it_and_other_members_do_not(desk: Desk) -> None:
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    ref = decided(desk, her)
    with desk.office.database.read() as session:
        for person, sees in ((desk.story.tim.person.id, True), (mia.person.id, True), (bo.person.id, False), (None, False)):
            assert (my_action(session, ref, person) is not None) is sees


def test_of_a_whole_account_only_its_owners_read_the_decision_and_act_on_it(desk: Desk) -> None:
    (bo, _his), (fay, _hers) = joined(desk, "Bo Lind"), joined(desk, "Fay Noor", MemberRole.FINANCE)
    ben, _place = joined(desk, "Ben Roth", MemberRole.OWNER)
    question = desk.ask()
    for party in (bo, fay):
        with pytest.raises(NotFound):
            desk.market.do(answer_question, as_member(desk, party), message_ref=question, answer="I can tell you about it.")
    desk.answer(question)
    ref = desk.ready()
    desk.issue(ref)
    assert {who for who, _kind, _body in told(desk, ref)} >= {desk.story.tim.person.id, ben.person.id}
    theirs = {who: (kind, body) for who, kind, body in told(desk, ref) if who in (bo.person.id, fay.person.id)}
    assert [kind for kind, _body in theirs.values()] == [APPLIES, APPLIES]
    assert all("Please ask them: Tim Okafor, Ben Roth." in body and "rule" not in body for _kind, body in theirs.values())
    assert ["paid out at any time" in theirs[one.person.id][1] for one in (bo, fay)] == [False, True]
    asked = {"action_ref": ref, "grounds": ["other"], "body": BODY}
    for party, code in ((bo, "owners_only"), (fay, "owners_only"), (desk.story.omar, "not_found")):
        with desk.office.database.read() as session:
            action = session.scalars(select(Action).where(Action.ref == ref)).one()
            assert my_action(session, ref, party.person.id) is None
            assert bool(known_among(session, [action], party.person.id)) is (code == "owners_only")
        for operation, given in ((file_appeal, asked), (contest_withheld, {"action_ref": ref, "body": BODY})):
            with refusal(code):
                desk.market.do(operation, as_member(desk, party), **given)
    appeal = str(desk.market.do(file_appeal, as_member(desk, ben), **asked)["appeal"])
    for operation, given in ((add_to_appeal, {"body": "I saw it all."}), (withdraw_appeal, {}), (ask_pause, {"why": ""})):
        with refusal("owners_only"):
            desk.market.do(operation, as_member(desk, fay), appeal_ref=appeal, **given)
    assert violations(desk) == []


def test_a_member_who_left_reads_what_was_about_them_and_an_owner_who_left_nothing_that_came_after(desk: Desk) -> None:
    (mia, her), (ben, _place) = joined(desk, "Mia Lund"), joined(desk, "Ben Roth", MemberRole.OWNER)
    question = desk.ask(member_id=her)
    hers, his = left(desk, mia), left(desk, ben)
    with pytest.raises(NotFound):
        desk.market.do(answer_question, his, message_ref=question, answer="Mia did that, and I am gone.")
    desk.market.do(answer_question, hers, message_ref=question, answer="I wrote that after the call.")
    back = update(Member).where(Member.id == her).values(ended_at=None)
    desk.market.make(lambda work: work.db.execute(back))
    ref = str(desk.market.do(start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause(),
                             member_id=her)["action"])
    desk.issue(ref)
    left(desk, mia)
    with desk.office.database.read() as session:
        seen = [my_action(session, ref, party.person.id) is not None for party in (desk.story.tim, mia, ben)]
    assert seen == [True, True, False]
    asked = {"action_ref": ref, "grounds": ["other"], "body": BODY}
    with pytest.raises(NotFound):
        desk.market.do(file_appeal, his, **asked)
    appeal = str(desk.market.do(file_appeal, hers, **asked)["appeal"])
    desk.market.do(add_to_appeal, desk.story.tim.actor, appeal_ref=appeal, body="She told me the same on that day.")
    for about in (ref, appeal):
        assert {who for who, _kind, _body in told(desk, about)} == {desk.story.tim.person.id, mia.person.id}


def as_member(desk: Desk, party: Party) -> Any:
    return replace(party.actor, account_ids=frozenset({desk.story.tim.account.id}))


def test_the_member_appeals_alone(desk: Desk) -> None:
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    ref = decided(desk, her)
    asked = {"action_ref": ref, "grounds": ["other"], "body": BODY}
    with pytest.raises(NotFound):
        desk.market.do(file_appeal, as_member(desk, bo), **asked)
    assert desk.market.do(file_appeal, as_member(desk, mia), **asked)["appeal"]
    assert violations(desk) == []


def test_another_member_touches_nothing_of_an_appeal_or_a_question_that_is_not_theirs(desk: Desk) -> None:
    (mia, her), (bo, _his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    question = desk.ask(member_id=her)
    with pytest.raises(NotFound):
        desk.market.do(answer_question, as_member(desk, bo), message_ref=question, answer="It was Mia, and I say so for her.")
    desk.market.do(answer_question, as_member(desk, mia), message_ref=question, answer="I wrote that after the call.")
    with desk.office.database.read() as session:
        receipts = session.scalars(select(Notice.recipient_id).where(Notice.kind == "answer_received")).all()
    assert sorted(receipts) == sorted([desk.story.tim.person.id, mia.person.id])
    asked = {"action_ref": decided(desk, her), "grounds": ["other"], "body": BODY}
    appeal = str(desk.market.do(file_appeal, as_member(desk, mia), **asked)["appeal"])
    for operation, given in ((add_to_appeal, {"body": "She is wrong about all of it."}), (withdraw_appeal, {})):
        with pytest.raises(NotFound):
            desk.market.do(operation, as_member(desk, bo), appeal_ref=appeal, **given)
    desk.market.do(withdraw_appeal, as_member(desk, mia), appeal_ref=appeal)
    assert violations(desk) == []


def test_a_corrected_letter_goes_to_the_member_too(desk: Desk) -> None:
    mia, her = joined(desk, "Mia Lund")
    ref = decided(desk, her)
    kinder = {"spoke_for": "Three good years, and she wrote to us within a day."}
    given = {"version": desk.action(ref).version, "fields": kinder, "reason": "The letter left out what she told us."}
    desk.market.do(correct_action, desk.story.rae.actor, action_ref=ref, **given)
    letters = [who for who, kind, _ in told(desk, ref) if kind == "statement"]
    assert sorted(letters) == sorted([desk.story.tim.person.id, mia.person.id] * 2) and violations(desk) == []


def test_the_ladder_counts_for_that_member_alone(desk: Desk) -> None:
    (_mia, her), (_bo, his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    day = desk.market.day
    earlier = {"conduct_from": day(30).isoformat(), "conduct_to": day(25).isoformat()}
    decided(desk, her, measure="warning", ends_on="", **earlier)
    second, other = decided(desk, her), decided(desk, his)
    whole = desk.ready()
    desk.issue(whole)
    with desk.office.database.read() as session:
        counted = {one.ref: one.occurrence for one in session.scalars(select(Action))}
    assert (counted[second], counted[other], counted[whole]) == (2, 1, 1)
    assert violations(desk) == []


def test_it_ends_and_only_they_hear(desk: Desk) -> None:
    mia, her = joined(desk, "Mia Lund")
    ref = decided(desk, her)
    desk.later(days=25)
    settle(desk)
    assert state_of(desk, her) == State.GOOD
    ended = [who for who, kind, body in told(desk, ref) if kind == "action_changed" and "has ended" in body]
    assert set(ended) == {desk.story.tim.person.id, mia.person.id} and violations(desk) == []


def test_what_cannot_be_about_one_member(desk: Desk) -> None:
    given = {"case_ref": desk.case_ref, "clause_version_id": desk.clause()}
    with desk.office.database.read() as session:
        tim = session.scalars(select(Member.id).where(Member.account_id == desk.story.tim.account.id)).one()
    with refusal("unknown_member"):
        desk.market.do(start_action, desk.story.rae.actor, member_id=tim, **given)
    _mia, her = joined(desk, "Mia Lund")
    with refusal("hold_needs_more"):
        decided(desk, her, **desk.hold(10_000))


def test_a_member_is_asked_themselves(desk: Desk) -> None:
    (mia, her), (bo, his) = joined(desk, "Mia Lund"), joined(desk, "Bo Lind")
    desk.answer(desk.ask(member_id=his))
    started = desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause(), member_id=her
    )
    with refusal("not_asked"):
        desk.issue(str(started["action"]))
    question = desk.ask(member_id=her)
    asked = {who for who, kind, _ in told(desk, question) if kind == "question"}
    assert asked == {desk.story.tim.person.id, mia.person.id} and bo.person.id not in asked
    desk.answer(question)
    desk.issue(str(started["action"]))
    assert violations(desk) == []
    with unguarded(desk.office) as connection:
        connection.execute(delete(Notice.__table__).where(Notice.about_ref == question, Notice.recipient_id == mia.person.id))
    with desk.office.database.read() as session:
        assert any(str(started["action"]) in line for line in people_were_asked_first(session))


def test_nobody_is_asked_who_is_no_member(desk: Desk) -> None:
    with refusal("unknown_member"):
        desk.ask(member_id=UUID(int=0))


def test_a_member_who_reported_the_account_they_work_in_is_answered(desk: Desk) -> None:
    """What they are told as a member is no answer to what they reported for an account of their own."""
    bo, _ = joined(desk, "Bo Lind")
    told = "They ask clients to pay outside the marketplace, and told me to write so too."
    ref = desk.market.do(
        report_somebody, bo.actor, account_id=bo.account.id, named=desk.story.tim.account.ref, happened=told
    )["report"]
    desk.market.do(sort_by_reference, WORKER)
    desk.issue(action := desk.ready())
    with desk.office.database.read() as session:
        kinds = select(Notice.kind, Notice.about_ref).where(
            Notice.recipient_id == bo.person.id, Notice.kind.in_((APPLIES, "report_answered")))
        assert sorted(map(tuple, session.execute(kinds))) == [(APPLIES, action), ("report_answered", ref)]
