"""A new decision in place of one that stands: the old one ends in the same act, money moves, and each hears one change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals.operations import file_appeal
from portal.cases.models import Draft
from portal.core.access import Role
from portal.enforcement.models import Action, Signature
from portal.enforcement.operations import co_sign, issue_action, propose_action, start_amendment
from portal.enforcement.preview import preview
from portal.enforcement.queries import earlier_actions, permitted, standing, statement_of
from portal.enforcement.rules import State
from portal.enforcement.succession import superseded_by
from portal.ledger.models import Hold
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from tests.appeals.conftest import BODY, Bench
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import days_later, terminated
from tests.enforcement.test_cosigning import open_kinds
from tests.enforcement.test_ending import end, heard, state_of, suspended, terminated_under, violations
from tests.factories.market import Staff, refused

MORE_CARE = {"facts": "Stacy paid the first milestone of $400 on 12 November. One drawing came, and a second one on the 20th."}


def begin(desk: Desk, old: str, by: Staff | None = None, **other: Any) -> str:
    return str(desk.market.do(start_amendment, (by or desk.story.rae).actor, action_ref=old, **other)["action"])


def typed(desk: Desk, ref: str) -> dict[str, Any]:
    with desk.office.database.read() as session:
        return json.loads(session.scalars(select(Draft.body).where(Draft.subject_ref == ref)).one())


def amend(desk: Desk, old: str, **other: Any) -> str:
    """The draft as it was begun, with what is changed, issued by Rae alone."""
    ref = begin(desk, old)
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=typed(desk, ref) | other)
    return ref


def amend_by_two(desk: Desk, old: str, **other: Any) -> str:
    ref = begin(desk, old)
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=typed(desk, ref) | other)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read all of it.")
    return ref


def counterparts(desk: Desk) -> list[Notice]:
    with desk.office.database.read() as session:
        return list(session.scalars(
            select(Notice).where(Notice.kind == "counterpart_action").order_by(Notice.created_at, Notice.id)
        ))


def shorter(desk: Desk, days: int = 5) -> dict[str, Any]:
    return {"ends_on": desk.market.day(-days).isoformat()}


def test_lesser_decision_replaces_in_one_act_and_each_hears_once(desk: Desk) -> None:
    old = suspended(desk)
    days_later(desk, 2)
    new = amend(desk, old, **shorter(desk), **MORE_CARE)
    after = desk.action(new)
    assert after.supersedes_id == desk.action(old).id and after.occurrence == 1
    with desk.office.database.read() as session:
        assert [one.ref for one in standing(session, after.account_id, desk.market.now).actions] == [new]
        record = statement_of(session, new)[0] or {}
        clause = cited_clause(session, desk.clause())
        assert clause is not None
        assert [(one.ref, one.undone) for one in earlier_actions(session, after.account_id, clause.clause_id)] == [
            (old, True), (new, False)
        ]
        assert permitted(session, desk.action(new), clause, desk.market.now).occurrence == 1
    assert record["replaces"] == old and record["facts"] == MORE_CARE["facts"]
    days_later(desk, 1)
    first, second = counterparts(desk)[:2], counterparts(desk)[2:]
    assert sorted(one.corrects_id or one.id for one in second) == sorted(one.id for one in first)
    assert all("takes the place of what we told you before" in (one.body or "") for one in second)
    assert heard(desk) == [] and violations(desk) == []
    days_later(desk, 6)
    assert state_of(desk) is State.GOOD and len(heard(desk)) == 3 and violations(desk) == []


def test_replaced_decision_can_no_longer_be_ended_or_replaced(desk: Desk) -> None:
    old = suspended(desk)
    new = amend(desk, old, **shorter(desk))
    assert refused(lambda: end(desk, old)) == "nothing_to_lift"
    assert refused(lambda: begin(desk, old)) == "not_replaceable"
    third = amend(desk, new, measure="warning", ends_on="")
    assert state_of(desk) is State.WARNED and violations(desk) == []
    with desk.office.database.read() as session:
        following = superseded_by(session, desk.action(new))
        assert following is not None and following.ref == third


def test_money_moves_and_is_never_more_nor_longer(desk: Desk) -> None:
    old = suspended(desk, **desk.hold(85_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    days_later(desk, 3)
    new = begin(desk, old)
    fields = typed(desk, new)
    assert fields["hold_amount_minor"] == "85000"
    fields |= {"hold_amount_minor": "50000", **shorter(desk)}
    with desk.office.database.read() as session:
        seen = preview(desk.office.work(session, desk.story.rae.actor), action_ref=new, fields=fields)
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=new, version=1, fields=fields)
    with desk.office.database.read() as session:
        first, second = session.scalars(select(Hold).where(Hold.successor_of_id.is_not(None) | (Hold.amount_minor == 85_000))
                                        .order_by(Hold.id)).all()
        record = statement_of(session, new)[0] or {}
    assert first.ended_at == desk.market.now and second.ended_at is None and second.successor_of_id == first.id
    assert (second.amount_minor, second.expires_at) == (50_000, first.expires_at)
    money = json.loads(json.dumps(seen.record["money"], default=str))
    for one in (*money["held"], *record["money"]["held"]):
        one.pop("claim"), one.pop("until")
    assert money == record["money"] and violations(desk) == []
    days_later(desk, 40)
    assert violations(desk) == []


def test_money_that_is_not_claimed_anew_is_free(desk: Desk) -> None:
    old = suspended(desk, **desk.hold(85_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    amend(desk, old, hold_amount_minor="", **shorter(desk))
    with desk.office.database.read() as session:
        held = session.scalars(select(Hold).where(Hold.amount_minor == 85_000)).one()
    assert held.ended_at == desk.market.now and violations(desk) == []


def heavier_form(desk: Desk) -> dict[str, Any]:
    return {"ends_on": desk.market.day(-40).isoformat()}


def test_heavier_needs_a_new_question_and_a_second_person(desk: Desk) -> None:
    old = suspended(desk)
    desk.later(hours=1)
    new = begin(desk, old)
    fields, rae = typed(desk, new) | {"ends_on": desk.market.day(-25).isoformat()}, desk.story.rae.actor
    do, args = desk.market.do, {"action_ref": new, "version": 1, "fields": fields}
    assert refused(lambda: do(issue_action, rae, **args)) == "not_asked"
    desk.answer(desk.ask())
    assert refused(lambda: do(issue_action, rae, **args)) == "needs_cosignature"
    do(propose_action, rae, **args)
    do(co_sign, desk.story.ola.actor, action_ref=new, reason="I have read all of it.")
    assert desk.action(new).ends_at is not None and desk.action(new).ends_at > (desk.action(old).ends_at or desk.market.now)
    with desk.office.database.read() as session:
        signed = session.scalars(select(Signature.signed_as).where(Signature.action_id == desk.action(new).id)).all()
    assert "cosigner" in signed and violations(desk) == []


def test_later_decision_that_counted_the_old_is_made_smaller_with_the_new(desk: Desk) -> None:
    first, day = suspended(desk), desk.market.day
    later = desk.ready()
    desk.issue(later, conduct_from=day(20).isoformat(), conduct_to=day(15).isoformat(), ends_on=day(-80).isoformat())
    assert desk.action(later).occurrence == 2
    desk.later(hours=1)
    new = amend(desk, first, **shorter(desk))
    filed = desk.market.do(file_appeal, desk.story.tim.actor, action_ref=new, grounds=["other"], body=BODY)
    bench = Bench(desk.market, desk.story, desk.case_ref, action_ref=new)
    assert bench.decide(filed["appeal"], "reversed", by=desk.story.rae)["later"] == [later]
    assert violations(desk) == []


def test_terminated_instead_of_suspended_is_available_during_the_notice(desk: Desk) -> None:
    """Whoever heard of the suspension hears that he is available meanwhile, and later that he is not."""
    old = suspended(desk)
    days_later(desk, 2)
    desk.answer(desk.ask())
    new = amend_by_two(desk, old, measure="termination", ends_on="")
    assert state_of(desk) is State.GOOD
    assert [body for who, body in heard(desk) if who == "other"] == ["Tim Okafor is available again."] * 2
    days_later(desk, 31)
    assert state_of(desk) is State.TERMINATED and len(counterparts(desk)) == 4 and desk.action(new).status == "issued"
    assert violations(desk) == []


def test_whoever_heard_of_an_interim_hears_during_the_notice_too(desk: Desk) -> None:
    clause = str(desk.clause("threats"))
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=clause)
    days_later(desk, 1)
    desk.answer(desk.ask(key="threats"))
    terminated_under(desk, "threats")
    assert [body for who, body in heard(desk) if who == "other"] == ["Tim Okafor is available again."] * 2
    assert state_of(desk) is State.GOOD and violations(desk) == []


def test_termination_ahead_is_replaced_and_nobody_hears_of_it(desk: Desk) -> None:
    old = terminated(desk)
    amend(desk, old, measure="suspension", ends_on=desk.market.day(-5).isoformat())
    days_later(desk, 40)
    assert len(counterparts(desk)) == 4 and state_of(desk) is State.GOOD
    with desk.office.database.read() as session:
        told = session.scalars(select(Notice.about_ref).where(Notice.kind == "action_changed")).all()
    assert old not in told and violations(desk) == []


def test_refusals(desk: Desk) -> None:
    old, story = suspended(desk), desk.story
    assert refused(lambda: begin(desk, old, by=desk.market.staff("Kim Sato"))) == "with_nobody"
    new = begin(desk, old)
    assert refused(lambda: begin(desk, old)) == "draft_open"
    fields, do = typed(desk, new), desk.market.do
    args = {"action_ref": new, "version": 1}
    assert refused(lambda: do(issue_action, story.rae.actor, **args, fields=fields | {"supersedes": "A-22222222"})) == (
        "not_replaceable"
    )
    assert refused(lambda: do(issue_action, story.rae.actor, **args, fields=fields | {"supersedes": ""})) == "already_decided"
    end(desk, old, by=desk.market.staff("Lee Marsh", Role.LEAD))
    assert refused(lambda: do(issue_action, story.rae.actor, **args, fields=fields)) == "not_replaceable"
    assert "action" in open_kinds(desk) and violations(desk) == []


@pytest.mark.parametrize("form", [{"measure": "warning", "ends_on": ""}])
def test_warning_becomes_more_only_as_something_heavier(desk: Desk, form: dict[str, Any]) -> None:
    old = suspended(desk, **form)
    desk.later(hours=1)
    new = begin(desk, old)
    fields = typed(desk, new) | {"measure": "suspension", "ends_on": desk.market.day(-3).isoformat()}
    args = {"action_ref": new, "version": 1, "fields": fields}
    assert refused(lambda: desk.market.do(issue_action, desk.story.rae.actor, **args)) == "not_asked"
    with desk.office.database.read() as session:
        assert session.scalars(select(Action.supersedes_id).where(Action.ref == new)).one() is None
