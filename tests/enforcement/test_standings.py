"""What the marketplace has to carry out (`flask export standing`): by account and member, and no word of the others."""

from __future__ import annotations

from typing import Any

from portal.enforcement.operations import lift_action, shorten_action
from portal.enforcement.standings import standings
from tests.enforcement.conftest import Desk
from tests.enforcement.test_members import decided, joined
from tests.enforcement.test_ordering import SILENT, ordered
from tests.enforcement.test_own_ends import issued


def listed(desk: Desk) -> list[dict[str, Any]]:
    with desk.office.database.read() as session:
        return list(standings(session, desk.market.now))


def test_what_is_taken_is_named_until_its_own_day(desk: Desk) -> None:
    assert listed(desk) == []
    ref = issued(desk)
    [line] = listed(desk)
    assert (line["account"], line["member"], line["standing"]) == ("m-tim", None, "restricted")
    assert [one["scope"] for one in line["actions"][0]["takes"]] == ["profile", "new_contracts", "new_offers"]
    assert line["until"] == line["actions"][0]["ends_at"]
    desk.later(days=6)
    [line] = listed(desk)
    assert [one["scope"] for one in line["actions"][0]["takes"]] == ["new_contracts", "new_offers"]
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It has come.")
    assert listed(desk) == []


def test_an_earlier_last_day_is_the_end_of_whatever_lasted_longer(desk: Desk) -> None:
    ref, day = issued(desk), desk.market.day(-8)
    desk.market.do(
        shorten_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, new_ends_on=day,
        reason="Enough.",
    )
    [line] = listed(desk)
    ends = {one["scope"]: one["ends_at"] for one in line["actions"][0]["takes"]}
    assert ends["new_contracts"] == ends["new_offers"] == line["until"] == desk.action(ref).ends_at.isoformat()  # type: ignore[union-attr]
    assert ends["profile"] < line["until"]


def test_a_member_has_a_line_of_their_own(desk: Desk) -> None:
    _mia, her = joined(desk, "Mia Lund")
    ref = decided(desk, her)
    [line] = listed(desk)
    assert (line["account"], line["member"], line["standing"]) == ("m-tim", "mia@example.org", "suspended")
    assert [one["action"] for one in line["actions"]] == [ref]


def test_what_nobody_may_speak_of_is_carried_out_and_has_no_reference(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    assert ref
    [line] = listed(desk)
    assert [(one["action"], one["measure"]) for one in line["actions"]] == [(None, desk.action(ref).measure)]
    assert line["actions"][0]["takes"]
