"""What rests on an identity check meets everything else: what cannot, replacing, correcting, looking, pausing, races."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.act import act
from portal.core.errors import RuleBroken
from portal.enforcement.changing import pause, resume
from portal.enforcement.models import RestrictionChange
from portal.enforcement.operations import issue_action, lift_part, propose_action
from portal.verification.operations import review_item, withdraw_request
from tests.enforcement.awaiting import NOT_NEEDED, THREE, UNTIL_SHOWN, Awaited, asked, awaited
from tests.enforcement.conftest import Desk
from tests.enforcement.test_amending import begin, typed
from tests.enforcement.test_changing import carry_out
from tests.enforcement.test_correcting import correct
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_members import decided, joined
from tests.enforcement.test_ordering import propose_legal
from tests.enforcement.test_own_reviews import keep
from tests.enforcement.test_parting import REASON
from tests.enforcement.test_races import MANY, together
from tests.factories.market import refused

Refused = Callable[[Awaited], Any]
WRONG: dict[str, tuple[str, Refused]] = {
    "unknown_check": ("rests_on", lambda one: one.decide(rests_on="V-NOTHERE")),
    "check_missing": ("rests_on", lambda one: one.decide(rests_on="")),
    "resting_missing": ("resting", lambda one: one.decide(resting=[])),
    "not_taken": ("resting", lambda one: one.decide(resting=["profile"])),
    "resting_nothing": ("rests_on", lambda one: one.decide(interim=True, ends_on="")),
    "resting_order": ("rests_on", lambda one: propose_legal(one.desk, **one.form(ends_on=""))),
    "resting_member": ("rests_on", lambda one: decided(one.desk, joined(one.desk, "Mia Lund")[1], **one.form())),
}


@pytest.mark.parametrize("code", sorted(WRONG))
def test_what_is_wrong_is_said_at_its_field(desk: Desk, code: str) -> None:
    field, attempt = WRONG[code]
    with pytest.raises(RuleBroken) as wrong:
        attempt(asked(desk))
    assert (wrong.value.code, wrong.value.field) == (code, field)


@pytest.mark.parametrize(("how", "code"), [("accepted", "check_over"), ("withdrawn", "check_over"), ("late", "check_late")])
def test_nothing_rests_on_what_is_over(desk: Desk, how: str, code: str) -> None:
    one = asked(desk)
    one.over(how)
    assert refused(one.decide) == code


def test_a_second_person_signs_nothing_whose_check_is_over_by_then(desk: Desk) -> None:
    one = asked(desk)
    ref = propose(desk, **one.form())
    one.over("accepted")
    assert refused(lambda: sign(desk, ref)) == "check_over" and one.sound


def test_the_one_that_replaces_it_rests_on_the_same_or_takes_more(desk: Desk) -> None:
    one = awaited(desk)
    day = {"ends_on": desk.market.day(-10).isoformat()}
    ref = begin(desk, one.ref)
    form = typed(desk, ref)
    assert (form["rests_on"], form["resting"]) == (one.item, UNTIL_SHOWN)
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=form | day)
    one.ref = ref
    assert one.left == set(THREE)
    one.over("accepted")
    assert one.left == {"search"} and len(one.said) == 1 and one.sound


def test_by_two_and_asked_anew_it_goes_on_whatever_becomes_of_the_check(desk: Desk) -> None:
    one = awaited(desk)
    ref, rae = begin(desk, one.ref), desk.story.rae.actor
    args = {"action_ref": ref, "version": 1, "fields": typed(desk, ref) | {"rests_on": "", "resting": []}}
    assert refused(lambda: desk.market.do(issue_action, rae, **args)) == "not_asked"
    desk.answer(desk.ask())
    assert refused(lambda: desk.market.do(issue_action, rae, **args)) == "needs_cosignature"
    desk.market.do(propose_action, rae, **args)
    sign(desk, ref)
    one.ref = ref
    one.over("accepted")
    assert one.left == set(THREE) and one.said == [] and one.sound


def test_what_somebody_looked_at_rests_on_it_as_before(desk: Desk) -> None:
    one = awaited(desk, review_on_new_contracts=desk.market.day(-10).isoformat())
    desk.later(days=4)
    keep(desk, one.ref, ["new_contracts"])
    assert one.left == set(THREE)
    one.over("accepted")
    assert one.left == {"search"} and one.sound


def test_what_is_paused_ends_too_and_does_not_come_back(desk: Desk) -> None:
    one = awaited(desk)
    carry_out(desk, one.ref, pause)
    assert one.left == set()
    one.over("accepted")
    assert len(one.said) == 2
    desk.later(hours=1)
    carry_out(desk, one.ref, resume)
    assert one.left == {"search"} and one.sound


def test_what_was_given_back_ends_once(desk: Desk) -> None:
    one = awaited(desk)
    version = desk.action(one.ref).version
    desk.market.do(lift_part, desk.story.rae.actor, action_ref=one.ref, version=version, parts=["new_offers"], reason=REASON)
    one.over("accepted")
    assert one.left == {"search"} and "Free again: new contracts." in one.said[1] and one.sound


def test_a_corrected_letter_says_the_same_of_the_check(desk: Desk) -> None:
    one = awaited(desk)
    before = one.letter
    correct(desk, one.ref)
    after = one.letter
    assert after["changed"]["corrected"] and after["identity_check"] == before["identity_check"]
    one.over("withdrawn")
    assert one.left == {"search"} and one.sound


def test_accepted_or_taken_back_it_ends_once(desk: Desk) -> None:
    one = awaited(desk)
    one.checks.send(one.item)
    one.checks.take(one.item)
    one.checks.open_all(one.item)
    desk.later(hours=1)
    actor, version = desk.story.rae.actor, one.checks.view(one.item).item.version
    accept = {"item_ref": one.item, "version": version, "outcome": "accepted", "accepted_until": desk.market.day(-300)}
    calls: list[Any] = [
        lambda n=n: act(desk.office, review_item, actor, f"accept-{n}", **accept) if n % 2 else act(
            desk.office, withdraw_request, actor, f"withdraw-{n}", item_ref=one.item, reason=NOT_NEEDED)
        for n in range(MANY)
    ]
    assert together(calls).count("done") == 1
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(RestrictionChange.id))) == 2
    assert one.left == {"search"} and len(one.said) == 1 and one.sound


def test_an_answer_after_its_time_ends_it_as_our_lateness(desk: Desk) -> None:
    one = awaited(desk)
    one.checks.send(one.item)
    one.checks.take(one.item)
    one.checks.open_all(one.item)
    desk.later(days=6)
    day = desk.market.day(-300)
    calls: list[Any] = [one.settle] * 4
    calls += [lambda: one.checks.answer(one.item, outcome="accepted", accepted_until=day)]
    together(calls)
    assert one.left == {"search"} and len(one.said) == 1 and "We are late" in one.said[0] and one.sound
