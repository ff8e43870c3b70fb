"""What rests on an identity check ends with it: at once, for the person, their standing and everybody who was told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Clock
from portal.core.clock import last_day
from portal.core.i18n import language
from portal.enforcement.models import RestrictionCheck
from portal.enforcement.operations import withdraw_action
from portal.enforcement.queries import restrictions_of
from portal.enforcement.rules import State
from portal.ledger.models import Hold
from portal.notices.models import Notice
from portal.verification.operations import contest_rejection
from tests.enforcement.awaiting import THREE, Awaited, asked, awaited
from tests.enforcement.conftest import Desk
from tests.enforcement.test_in_their_language import speaks
from tests.enforcement.test_protecting import protect

OVER = {
    "accepted": "We accepted what you sent for the identity check", "withdrawn": "We no longer ask for what the identity check",
    "late": "We are late with our answer to the identity check",
}


@pytest.mark.parametrize("how", sorted(OVER))
def test_it_ends_at_once_whatever_becomes_of_the_check(desk: Desk, how: str) -> None:
    one = awaited(desk)
    ends_at = desk.action(one.ref).ends_at
    assert one.left == set(THREE) and one.letter["identity_check"]["ref"] == one.item
    [mine], theirs = one.checks.notices("statement"), one.checks.notices("counterpart_action")
    assert f"Some of it ends sooner: at once when we accept what you send for our identity check {one.item}" in mine.body
    assert theirs and all("identity" not in (notice.body or "") for notice in theirs)
    one.over(how)
    assert one.left == {"search"} and one.state == State.RESTRICTED and desk.action(one.ref).ends_at == ends_at
    [said] = one.said
    assert OVER[how] in said and "Free again: new contracts, new offers." in said and "Still limited until" in said
    assert one.outside and all("that we told you of has ended" in text and "identity" not in text for text in one.outside)
    back = {part["scope"] for part in one.letter["restrictions"] if part.get("given_back")}
    assert back == {"new_contracts", "new_offers"} and one.letter["changed"]["check"]["why"] == how
    heard = one.outside
    desk.later(days=30)
    one.settle()
    assert one.outside == heard and one.left == set() and one.state == State.GOOD and one.sound


def test_our_lateness_ends_it_from_the_instant_that_we_promised(desk: Desk) -> None:
    one = awaited(desk)
    one.over("late")
    with desk.office.database.read() as session:
        due = session.scalars(select(Clock.due_at).where(Clock.kind == "identity_review")).one()
        pairs = restrictions_of(session, [desk.action(one.ref).id])[desk.action(one.ref).id]
    assert {span.over_at for row, span in pairs if row.scope != "search"} == {due} and due < desk.market.now
    one.checks.accept(one.item)
    assert len(one.said) == 1, "an answer that comes later changes nothing any more"
    assert one.left == {"search"} and one.sound


def test_what_was_turned_down_leaves_it_in_effect_until_somebody_else_accepts(desk: Desk) -> None:
    one = awaited(desk)
    one.checks.send(one.item)
    one.checks.reject(one.item)
    [turned_down] = one.checks.notices("identity_rejected")
    assert f"What rests on this check goes on meanwhile, and no longer than its letter says: {one.ref}." in turned_down.body
    assert one.left == set(THREE) and one.said == []
    desk.market.do(contest_rejection, one.checks.tim, item_ref=one.item, why="All four corners are in the second picture.")
    one.checks.open_all(one.item, desk.story.ola)
    one.checks.answer(one.item, desk.story.ola, outcome="accepted", accepted_until=desk.market.day(-300))
    assert one.left == {"search"} and len(one.said) == 1 and one.sound


def test_contested_and_not_answered_in_time_is_our_lateness_too(desk: Desk) -> None:
    one = awaited(desk)
    one.checks.send(one.item)
    one.checks.reject(one.item)
    desk.market.do(contest_rejection, one.checks.tim, item_ref=one.item, why="All four corners are in the second picture.")
    desk.later(days=6)
    one.settle()
    assert one.left == {"search"} and OVER["late"] in one.said[0] and one.sound


def test_where_everything_rests_on_it_the_decision_ends_and_its_hold_does_not(desk: Desk) -> None:
    one = awaited(desk, resting=THREE, **desk.hold(hold_contract_ref=desk.story.other_contract.ref))
    one.over("accepted")
    action = desk.action(one.ref)
    assert (action.ends_at, action.lifted_at) == (desk.market.now, None) and one.left == set() and one.state == State.GOOD
    assert "The restriction of your account has ended." in one.said[0] and "stays on hold until its own date" in one.said[0]
    with desk.office.database.read() as session:
        assert [hold.ended_at for hold in session.scalars(select(Hold).where(Hold.claim_id.is_not(None)))] == [None, None]
        running = set(session.scalars(select(Clock.kind).where(Clock.subject_ref == one.ref, Clock.ended_at.is_(None))))
        told = select(Notice.recipient_id, Notice.body).where(Notice.corrects_id.is_not(None))
        read = {who: str(body) for who, body in session.execute(told)}
    stays = [who for who, body in read.items() if "stays on hold because of our decision" in body]
    assert running == set() and desk.story.stacy.person.id in read
    assert stays == [desk.story.omar.person.id], "whose money is on hold reads what is over, and that it stays"
    assert one.sound


def test_the_decision_then_ends_with_the_last_of_what_is_left(desk: Desk) -> None:
    one = awaited(desk, ends_on_search=desk.market.day(-9).isoformat())
    one.over("withdrawn")
    assert last_day(desk.action(one.ref).ends_at, desk.story.tim.person.zone) == desk.market.day(-9)  # type: ignore[arg-type]
    assert one.letter["changed"]["ends_at"] == one.letter["ends_at"] < one.letter["changed"]["ends_at_before"]
    day = language("en").day(desk.market.day(-9))
    assert f"The last day of the whole decision is an earlier one now: {day}. Nothing else changes." in one.said[0]
    desk.later(days=10)
    one.settle()
    assert one.left == set() and desk.action(one.ref).lifted_at is None and one.sound


def test_late_after_the_rest_had_ended_leaves_nothing(desk: Desk) -> None:
    one = awaited(desk, ends_on_search=desk.market.day(-7).isoformat())
    one.checks.send(one.item)
    desk.later(days=12)
    one.settle()
    assert one.left == set() and one.state == State.GOOD and len(one.said) == 2 and one.sound


def test_nobody_is_told_of_what_ended_before_it_began(desk: Desk) -> None:
    one = awaited(desk, starts_on_new_contracts=desk.market.day(-6).isoformat())
    one.over("withdrawn")
    desk.later(days=8)
    one.settle()
    assert one.left == {"search"} and one.outside == [] and one.sound


def test_it_ends_by_its_own_day_all_the_same(desk: Desk) -> None:
    one = awaited(desk, ends_on_new_offers=desk.market.day(-3).isoformat())
    desk.later(days=5)
    one.settle()
    assert one.left == {"search", "new_contracts"}
    desk.later(days=20)
    one.settle()
    assert one.left == set() and one.sound
    before = one.said
    one.over("withdrawn")
    assert one.said == before, "nothing rests on it any more"


def test_a_protection_ends_as_soon_as_the_person_is_known(desk: Desk) -> None:
    one: Awaited = awaited_protection(desk)
    assert one.left == {"new_places", "new_messages"}
    one.over("accepted")
    assert one.left == {"new_messages"} and "Free again: payouts to new places." in one.said[0] and one.sound


def awaited_protection(desk: Desk, **other: Any) -> Awaited:
    one = asked(desk)
    form = one.form(scope=["new_places", "new_messages"], resting=["new_places"], **other)
    one.ref = protect(desk, **{name: form[name] for name in ("measure", "scope", "rests_on", "resting")})
    desk.later(hours=1)
    return one


def test_what_rests_on_no_check_has_no_row(desk: Desk) -> None:
    one = awaited(desk)
    with desk.office.database.read() as session:
        assert list(session.scalars(select(RestrictionCheck.item_ref))) == [one.item, one.item]


def test_the_letter_names_the_rule_of_the_check_in_the_readers_language_too(desk: Desk) -> None:
    speaks(desk, "es")
    rule = awaited(desk).letter["identity_check"]["rule"]
    assert rule["heading"] == "Showing who you are"
    assert rule["translation"] == {"language": "es", "heading": "Mostrar quién es usted"}


def test_ended_before_it_began_it_is_not_lifted_and_its_hold_goes_on_until_its_date(desk: Desk) -> None:
    one = ahead_with_money(desk)
    one.over("withdrawn")
    action = desk.action(one.ref)
    assert (action.ends_at, action.lifted_at, one.left) == (desk.market.now, None, set()) and one.sound
    assert "stays on hold until its own date" in one.said[0] and len(one.outside) == 1
    assert "$400.00 USD of “Bakery website” stays on hold because of our decision" in one.outside[0]
    desk.later(days=40)
    one.settle()
    assert len(one.said) == len(one.outside) == 1 and one.sound


def test_taken_back_before_it_began_whoever_was_told_is_told(desk: Desk) -> None:
    one = ahead_with_money(desk)
    version = desk.action(one.ref).version
    desk.market.do(withdraw_action, desk.story.rae.actor, action_ref=one.ref, version=version, reason="It was not needed.")
    assert "Clients were not told" not in one.said[0] and "Everybody whom we told of it is told" in one.said[0]
    assert len(one.outside) == 1 and "is no longer on hold" in one.outside[0] and one.sound


def ahead_with_money(desk: Desk) -> Awaited:
    """Everything rests on the check and begins on a later day; money of somebody else's contract is on hold at once."""
    later = {f"starts_on_{name}": desk.market.day(-6).isoformat() for name in THREE}
    return awaited(desk, resting=THREE, **later, **desk.hold(hold_contract_ref=desk.story.other_contract.ref))
