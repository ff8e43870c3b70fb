"""Ending a decision ourselves: lifted early, or taken back before it takes effect, and who hears what of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals.models import Appeal
from portal.appeals.operations import decide_appeal, file_appeal
from portal.cases.models import Case, Clock
from portal.core.access import Role
from portal.enforcement.changing import pause
from portal.enforcement.ending import preview_ending, way_to_end
from portal.enforcement.models import RestrictionChange, Statement
from portal.enforcement.operations import lift_action, shorten_action, withdraw_action
from portal.enforcement.queries import earlier_actions, permitted
from portal.enforcement.rules import State
from portal.enforcement.shortening import earlier_end, preview_shortening
from portal.ledger.models import Hold
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk, state_of, violations
from tests.enforcement.test_changing import carry_out, days_later, terminated
from tests.enforcement.test_cosigning import open_kinds, propose, sign
from tests.factories.market import Staff, refused

WHY = "Tim has sent all the drawings, and Stacy has confirmed it."


def suspended(desk: Desk, **other: Any) -> str:
    ref = desk.ready()
    desk.issue(ref, **other)
    return ref


def end(desk: Desk, ref: str, operation: Any = lift_action, by: Staff | None = None, **other: Any) -> dict[str, Any]:
    args = {"action_ref": ref, "version": desk.action(ref).version, "reason": WHY} | other
    return desk.market.do(operation, (by or desk.story.rae).actor, **args)


def heard(desk: Desk, kind: str = "action_changed") -> list[tuple[str, str]]:
    """(recipient's address, body) of every notice of that kind, oldest first."""
    people = {desk.story.tim.person.id: "tim"}
    with desk.office.database.read() as session:
        found = session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.created_at, Notice.id))
        return [(people.get(one.recipient_id, "other"), one.body or "") for one in found]


def titles(desk: Desk, kind: str) -> set[str]:
    """What the inboxes of clients call every notice of that kind."""
    with desk.office.database.read() as session:
        found = select(Notice.subject).where(Notice.kind == kind, Notice.recipient_id != desk.story.tim.person.id)
        return {str(one) for one in session.scalars(found)}


def test_clients_see_in_the_inbox_that_something_has_changed(desk: Desk) -> None:
    ref, changed = suspended(desk), {"About your work with Tim Okafor: something has changed"}
    days_later(desk, 2)
    assert titles(desk, "counterpart_action") == {"About your work with Tim Okafor"}
    shorter(desk, ref)
    assert titles(desk, "action_changed") == changed and len(heard(desk)) == 3
    end(desk, ref)
    assert titles(desk, "action_changed") == changed and len(heard(desk)) == 6


def test_lifting_gives_everything_back_and_tells_each_once(desk: Desk) -> None:
    ref = suspended(desk, **desk.hold(85_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    days_later(desk, 2)
    with desk.office.database.read() as session:
        read = preview_ending(session, desk.action(ref), "lift", WHY, desk.market.now)
    assert end(desk, ref)["notices"] == 3
    assert state_of(desk) is State.GOOD and desk.action(ref).lifted_at == desk.market.now
    told = heard(desk)
    assert told[0] == ("tim", read.mine.body) and WHY in read.mine.body and "still counts" in read.mine.body
    assert sorted(told[1:]) == sorted(("other", text.body) for _name, text in read.theirs) and len(read.theirs) == 2
    assert all("Tim Okafor is available again." in body and WHY not in body for _who, body in told[1:])
    assert ["$850.00" in body for _who, body in told].count(True) == 2
    with desk.office.database.read() as session:
        held = session.scalars(select(Hold).order_by(Hold.id)).all()
        assert [hold.ended_at is None for hold in held] == [True, False]
        assert not list(session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))))
    days_later(desk, 30)
    assert len(heard(desk)) == 3 and violations(desk) == []


def test_lifted_action_still_counts_and_its_statement_stays(desk: Desk) -> None:
    ref = suspended(desk)
    end(desk, ref)
    with desk.office.database.read() as session:
        clause = cited_clause(session, desk.clause())
        assert clause is not None
        case = session.scalars(select(Case)).one()
        assert permitted(session, case, clause, desk.market.now).occurrence == 2
        assert len(list(session.scalars(select(Statement)))) == 1


