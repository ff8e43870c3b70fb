"""Twenty at once on one milestone or one dispute: one winner, clean losers."""

from sqlalchemy import func, select

from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute, withdraw_dispute
from portal.ledger.checks import CHECKS
from tests.factories.market import Market, Story, usd
from tests.ledger.test_races import CALLERS, at_once


def test_of_twenty_disputes_on_one_milestone_one_is_opened(market: Market, story: Story) -> None:
    ended = at_once([lambda: market.dispute(story.stacy, story.contract)] * CALLERS)
    assert ended == {"done": 1, "already_disputed": CALLERS - 1}
    assert market.funds(story.tim).held == usd(40_000)


def test_answer_meets_withdrawal(market: Market, story: Story) -> None:
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    answer = lambda: market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="Done.")  # noqa: E731
    withdraw = lambda: market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)  # noqa: E731
    ended = at_once([answer, withdraw] * (CALLERS // 2))
    with market.office.database.read() as session:
        assert session.scalars(select(Dispute.state)).one() == "withdrawn"
        assert [line for check in CHECKS for line in check(session)] == []
    assert ended["done"] in {1, 2}


def test_dispute_meets_payout_of_everything(market: Market, story: Story) -> None:
    dispute = lambda: market.dispute(story.stacy, story.contract)  # noqa: E731
    payout = lambda: market.pay_out(story.tim, story.destination, 215_000)  # noqa: E731
    at_once([dispute, payout] * (CALLERS // 2))
    now = market.funds(story.tim)
    assert (now.held, now.paid_out) in {(usd(40_000), usd(0)), (usd(0), usd(215_000))}
    with market.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Dispute)) == 1
