"""Answering, withdrawing, and what is published for silence: on either side and on ours."""

import pytest
from sqlalchemy import select

from portal.cases.models import Clock, WorkItem
from portal.core.access import Actor
from portal.core.errors import Conflict, NotFound
from portal.disputes.checks import CHECKS
from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute, withdraw_dispute
from portal.ledger.checks import CHECKS as MONEY
from portal.ledger.operations import request_payout
from portal.notices.models import Notice
from portal.notices.operations import opening
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import touch

ANSWER = "I delivered the first version on Tuesday. Here is where."


@pytest.fixture
def ref(market: Market, story: Story) -> str:
    return str(market.dispute(story.stacy, story.contract)["dispute"])


def dispute(market: Market) -> Dispute:
    with market.office.database.read() as session:
        return session.scalars(select(Dispute)).one()


def answer(market: Market, actor: Actor, ref: str) -> object:
    return market.do(answer_dispute, actor, dispute_ref=ref, answer=ANSWER)


def days_pass(market: Market, ref: str, days: int) -> None:
    market.office.clock.advance(days=days)
    market.do(touch, dispute_ref=ref)


def told(market: Market, kind: str) -> list[Notice]:
    with market.office.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind)))


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in (*CHECKS, *MONEY) for line in check(session)]


def test_answer_is_kept_and_shown_to_the_client(market: Market, story: Story, ref: str) -> None:
    answer(market, story.tim.actor, ref)
    assert (dispute(market).state, dispute(market).answer) == ("answered", ANSWER)
    notice = told(market, "dispute_answered")[0]
    assert notice.recipient_id == story.stacy.person.id
    assert ANSWER in (notice.body or "")
    assert "Tuesday" not in (notice.mail_body or "") and "We decide by" in (notice.mail_body or "")
    assert "We decide by" in (told(market, "answer_received")[0].mail_body or "")
    assert refused(lambda: answer(market, story.tim.actor, ref)) == "answered"


def test_link_of_this_case_may_answer_and_no_other(market: Market, story: Story, ref: str) -> None:
    hold = market.funds(story.tim).holds[0]
    with pytest.raises(NotFound):
        answer(market, story.tim.by_link("C-OTHER"), ref)
    answer(market, story.tim.by_link(hold.case_ref), ref)
    assert dispute(market).state == "answered"


def test_client_cannot_answer_and_strangers_see_nothing(market: Market, story: Story, ref: str) -> None:
    for actor in (story.stacy.actor, story.omar.actor):
        with pytest.raises(NotFound):
            answer(market, actor, ref)
    assert dispute(market).answer is None


def test_time_to_answer_runs_from_being_informed(market: Market, story: Story, ref: str) -> None:
    days_pass(market, ref, 3)
    market.do(opening, story.tim.actor, about_ref=ref)
    days_pass(market, ref, 6)
    assert dispute(market).state == "opened"
    days_pass(market, ref, 2)
    assert dispute(market).state == "unanswered"


def test_unknown_whether_informed_starts_no_time(market: Market, story: Story, ref: str) -> None:
    days_pass(market, ref, 30)
    assert (dispute(market).state, dispute(market).answer_by > market.now) == ("opened", True)


def test_silence_is_refunded_after_seven_more_days(market: Market, story: Story, ref: str) -> None:
    market.do(opening, story.tim.actor, about_ref=ref)
    days_pass(market, ref, 8)
    assert len(told(market, "dispute_unanswered")) == 2
    days_pass(market, ref, 8)
    now = dispute(market)
    assert (now.state, now.outcome, now.refund_minor) == ("decided", "refund", 40_000)
    assert (market.funds(story.tim).available, market.funds(story.stacy).refunded) == (usd(175_000), usd(40_000))
    assert (len(told(market, "dispute_ended")), violations(market)) == (2, [])


def test_late_answer_stops_the_refund(market: Market, story: Story, ref: str) -> None:
    market.do(opening, story.tim.actor, about_ref=ref)
    days_pass(market, ref, 8)
    answer(market, story.tim.actor, ref)
    days_pass(market, ref, 8)
    assert (dispute(market).state, market.funds(story.tim).held) == ("answered", usd(40_000))


def test_our_silence_ends_the_hold_and_not_the_claim(market: Market, story: Story, ref: str) -> None:
    answer(market, story.tim.actor, ref)
    days_pass(market, ref, 15)
    assert (dispute(market).ended_at, market.funds(story.tim).available) == (None, usd(215_000))
    assert {notice.recipient_id for notice in told(market, "hold_ended")} == {story.tim.person.id, story.stacy.person.id}
    assert violations(market) == []


def test_withdrawing_gives_everything_back(market: Market, story: Story, ref: str) -> None:
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
    assert (dispute(market).state, market.funds(story.tim).available) == ("withdrawn", usd(215_000))
    with market.office.database.read() as session:
        assert session.scalars(select(WorkItem.close_reason)).all() == ["withdrawn"]
        assert set(session.scalars(select(Clock.result))) == {"void"}
    with pytest.raises(Conflict):
        answer(market, story.tim.actor, ref)
    assert (len(told(market, "dispute_withdrawn")), violations(market)) == (2, [])


def test_freelancer_cannot_withdraw(market: Market, story: Story, ref: str) -> None:
    with pytest.raises(NotFound):
        market.do(withdraw_dispute, story.tim.actor, dispute_ref=ref)
    assert market.funds(story.tim).held == usd(40_000)


def test_hold_of_a_dispute_runs_out_after_sixty_days(market: Market, story: Story, ref: str) -> None:
    market.office.clock.advance(days=61)
    market.do(request_payout, story.tim.actor, account_id=story.tim.account.id, destination_ref=story.destination,
              amount_minor=215_000, currency="USD")
    assert (dispute(market).ended_at, violations(market)) == (None, [])


def test_silence_after_the_money_is_gone_moves_nothing(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 215_000)
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(opening, story.tim.actor, about_ref=ref)
    days_pass(market, ref, 8)
    days_pass(market, ref, 8)
    assert (dispute(market).outcome, dispute(market).refund_minor, violations(market)) == ("refund", 0, [])
    assert all("no money goes back" in (notice.body or "") for notice in told(market, "dispute_ended"))
