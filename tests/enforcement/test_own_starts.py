"""A restriction of several things of which some begin on a day of their own: letter, standing, notices, and what replaces it."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.enforcement.ending import lift_action, way_to_end, withdraw_action
from portal.enforcement.models import Restriction
from portal.enforcement.operations import start_amendment
from portal.enforcement.preview import preview
from portal.enforcement.queries import restrictions_of, statement_of
from portal.enforcement.rules import State
from portal.enforcement.told import told_outside
from portal.notices.models import Delivery, DeliveryResult, Notice
from tests.enforcement.conftest import Desk, state_of
from tests.enforcement.oracle import broken
from tests.enforcement.test_amending import typed
from tests.enforcement.test_issuing import violations
from tests.enforcement.test_lapses import settle
from tests.enforcement.test_own_ends import changes, in_effect


def own(desk: Desk, **other: Any) -> dict[str, Any]:
    """Search at once, contracts from the fifth day on, offers from the third to the tenth."""
    day = desk.market.day
    return {
        "measure": "restriction", "scope": ["search", "new_contracts", "new_offers"], "ends_on": day(-20).isoformat(),
        "starts_on_new_contracts": day(-5).isoformat(), "starts_on_new_offers": day(-3).isoformat(),
        "ends_on_new_offers": day(-10).isoformat(),
    } | other


def issued(desk: Desk, **other: Any) -> str:
    ref = desk.ready()
    desk.issue(ref, **own(desk, **other))
    return ref


def later_alone(desk: Desk) -> str:
    """One thing, from the fourth day on."""
    return issued(desk, scope=["new_contracts"], starts_on_new_contracts=desk.market.day(-4).isoformat(),
                  starts_on_new_offers="", ends_on_new_offers="")


def told(desk: Desk, ref: str) -> list[Notice]:
    """By what those on the other side have heard of it by now."""
    with desk.office.database.read() as session:
        return [one for one in told_outside(session, desk.action(ref), desk.market.now) if one.kind == "counterpart_action"]


def test_each_begins_on_its_own_day(desk: Desk) -> None:
    ref = issued(desk)
    zone = desk.story.tim.person.zone
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
        rows = session.scalars(select(Restriction).where(Restriction.action_id == desk.action(ref).id)).all()
    days = {row.scope: local_day(row.starts_at, zone) for row in rows}
    day = desk.market.day
    assert days == {"search": day(0), "new_contracts": day(-5), "new_offers": day(-3)}
    assert {one["scope"]: one["starts_at"] for one in record["restrictions"]}["search"] == record["effective_at"]
    assert in_effect(desk, ref) == {"search"}
    desk.later(days=4)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_offers"}
    desk.later(days=2)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_contracts", "new_offers"} and violations(desk) == []
    desk.later(days=6)
    settle(desk)
    assert in_effect(desk, ref) == {"search", "new_contracts"}
    with desk.office.database.read() as session:
        assert broken(session, desk.market.now) == []


def test_the_other_side_is_told_when_what_touches_them_begins(desk: Desk) -> None:
    ref = issued(desk)
    settle(desk)
    desk.later(days=3)
    settle(desk)
    assert told(desk, ref) == [], "search and offers are nothing to them"
    desk.later(days=3)
    settle(desk)
    assert told(desk, ref) and violations(desk) == []


def test_nobody_is_told_of_what_was_lifted_before_it_began(desk: Desk) -> None:
    ref = issued(desk)
    settle(desk)
    desk.later(days=2)
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It is settled.")
    desk.later(days=6)
    settle(desk)
    waiting = select(Delivery.result).join(Notice, Delivery.notice_id == Notice.id).where(Notice.kind == "counterpart_action")
    with desk.office.database.read() as session:
        assert set(session.scalars(waiting)) == {DeliveryResult.FAILED}
    assert told(desk, ref) == [] and in_effect(desk, ref) == set() and violations(desk) == []


def test_one_that_has_not_begun_takes_nothing_and_can_be_taken_back(desk: Desk) -> None:
    ref = later_alone(desk)
    settle(desk)
    assert state_of(desk) == State.GOOD and desk.action(ref).effective_at > desk.market.now  # type: ignore[operator]
    with desk.office.database.read() as session:
        assert way_to_end(session, desk.action(ref), desk.market.now) == "withdraw"
    desk.market.do(
        withdraw_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It was settled."
    )
    desk.later(days=6)
    settle(desk)
    assert told(desk, ref) == [] and state_of(desk) == State.GOOD and violations(desk) == []
    assert "Nothing is taken from your account because of it." in changes(desk, ref)[0]


def test_one_that_begins_later_applies_from_its_day_on(desk: Desk) -> None:
    ref = later_alone(desk)
    with desk.office.database.read() as session:
        said = session.scalars(select(Notice.body).where(Notice.kind == "statement", Notice.about_ref == ref)).one()
    assert said and "A part of your account is restricted from " in said
    settle(desk)
    desk.later(days=5)
    settle(desk)
    assert state_of(desk) == State.RESTRICTED and told(desk, ref) and violations(desk) == []


@pytest.mark.parametrize(("code", "field", "days"), [
    ("starts_on_past", "starts_on_search", {"starts_on_search": 1}),
    ("starts_on_later", "starts_on_search", {"starts_on_search": -21}),
    ("starts_on_later", "starts_on_new_offers", {"starts_on_new_offers": -11}),
    ("not_taken", "starts_on_profile", {"starts_on_profile": -3}),
])
def test_what_is_wrong_with_a_first_day_is_said_at_it(desk: Desk, code: str, field: str, days: dict[str, int]) -> None:
    ref = desk.ready()
    with pytest.raises(RuleBroken) as wrong:
        desk.issue(ref, **own(desk, **{name: desk.market.day(ago).isoformat() for name, ago in days.items()}))
    assert (wrong.value.code, wrong.value.field) == (code, field)


def test_what_begins_earlier_than_before_is_more(desk: Desk) -> None:
    issued_ref = issued(desk)
    desk.later(days=1)
    new = desk.market.do(start_amendment, desk.story.rae.actor, action_ref=issued_ref)["action"]
    fields = typed(desk, new)
    assert fields["starts_on_new_contracts"] == desk.market.day(-4).isoformat() and "starts_on_search" not in fields
    with desk.office.database.read() as session:
        work = desk.office.work(session, desk.story.rae.actor)
        assert preview(work, action_ref=new, fields=fields).second_person is None
        with pytest.raises(RuleBroken) as more:
            preview(work, action_ref=new, fields=fields | {"starts_on_new_contracts": ""})
    assert more.value.code == "not_asked"


def test_what_is_left_may_begin_after_a_day_without_anything(desk: Desk) -> None:
    ref = issued(desk, scope=["search", "new_offers"], ends_on_search=desk.market.day(-1).isoformat(),
                 starts_on_new_contracts="")
    desk.later(days=2)
    settle(desk)
    assert in_effect(desk, ref) == set() and state_of(desk) == State.GOOD
    desk.later(days=2)
    settle(desk)
    assert in_effect(desk, ref) == {"new_offers"} and state_of(desk) == State.RESTRICTED
    with desk.office.database.read() as session:
        pairs = restrictions_of(session, [desk.action(ref).id])[desk.action(ref).id]
        assert len(pairs) == 2 and broken(session, desk.market.now) == []


def test_what_has_not_begun_is_not_called_limited_still(desk: Desk) -> None:
    ref = issued(desk, starts_on_new_contracts=desk.market.day(-15).isoformat())
    desk.later(days=11)
    settle(desk)
    [said] = changes(desk, ref)
    assert "Free again: new offers." in said and said.count("Still limited until") == 1
    assert "Limited only from " in said and said.endswith(": new contracts.") and "on, until the end of " in said
