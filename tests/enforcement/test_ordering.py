"""Decisions that a law or an order asks for, and orders that forbid us to tell of them for a time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DatabaseError

from portal.cases.models import LegalOrder, WorkItem
from portal.core.access import Role
from portal.core.clock import local_day
from portal.core.errors import Refusal
from portal.core.ids import new_id
from portal.enforcement.evidence import take_case
from portal.enforcement.looking import my_action
from portal.enforcement.models import Action, Silence, Statement
from portal.enforcement.operations import (
    co_sign,
    confirm_order,
    end_silence,
    issue_action,
    keep_silence,
    lift_action,
    propose_action,
    start_action,
)
from portal.enforcement.queries import statement_of
from portal.enforcement.rules import State
from portal.enforcement.silence import Counted, counted
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk, refusal, state_of, violations
from tests.enforcement.test_changing import settle
from tests.factories.market import Staff

GROUNDS = "The court of Lisbon orders that the holder of this account takes no new work here until it has heard him."
ORDER = {
    "order_authority": "Regional Court of Lisbon", "order_reference": "3 T 114/26", "order_provision": "Article 12 of Law 8/2019",
    "order_territory": "Portugal",
}
SILENT = {"silence": "yes", "silence_provision": "Article 14 of Law 8/2019"}
FIXED = "A law or an order asks us to do this. No rule is said to have been broken."


def legal_form(desk: Desk, **other: Any) -> dict[str, Any]:
    return desk.form(
        clause_version_id=str(desk.clause("legal-orders")), facts=GROUNDS, ends_on="", objects=[],
        why="The order names the holder and this marketplace.", conduct_from="", conduct_to="",
        would_change=["The court lifts its order.", "The order is about somebody else."],
        order_dated_on=desk.market.day(3).isoformat(), **ORDER,
    ) | other


def begin_legal(desk: Desk, by: Staff | None = None) -> str:
    started = desk.market.do(
        start_action, (by or desk.story.rae).actor, case_ref=desk.case_ref, clause_version_id=desk.clause("legal-orders"),
        nature="legal",
    )
    return str(started["action"])


def propose_legal(desk: Desk, **other: Any) -> str:
    ref = begin_legal(desk)
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=legal_form(desk, **other))
    return ref


def ordered(desk: Desk, **other: Any) -> str:
    ref = propose_legal(desk, **other)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    return ref


def kinds(desk: Desk, ref: str) -> list[str]:
    with desk.office.database.read() as session:
        return sorted(session.scalars(select(Notice.kind).where(Notice.about_ref == ref)))


def bodies(desk: Desk, kind: str) -> list[str]:
    with desk.office.database.read() as session:
        return [one.body or "" for one in session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id))]


def waiting(desk: Desk) -> set[str]:
    with desk.office.database.read() as session:
        return set(session.scalars(select(WorkItem.kind).where(WorkItem.closed_at.is_(None))))


def test_it_names_the_order_and_takes_two(desk: Desk) -> None:
    ref = begin_legal(desk)
    with refusal("needs_cosignature"):
        desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=legal_form(desk))
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=legal_form(desk))
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
        named = session.scalars(select(LegalOrder)).one()
    assert (named.authority, named.provision, named.ends_on) == (ORDER["order_authority"], ORDER["order_provision"], None)
    assert record["order"]["authority"] == ORDER["order_authority"] and record["order"]["review_every_days"] == 30
    assert (record["category"], record["rule"]["number"], record["facts"]) == ("legal_order", "1.11", GROUNDS)
    assert record["co_signed_by"] == desk.story.ola.handle
    assert kinds(desk, ref) == ["counterpart_action", "counterpart_action", "statement"]
    assert all(FIXED in one and "Lisbon" not in one for one in bodies(desk, "counterpart_action"))
    assert "A law or an order asks us to suspend your account" in bodies(desk, "statement")[0]
    assert violations(desk) == []


@pytest.mark.parametrize("field", [*ORDER, "order_dated_on"])
def test_what_is_not_named_is_asked_for_at_its_field(desk: Desk, field: str) -> None:
    ref = begin_legal(desk)
    fields = legal_form(desk, **{field: " "})
    with pytest.raises(Refusal) as met:
        desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    assert (met.value.code, met.value.field) == ("order_missing", field)


def test_it_ends_when_nobody_looks_again(desk: Desk) -> None:
    ref = ordered(desk)
    action = desk.action(ref)
    assert action.ends_at is not None and "legal_review" in waiting(desk)
    assert (local_day(action.ends_at, "UTC") - local_day(desk.market.now, "UTC")).days in (30, 31)
    desk.later(days=32)
    settle(desk)
    assert state_of(desk) == State.GOOD and "legal_review" not in waiting(desk)
    assert sum("has ended" in one for one in bodies(desk, "action_changed")) == 1
    assert violations(desk) == []


def test_it_goes_on_when_somebody_looks_and_everybody_hears_until_when(desk: Desk) -> None:
    ref = ordered(desk)
    first = desk.action(ref).ends_at
    desk.later(days=20)
    version = desk.action(ref).version
    desk.market.do(confirm_order, desk.story.rae.actor, action_ref=ref, version=version, reason="The court has not decided.")
    later = desk.action(ref)
    assert first is not None and later.ends_at is not None and (later.ends_at - first).days == 20
    assert state_of(desk) == State.SUSPENDED and len(bodies(desk, "action_changed")) == 3
    desk.later(days=15)
    settle(desk)
    assert state_of(desk) == State.SUSPENDED and violations(desk) == []
    desk.later(days=20)
    settle(desk)
    assert state_of(desk) == State.GOOD and violations(desk) == []


def test_the_orders_own_last_day_counts_whatever_we_missed(desk: Desk) -> None:
    ref = ordered(desk, order_ends_on=desk.market.day(-70).isoformat())
    desk.later(days=65)
    settle(desk)
    assert state_of(desk) == State.SUSPENDED and "legal_review" in waiting(desk)
    desk.later(days=7)
    settle(desk)
    assert state_of(desk) == State.GOOD and desk.action(ref).lifted_at is None
    assert violations(desk) == []


def test_an_order_of_silence_lets_the_statement_wait(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    assert kinds(desk, ref) == [] and {"legal_review", "silence_review"} <= waiting(desk)
    with desk.office.database.read() as session:
        assert session.scalars(select(Statement)).one().n == 1
        assert my_action(session, ref, desk.story.tim.person.id) is None
    assert state_of(desk) == State.SUSPENDED and violations(desk) == []


def test_when_silence_ends_the_statement_is_sent_at_once(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    with desk.office.database.read() as session:
        before = (statement_of(session, ref)[0] or {})["redress"]["appeal_until_at_least"]
    desk.later(days=10)
    desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="The court has told him itself.")
    assert kinds(desk, ref) == ["counterpart_action", "counterpart_action", "statement"]
    with desk.office.database.read() as session:
        record, row = statement_of(session, ref)
        assert my_action(session, ref, desk.story.tim.person.id) is not None
    assert record is not None and row.n == 2 and record["redress"]["appeal_until_at_least"] > before
    assert record["waited"]["provision"] == SILENT["silence_provision"]
    assert "silence_review" not in waiting(desk) and violations(desk) == []
    with refusal("not_silent"):
        desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="Once more.")


def test_somebody_else_looks_every_30_days_or_the_statement_is_sent(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    for signer in (desk.story.rae, desk.story.ola):
        with refusal("signed_it"):
            desk.market.do(keep_silence, signer.actor, action_ref=ref, reason="It still forbids it.")
    lee = desk.market.staff("Lee Marsh", Role.LEAD)
    desk.later(days=20)
    desk.market.do(keep_silence, lee.actor, action_ref=ref, reason="It still forbids it.")
    desk.later(days=20)
    settle(desk)
    assert "statement" not in kinds(desk, ref) and violations(desk) == []
    desk.later(days=15)
    settle(desk)
    assert kinds(desk, ref).count("statement") == 1 and "counterpart_action" not in kinds(desk, ref)
    with desk.office.database.read() as session:
        assert session.scalars(select(Silence.end_kind)).one() == "not_reviewed"
    assert violations(desk) == []


def test_only_who_has_it_in_hand_or_a_lead_says_anything_of_an_order(desk: Desk) -> None:
    ref, kim = ordered(desk, **SILENT), desk.market.staff("Kim Sato")
    version = desk.action(ref).version
    for operation, given in ((end_silence, {}), (keep_silence, {}), (confirm_order, {"version": version})):
        with refusal("with_nobody"):
            desk.market.do(operation, kim.actor, action_ref=ref, reason="I have heard of it.", **given)
    assert kinds(desk, ref) == []
    with desk.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.kind == "silence_review", WorkItem.closed_at.is_(None))).one()
    desk.market.do(take_case, kim.actor, case_ref=desk.case_ref, item=str(item.id), version=str(item.version))
    desk.market.do(keep_silence, kim.actor, action_ref=ref, reason="It still forbids it.")
    desk.market.do(end_silence, kim.actor, action_ref=ref, reason="The court has told him itself.")
    assert "statement" in kinds(desk, ref) and violations(desk) == []


def test_what_ends_in_silence_is_told_when_the_silence_ends(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    version = desk.action(ref).version
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=version, reason="The court lifted it.")
    assert kinds(desk, ref) == [] and state_of(desk) == State.GOOD and violations(desk) == []
    desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="Nothing forbids it now.")
    assert kinds(desk, ref) == ["statement"] and violations(desk) == []


def test_the_database_lets_only_an_order_be_silent(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    key = desk.action(ref).id
    row = {"id": new_id(), "created_at": desk.market.now, "action_id": key, "provision": "None"}
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="only an order forbids us to tell"):
        session.execute(insert(Silence).values(**row))


def test_the_database_wants_the_order_and_two_people(desk: Desk) -> None:
    ref, now = propose_legal(desk), desk.market.now
    values = {"status": "issued", "issued_at": now, "effective_at": now, "ends_at": now}
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="two people sign"):
        session.execute(update(Action).where(Action.ref == ref).values(**values))
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="no action without a citation"):
        session.execute(update(Action).where(Action.ref == ref).values(status="proposed", revision=7))


def test_it_never_counts(desk: Desk) -> None:
    ordered(desk)
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    assert (record["occurrence"], record["earlier"]) == (1, []) and violations(desk) == []


def test_orders_and_silence_are_counted_in_public(desk: Desk) -> None:
    def count() -> Counted:
        with desk.office.database.read() as session:
            return counted(session, desk.market.now + timedelta(seconds=1))

    assert count() == Counted(orders=0, blocks=0, silent=0, waiting=0)
    ref = ordered(desk, **SILENT)
    assert count() == Counted(orders=1, blocks=0, silent=1, waiting=1)
    desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="Nothing forbids it now.")
    assert count() == Counted(orders=1, blocks=0, silent=1, waiting=0)
    ordered(desk, measure="restriction", block_amount_minor="100000", block_currency="USD")
    assert count() == Counted(orders=2, blocks=1, silent=1, waiting=0)
