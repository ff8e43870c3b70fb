"""What is due in a dispute happens in the order in which it was due, however late somebody looks."""

import pytest
from sqlalchemy import select

from portal.cases.clocks import HANDLERS
from portal.cases.models import Case, Clock
from portal.core.access import WORKER
from portal.core.work import Work
from portal.disputes.models import Dispute
from portal.ledger.models import Hold
from portal.notices.operations import opening
from portal.worker import settle
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Story, usd
from tests.ledger.steps import hold_money, touch


@pytest.fixture
def silent(market: Market, story: Story) -> str:
    """Tim was informed of Stacy's dispute at once, and nobody has looked at it for 61 days."""
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(opening, story.tim.actor, about_ref=ref)
    market.office.clock.advance(days=61)
    return ref


def ended(market: Market) -> tuple[str, str | None, str | None]:
    with market.office.database.read() as session:
        dispute = session.scalars(select(Dispute)).one()
        return dispute.state, dispute.outcome, session.scalars(select(Hold.end_kind)).one()


def test_silence_is_refunded_however_late_we_look(market: Market, story: Story, silent: str) -> None:
    market.do(touch, dispute_ref=silent)
    assert ended(market) == ("decided", "refund", "refunded")
    assert (market.funds(story.stacy).refunded, market.funds(story.tim).available) == (usd(40_000), usd(175_000))
    with market.office.database.read() as session:
        clocks = dict(session.execute(select(Clock.kind, Clock.result).where(Clock.ended_at.is_not(None))).all())
    assert (clocks["dispute_refund"], clocks["hold"]) == ("kept", "void")


def test_an_act_about_the_account_alone_settles_its_disputes_first(market: Market, story: Story, silent: str) -> None:
    market.do(settle, WORKER, account_id=story.tim.account.id)
    assert ended(market) == ("decided", "refund", "refunded")


def test_an_act_in_another_case_settles_the_accounts_disputes_first(market: Market, story: Story, silent: str) -> None:
    market.do(hold_money, contract_ref=story.other_contract.ref, number=1, amount_minor=100)
    with market.office.database.read() as session:
        disputed = select(Dispute.case_id)
        other = session.scalars(select(Case.ref).where(Case.id.not_in(disputed))).one()
    market.do(touch, case_ref=other)
    with market.office.database.read() as session:
        assert session.scalars(select(Dispute.outcome)).one() == "refund"
    assert market.funds(story.stacy).refunded == usd(40_000)


def test_what_an_earlier_lapse_pauses_or_moves_does_not_lapse(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold would have run out too, but the lapse before it gave it another day."""
    market, seen = bench.market, list[str]()

    def moves(work: Work, clock: Clock) -> None:
        seen.append(clock.kind)
        hold = work.db.scalars(select(Clock).where(Clock.kind == "hold", Clock.ended_at.is_(None))).one()
        hold.due_at = work.now.replace(year=work.now.year + 1)

    monkeypatch.setitem(HANDLERS, "dispute_decision", moves)
    market.office.clock.advance(days=61)
    market.do(touch, dispute_ref=bench.ref)
    assert seen == ["dispute_decision"]
    with market.office.database.read() as session:
        assert session.scalars(select(Hold.ended_at)).all() == [None]
