"""An offer to settle, met by everything that can end its dispute at the same moment: one of them happens, and no money twice."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.joining import record_member
from portal.accounts.models import MemberRole
from portal.core.access import Actor
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.models import SettlementOffer
from portal.disputes.operations import (
    accept_decision,
    accept_settlement,
    decide_dispute,
    decline_settlement,
    take_offer_back,
    withdraw_dispute,
)
from portal.ledger.models import Hold
from portal.verify import REGISTRY
from tests.disputes.deciding import Bench
from tests.disputes.test_settling import offer
from tests.factories.market import Party, refused, usd
from tests.ledger.test_races import at_once


def violations(bench: Bench) -> list[str]:
    with bench.market.office.database.read() as session:
        return [line for promise in REGISTRY for query in promise.queries for line in query(session)]


def called_back(bench: Bench) -> Any:
    return bench.market.do(
        record_chargeback, external_id="bank-1", contract_ref=bench.story.contract.ref, milestone_number=1,
        amount_minor=40_000, currency="USD", received_at=bench.market.now, reason="Services not provided",
    )


def test_an_agreement_meets_a_chargeback_a_withdrawal_and_a_decision(bench: Bench) -> None:
    story, do, ref = bench.story, bench.market.do, offer(bench, bench.story.tim.actor)
    named: dict[str, Any] = {"dispute_ref": bench.ref, "offer_ref": ref}
    choice = bench.choice()
    ended = at_once([
        lambda: do(accept_settlement, story.stacy.actor, **named), lambda: do(take_offer_back, story.tim.actor, **named),
        lambda: do(decline_settlement, story.stacy.actor, **named), lambda: called_back(bench),
        lambda: do(withdraw_dispute, story.stacy.actor, dispute_ref=bench.ref),
        lambda: do(decide_dispute, story.rae.actor, **choice),
    ] * 3)
    assert ended["done"] >= 1
    with bench.market.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SettlementOffer).where(SettlementOffer.ended_at.is_(None))) == 0
        live = session.scalars(select(Hold).where(Hold.ended_at.is_(None))).all()
    assert len(live) <= 1 and bench.market.funds(story.stacy).refunded in {usd(0), usd(15_000)}
    assert violations(bench) == []


def test_a_bank_gives_back_only_what_an_agreement_left(bench: Bench) -> None:
    ref = offer(bench, bench.story.tim.actor)
    at_once([lambda: bench.market.do(accept_settlement, bench.story.stacy.actor, dispute_ref=bench.ref, offer_ref=ref),
             lambda: called_back(bench)] * 4)
    back = called_back(bench)["chargeback"]
    bench.market.do(mark_chargeback, chargeback_ref=back, stage="lost")
    assert violations(bench) == []


def working(bench: Bench, account: Party) -> Actor:
    """Somebody who only works in that account."""
    party = bench.market.party(f"{account.account.name[:3]}bo Lind")
    bench.market.make(lambda work: record_member(work, account.account, party.person, MemberRole.WORKER))
    return replace(party.actor, account_ids=frozenset({account.account.id}))


@pytest.mark.parametrize("side", ["tim", "stacy"])
def test_who_only_works_in_an_account_gives_none_of_its_money_away(bench: Bench, side: str) -> None:
    account: Party = getattr(bench.story, side)
    other = bench.story.stacy if side == "tim" else bench.story.tim
    actor, do = working(bench, account), bench.market.do
    assert refused(lambda: offer(bench, actor, 40_000)) == "not_your_money"
    named = {"dispute_ref": bench.ref, "offer_ref": offer(bench, other.actor)}
    assert refused(lambda: do(accept_settlement, actor, **named)) == "not_your_money"
    if side == "stacy":
        assert refused(lambda: do(withdraw_dispute, actor, dispute_ref=bench.ref)) == "not_your_money"
    bench.decide()
    assert refused(lambda: do(accept_decision, actor, dispute_ref=bench.ref)) == "not_your_money"
    assert do(accept_decision, account.actor, dispute_ref=bench.ref)["dispute"] == bench.ref
