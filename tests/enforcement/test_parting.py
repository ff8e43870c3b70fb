"""Giving back one of several things that a decision takes away: the rest stays, and nobody hears more than the change."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Clock
from portal.core.clock import last_day
from portal.core.errors import Conflict, RuleBroken
from portal.enforcement.models import Nature
from portal.enforcement.operations import issue_action
from portal.enforcement.parting import lift_part
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from portal.notices.models import Delivery, DeliveryResult, Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_amending import begin, typed
from tests.enforcement.test_changing import settle
from tests.enforcement.test_ordering import ordered
from tests.enforcement.test_others_in_parts import look_again, sound
from tests.enforcement.test_own_ends import changes, in_effect
from tests.enforcement.test_own_starts import told
from tests.enforcement.test_protecting import protect
from tests.factories.market import refused

THREE = ["search", "new_contracts", "new_offers"]
REASON = "The messages were explained."


def decided(desk: Desk, nature: str, **other: Any) -> str:
    given = {"measure": "restriction", "scope": THREE} | other
    if nature == Nature.CONDUCT:
        ref = desk.ready()
        desk.issue(ref, **given, ends_on=desk.market.day(-20).isoformat())
        return ref
    return protect(desk, **given) if nature == Nature.PROTECTIVE else ordered(desk, **given)


def part(desk: Desk, ref: str, *scopes: str, **other: Any) -> Any:
    given = {"version": desk.action(ref).version, "parts": list(scopes), "reason": REASON} | other
    return desk.market.do(lift_part, desk.story.rae.actor, action_ref=ref, **given)


@pytest.mark.parametrize("nature", list(Nature))
def test_one_thing_is_given_back_and_the_rest_stays(desk: Desk, nature: str) -> None:
    ref = decided(desk, nature)
    ends_at = desk.action(ref).ends_at
    desk.later(hours=2)
    part(desk, ref, "new_offers")
    assert in_effect(desk, ref) == {"search", "new_contracts"} and desk.action(ref).ends_at == ends_at
    said = changes(desk, ref)
    assert "Free again: new offers." in said[0] and REASON in said[0] and "Still limited until" in said[0]
    assert changes(desk, ref, corrects=True) == [], "offers are nothing to those outside"
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    back = {one["scope"]: one.get("given_back") for one in record["restrictions"]}
    assert back["new_offers"] and not back["search"] and record["changed"]["parts"] == ["new_offers"] and sound(desk)


@pytest.mark.parametrize("nature", list(Nature))
def test_those_outside_hear_once_when_what_they_were_told_of_is_given_back(desk: Desk, nature: str) -> None:
    ref = decided(desk, nature)
    part(desk, ref, "new_contracts")
    outside = changes(desk, ref, corrects=True)
    assert outside and all("that we told you of has ended" in one and REASON not in one for one in outside)
    desk.later(days=32)
    settle(desk)
    assert changes(desk, ref, corrects=True) == outside and sound(desk)
    with desk.office.database.read() as session:
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.GOOD


def test_the_decision_ends_with_the_last_of_what_is_left(desk: Desk) -> None:
    days = {"ends_on_search": desk.market.day(-5).isoformat(), "ends_on_new_offers": desk.market.day(-9).isoformat()}
    ref = decided(desk, "conduct", **days)
    part(desk, ref, "new_contracts")
    zone = desk.story.tim.person.zone
    assert last_day(desk.action(ref).ends_at, zone) == desk.market.day(-9)  # type: ignore[arg-type]
    desk.later(days=6)
    settle(desk)
    assert in_effect(desk, ref) == {"new_offers"} and "Free again: the profile in search." in changes(desk, ref)[1]
    desk.later(days=5)
    settle(desk)
    with desk.office.database.read() as session:
        running = session.scalars(select(Clock.kind).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))).all()
    assert in_effect(desk, ref) == set() and list(running) == [] and sound(desk)


def test_an_order_goes_on_without_what_was_given_back(desk: Desk) -> None:
    ref = decided(desk, "legal")
    part(desk, ref, "search")
    desk.later(days=20)
    look_again(desk, ref)
    assert in_effect(desk, ref) == {"new_contracts", "new_offers"}
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    assert {one["scope"]: bool(one.get("given_back")) for one in record["restrictions"]}["search"] and sound(desk)


def test_nobody_is_told_of_what_was_given_back_before_it_began(desk: Desk) -> None:
    ref = decided(desk, "conduct", starts_on_new_contracts=desk.market.day(-6).isoformat())
    part(desk, ref, "new_contracts")
    desk.later(days=8)
    settle(desk)
    results = select(Delivery.result).join(Notice, Delivery.notice_id == Notice.id).where(Notice.kind == "counterpart_action")
    with desk.office.database.read() as session:
        assert set(session.scalars(results)) == {DeliveryResult.FAILED}
    assert told(desk, ref) == [] and in_effect(desk, ref) == {"search", "new_offers"} and sound(desk)


@pytest.mark.parametrize(("scopes", "code"), [((), "parts_missing"), (THREE, "parts_all"), (["profile"], "nothing_to_part")])
def test_what_is_given_back_is_some_of_it(desk: Desk, scopes: list[str], code: str) -> None:
    ref = decided(desk, "conduct")
    with pytest.raises((RuleBroken, Conflict)) as wrong:
        part(desk, ref, *scopes)
    assert wrong.value.code == code


@pytest.mark.parametrize("nature", ["conduct", "legal"])
def test_one_thing_alone_is_lifted_and_a_suspension_has_no_parts(desk: Desk, nature: str) -> None:
    """Also where an order asks for it, and not for money besides."""
    ref = decided(desk, nature, scope=["search"])
    with pytest.raises(Conflict) as wrong:
        part(desk, ref, "search")
    assert wrong.value.code == "nothing_to_part"


def test_what_somebody_changed_meanwhile_is_not_given_back(desk: Desk) -> None:
    ref = decided(desk, "conduct")
    with pytest.raises(Conflict) as wrong:
        part(desk, ref, "search", version=99)
    assert wrong.value.code == "stale"


def test_what_was_given_back_is_not_taken_again_by_one_alone(desk: Desk) -> None:
    """A decision that replaces it takes more than what is left of it, and needs what anything heavier needs."""
    ref = decided(desk, Nature.CONDUCT)
    desk.later(hours=2)
    part(desk, ref, "new_offers")
    new = begin(desk, ref)
    fields, args = typed(desk, new), {"action_ref": new, "version": 1}
    issue = lambda scope: desk.market.do(  # noqa: E731
        issue_action, desk.story.rae.actor, **args, fields=fields | {"scope": scope})
    assert refused(lambda: issue(THREE)) == "not_asked"
    issue(["search", "new_contracts"])
    assert in_effect(desk, new) == {"search", "new_contracts"} and sound(desk)
