"""Protections and orders are made of the same parts as a decision about conduct: each with a first and a last day of its own."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.cases.models import Clock, WorkItem
from portal.core.errors import RuleBroken
from portal.enforcement.operations import (
    co_sign,
    confirm_order,
    issue_action,
    lift_action,
    propose_action,
    start_action,
)
from portal.enforcement.queries import restrictions_of, standing, statement_of
from portal.enforcement.rules import State
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.oracle import broken
from tests.enforcement.test_changing import settle
from tests.enforcement.test_members import joined
from tests.enforcement.test_ordering import SILENT, bodies, legal_form, ordered, propose_legal, violations
from tests.enforcement.test_own_ends import changes, in_effect
from tests.enforcement.test_own_starts import told
from tests.enforcement.test_protecting import NO_RULE, begin, protect, protective_form, state_of

IN_PART = {"measure": "restriction", "scope": ["search", "new_contracts"]}
REASON = "We asked the court again."


def sound(desk: Desk) -> bool:
    with desk.office.database.read() as session:
        return violations(desk) == [] and broken(session, desk.market.now) == []


def look_again(desk: Desk, ref: str) -> None:
    desk.market.do(
        confirm_order, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason=REASON
    )


def test_one_thing_of_a_protection_ends_before_the_rest(desk: Desk) -> None:
    ref = protect(desk, **IN_PART, ends_on_new_contracts=desk.market.day(-1).isoformat())
    assert in_effect(desk, ref) == {"search", "new_contracts"}
    desk.later(days=2)
    settle(desk)
    assert in_effect(desk, ref) == {"search"} and state_of(desk) == State.RESTRICTED
    assert "Free again: new contracts." in changes(desk, ref)[0]
    outside = changes(desk, ref, corrects=True)
    assert outside and all("that we told you of has ended" in one for one in outside)
    desk.later(days=2)
    settle(desk)
    assert in_effect(desk, ref) == set() and state_of(desk) == State.GOOD
    assert changes(desk, ref, corrects=True) == outside and sound(desk)


def test_a_protection_never_lasts_longer_than_72_hours(desk: Desk) -> None:
    ref = begin(desk)
    with pytest.raises(RuleBroken) as wrong:
        desk.issue(ref, **protective_form(desk, **IN_PART, ends_on_search=desk.market.day(-4).isoformat()))
    assert (wrong.value.code, wrong.value.field) == ("ends_on_later", "ends_on_search")
    with pytest.raises(RuleBroken) as late:
        desk.issue(ref, **protective_form(desk, measure="restriction", scope=["search"],
                                          starts_on_search=desk.market.day(-1).isoformat()))
    assert (late.value.code, late.value.field) == ("starts_on_later", "starts_on_search")


def test_of_an_order_each_thing_begins_and_ends_on_its_own_days(desk: Desk) -> None:
    ref = ordered(desk, **IN_PART | {"scope": ["search", "new_contracts", "new_offers"]},
                  starts_on_new_contracts=desk.market.day(-2).isoformat(), ends_on_new_offers=desk.market.day(-5).isoformat())
    assert in_effect(desk, ref) == {"search", "new_offers"} and told(desk, ref) == []
    desk.later(days=3)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_contracts", "new_offers"} and told(desk, ref)
    desk.later(days=3)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_contracts"} and "Free again: new offers." in changes(desk, ref)[0]
    assert sound(desk)


def test_what_has_a_last_day_of_its_own_does_not_go_on_with_the_order(desk: Desk) -> None:
    ref = ordered(desk, **IN_PART, ends_on_new_contracts=desk.market.day(-28).isoformat())
    before = desk.action(ref).ends_at
    desk.later(days=27)
    look_again(desk, ref)
    desk.later(days=3)
    settle(desk)
    assert in_effect(desk, ref) == {"search"} and desk.action(ref).ends_at > before  # type: ignore[operator]
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    ends = {one["scope"]: one["ends_at"] for one in record["restrictions"]}
    assert ends["new_contracts"] < ends["search"] == record["ends_at"] and sound(desk)


def test_what_begins_after_we_looked_again_begins_on_its_day(desk: Desk) -> None:
    ref = ordered(desk, **IN_PART, starts_on_new_contracts=desk.market.day(-20).isoformat())
    desk.later(days=10)
    look_again(desk, ref)
    assert in_effect(desk, ref) == {"search"} and told(desk, ref) == []
    desk.later(days=12)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_contracts"} and told(desk, ref) and sound(desk)


def test_where_everything_has_a_last_day_the_order_has_one(desk: Desk) -> None:
    days = {"ends_on_search": desk.market.day(-3).isoformat(), "ends_on_new_contracts": desk.market.day(-9).isoformat()}
    with pytest.raises(RuleBroken) as wrong:
        ordered(desk, **IN_PART, **days)
    assert (wrong.value.code, wrong.value.field) == ("order_missing", "order_ends_on")


def test_an_order_ends_with_the_last_of_what_it_takes(desk: Desk) -> None:
    days = {"ends_on_search": desk.market.day(-3).isoformat(), "ends_on_new_contracts": desk.market.day(-9).isoformat()}
    ref = ordered(desk, **IN_PART, **days, order_ends_on=desk.market.day(-12).isoformat())
    desk.later(days=11)
    settle(desk)
    assert in_effect(desk, ref) == set() and state_of(desk) == State.GOOD
    desk.later(days=40)
    settle(desk)
    with desk.office.database.read() as session:
        waits = session.scalars(select(WorkItem.kind).where(WorkItem.subject_ref == ref, WorkItem.closed_at.is_(None))).all()
        runs = session.scalars(select(Clock.kind).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))).all()
    assert (list(waits), list(runs)) == ([], []), "nobody looks again at what is over"
    assert sound(desk)


def test_an_order_that_begins_later_takes_nothing_before(desk: Desk) -> None:
    ref = ordered(desk, measure="restriction", scope=["new_contracts"], starts_on_new_contracts=desk.market.day(-6).isoformat())
    assert state_of(desk) == State.GOOD and told(desk, ref) == []
    assert any("asks us to restrict your account from " in one for one in bodies(desk, "statement"))
    desk.later(days=7)
    settle(desk)
    assert state_of(desk) == State.RESTRICTED and told(desk, ref) and sound(desk)


def test_a_silent_order_is_told_when_its_part_begins(desk: Desk) -> None:
    ref = ordered(desk, **IN_PART, starts_on_new_contracts=desk.market.day(-35).isoformat(), **SILENT,
                  order_ends_on=desk.market.day(-60).isoformat())
    desk.later(days=31)
    settle(desk)
    assert bodies(desk, "statement") and told(desk, ref) == []
    desk.later(days=5)
    settle(desk)
    assert told(desk, ref) and sound(desk)


def test_money_is_held_as_long_as_the_order_lasts_whatever_else_ends(desk: Desk) -> None:
    ref = ordered(desk, **IN_PART, ends_on_search=desk.market.day(-2).isoformat(), block_amount_minor="10000",
                  ends_on_new_contracts=desk.market.day(-2).isoformat(), block_currency="USD")
    desk.later(days=4)
    settle(desk)
    with desk.office.database.read() as session:
        found = standing(session, desk.story.tim.account.id, desk.market.now)
    assert in_effect(desk, ref) == set() and [one.ref for one in found.actions] == [ref] and sound(desk)
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It is over.")
    assert state_of(desk) == State.GOOD and sound(desk)


def test_a_day_that_passed_before_the_second_signature_means_at_once(desk: Desk) -> None:
    ref = propose_legal(desk, **IN_PART, starts_on_search=desk.market.day(-1).isoformat())
    desk.later(days=2)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    action = desk.action(ref)
    with desk.office.database.read() as session:
        pairs = restrictions_of(session, [action.id])[action.id]
    assert {row.starts_at for row, _span in pairs} == {action.issued_at} and sound(desk)


def test_a_protection_can_be_renewed_in_part(desk: Desk) -> None:
    first = protect(desk, **IN_PART)
    desk.later(days=2)
    ref = begin(desk)
    fields = protective_form(desk, measure="restriction", scope=["search"])
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="The new device is still signed in.")
    assert in_effect(desk, ref) == {"search"} and in_effect(desk, first) == set() and sound(desk)


def protect_member(desk: Desk, her: UUID, **other: Any) -> str:
    begun = desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, nature="protective", member_id=her,
        clause_version_id=desk.clause("protecting-accounts"),
    )
    ref = str(begun["action"])
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk, **other))
    return ref


def member_state(desk: Desk, her: UUID | None) -> State:
    with desk.office.database.read() as session:
        return standing(session, desk.story.tim.account.id, desk.market.now, her).state


@pytest.mark.parametrize("other", [{}, IN_PART])
def test_one_member_is_protected_and_the_account_is_not_touched(desk: Desk, other: dict[str, Any]) -> None:
    mia, her = joined(desk, "Mia Lund")
    ref = protect_member(desk, her, **other)
    assert member_state(desk, her) == (State.RESTRICTED if other else State.SUSPENDED) and member_state(desk, None) == State.GOOD
    with desk.office.database.read() as session:
        read = {one.recipient_id: one.body or "" for one in session.scalars(select(Notice).where(Notice.about_ref == ref))}
    assert set(read) == {desk.story.tim.person.id, mia.person.id}, "nobody else hears"
    assert all("Mia Lund" in body and "your account" not in body and NO_RULE[:-1] in body for body in read.values())
    desk.later(days=4)
    settle(desk)
    assert member_state(desk, her) == State.GOOD and sound(desk)


def test_a_renewal_is_about_the_same_member(desk: Desk) -> None:
    _mia, her = joined(desk, "Mia Lund")
    protect_member(desk, her)
    assert desk.action(begin(desk)).member_id == her


def test_an_order_about_one_member_holds_no_money(desk: Desk) -> None:
    _mia, her = joined(desk, "Mia Lund")
    begun = desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, nature="legal", member_id=her,
        clause_version_id=desk.clause("legal-orders"),
    )
    ref = str(begun["action"])
    fields = legal_form(desk, **IN_PART)
    with pytest.raises(RuleBroken) as wrong:
        desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1,
                       fields=fields | {"block_amount_minor": "10000", "block_currency": "USD"})
    assert (wrong.value.code, wrong.value.field) == ("hold_needs_more", "block_amount_minor")
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    assert (member_state(desk, her), member_state(desk, None)) == (State.RESTRICTED, State.GOOD)
    assert told(desk, ref) == [] and sound(desk)