def test_open_appeal_goes_on_and_can_still_overturn(desk: Desk) -> None:
    ref = suspended(desk)
    desk.market.do(file_appeal, desk.story.tim.actor, action_ref=ref, grounds=["other"], body=BODY)
    end(desk, ref)
    with desk.office.database.read() as session:
        appeal = session.scalars(select(Appeal)).one()
    assert appeal.state == "filed" and "appeal" in open_kinds(desk)
    desk.later(hours=1)
    desk.market.do(
        decide_appeal, desk.story.rae.actor, appeal_ref=appeal.ref, version=appeal.version, outcome="reversed",
        ground_answers={}, exhibits_considered={}, reasons="He was ill.", our_error="We did not read his letter.",
    )
    assert desk.action(ref).reversed_at is not None and violations(desk) == []


def test_paused_action_can_be_lifted(desk: Desk) -> None:
    ref = suspended(desk)
    days_later(desk, 2)
    carry_out(desk, ref, lambda work, action, event, mine: pause(work, action, event, mine))
    end(desk, ref)
    assert [body for who, body in heard(desk) if who == "other"][2:] == [
        "The decision about Tim Okafor that we told you of has ended."
    ] * 2
    assert violations(desk) == []


def test_what_was_not_released_yet_arrives_with_its_end(desk: Desk) -> None:
    ref = suspended(desk)
    end(desk, ref)
    days_later(desk, 3)
    assert len(heard(desk, "counterpart_action")) == 2 and len(heard(desk)) == 3 and violations(desk) == []


def test_only_who_has_it_in_hand_lifts_and_says_why(desk: Desk) -> None:
    ref, story = suspended(desk), desk.story
    assert refused(lambda: end(desk, ref, by=story.ola)) == "with_nobody"
    assert refused(lambda: end(desk, ref, reason="  ")) == "reason_missing"
    assert refused(lambda: end(desk, ref, version=1)) == "stale"
    assert refused(lambda: end(desk, ref, withdraw_action)) == "nothing_to_withdraw"
    end(desk, ref, by=desk.market.staff("Lee Marsh", Role.LEAD))
    assert refused(lambda: end(desk, ref)) == "nothing_to_lift"


@pytest.mark.parametrize("form", [{"measure": "warning", "ends_on": ""}, {}])
def test_warnings_and_what_is_over_cannot_be_lifted(desk: Desk, form: dict[str, Any]) -> None:
    ref = suspended(desk, **form)
    desk.later(days=0 if form else 21)
    assert refused(lambda: end(desk, ref)) == "nothing_to_lift"


def test_interim_action_is_lifted_without_a_word_of_counting(desk: Desk) -> None:
    ref = desk.start("threats")
    desk.issue(ref, interim=True, clause_version_id=str(desk.clause("threats")))
    end(desk, ref)
    assert "still counts" not in heard(desk)[0][1] and state_of(desk) is State.GOOD
    assert "rule" not in heard(desk)[1][1] and violations(desk) == []


