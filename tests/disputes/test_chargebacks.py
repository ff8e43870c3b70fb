"""A bank calls a payment back: never both refunded and given back, nobody's debt, nothing of other contracts, no standing."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from portal.core.access import WORKER, Actor
from portal.core.money import Money
from portal.disputes import chargeback_losses
from portal.disputes.chargeback_losses import book_rest, rests_not_booked
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargeback_queries import ChargebackView, chargeback_view
from portal.disputes.chargebacks import contest_chargeback, mark_chargeback, record_chargeback
from portal.disputes.contesting import contestable, disputable
from portal.disputes.outcome import outcome_of
from portal.ledger.beancount import of_ledger
from portal.ledger.models import Book, BookKind, Transfer
from portal.ledger.operations import mark_refund
from portal.ledger.refund_queries import refunds_of
from portal.notices.models import Notice
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Story, refused, usd

KINDS = ("chargeback_received", "chargeback_contested", "chargeback_decided")


def come(market: Market, story: Story, amount_minor: int = 40_000, **other: Any) -> str:
    told: dict[str, Any] = {
        "external_id": "bank-1", "contract_ref": story.contract.ref, "milestone_number": 1, "amount_minor": amount_minor,
        "currency": "USD", "received_at": market.now, "reason": "Services not provided",
    }
    return str(market.do(record_chargeback, **told | other)["chargeback"])


def mark(market: Market, ref: str, stage: str) -> Any:
    return market.do(mark_chargeback, chargeback_ref=ref, stage=stage)


def row(market: Market, ref: str) -> Chargeback:
    with market.office.database.read() as session:
        return session.scalars(select(Chargeback).where(Chargeback.ref == ref)).one()


def seen(market: Market, ref: str, actor: Actor) -> ChargebackView:
    with market.office.database.read() as session:
        return chargeback_view(session, ref, actor)


def house(market: Market, kind: BookKind) -> Money:
    """What arrived in a house book less what left it."""
    with market.office.database.read() as session:
        book = sa.select(Book.id).where(Book.kind == kind, Book.owner_id.is_(None))
        arrived, left = (
            session.scalar(sa.select(sa.func.sum(Transfer.amount_minor)).where(column.in_(book))) or 0
            for column in (Transfer.credit_id, Transfer.debit_id)
        )
    return usd(int(arrived) - int(left))


def bodies(market: Market, kind: str, party: Any) -> str:
    with market.office.database.read() as session:
        query = sa.select(Notice.body).where(Notice.kind == kind, Notice.recipient_id == party.person.id)
        return " ".join(text or "" for text in session.scalars(query))


def violations(market: Market, story: Story) -> list[str]:
    return Bench(market, story, "", story.rae).violations()


def test_only_what_is_there_of_that_milestone_is_held(market: Market, story: Story) -> None:
    before = market.funds(story.tim)
    ref = come(market, story)
    now, one = market.funds(story.tim), seen(market, ref, story.tim.actor)
    assert (now.held, now.available) == (usd(40_000), before.available - usd(40_000))
    assert (one.held, one.gone, one.refunded_before) == (usd(40_000), usd(0), usd(0))
    assert (now.holds[0].chargeback_ref, now.holds[0].rests_on) == (ref, "5.11")
    assert violations(market, story) == []


def test_paid_out_money_is_our_loss_and_never_a_debt(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 215_000)
    ref = come(market, story)
    assert "You owe it to nobody" in bodies(market, "chargeback_received", story.tim)
    mark(market, ref, "lost")
    one = row(market, ref)
    assert (one.taken_minor, one.loss_minor) == (0, 40_000)
    assert (house(market, BookKind.LOSS), house(market, BookKind.CHARGED_BACK)) == (usd(-40_000), usd(40_000))
    assert "is our own loss. You owe it to nobody." in bodies(market, "chargeback_decided", story.tim)
    market.earn(story.contract, 2, 40_000, days_ago=9)
    assert (market.funds(story.tim).available, market.funds(story.tim).held) == (usd(40_000), usd(0))
    assert violations(market, story) == []


def test_what_is_on_hold_goes_back_and_the_rest_is_our_loss(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 200_000)
    ref = come(market, story)
    assert (seen(market, ref, story.stacy.actor).held, seen(market, ref, story.stacy.actor).gone) == (usd(15_000), usd(25_000))
    mark(market, ref, "lost")
    one = row(market, ref)
    assert (one.taken_minor, one.loss_minor) == (15_000, 25_000)
    assert (market.funds(story.tim).available, market.funds(story.tim).held) == (usd(0), usd(0))
    assert house(market, BookKind.LOSS) == usd(-25_000)
    assert violations(market, story) == []


def test_won_means_free_again(market: Market, story: Story) -> None:
    before = market.funds(story.tim)
    ref = come(market, story)
    mark(market, ref, "won")
    assert market.funds(story.tim) == before
    assert refused(lambda: mark(market, ref, "lost")) == "bank_decided"
    assert mark(market, ref, "won")["chargeback"] == ref
    assert market.dispute(story.stacy, story.contract)["dispute"], "the bank said no, so it can be contested here"
    assert violations(market, story) == []


def test_an_open_dispute_is_closed_and_its_money_waits_for_the_bank(bench: Bench) -> None:
    market, story = bench.market, bench.story
    ref = come(market, story)
    dispute = bench.dispute
    assert (dispute.state, dispute.closed_because, dispute.refund_minor) == ("closed", "charged_back", None)
    assert market.funds(story.tim).held == usd(40_000)
    assert f"The dispute {bench.ref} is closed, because the bank decides now." in bodies(market, KINDS[0], story.stacy)
    assert refused(bench.decide) == "dispute_over"
    bench.days_pass(20)
    assert market.funds(story.tim).held == usd(40_000)
    mark(market, ref, "lost")
    assert bench.violations() == []
    with market.office.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Book).where(Book.kind == BookKind.REFUND)) == 0


def test_what_we_decided_and_a_bank_overtook_stands_nowhere_and_can_be_contested_again(bench: Bench) -> None:
    market, story = bench.market, bench.story
    bench.decide(outcome="refund", refund_minor=40_000)
    ref = come(market, story)
    assert (bench.dispute.state, bench.dispute.outcome, bench.violations()) == ("closed", None, [])
    with market.office.database.read() as session:
        assert outcome_of(session, bench.dispute, story.stacy.actor) is None
    mark(market, ref, "won")
    assert market.dispute(story.stacy, story.contract)["dispute"], "nothing of our decision was carried out"
    assert bench.violations() == []


@pytest.mark.parametrize(("state", "said", "loss"), [
    ("sent", "$150.00 USD of it was already paid back before", 15_000),
    ("stopped", "$150.00 USD of it was about to be sent back to you from here. We stopped that", 0),
])
def test_a_refund_is_never_paid_twice(bench: Bench, state: str, said: str, loss: int) -> None:
    """After 150 of 400 went back here, the bank can take at most 250 of what is here; what it gives beyond that is our loss."""
    market, story = bench.market, bench.story
    bench.decide()
    bench.accept(story.stacy.actor)
    bench.accept(story.tim.actor)
    with market.office.database.read() as session:
        back = refunds_of(session, story.stacy.account.id)[0].ref
    if state == "sent":
        market.do(mark_refund, refund_ref=back, state=state, reference="t-1")
    ref = come(market, story)
    one = row(market, ref)
    assert (one.amount_minor, one.claimed_minor) == (40_000, 25_000)
    assert said in bodies(market, KINDS[0], story.stacy)
    mark(market, ref, "contested")
    [told] = seen(market, ref, story.stacy.actor).sent["refunded"]
    assert (told["amount_minor"], told["state"]) == (15_000, state), "the bank reads no more than is true"
    mark(market, ref, "lost")
    assert (house(market, BookKind.CHARGED_BACK), house(market, BookKind.LOSS)) == (usd(40_000), usd(-loss))
    assert seen(market, ref, story.tim.actor).loss == usd(loss)
    assert ("is our own loss. You owe it to nobody." in bodies(market, KINDS[2], story.tim)) is bool(loss)
    assert bench.violations() == []


def test_all_that_a_bank_gives_back_is_booked_also_what_was_never_paid(market: Market, story: Story) -> None:
    """The bank gives 500 for a milestone of 400; the person owes nothing of it. One from an earlier version is booked later."""
    ref = come(market, story, 50_000)
    mark(market, ref, "lost")
    assert (house(market, BookKind.CHARGED_BACK), house(market, BookKind.LOSS)) == (usd(50_000), usd(-10_000))
    assert (seen(market, ref, story.tim.actor).loss, seen(market, ref, story.tim.actor).beyond) == (usd(10_000), usd(10_000))
    assert "$100.00 USD is our own loss. You owe it to nobody." in bodies(market, KINDS[2], story.tim)
    assert violations(market, story) == []
    with market.office.database.read() as session:
        assert "Expenses:House:Loss:USD  100.00 USD" in "".join(of_ledger(session))
        assert rests_not_booked(session) == []


def test_what_an_earlier_version_left_out_is_booked_once(market: Market, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(chargeback_losses, "_book_rest", lambda *_: [])
        ref = come(market, story, 50_000)
        mark(market, ref, "lost")
    [line] = violations(market, story)
    assert line == f"of chargeback {ref} 10000 was neither released nor paid in, and 0 of that went to the bank"
    with market.office.database.read() as session:
        assert rests_not_booked(session) == [ref]
    for _ in range(2):
        market.do(book_rest, WORKER, chargeback_ref=ref)
    assert house(market, BookKind.LOSS) == usd(-10_000)
    assert violations(market, story) == []


def test_our_own_fee_is_not_called_gone(market: Market, story: Story) -> None:
    """Of $400 that she paid, $360 are his and on hold; what else the bank gives back was our fee, and is our loss."""
    contract = market.contract(story.stacy, story.tim, "With a fee", [40_000], started=12)
    market.earn(contract, 1, 36_000, fee_minor=4_000)
    ref = come(market, story, contract_ref=contract.ref)
    one = seen(market, ref, story.tim.actor)
    assert (one.held, one.gone, "not free any more" in bodies(market, KINDS[0], story.tim)) == (usd(36_000), usd(0), False)
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)
    [told] = seen(market, ref, story.stacy.actor).sent["released"]
    assert (told["amount_minor"], told["fee_minor"]) == (40_000, 4_000), "the bank reads what its client paid"
    mark(market, ref, "lost")
    assert (row(market, ref).taken_minor, row(market, ref).loss_minor) == (36_000, 4_000)
    assert "$40.00 USD is our own loss. You owe it to nobody." in bodies(market, KINDS[2], story.tim)
    assert violations(market, story) == []


def test_what_was_never_paid_is_not_called_paid_back(market: Market, story: Story) -> None:
    """The bank calls back $450 of a milestone for which $400 were paid and nothing went back."""
    ref = come(market, story, 45_000)
    one = seen(market, ref, story.stacy.actor)
    assert (one.held, one.refunded_before, one.beyond) == (usd(40_000), usd(0), usd(5_000))
    for party in (story.stacy, story.tim):
        said = bodies(market, KINDS[0], party)
        assert "$50.00 USD of it was never paid for this milestone." in said and "paid back before" not in said
    mark(market, ref, "lost")
    again = come(market, story, 45_000, external_id="b-again")
    twice = seen(market, again, story.stacy.actor)
    assert (twice.refunded_before, twice.beyond, twice.held) == (usd(40_000), usd(5_000), usd(0))
    assert violations(market, story) == []


def test_all_refunded_before_nothing_is_held(bench: Bench) -> None:
    bench.decide(outcome="refund", refund_minor=40_000)
    bench.accept(bench.story.stacy.actor)
    bench.accept(bench.story.tim.actor)
    ref = come(bench.market, bench.story)
    assert (row(bench.market, ref).claimed_minor, row(bench.market, ref).claim_id) == (0, None)
    mark(bench.market, ref, "lost")
    assert (row(bench.market, ref).loss_minor, house(bench.market, BookKind.CHARGED_BACK)) == (0, usd(40_000))
    assert bench.violations() == []


def test_a_dispute_after_a_chargeback_is_refused_with_a_sentence(market: Market, story: Story) -> None:
    ref = come(market, story, 10_000)
    assert refused(lambda: market.dispute(story.stacy, story.contract)) == "called_back"
    with market.office.database.read() as session:
        assert not list(disputable(session, story.contract, "UTC", market.now))
        assert not contestable(session, [story.stacy.account.id], "UTC", market.now)
    mark(market, ref, "lost")
    assert refused(lambda: market.dispute(story.stacy, story.contract)) == "more_than_paid", "the bank gave $100 back"


def test_what_the_bank_did_not_give_back_can_still_be_contested(market: Market, story: Story) -> None:
    mark(market, come(market, story, 10_000), "lost")
    with market.office.database.read() as session:
        [left] = disputable(session, story.contract, "UTC", market.now)
    assert left.paid == usd(30_000)
    market.dispute(story.stacy, story.contract, 30_000)
    assert (market.funds(story.tim).held, violations(market, story)) == (usd(30_000), [])


def test_what_the_bank_gave_back_whole_cannot_be_contested_here_as_well(market: Market, story: Story) -> None:
    mark(market, come(market, story), "lost")
    assert refused(lambda: market.dispute(story.stacy, story.contract)) == "called_back"


def test_the_hold_ends_with_its_time_and_the_loss_is_ours(market: Market, story: Story) -> None:
    ref = come(market, story)
    market.office.clock.advance(days=61)  # type: ignore[attr-defined]
    mark(market, ref, "lost")
    assert (row(market, ref).taken_minor, row(market, ref).loss_minor) == (0, 40_000)
    assert market.funds(story.tim).available == usd(215_000)
    assert violations(market, story) == []
