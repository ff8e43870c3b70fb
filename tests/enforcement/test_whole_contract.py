"""A claim of ours on a whole contract: what is there of it, the oldest first, and nothing of any other contract."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.contracts.models import Contract, Earning
from portal.enforcement.checks import CHECKS as ACTION_CHECKS
from portal.enforcement.models import Statement
from portal.enforcement.operations import propose_extension, sign_extension, start_amendment
from portal.enforcement.unsent import COUNTERPART
from portal.ledger.checks import CHECKS
from portal.ledger.models import Book, BookKind, Claim, Hold
from portal.ledger.operations import mark_payout
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_before import month_later, refusal
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_extending import WHY, read
from tests.enforcement.test_lapses import settle
from tests.factories.market import usd
from tests.ledger.steps import contest_money

ALL = 175_000


def whole(desk: Desk, amount_minor: int = ALL, **form: Any) -> dict[str, Any]:
    day = desk.market.day
    return desk.hold(amount_minor, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="all") | {
        "conduct_from": day(10).isoformat(), "conduct_to": day(1).isoformat(), "ends_on": day(-20).isoformat(),
    } | form


def holding(desk: Desk, amount_minor: int = ALL) -> str:
    ref = desk.ready()
    desk.issue(ref, **whole(desk, amount_minor))
    settle(desk)
    return ref


def in_part(desk: Desk) -> Contract:
    """A contract of which one of two milestones is released, claimed as a whole."""
    shop = desk.market.contract(desk.story.omar, desk.story.tim, "Shop", [30_000, 30_000], released={1: 5}, started=12)
    ref = desk.ready()
    desk.issue(ref, **whole(desk, 50_000, hold_contract_ref=shop.ref))
    settle(desk)
    return shop


def broken(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in (*CHECKS, *ACTION_CHECKS) for line in check(session)]


def ours(desk: Desk) -> list[Hold]:
    """Our holds that are open, oldest first."""
    with desk.office.database.read() as session:
        return list(session.scalars(
            select(Hold).join(Claim, Hold.claim_id == Claim.id).where(Claim.claimant == "platform", Hold.ended_at.is_(None))
            .order_by(Hold.id)))


def inside(desk: Desk, hold: Hold) -> list[tuple[Any, int]]:
    """How much a hold holds of which earning, the oldest first."""
    with desk.office.database.read() as session:
        rows = session.execute(
            select(Earning.amount_minor, Book.balance_minor).join(Book, Book.earning_id == Earning.id)
            .where(Book.hold_id == hold.id, Book.kind == BookKind.HELD).order_by(Earning.released_at, Earning.id))
        return [(whole_minor, held) for whole_minor, held in rows]


def record_of(desk: Desk, ref: str) -> dict[str, Any]:
    with desk.office.database.read() as session:
        action = desk.action(ref)
        text = session.scalars(select(Statement.record).where(Statement.action_id == action.id).order_by(Statement.n)).all()[-1]
        return dict(json.loads(text or ""))


def test_the_oldest_money_of_the_contract_is_held_and_nothing_else(desk: Desk) -> None:
    before = desk.market.funds(desk.story.tim)
    holding(desk, 100_000)
    [hold] = ours(desk)
    assert sum(held for _all, held in inside(desk, hold)) == hold.amount_minor == 100_000
    assert [held for _all, held in inside(desk, hold)] != [100_000], "of two milestones"
    now = desk.market.funds(desk.story.tim)
    assert now.held == before.held + usd(100_000) and broken(desk) == []
    view = next(one for one in now.holds if one.ref == hold.ref)
    assert (view.milestone_number, view.contract_title, view.claimed) == (None, desk.story.other_contract.title, usd(100_000))


def test_what_is_claimed_held_and_paid_out_is_said(desk: Desk) -> None:
    """A payout that came back counts as none; what the client claims is not free, and was not paid out."""
    came_back = desk.market.pay_out(desk.story.tim, desk.story.destination, 150_000)["payout"]
    desk.market.do(mark_payout, payout_ref=came_back, state="failed")
    desk.market.do(contest_money, contract_ref=desk.story.other_contract.ref, number=2, amount_minor=20_000)
    desk.market.pay_out(desk.story.tim, desk.story.destination, 150_000)
    ref = holding(desk)
    held = next(one for one in record_of(desk, ref)["money"]["held"] if one["because_of_this_action"])
    [hold] = ours(desk)
    said = {name: held[name]["amount_minor"] for name in ("claimed", "amount", "paid_out", "not_free")}
    assert said == {"claimed": ALL, "amount": hold.amount_minor, "paid_out": 150_000, "not_free": 20_000}
    assert broken(desk) == []


def test_money_of_its_other_currency_is_neither_planned_nor_held(desk: Desk) -> None:
    both = desk.market.contract(
        desk.story.omar, desk.story.tim, "In two currencies", [30_000] * 2, released={2: 6}, started=12, but={2: "JPY"})
    desk.market.earn(both, 1, 10_000, days_ago=5)
    ref = desk.ready()
    desk.issue(ref, **whole(desk, 30_000, hold_contract_ref=both.ref))
    settle(desk)
    held = next(one for one in record_of(desk, ref)["money"]["held"] if one["because_of_this_action"])
    [hold] = ours(desk)
    assert held["amount"] == {"amount_minor": 10_000, "currency": "USD"}
    assert (inside(desk, hold), broken(desk)) == ([(10_000, 10_000)], [])
    [free] = [one for one in record_of(desk, ref)["money"]["available"] if one["currency"] == "USD"]
    assert free["amount_minor"] == desk.market.funds(desk.story.tim).available.amount_minor, "what clears now is free"


def test_a_later_release_never_tops_it_up(desk: Desk) -> None:
    shop = in_part(desk)
    desk.market.earn(shop, 2, 30_000, days_ago=0)
    [hold] = ours(desk)
    assert (hold.amount_minor, inside(desk, hold), broken(desk)) == (30_000, [(30_000, 30_000)], [])


def test_the_client_reads_how_much_of_the_contract(desk: Desk) -> None:
    ref = holding(desk)
    with desk.office.database.read() as session:
        told = session.scalars(select(Notice).where(Notice.about_ref == ref, Notice.kind == COUNTERPART)).all()
        bodies = [one.body or "" for one in told]
    assert any("$1,750.00 USD of this contract is on hold until" in body for body in bodies)
    assert sum("is on hold until" in body for body in bodies) < len(bodies), "nobody else reads of it"


@pytest.mark.parametrize(("form", "code"), [
    ({"hold_amount_minor": str(ALL + 1)}, "more_than_contract"), ({"hold_currency": "EUR"}, "other_currency"),
    ({"hold_milestone": "every"}, "not_an_amount"), ({"hold_contract_ref": "C-NONE"}, "unknown_milestone"),
])
def test_what_cannot_be_claimed_is_refused_at_its_field(desk: Desk, form: dict[str, Any], code: str) -> None:
    ref = desk.ready()
    assert refusal(lambda: desk.issue(ref, **whole(desk, **form))).code == code
    assert ours(desk) == []


def test_a_milestone_of_it_is_held_twice_at_the_most(desk: Desk) -> None:
    """The first time a milestone, then the contract by two, then what was held twice is left alone."""
    desk.issue(desk.ready(), **whole(desk, 85_000, hold_milestone="2"))
    second = month_later(desk)
    error = refusal(lambda: desk.issue(second, **whole(desk)))
    assert (error.code, error.params["why"]) == ("needs_cosignature", "held_before")
    propose(desk, 1, second, **whole(desk, measure="suspension"))
    sign(desk, second)
    assert [one.amount_minor for one in ours(desk)] == [ALL]
    third = month_later(desk)
    assert refusal(lambda: desk.issue(third, **whole(desk))).params["why"] == "held_before"
    propose(desk, 1, third, **whole(desk, measure="suspension"))
    sign(desk, third)
    [hold] = ours(desk)
    assert [each for each, _held in inside(desk, hold)] == [90_000], "the second milestone was held twice"
    last = month_later(desk)
    error = refusal(lambda: propose(desk, 1, last, **whole(desk, measure="suspension")))
    assert (error.code, error.field, broken(desk)) == ("held_twice", "hold_amount_minor", [])


def test_it_is_made_longer_once_for_all_that_it_holds(desk: Desk) -> None:
    ref = holding(desk)
    desk.market.do(propose_extension, desk.story.rae.actor, action_ref=ref, reason=WHY)
    desk.market.do(sign_extension, desk.story.ola.actor, **read(desk, ref))
    [hold] = ours(desk)
    assert hold.amount_minor == ALL and hold.successor_of_id is not None
    with desk.office.database.read() as session:
        bodies = session.scalars(select(Notice.body).where(Notice.kind == "hold_extended")).all()
    assert bodies and all("of the contract “" in (body or "") for body in bodies)
    assert refusal(lambda: desk.market.do(
        propose_extension, desk.story.rae.actor, action_ref=ref, reason=WHY)).code == "nothing_to_extend"
    assert broken(desk) == []


def test_a_clients_own_claim_comes_first_and_the_rest_stays(desk: Desk) -> None:
    shop, before = in_part(desk), desk.market.funds(desk.story.tim).held
    desk.market.dispute(desk.story.omar, shop, 10_000)
    [left] = ours(desk)
    assert (left.amount_minor, desk.market.funds(desk.story.tim).held, broken(desk)) == (20_000, before, [])


def test_another_decision_takes_over_the_same_money(desk: Desk) -> None:
    old = holding(desk)
    new = desk.market.do(start_amendment, desk.story.rae.actor, action_ref=old)["action"]
    desk.issue(new, **whole(desk, 100_000, ends_on=desk.market.day(-9).isoformat(), supersedes=old))
    [hold] = ours(desk)
    assert (hold.amount_minor, hold.successor_of_id is not None, broken(desk)) == (100_000, True, [])


def test_it_ends_by_itself_and_both_read_which_contract(desk: Desk) -> None:
    holding(desk)
    desk.later(days=32)
    settle(desk)
    assert ours(desk) == [] and broken(desk) == []
    with desk.office.database.read() as session:
        bodies = session.scalars(select(Notice.body).where(Notice.kind == "hold_ended")).all()
    assert bodies and all(desk.story.other_contract.title in (body or "") for body in bodies)
