"""Corrections: a lead proposes with a reason, somebody else signs, only free money is touched, and the person is told."""

from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.joining import record_member
from portal.cases.models import Case, Clock, WorkItem
from portal.cases.queue import queue
from portal.core.access import Role
from portal.enforcement.evidence import take_case
from portal.ledger.adjustment_models import AdjustmentSignature
from portal.ledger.checks import CHECKS
from portal.ledger.corrections import SIGNING, corrections
from portal.ledger.operations import propose_adjustment, sign_adjustment
from portal.notices.models import Notice
from tests.factories.market import Market, Staff, Story, refused, usd
from tests.factories.worker import settle_all
from tests.ledger.steps import correct, hold_money


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def propose(market: Market, story: Story, lead: Staff, **other: Any) -> str:
    told = {
        "contract_ref": story.contract.ref, "milestone_number": 1, "kind": "taken", "amount_minor": 500, "currency": "USD",
        "reason": "The milestone was put on record with a wrong amount.",
    }
    return str(market.do(propose_adjustment, lead.actor, **told | other)["adjustment"])


@pytest.fixture
def lead(market: Market, story: Story) -> Staff:
    return market.staff("Lee Marsh", Role.LEAD)


@pytest.mark.parametrize(("kind", "available"), [("taken", 214_500), ("added", 215_500)])
def test_a_correction_moves_once_it_is_signed(
    market: Market, story: Story, lead: Staff, kind: str, available: int
) -> None:
    ref = propose(market, story, lead, kind=kind)
    assert market.funds(story.tim).available == usd(215_000)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")
    assert (market.funds(story.tim).available, violations(market)) == (usd(available), [])
    with market.office.database.read() as session:
        notice = session.scalars(sa.select(Notice).where(Notice.kind == "funds_adjusted")).one()
        assert notice.recipient_id == story.tim.person.id
        assert "wrong amount" in (notice.body or "")
        assert "wrong amount" not in (notice.mail_body or "")


def test_what_is_returned_moves_nothing(market: Market, story: Story, lead: Staff) -> None:
    ref = propose(market, story, lead)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="returned")
    assert refused(lambda: market.do(
        sign_adjustment, story.rae.actor, adjustment_ref=ref, outcome="signed")) == "signed_already"
    assert (market.funds(story.tim).available, violations(market)) == (usd(215_000), [])


def test_it_waits_in_the_queue_and_moves_nothing_once_its_time_is_over(market: Market, story: Story, lead: Staff) -> None:
    """The promise for every second signature: two working days. It can be written again, and is signed in time then."""
    late, unseen = propose(market, story, lead), market.staff("Kim Sato")

    def waiting() -> list[tuple[str, str, int]]:
        with market.office.database.read() as session:
            lines = queue(session, filter="cosignature", person_id=unseen.person.id, now=market.now)
            return [(one.subject_ref, one.account_name, sum(each.amount_minor for each in one.stake)) for one in lines]

    def listed() -> list[list[tuple[str, str | None, bool]]]:
        with market.office.database.read() as session:
            return [[(one.row.ref, one.outcome, one.lapsed) for one in corrections(session, lead.person.id, waiting=way)]
                    for way in (True, False)]

    assert waiting() == [(late, story.tim.account.name, 500)]
    market.office.clock.advance(days=6)  # type: ignore[attr-defined]
    settle_all(market)
    assert (waiting(), listed()) == ([], [[], [(late, None, True)]])
    assert refused(lambda: market.do(sign_adjustment, story.ola.actor, adjustment_ref=late, outcome="signed")) == "lapsed"
    again = propose(market, story, lead)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=again, outcome="signed")
    assert (waiting(), listed()) == ([], [[], [(again, "signed", False), (late, None, True)]])
    assert (market.funds(story.tim).available, violations(market)) == (usd(214_500), [])
    with market.office.database.read() as session:
        clocks = sa.select(Clock.subject_ref, Clock.result).where(Clock.kind == SIGNING).order_by(Clock.id)
        assert [tuple(one) for one in session.execute(clocks)] == [(late, "missed"), (again, "kept")]
        assert session.scalar(sa.select(sa.func.count(WorkItem.case_id.distinct())).where(
            WorkItem.subject_ref.in_([late, again]))) == 1, "one place for the money of an account"


