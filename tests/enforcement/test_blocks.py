"""Money that a law or an order asks us to hold: a stated amount at most, of what is there, and everything else stays payable."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DatabaseError

from portal.core.ids import new_id
from portal.enforcement.operations import confirm_order, lift_action
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from portal.ledger.models import Hold
from portal.ledger.operations import mark_payout
from portal.ledger.queries import LAW
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import settle
from tests.enforcement.test_ordering import SILENT, ordered, violations

STATED = {"measure": "restriction", "block_amount_minor": "100000", "block_currency": "USD"}


def money(desk: Desk) -> tuple[int, int, int]:
    """Available, pending, and on hold by law."""
    found = desk.market.funds(desk.story.tim)
    law = sum(one.amount.amount_minor for one in found.holds if one.claimant == LAW)
    return found.available.amount_minor, found.pending.amount_minor, law


def later_version(desk: Desk, ref: str) -> int:
    return desk.action(ref).version


def test_only_the_stated_amount_is_held_and_the_rest_stays_payable(desk: Desk) -> None:
    available, pending, _ = money(desk)
    ref = ordered(desk, **STATED)
    assert money(desk) == (available - 100_000, pending, 100_000)
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.RESTRICTED
    [own] = [one for one in record["money"]["held"] if one["because_of_this_action"]]
    assert own["amount"] == {"amount_minor": 100_000, "currency": "USD"} == record["order"]["amount"]
    assert record["money"]["available"] == [{"amount_minor": available - 100_000, "currency": "USD"}]
    assert [one["kind"] for one in record["restrictions"]] == ["monetary"]
    desk.market.pay_out(desk.story.tim, desk.story.destination, available - 100_000)
    assert money(desk)[0] == 0 and violations(desk) == []


def test_only_what_is_there_is_held_and_later_earnings_never_top_it_up(desk: Desk) -> None:
    available, pending, _ = money(desk)
    ordered(desk, **STATED | {"block_amount_minor": "9900000"})
    assert money(desk) == (0, 0, available + pending)
    shop = desk.market.contract(desk.story.omar, desk.story.tim, "Shop", [50_000], released={1: 8}, started=12)
    assert shop is not None
    assert money(desk) == (50_000, 0, available + pending) and violations(desk) == []


def test_what_was_under_way_and_comes_back_is_not_taken_by_itself(desk: Desk) -> None:
    """The letter names what is on hold; more is another decision, with another letter, which finds the money there."""
    available, pending, _ = money(desk)
    there = available + pending
    out = available - 30_000
    payout = str(desk.market.pay_out(desk.story.tim, desk.story.destination, out)["payout"])
    ref = ordered(desk, **STATED)
    assert money(desk)[2] == min(100_000, there - out) < 100_000
    desk.market.do(mark_payout, payout_ref=payout, state="failed")
    assert money(desk) == (out, 0, there - out) and violations(desk) == []
    desk.later(days=20)
    looked = {"action_ref": ref, "version": later_version(desk, ref), "reason": "It still obliges us."}
    desk.market.do(confirm_order, desk.story.rae.actor, **looked)
    assert money(desk) == (out, 0, there - out), "a look takes no more either"
    desk.market.pay_out(desk.story.tim, desk.story.destination, out)
    assert money(desk) == (0, 0, there - out) and violations(desk) == []


def test_it_ends_with_the_decision(desk: Desk) -> None:
    before = money(desk)
    ref = ordered(desk, **STATED)
    desk.market.do(
        lift_action, desk.story.rae.actor, action_ref=ref, version=later_version(desk, ref), reason="The order is lifted."
    )
    assert money(desk) == before and violations(desk) == []


def test_it_ends_by_itself_when_nobody_looks(desk: Desk) -> None:
    before = money(desk)
    ordered(desk, **STATED)
    desk.later(days=32)
    settle(desk)
    assert sum(money(desk)) >= sum(before[:2]) and money(desk)[2] == 0 and violations(desk) == []


def test_the_same_money_stays_on_hold_when_somebody_looks(desk: Desk) -> None:
    ref = ordered(desk, **STATED)
    for days in (20, 15):
        desk.later(days=days)
        version = later_version(desk, ref)
        desk.market.do(confirm_order, desk.story.rae.actor, action_ref=ref, version=version, reason="It still obliges us.")
    with desk.office.database.read() as session:
        first, second, third = session.scalars(select(Hold).where(Hold.order_id.is_not(None)).order_by(Hold.id))
    assert (second.successor_of_id, third.successor_of_id) == (first.id, second.id)
    assert {one.amount_minor for one in (first, second, third)} == {100_000} and violations(desk) == []
    assert third.expires_at > second.expires_at > first.expires_at and money(desk)[2] == 100_000
    desk.later(days=15)
    settle(desk)
    assert money(desk)[2] == 100_000
    desk.later(days=20)
    settle(desk)
    assert money(desk)[2] == 0 and violations(desk) == []


@pytest.mark.parametrize("silent", [False, True])
def test_it_is_held_also_in_silence(desk: Desk, silent: bool) -> None:
    ordered(desk, **STATED, **(SILENT if silent else {}))
    assert money(desk)[2] == 100_000 and violations(desk) == []


def row_of(desk: Desk) -> dict[str, Any]:
    with desk.office.database.read() as session:
        hold = session.scalars(select(Hold).where(Hold.order_id.is_not(None))).one()
    return {column.name: getattr(hold, column.name) for column in Hold.__table__.columns} | {"id": new_id(), "ref": "H-2222"}


def test_the_database_holds_no_more_than_is_stated_and_never_both(desk: Desk) -> None:
    ordered(desk, **STATED)
    row = row_of(desk)
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="at most its claim"):
        session.execute(insert(Hold).values(**row | {"amount_minor": 100_001}))
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="claim_or_order"):
        session.execute(insert(Hold).values(**row | {"claim_id": new_id(), "amount_minor": 0}))


def test_verify_finds_more_than_is_stated(desk: Desk) -> None:
    ordered(desk, **STATED)
    row = row_of(desk)
    with desk.office.database.write() as session:
        session.execute(update(Hold).where(Hold.order_id == row["order_id"]).values(amount_minor=100_001))
        session.commit()
    assert any("more than, or of something else than, its order" in line for line in violations(desk))
