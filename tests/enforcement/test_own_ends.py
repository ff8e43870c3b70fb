"""A restriction of several things, each with a last day of its own: what the letter says, and what is free again when."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.clock import last_day
from portal.core.errors import RuleBroken
from portal.enforcement.models import Restriction
from portal.enforcement.operations import start_amendment
from portal.enforcement.preview import preview
from portal.enforcement.queries import restrictions_of, standing, statement_of
from portal.enforcement.rules import State
from portal.enforcement.shortening import shorten_action
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.oracle import broken
from tests.enforcement.test_amending import typed
from tests.enforcement.test_lapses import settle

SCOPE = ["profile", "new_contracts", "new_offers"]


def own(desk: Desk, **other: Any) -> dict[str, Any]:
    """Offers for 20 days, contracts for 10, the profile for 5."""
    day = desk.market.day
    return {
        "measure": "restriction", "scope": SCOPE, "ends_on": day(-20).isoformat(),
        "ends_on_new_contracts": day(-10).isoformat(), "ends_on_profile": day(-5).isoformat(),
    } | other


def issued(desk: Desk, **other: Any) -> str:
    ref = desk.ready()
    desk.issue(ref, **own(desk, **other))
    return ref


def in_effect(desk: Desk, ref: str) -> set[str]:
    with desk.office.database.read() as session:
        pairs = restrictions_of(session, [desk.action(ref).id])[desk.action(ref).id]
        return {row.scope for row, span in pairs if span.in_effect(desk.market.now)}


def changes(desk: Desk, ref: str, corrects: bool = False) -> list[str]:
    """What was said of the decision after it was said, to its person or to those outside."""
    rows = select(Notice).where(Notice.about_ref == ref, Notice.kind == "action_changed").order_by(Notice.id)
    with desk.office.database.read() as session:
        return [f"{one.subject} {one.body}" for one in session.scalars(rows) if (one.corrects_id is not None) == corrects]


def test_each_is_in_the_letter_and_in_effect_until_its_own_day(desk: Desk) -> None:
    ref = issued(desk)
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
        rows = session.scalars(select(Restriction).where(Restriction.action_id == desk.action(ref).id)).all()
    ends = {one["scope"]: (one["kind"], one["partial"], one["ends_at"]) for one in record["restrictions"]}
    assert ends["profile"][:2] == ("visibility", False) and ends["new_offers"][:2] == ("service", True)
    assert ends["new_offers"][2] == record["ends_at"] and ends["profile"][2] < ends["new_contracts"][2] < record["ends_at"]
    days = {row.scope: last_day(row.ends_at, record["zone"]) for row in rows if row.ends_at}
    assert days == {"profile": desk.market.day(-5), "new_contracts": desk.market.day(-10), "new_offers": desk.market.day(-20)}


def test_each_ends_by_itself_and_a_notice_says_which(desk: Desk) -> None:
    ref = issued(desk)
    desk.later(days=6)
    settle(desk)
    assert in_effect(desk, ref) == {"new_contracts", "new_offers"} and changes(desk, ref, corrects=True) == []
    assert "A part of a decision" in changes(desk, ref)[0] and "Free again: the whole profile." in changes(desk, ref)[0]
    assert changes(desk, ref)[0].count("Still limited until the end of") == 2
    desk.later(days=5)
    settle(desk)
    assert in_effect(desk, ref) == {"new_offers"} and "Free again: new contracts." in changes(desk, ref)[1]
    outside = changes(desk, ref, corrects=True)
    assert outside and all("that we told you of has ended" in one for one in outside)
    desk.later(days=10)
    settle(desk)
    settle(desk)
    assert in_effect(desk, ref) == set() and len(changes(desk, ref)) == 3
    assert changes(desk, ref, corrects=True) == outside, "who heard of its end hears nothing more"
    with desk.office.database.read() as session:
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.GOOD


def test_what_ended_on_several_days_is_told_however_late_we_look(desk: Desk) -> None:
    ref = issued(desk)
    desk.later(days=11)
    settle(desk)
    assert ["Free again: the whole profile." in one for one in changes(desk, ref)] == [True, False]
    assert "Free again: new contracts." in changes(desk, ref)[1] and outside_readers(desk, ref)


def test_whose_money_stays_on_hold_for_it_reads_that_too_and_hears_of_its_end_by_itself(desk: Desk) -> None:
    ref = issued(desk, **desk.hold(hold_contract_ref=desk.story.other_contract.ref))
    omar, stays = desk.story.omar.person.id, "stays on hold because of our decision"
    desk.later(days=11)
    settle(desk)
    assert all("Money that it holds stays on hold until its own date." in one for one in changes(desk, ref)), "the person hears"
    outside = outside_readers(desk, ref)
    assert len(outside) == 2 and all("that we told you of has ended" in body for body in outside.values())
    assert [who for who, body in outside.items() if stays in body] == [omar]
    assert f"of “{desk.story.other_contract.title}” {stays}, until" in outside[omar]
    desk.later(days=10)
    settle(desk)
    assert "Money that it holds stays on hold until its own date." in changes(desk, ref)[-1]
    assert outside_readers(desk, ref) == outside, "who heard of its end hears nothing more"
    desk.later(days=10)
    settle(desk)
    with desk.office.database.read() as session:
        held = select(Notice.recipient_id, Notice.body).where(Notice.kind == "hold_ended")
        [last] = [body for who, body in session.execute(held) if who == omar]
        assert "We held it because of our own decision" in (last or "") and broken(session, desk.market.now) == []


def outside_readers(desk: Desk, ref: str) -> dict[Any, str]:
    """Who of those outside heard of a change of the decision, and in which words."""
    rows = select(Notice.recipient_id, Notice.body).where(
        Notice.about_ref == ref, Notice.kind == "action_changed", Notice.corrects_id.is_not(None)
    )
    with desk.office.database.read() as session:
        return {who: body or "" for who, body in session.execute(rows)}


def test_the_decision_ends_with_the_last_of_them(desk: Desk) -> None:
    ref = issued(desk, ends_on_new_offers=desk.market.day(-12).isoformat())
    assert last_day(desk.action(ref).ends_at, desk.story.tim.person.zone) == desk.market.day(-12)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "field", "days"), [
    ("ends_on_later", "ends_on_profile", {"ends_on_profile": -21}), ("ends_on_past", "ends_on_profile", {"ends_on_profile": 1}),
    ("not_taken", "ends_on_search", {"ends_on_search": -3}),
])
def test_what_is_wrong_with_a_day_is_said_at_it(desk: Desk, code: str, field: str, days: dict[str, int]) -> None:
    ref = desk.ready()
    with pytest.raises(RuleBroken) as wrong:
        desk.issue(ref, **own(desk, **{name: desk.market.day(ago).isoformat() for name, ago in days.items()}))
    assert (wrong.value.code, wrong.value.field) == (code, field)


def test_the_whole_of_something_holds_its_part(desk: Desk) -> None:
    with pytest.raises(RuleBroken) as wrong:
        issued(desk, scope=["profile", "search"])
    assert (wrong.value.code, wrong.value.field) == ("scope_twice", "scope")


def test_an_earlier_end_makes_none_of_them_longer(desk: Desk) -> None:
    ref = issued(desk)
    shorter = {"new_ends_on": desk.market.day(-7), "reason": "The work was delivered."}
    desk.market.do(shorten_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, **shorter)
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    ends = {one["scope"]: one["ends_at"] for one in record["restrictions"]}
    assert ends["new_offers"] == ends["new_contracts"] == record["ends_at"] > ends["profile"]
    desk.later(days=6)
    settle(desk)
    assert in_effect(desk, ref) == {"new_contracts", "new_offers"}
    desk.later(days=2)
    settle(desk)
    with desk.office.database.read() as session:
        assert in_effect(desk, ref) == set() and broken(session, desk.market.now) == []


def test_what_replaces_it_begins_with_the_same_days(desk: Desk) -> None:
    ref = issued(desk)
    desk.later(days=6)
    settle(desk)
    new = desk.market.do(start_amendment, desk.story.rae.actor, action_ref=ref)["action"]
    fields = typed(desk, new)
    assert fields["scope"] == ["new_contracts", "new_offers"] and "ends_on_profile" not in fields
    assert fields["ends_on_new_contracts"] == desk.market.day(-4).isoformat()
    with desk.office.database.read() as session:
        work = desk.office.work(session, desk.story.rae.actor)
        same = preview(work, action_ref=new, fields=fields).second_person
        longer = desk.market.day(-5).isoformat()
        with pytest.raises(RuleBroken) as more:
            preview(work, action_ref=new, fields=fields | {"ends_on_new_contracts": longer})
    assert same is None and more.value.code == "not_asked", "what lasts longer than before is more, and is asked about anew"