def test_after_its_time_it_is_over_also_before_a_worker_has_looked(market: Market, story: Story, lead: Staff) -> None:
    ref = propose(market, story, lead)
    market.office.clock.advance(days=6)  # type: ignore[attr-defined]
    assert refused(lambda: market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")) == "lapsed"
    assert market.funds(story.tim).available == usd(215_000)


def test_who_proposed_it_does_not_take_it_from_the_queue(market: Market, story: Story, lead: Staff) -> None:
    ref = propose(market, story, lead)
    with market.office.database.read() as session:
        item = session.scalars(sa.select(WorkItem).where(WorkItem.subject_ref == ref)).one()
        case = session.get_one(Case, item.case_id)
    seen = {"case_ref": case.ref, "item": str(item.id), "version": str(item.version)}
    assert refused(lambda: market.do(take_case, lead.actor, **seen)) == "own_proposal"
    market.do(take_case, story.ola.actor, **seen)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")


def test_one_person_alone_corrects_nothing(market: Market, story: Story, lead: Staff) -> None:
    ref = propose(market, story, lead)
    assert refused(lambda: market.do(sign_adjustment, lead.actor, adjustment_ref=ref, outcome="signed")) == "own_proposal"
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")
    with market.office.database.read() as session:
        row = session.scalars(sa.select(AdjustmentSignature)).one()
        values = {c.name: getattr(row, c.name) for c in AdjustmentSignature.__table__.columns}
    values |= {"id": sa.Uuid().python_type(int=9), "signed_by": row.proposed_by}
    with pytest.raises(sa.exc.DBAPIError, match=r"somebody_else|UNIQUE|unique"), market.office.database.write() as session:
        session.execute(sa.insert(AdjustmentSignature).values(values))


@pytest.mark.parametrize(("change", "code"), [
    ({"reason": "wrong"}, "reason_missing"), ({"amount_minor": 0}, "not_an_amount"), ({"currency": "EUR"}, "other_currency"),
    ({"amount_minor": 40_001}, "not_there"), ({"milestone_number": 2}, "nothing_earned"), ({"milestone_number": 9}, "not_found"),
])
def test_what_cannot_be_proposed(market: Market, story: Story, lead: Staff, change: dict[str, Any], code: str) -> None:
    assert refused(lambda: propose(market, story, lead, **change)) == code


def test_only_a_lead_proposes(market: Market, story: Story) -> None:
    assert refused(lambda: propose(market, story, story.rae)) == "not_lead"
    assert refused(lambda: propose(market, story, story.tim)) == "not_allowed"  # type: ignore[arg-type]


def test_nobody_corrects_money_of_those_with_whom_they_deal(market: Market, story: Story, lead: Staff) -> None:
    """Lee has a shop, which becomes a client of Tim's in another contract."""
    shop = market.party("Lee's shop")
    market.make(lambda work: record_member(work, shop.account, lead.person, "worker"))
    assert propose(market, story, lead)
    market.contract(shop, story.tim, "Shop", [50_000])
    assert refused(lambda: propose(market, story, lead)) == "conflicted"
    kim = market.staff("Kim Sato", Role.LEAD)
    ref = propose(market, story, kim)
    assert refused(lambda: market.do(sign_adjustment, lead.actor, adjustment_ref=ref, outcome="signed")) == "conflicted"
    with market.office.database.read() as session:
        seen = [corrections(session, one.person.id, waiting=True) for one in (kim, lead)]
    assert (len(seen[0]), seen[1]) == (2, [])


def test_what_is_on_hold_or_paid_out_meanwhile_is_not_touched(market: Market, story: Story, lead: Staff) -> None:
    ref = propose(market, story, lead, amount_minor=30_000)
    market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=20_000)
    assert refused(lambda: market.do(
        sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")) == "not_there"
    assert (market.funds(story.tim).held, violations(market)) == (usd(20_000), [])


def test_what_is_added_belongs_to_the_newest_release(market: Market, story: Story, lead: Staff) -> None:
    """It is cleared with that one, not with an older one of the same milestone."""
    for days_ago in (9, 0):
        market.earn(story.contract, 2, 10_000, days_ago=days_ago)
    ref = propose(market, story, lead, milestone_number=2, kind="added")
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")
    assert (market.funds(story.tim).pending, market.funds(story.tim).available) == (usd(10_500), usd(225_000))
    assert violations(market) == []


def test_never_below_zero_and_told_once(market: Market, story: Story) -> None:
    correct(market, story, 40_000)
    assert market.funds(story.tim).available == usd(175_000)
    assert violations(market) == []
