"""What the pages ask of disputes and of the money in them: what can be contested now, what went back, what was reported."""

from uuid import UUID

import pytest
from sqlalchemy import event, update

from portal.contracts.models import Contract, Milestone
from portal.disputes.contesting import contestable, disputable, disputable_in, unreleased_in
from portal.disputes.queries import disputes_of_account, report_with
from portal.ledger.refund_queries import RefundView, refunds_of
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Party, Story, refused, usd


def can_contest(market: Market, party: Party, contract_ids: list[UUID] | None = None) -> bool:
    with market.office.database.read() as session:
        return contestable(session, [party.account.id], "UTC", market.now, contract_ids)


def by_looking(market: Market, party: Party, story: Story) -> bool:
    """The same, milestone by milestone, as the page that lists them finds it."""
    with market.office.database.read() as session:
        mine = [one for one in (story.contract, story.other_contract) if one.client_id == party.account.id]
        return any(True for one in mine for _ in disputable(session, one, "UTC", market.now))


def test_only_a_client_with_a_milestone_in_its_window_can_contest(market: Market, story: Story) -> None:
    assert can_contest(market, story.stacy)
    assert can_contest(market, story.stacy, [story.contract.id])
    assert not can_contest(market, story.stacy, [story.other_contract.id])
    for party in (story.omar, story.tim):
        assert not can_contest(market, party)
    market.office.clock.advance(days=19, hours=23)
    assert can_contest(market, story.stacy)
    assert by_looking(market, story.stacy, story)
    market.office.clock.advance(days=2)
    assert not can_contest(market, story.stacy)
    assert not by_looking(market, story.stacy, story)


def test_what_is_contested_already_cannot_be_contested_again(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    assert not can_contest(market, story.stacy)


@pytest.mark.parametrize("told_by", ["the contract", "a payment"])
def test_money_kept_apart_can_be_contested_from_its_release(market: Market, story: Story, told_by: str) -> None:
    carl = market.party("Carl Weber")
    logo = market.contract(carl, story.tim, "Logo", [10_000])
    funded = update(Milestone).where(Milestone.contract_id == logo.id).values(state="funded")
    if told_by == "the contract":
        market.make(lambda work: work.db.execute(funded).rowcount)
    else:
        market.pay_in(logo, 1, 10_000)
    assert not can_contest(market, carl)
    with market.office.database.read() as session:
        assert list(disputable(session, logo, "UTC", market.now)) == []
        assert [one.number for one in unreleased_in(session, [logo])[logo.id]] == [1]
    assert refused(lambda: market.dispute(carl, logo, 10_000)) == "not_released"
    market.earn(logo, 1, 10_000, days_ago=0)
    with market.office.database.read() as session:
        assert unreleased_in(session, [logo]) == {logo.id: []}
    assert can_contest(market, carl)
    market.dispute(carl, logo, 10_000)
    assert sum(hold.amount.amount_minor for hold in market.funds(story.tim).holds) == 10_000


def test_what_went_back_names_its_milestone_and_dispute(bench: Bench) -> None:
    bench.decide()
    assert refunds(bench, bench.story.stacy) == []
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    [back] = refunds(bench, bench.story.stacy)
    assert (back.amount, back.at, back.contract_title, back.milestone_number) == (usd(15_000), bench.market.now, "Photo app", 1)
    assert (back.dispute_ref, back.by_us, back.state) == (bench.ref, False, "due")
    assert refunds(bench, bench.story.tim) == []


def test_what_we_paid_because_we_were_late_says_so(bench: Bench) -> None:
    bench.days_pass(15)
    bench.decide(outcome="refund", refund_minor=40_000)
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    assert [(one.amount, one.by_us) for one in refunds(bench, bench.story.stacy)] == [(usd(40_000), True)]


def refunds(bench: Bench, party: Party) -> list[RefundView]:
    with bench.market.office.database.read() as session:
        return refunds_of(session, party.account.id)


def test_a_report_sent_with_a_dispute_is_found_from_it(market: Market, story: Story) -> None:
    opened = market.dispute(story.stacy, story.contract, report=True)
    with market.office.database.read() as session:
        dispute = disputes_of_account(session, story.stacy.account.id)[0]
        found = report_with(session, dispute)
    assert found is not None and found.ref == opened["report"]


def test_a_dispute_without_a_report_has_none(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        assert report_with(session, disputes_of_account(session, story.stacy.account.id)[0]) is None


def test_many_contracts_are_asked_about_in_as_many_queries_as_one(market: Market, story: Story) -> None:
    def queries(contracts: list[Contract]) -> int:
        with market.office.database.read() as session:
            seen: list[str] = []
            listen = lambda *args: seen.append(args[2])  # noqa: E731
            event.listen(market.office.database.reader, "before_cursor_execute", listen)
            assert all(disputable_in(session, contracts, "UTC", market.now).values())
            assert set(unreleased_in(session, contracts)) == {one.id for one in contracts}
            event.remove(market.office.database.reader, "before_cursor_execute", listen)
            return len(seen)

    many = [market.contract(story.stacy, story.tim, f"Job {n}", [10_000] * 3, released={1: 3, 2: 2}, started=9) for n in range(6)]
    queries(many[:1])  # the promises in force are read once in a process
    assert queries(many) == queries(many[:1])
