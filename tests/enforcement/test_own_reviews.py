"""A restriction of several things of which some are looked at again by a day of their own: kept, given back, or over."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from portal.cases.models import Clock, WorkItem
from portal.core.access import Role
from portal.core.clock import last_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.enforcement.changing import pause, resume
from portal.enforcement.models import Restriction
from portal.enforcement.operations import keep_parts, lift_part, shorten_action, start_amendment
from portal.enforcement.preview import preview
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from tests.enforcement.conftest import Desk
from tests.enforcement.oracle import broken
from tests.enforcement.test_amending import typed
from tests.enforcement.test_changing import carry_out, violations
from tests.enforcement.test_lapses import settle
from tests.enforcement.test_own_ends import changes, in_effect

SCOPE = ["profile", "new_contracts", "new_offers"]
WHY = "Two clients still wait for work that he promised in the same week."


def own(desk: Desk, **other: Any) -> dict[str, Any]:
    """Offers for 20 days; contracts until they are looked at after 10, the profile after 5."""
    day = desk.market.day
    return {
        "measure": "restriction", "scope": SCOPE, "ends_on": day(-20).isoformat(),
        "review_on_new_contracts": day(-10).isoformat(), "review_on_profile": day(-5).isoformat(),
    } | other


def issued(desk: Desk, **other: Any) -> str:
    ref = desk.ready()
    desk.issue(ref, **own(desk, **other))
    return ref


def keep(desk: Desk, ref: str, parts: list[str], by: Any = None, **other: Any) -> None:
    args = {"version": desk.action(ref).version, "parts": parts, "reason": WHY} | other
    desk.market.do(keep_parts, (by or desk.story.rae).actor, action_ref=ref, **args)


def days(desk: Desk, n: int) -> None:
    """Day after day, as a worker would meet them."""
    for _day in range(n):
        desk.later(days=1)
        settle(desk)


def letter(desk: Desk, ref: str) -> dict[str, Any]:
    with desk.office.database.read() as session:
        return statement_of(session, ref)[0] or {}


def clocks(desk: Desk, ref: str) -> list[tuple[str, str | None]]:
    kinds = ("restriction_review", "restriction_review_safety", "restriction_part_end")
    with desk.office.database.read() as session:
        found = session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.kind.in_(kinds)).order_by(Clock.id))
        return [(one.kind.removeprefix("restriction_"), one.result) for one in found]


def waits(desk: Desk, ref: str) -> list[WorkItem]:
    query = select(WorkItem).where(
        WorkItem.subject_ref == ref, WorkItem.kind == "restriction_review", WorkItem.closed_at.is_(None)
    )
    with desk.office.database.read() as session:
        return list(session.scalars(query))


def wrong(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [*broken(session, desk.market.now), *violations(desk)]


def test_each_has_its_own_end_or_its_own_look_in_record_and_rows(desk: Desk) -> None:
    ref = issued(desk, ends_on_new_offers=desk.market.day(-15).isoformat())
    record = letter(desk, ref)
    with desk.office.database.read() as session:
        rows = session.scalars(select(Restriction).where(Restriction.action_id == desk.action(ref).id)).all()
    said = {one["scope"]: (bool(one["ends_at"]), bool(one["review_at"])) for one in record["restrictions"]}
    assert said == {"profile": (False, True), "new_contracts": (False, True), "new_offers": (True, False)}
    looks = {row.scope: last_day(row.review_at, record["zone"]) for row in rows if row.review_at}
    assert looks == {"profile": desk.market.day(-5), "new_contracts": desk.market.day(-10)}
    assert last_day(desk.action(ref).ends_at, record["zone"]) == desk.market.day(-20)  # type: ignore[arg-type]
    [item] = waits(desk, ref)
    assert last_day(item.due_at, record["zone"]) == desk.market.day(-5) and wrong(desk) == []


def test_without_a_look_each_ends_on_its_day_and_the_person_hears_why(desk: Desk) -> None:
    ref = issued(desk)
    days(desk, 6)
    assert in_effect(desk, ref) == {"new_contracts", "new_offers"} and clocks(desk, ref)[0] == ("review", "missed")
    [said] = changes(desk, ref)
    assert "Free again: the whole profile." in said and "We did not look at it again by the day" in said
    assert "unless we have looked again by then" in said and changes(desk, ref, corrects=True) == []
    days(desk, 5)
    assert in_effect(desk, ref) == {"new_offers"} and waits(desk, ref) == []
    outside = changes(desk, ref, corrects=True)
    assert outside and all("that we told you of has ended" in one for one in outside)
    days(desk, 10)
    assert in_effect(desk, ref) == set() and wrong(desk) == []


def test_where_nothing_is_left_the_decision_has_ended_too(desk: Desk) -> None:
    ref = issued(desk, ends_on_new_offers=desk.market.day(-7).isoformat())
    days(desk, 11)
    action = desk.action(ref)
    assert action.lifted_at is not None and action.ends_at is not None and action.lifted_at < action.ends_at
    with desk.office.database.read() as session:
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.GOOD
        assert session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))).all() == []
    assert wrong(desk) == []


def test_what_somebody_looked_at_stays_to_the_end_of_the_decision(desk: Desk) -> None:
    ref = issued(desk)
    with pytest.raises(NotAllowed):
        keep(desk, ref, ["profile"], by=desk.story.ola)
    days(desk, 3)
    keep(desk, ref, ["profile"])
    record = letter(desk, ref)
    assert record["changed"]["kept"] == ["profile"] and record["changed"]["reason"] == WHY
    ends = {one["scope"]: (one["ends_at"], one["review_at"]) for one in record["restrictions"]}
    assert ends["profile"] == (record["ends_at"], None) and ends["new_contracts"][0] is None
    [said] = changes(desk, ref)
    assert WHY in said and "This stays: the whole profile." in said and changes(desk, ref, corrects=True) == []
    assert clocks(desk, ref) == [("review", "kept"), ("review", None)] and len(waits(desk, ref)) == 1
    days(desk, 8)
    assert in_effect(desk, ref) == {"profile", "new_offers"} and wrong(desk) == []
    days(desk, 10)
    assert in_effect(desk, ref) == set() and wrong(desk) == []


def test_it_can_be_looked_at_once_more(desk: Desk) -> None:
    ref = issued(desk)
    days(desk, 4)
    keep(desk, ref, ["profile", "new_contracts"], review_on=desk.market.day(-12))
    days(desk, 9)
    assert in_effect(desk, ref) == {"new_contracts", "profile", "new_offers"} and wrong(desk) == []
    days(desk, 4)
    assert in_effect(desk, ref) == {"new_offers"} and wrong(desk) == []


def test_not_too_early_not_too_late_and_only_what_is_to_be_looked_at(desk: Desk) -> None:
    ref = issued(desk)
    for parts in (["new_contracts"], ["new_offers"], ["profile", "search"]):
        with pytest.raises(Conflict, match="nothing_to_review"):
            keep(desk, ref, parts)
    for day, code in ((0, "review_on_past"), (-20, "review_on_later")):
        with pytest.raises(RuleBroken, match=code):
            keep(desk, ref, ["profile"], review_on=desk.market.day(day))
    with pytest.raises(RuleBroken, match="parts_missing"):
        keep(desk, ref, [])
    with pytest.raises(Conflict, match="stale"):
        keep(desk, ref, ["profile"], version=77)
    days(desk, 6)
    with pytest.raises(Conflict, match="nothing_to_review"):
        keep(desk, ref, ["profile"])


@pytest.mark.parametrize(("code", "field", "given"), [
    ("review_on_later", "review_on_profile", {"review_on_profile": -20}),
    ("review_on_past", "review_on_profile", {"review_on_profile": 1}),
    ("end_or_review", "review_on_profile", {"ends_on_profile": -4}), ("not_taken", "review_on_search", {"review_on_search": -3}),
    ("starts_on_later", "starts_on_profile", {"starts_on_profile": -6}),
])
def test_what_is_wrong_with_a_day_is_said_at_it(desk: Desk, code: str, field: str, given: dict[str, int]) -> None:
    ref = desk.ready()
    with pytest.raises(RuleBroken) as met:
        desk.issue(ref, **own(desk, **{name: desk.market.day(ago).isoformat() for name, ago in given.items()}))
    assert (met.value.code, met.value.field) == (code, field)


def test_what_is_given_back_is_not_looked_at_any_more(desk: Desk) -> None:
    ref = issued(desk)
    version = desk.action(ref).version
    desk.market.do(lift_part, desk.story.rae.actor, action_ref=ref, version=version, parts=["profile"], reason="Not needed.")
    [item] = waits(desk, ref)
    assert last_day(item.due_at, letter(desk, ref)["zone"]) == desk.market.day(-10)
    assert clocks(desk, ref) == [("review", "void"), ("review", None)] and wrong(desk) == []
    days(desk, 21)
    assert in_effect(desk, ref) == set() and wrong(desk) == []


def test_an_earlier_end_leaves_earlier_looks(desk: Desk) -> None:
    ref = issued(desk)
    shorter = {"new_ends_on": desk.market.day(-7), "reason": "The work was delivered."}
    desk.market.do(shorten_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, **shorter)
    record = letter(desk, ref)
    ends = {one["scope"]: (one["ends_at"] == record["ends_at"], one["review_at"] is not None) for one in record["restrictions"]}
    assert ends == {"profile": (False, True), "new_contracts": (True, False), "new_offers": (True, False)}
    days(desk, 6)
    assert in_effect(desk, ref) == {"new_contracts", "new_offers"}
    days(desk, 2)
    assert in_effect(desk, ref) == set() and waits(desk, ref) == [] and wrong(desk) == []


def test_under_a_safety_rule_a_missed_look_moves_once(desk: Desk) -> None:
    ref = issued(desk)
    desk.market.make(lambda work: work.db.execute(sa.text('UPDATE "case" SET safety = true')))
    days(desk, 6)
    [item] = waits(desk, ref)
    assert (item.stage, item.safety) == ("review", True) and in_effect(desk, ref) == set(SCOPE)
    assert item.assignee_id is None, "there is no lead here, and nobody is told that there is"
    [said] = changes(desk, ref)
    assert "A lead" not in said and "If nobody looks by then either, it ends." in said
    assert "That is our fault" in said and "new contracts, the profile" not in said and "the whole profile" in said
    assert letter(desk, ref)["changed"]["moved"] == ["profile", "new_contracts"]
    assert clocks(desk, ref) == [("review", "missed"), ("review_safety", None)] and wrong(desk) == []
    days(desk, 3)
    keep(desk, ref, ["profile"])
    assert clocks(desk, ref)[1] == ("review_safety", None), "contracts, whose look came before the later date, wait too"
    days(desk, 4)
    assert in_effect(desk, ref) == {"profile", "new_offers"} and clocks(desk, ref)[1] == ("review_safety", "missed")
    days(desk, 8)
    assert in_effect(desk, ref) == set() and wrong(desk) == []


def test_the_lead_who_is_told_has_it_and_keeps_it(desk: Desk) -> None:
    ref, lee = issued(desk), desk.market.staff("Lee Marsh", Role.LEAD)
    desk.market.make(lambda work: work.db.execute(sa.text('UPDATE "case" SET safety = true')))
    days(desk, 6)
    [item], [said] = waits(desk, ref), changes(desk, ref)
    assert item.assignee_id == lee.person.id and "A lead has been told." in said
    keep(desk, ref, ["profile"], lee)
    assert "profile" in in_effect(desk, ref) and wrong(desk) == []


def test_what_still_waits_keeps_its_mark_and_its_lead_when_something_is_given_back(desk: Desk) -> None:
    """The rule protects people, and the case by itself is about nothing of the kind."""
    ref, lee = desk.ready("threats"), desk.market.staff("Lee Marsh", Role.LEAD)
    desk.issue(ref, clause_version_id=str(desk.clause("threats")), **own(desk))
    assert [item.safety for item in waits(desk, ref)] == [True]
    days(desk, 6)
    desk.market.do(lift_part, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, parts=["new_offers"],
                   reason=WHY)
    [item] = waits(desk, ref)
    assert (item.safety, item.assignee_id, item.stage) == (True, lee.person.id, "review")
    keep(desk, ref, ["profile"], lee)
    [item] = waits(desk, ref)
    assert (item.safety, item.assignee_id) == (True, lee.person.id), "contracts wait with them too"
    days(desk, 8)
    assert waits(desk, ref) == [] and wrong(desk) == []


def test_what_is_paused_stays_so_when_it_is_kept(desk: Desk) -> None:
    ref = issued(desk)
    days(desk, 1)
    carry_out(desk, ref, pause)
    keep(desk, ref, ["profile"])
    assert in_effect(desk, ref) == set() and wrong(desk) == []
    carry_out(desk, ref, resume)
    days(desk, 6)
    assert in_effect(desk, ref) == set(SCOPE) and wrong(desk) == []


def test_an_end_instead_of_a_look_is_more(desk: Desk) -> None:
    ref = issued(desk)
    days(desk, 1)
    new = desk.market.do(start_amendment, desk.story.rae.actor, action_ref=ref)["action"]
    fields = typed(desk, new)
    assert fields["review_on_profile"] == desk.market.day(-4).isoformat() and "ends_on_profile" not in fields
    with desk.office.database.read() as session:
        work = desk.office.work(session, desk.story.rae.actor)
        same = preview(work, action_ref=new, fields=fields).second_person
        with pytest.raises(RuleBroken) as more:
            preview(work, action_ref=new, fields=fields | {"review_on_profile": ""})
    assert same is None and more.value.code == "not_asked"