def test_termination_is_taken_back_and_nobody_outside_hears(desk: Desk) -> None:
    ref = terminated(desk, **desk.hold(85_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    desk.later(days=10)
    assert refused(lambda: end(desk, ref)) == "nothing_to_lift"
    assert end(desk, ref, withdraw_action) == {"action": ref, "notices": 1, "later": []}
    action = desk.action(ref)
    assert (action.status, action.withdrawn_at) == ("withdrawn", desk.market.now)
    assert [who for who, _body in heard(desk)] == ["tim"] and WHY in heard(desk)[0][1]
    days_later(desk, 40)
    with desk.office.database.read() as session:
        own = session.scalars(select(Hold).where(Hold.amount_minor == 85_000)).one()
        assert own.ended_at == action.withdrawn_at
        assert {one.kind for one in session.scalars(select(RestrictionChange))} == {"lifted"}
        clause = cited_clause(session, desk.clause())
        assert clause is not None
        assert earlier_actions(session, action.account_id, clause.clause_id) == []
    assert state_of(desk) is State.GOOD and len(heard(desk)) == 1 and violations(desk) == []


def test_what_has_begun_is_lifted_and_not_taken_back(desk: Desk) -> None:
    ref = terminated(desk)
    days_later(desk, 31)
    assert state_of(desk) is State.TERMINATED
    assert refused(lambda: end(desk, ref, withdraw_action)) == "nothing_to_withdraw"
    end(desk, ref)
    assert state_of(desk) is State.GOOD
    assert [body for who, body in heard(desk) if who == "other"] == ["Tim Okafor is available again."] * 2
    assert violations(desk) == []


def test_taken_back_can_be_decided_anew(desk: Desk) -> None:
    ref = terminated(desk)
    end(desk, ref, withdraw_action)
    again = suspended(desk)
    assert desk.action(again).occurrence == 1 and violations(desk) == []


def test_taken_back_and_then_overturned_is_decided_anew_by_others(desk: Desk) -> None:
    ref = terminated(desk)
    filed = desk.market.do(file_appeal, desk.story.tim.actor, action_ref=ref, grounds=["other"], body=BODY)
    end(desk, ref, withdraw_action)
    desk.market.do(
        decide_appeal, desk.story.rae.actor, appeal_ref=filed["appeal"], version=2, outcome="reversed", ground_answers={},
        exhibits_considered={}, reasons="He was ill.", our_error="We did not read his letter.",
    )
    desk.later(minutes=1)
    again = desk.ready()
    assert refused(lambda: desk.issue(again)) == "overturned_before"
    assert violations(desk) == []


def test_later_decision_that_counted_it_is_made_smaller_and_looked_at_again(desk: Desk) -> None:
    first, day = terminated(desk), desk.market.day
    later = desk.ready()
    desk.issue(later, conduct_from=day(20).isoformat(), conduct_to=day(15).isoformat(), ends_on=day(-80).isoformat())
    assert desk.action(later).occurrence == 2
    before = desk.action(later).ends_at
    assert end(desk, first, withdraw_action)["later"] == [later]
    after = desk.action(later).ends_at
    assert before is not None and after is not None and after < before
    assert any("which we have taken back" in body for _who, body in heard(desk)) and violations(desk) == []


def test_replaced_action_stays_replaced_when_its_successor_is_taken_back(desk: Desk) -> None:
    clause = str(desk.clause("threats"))
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=clause)
    desk.later(hours=1)
    desk.answer(desk.ask(key="threats"))
    second = terminated_under(desk, "threats")
    assert desk.action(second).supersedes_id == desk.action(first).id
    end(desk, second, withdraw_action)
    assert state_of(desk) is State.GOOD
    with desk.office.database.read() as session:
        assert way_to_end(session, desk.action(first), desk.market.now) is None


def terminated_under(desk: Desk, key: str) -> str:
    ref = propose(desk, ref=desk.start(key), clause_version_id=str(desk.clause(key)))
    sign(desk, ref)
    return ref


def test_person_alone_reads_the_reason(desk: Desk) -> None:
    ref = suspended(desk)
    with desk.office.database.read() as session:
        read = preview_ending(session, desk.action(ref), "lift", WHY, desk.market.now)
    assert read.theirs and all(WHY not in f"{text.subject}{text.body}{text.mail_body}" for _name, text in read.theirs)
    assert WHY not in read.mine.mail_body


def shorter(desk: Desk, ref: str, ahead: int = 5, **other: Any) -> dict[str, Any]:
    args = {"action_ref": ref, "version": desk.action(ref).version, "new_ends_on": desk.market.day(-ahead), "reason": WHY} | other
    return desk.market.do(shorten_action, desk.story.rae.actor, **args)


def test_earlier_last_day_is_a_new_statement_and_told_once(desk: Desk) -> None:
    ref = suspended(desk)
    days_later(desk, 2)
    with desk.office.database.read() as session:
        ends_at = earlier_end(session, desk.action(ref), desk.market.day(-5), desk.market.now)
        mine, read = preview_shortening(session, desk.action(ref), ends_at, WHY, desk.market.now)
    shorter(desk, ref)
    assert desk.action(ref).ends_at == ends_at
    told = heard(desk)
    assert told[0] == ("tim", mine.body) and sorted(told[1:]) == sorted(("other", text.body) for _name, text in read)
    assert len(told) == 3 and all(WHY not in body for _who, body in told[1:])
    with desk.office.database.read() as session:
        first, second = session.scalars(select(Statement).order_by(Statement.n))
        assert second.supersedes_id == first.id and state_of(desk) is State.SUSPENDED
    days_later(desk, 6)
    assert state_of(desk) is State.GOOD and len(heard(desk)) == 6 and violations(desk) == []


def test_last_day_is_never_later_nor_today_nor_of_what_is_paused(desk: Desk) -> None:
    ref = suspended(desk)
    assert refused(lambda: shorter(desk, ref, 20)) == "not_shorter"
    assert refused(lambda: shorter(desk, ref, 0)) == "ends_on_past"
    assert refused(lambda: shorter(desk, ref, new_ends_on=None)) == "ends_on_missing"
    assert refused(lambda: shorter(desk, ref, version=1)) == "stale"
    carry_out(desk, ref, lambda work, action, event, mine: pause(work, action, event, mine))
    assert refused(lambda: shorter(desk, ref)) == "nothing_to_shorten"


def test_shortened_action_can_be_lifted(desk: Desk) -> None:
    ref = suspended(desk)
    shorter(desk, ref)
    end(desk, ref)
    assert state_of(desk) is State.GOOD and violations(desk) == []
