"""What of a contested amount could not be put on hold: both sides read what is true, and nothing of an order of silence."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.contracts.models import Contract, Milestone
from portal.disputes.models import Dispute
from portal.disputes.operations import withdraw_dispute
from portal.disputes.shortfall import Shortfall, shortfall_of, would_be_short
from portal.ledger.models import Hold
from portal.notices.models import Notice
from tests.appeals.conftest import opened_case, reported
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_blocks import STATED
from tests.enforcement.test_ordering import SILENT, ordered
from tests.factories.market import Market, usd

PAID = "$280.00 USD of what is contested had been paid out before and cannot be put on hold."
OTHERWISE = "$280.00 USD of what is contested was not free any more and cannot be put on hold."
LEFT = 203_000
"""So much of Tim's money taken elsewhere leaves $120 of the milestone of $400 that Stacy contests."""


def contested(
    market: Market, story: Any, amount_minor: int = 40_000, contract: Contract | None = None, milestone_number: int = 1
) -> tuple[list[str], Shortfall]:
    """What both sides are told of a dispute about so much of a milestone, and what its page says was missing: the same as before
    it was sent."""
    contract = contract or story.contract
    with market.office.database.read() as session:
        milestone = session.scalars(select(Milestone).where(
            Milestone.contract_id == contract.id, Milestone.number == milestone_number)).one()
        said_before = would_be_short(session, milestone, usd(amount_minor), market.now)
    made = market.dispute(story.stacy, contract, amount_minor, milestone_number=milestone_number)
    with market.office.database.read() as session:
        told = session.scalars(select(Notice.body).where(Notice.about_ref == made["dispute"]).order_by(Notice.kind))
        words = [(one or "").replace(str(made["dispute"]), "D") for one in told]
        dispute = session.scalars(select(Dispute).where(Dispute.ref == made["dispute"])).one()
        hold = session.scalars(select(Hold).where(Hold.claim_id == dispute.claim_id)).one()
        short = shortfall_of(session, dispute, hold)
        assert short == said_before
        return words, short


def with_order(office: Office, cents: int, *, silent: bool) -> tuple[Market, Any]:
    market = Market(office)
    story = market.story()
    reported(market, story)
    desk, stated = with_exhibit(Desk(market, story, opened_case(office))), STATED | {"block_amount_minor": str(cents)}
    ordered(desk, **stated, **(SILENT if silent else {}))
    return market, story


def test_what_was_paid_out_is_called_so(office: Office) -> None:
    market = Market(office)
    story = market.story()
    market.pay_out(story.tim, story.destination, LEFT)
    words, short = contested(market, story)
    assert short == Shortfall(usd(28_000), paid_out=True)
    assert len(words) == 2 and all(PAID in one for one in words)


@pytest.mark.parametrize("silent", [False, True])
def test_what_an_order_took_was_not_paid_out(office: Office, silent: bool) -> None:
    words, short = contested(*with_order(office, LEFT, silent=silent))
    assert short == Shortfall(usd(28_000), paid_out=False)
    assert len(words) == 2 and all(OTHERWISE in one and "paid out before" not in one for one in words)


@pytest.mark.parametrize("silent", [False, True])
def test_where_nothing_is_left_nobody_reads_that_it_was_paid_out(office: Office, silent: bool) -> None:
    words, short = contested(*with_order(office, 9_900_000, silent=silent))
    assert short == Shortfall(usd(40_000), paid_out=False)
    assert all("nothing of what was paid for this milestone is free any more" in one for one in words)


def test_what_is_free_and_cannot_be_held_any_longer_was_not_paid_out(office: Office) -> None:
    """The time for holding the first part ran out with its dispute; a later part gave the milestone a new window, and is held."""
    market = Market(office)
    story = market.story()
    contract = market.contract(story.stacy, story.tim, "Shop", [40_000], started=12)
    market.earn(contract, 1, 20_000, days_ago=1)
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=market.dispute(story.stacy, contract, 20_000)["dispute"])
    market.office.clock.advance(days=50)  # type: ignore[attr-defined]
    market.earn(contract, 1, 20_000, days_ago=0)
    market.office.clock.advance(days=12)  # type: ignore[attr-defined]
    words, short = contested(market, story, contract=contract)
    assert (short, market.funds(story.tim).held) == (Shortfall(usd(20_000), paid_out=False), usd(20_000))
    assert all("paid out before" not in one for one in words)


def test_what_became_of_the_money_later_changes_nothing_that_was_said(office: Office) -> None:
    market = Market(office)
    story = market.story()
    market.pay_out(story.tim, story.destination, LEFT)
    reported(market, story)
    desk = with_exhibit(Desk(market, story, opened_case(office)))
    _words, before = contested(market, story)
    ordered(desk, **STATED | {"block_amount_minor": "9900000"})
    with market.office.database.read() as session:
        dispute = session.scalars(select(Dispute)).one()
        hold = session.scalars(select(Hold).where(Hold.claim_id == dispute.claim_id)).one()
        assert shortfall_of(session, dispute, hold) == before
