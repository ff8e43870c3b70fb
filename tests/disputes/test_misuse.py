"""A client who disputes often: four facts for the reviewer, a case under the rule, and a warning before anything else."""

from datetime import timedelta

import pytest

from portal.cases.models import Case
from portal.cases.queries import case_file
from portal.contracts.models import Milestone
from portal.disputes.fees import fee_for, would_be_gone
from portal.disputes.glance import money_of_case
from portal.disputes.misuse import habits_of, note_misuse
from portal.disputes.operations import accept_settlement, answer_dispute, offer_settlement, withdraw_dispute
from portal.disputes.queries import dispute_by_ref, paid_by_client
from portal.disputes.shortfall import shortfall_of
from portal.enforcement.models import Action
from portal.ledger.queries import hold_of_claim
from portal.notices.operations import opening
from portal.rulebook.queries import TERMS, clauses_of, in_force
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import touch


@pytest.mark.parametrize(("outcome", "back", "for_freelancer", "for_client"), [
    ("release", 0, 1, 0), ("split", 15_000, 0, 1), ("refund", 40_000, 0, 1),
])
def test_the_four_facts_are_counted(bench: Bench, outcome: str, back: int, for_freelancer: int, for_client: int) -> None:
    market, story = bench.market, bench.story
    bench.decide(outcome=outcome, refund_minor=back)
    for title in ("Logo", "Poster", "Card", "Flyer"):
        contract = market.contract(story.stacy, story.tim, title, [20_000], released={1: 3}, started=12)
        ref = str(market.dispute(story.stacy, contract, 10_000)["dispute"])
        if title == "Logo":
            market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
        elif title == "Poster":
            offer = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=5_000, days=3, text="")["offer"]
            market.do(accept_settlement, story.stacy.actor, dispute_ref=ref, offer_ref=offer)
        elif title == "Card":
            market.do(opening, story.tim.actor, about_ref=ref)
            market.office.clock.advance(days=16)  # type: ignore[attr-defined]
            market.do(touch, dispute_ref=ref)
        else:
            market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="No.", pressed="She said she would report me.")
    with market.office.database.read() as session:
        later = habits_of(session, story.stacy.account.id, market.now + timedelta(days=366))
        habits = habits_of(session, story.stacy.account.id, market.now)
        others = habits_of(session, story.omar.account.id, market.now)
    assert (habits.opened, habits.paid) == (5, 5)
    assert habits.contested == (usd(80_000),)
    assert (habits.settled, habits.unanswered) == (1, 1)
    assert (habits.for_freelancer, habits.for_client) == (for_freelancer, for_client)
    assert (habits.taken_back, habits.pressure_said) == (1, 1)
    assert (later.opened, later.paid, later.contested, later.pressure_said) == (0, 0, (), 0)
    assert (others.opened, others.contested) == (0, ())


def test_a_reviewer_puts_it_before_the_desk_once_and_nothing_follows_by_itself(bench: Bench) -> None:
    market, story = bench.market, bench.story
    assert refused(lambda: market.do(note_misuse, story.rae.actor, dispute_ref=bench.ref)) == "with_nobody"
    with market.office.database.read() as session:
        case_ref = session.get_one(Case, bench.dispute.case_id).ref
    market.take(story.rae, case_ref)
    made = market.do(note_misuse, story.rae.actor, dispute_ref=bench.ref)
    assert refused(lambda: market.do(note_misuse, story.rae.actor, dispute_ref=bench.ref)) == "noted"
    assert refused(lambda: market.do(note_misuse, story.stacy.actor, dispute_ref=bench.ref)) == "not_allowed"
    with market.office.database.read() as session:
        file = case_file(session, made["case"])
        assert file.about.id == story.stacy.account.id
        assert "opened 1 dispute for 1 milestone paid, over $400.00 USD" in (file.reports[0].body or "")
        assert session.query(Action).count() == 0
    assert (market.funds(story.tim).held, bench.dispute.state) == (usd(40_000), "answered")


def test_a_warning_comes_before_any_limit(bench: Bench) -> None:
    with bench.market.office.database.read() as session:
        version = in_force(session, TERMS, bench.market.now.date())
        assert version is not None
        clause = next(one for one in clauses_of(session, version.id) if one.key == "dispute-misuse")
    assert clause.data.permits[0] == ("warning",)
    assert not {"suspension", "termination"} & {measure for step in clause.data.permits for measure in step}


@pytest.mark.parametrize(("paid_out", "held", "gone"), [(0, 40_000, 0), (203_000, 12_000, 28_000), (215_000, 0, 40_000)])
def test_the_money_of_a_case_says_what_was_not_there_any_more(
    market: Market, story: Story, paid_out: int, held: int, gone: int
) -> None:
    """Claimed 400, held 120, already paid out 280."""
    if paid_out:
        market.pay_out(story.tim, story.destination, paid_out)
    with market.office.database.read() as session:
        milestone = session.query(Milestone).filter_by(contract_id=story.contract.id, number=1).one()
        assert would_be_gone(session, milestone, usd(40_000), market.now) == usd(gone), "said before it is opened"
    made = market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        case = case_file(session, made["case"]).case
        (line,) = money_of_case(session, case.id)
    assert (line.claimed, line.held, line.gone, line.cause_ref) == (usd(40_000), usd(held), usd(gone), made["dispute"])


def test_when_we_were_late_and_the_client_wins_the_books_say_that_we_owe(bench: Bench) -> None:
    market, story = bench.market, bench.story
    before = market.funds(story.tim).available
    bench.days_pass(15)
    with market.office.database.read() as session:
        (line,) = money_of_case(session, bench.dispute.case_id)
    assert (line.late, line.held, line.open) == (True, usd(0), True)
    bench.decide(outcome="refund", refund_minor=40_000)
    for actor in (story.stacy.actor, story.tim.actor):
        bench.accept(actor)
    assert market.funds(story.tim).available == before + usd(40_000)
    assert market.funds(story.stacy).refunded == usd(40_000)
    assert owed(bench) == -40_000
    assert "We pay it, because we were late" in bench.told("dispute_decided")["stacy"]
    assert "Nothing is taken from you." in bench.told("dispute_decided")["tim"]
    assert bench.violations() == []


def owed(bench: Bench) -> int:
    """What the book of what we owe came to: below zero, the platform owes it."""
    sums = "SELECT coalesce(sum(CASE WHEN c.kind = 'owed' THEN t.amount_minor ELSE -t.amount_minor END), 0) FROM transfer t"
    joins = " JOIN book d ON d.id = t.debit_id JOIN book c ON c.id = t.credit_id WHERE 'owed' IN (c.kind, d.kind)"
    with bench.market.office.database.writer.connect() as connection:
        return int(connection.exec_driver_sql(sums + joins).scalar() or 0)


def test_our_fee_is_not_gone_and_goes_back_with_the_refund(market: Market, story: Story) -> None:
    """Stacy paid 400, of which 40 were our fee: 360 are held, 40 go back with them, and nothing is missing."""
    contract = market.contract(story.stacy, story.tim, "With a fee", [40_000], started=12)
    market.earn(contract, 1, 36_000, fee_minor=4_000)
    ref = str(market.dispute(story.stacy, contract)["dispute"])
    with market.office.database.read() as session:
        dispute = dispute_by_ref(session, ref)
        hold = hold_of_claim(session, dispute.claim_id)
        assert (hold.amount_minor, shortfall_of(session, dispute, hold).amount) == (36_000, usd(0))
        assert (fee_for(session, hold, usd(36_000)), fee_for(session, hold, usd(9_000))) == (usd(4_000), usd(1_000))
        (line,) = money_of_case(session, dispute.case_id)
        assert (line.gone, line.held, line.fee) == (usd(0), usd(36_000), usd(4_000))
    made = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=9_000, days=7, text="")
    market.do(accept_settlement, story.stacy.actor, dispute_ref=ref, offer_ref=made["offer"])
    assert market.funds(story.stacy).refunded == usd(10_000)
    assert Bench(market, story, ref, story.rae).violations() == []


def test_when_we_pay_our_fee_goes_back_too(market: Market, story: Story) -> None:
    contract = market.contract(story.stacy, story.tim, "With a fee", [40_000], started=12)
    market.earn(contract, 1, 36_000, fee_minor=4_000)
    ref = str(market.dispute(story.stacy, contract)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="It is what we agreed.")
    bench = Bench(market, story, ref, story.rae)
    bench.days_pass(15)
    bench.decide(outcome="refund", refund_minor=36_000)
    for actor in (story.stacy.actor, story.tim.actor):
        bench.accept(actor)
    assert (market.funds(story.stacy).refunded, owed(bench)) == (usd(40_000), -36_000)
    with market.office.database.read() as session:
        milestone = session.get_one(Milestone, bench.dispute.milestone_id)
        assert paid_by_client(session, milestone) == usd(0)
    assert bench.violations() == []
