"""How a running contract goes on: both choose the same, or it stays as it is; nobody's money moves by it."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.accounts.joining import record_member
from portal.accounts.models import MemberRole
from portal.accounts.throttles import LIMITS
from portal.contracts import running
from portal.contracts.checks import CHECKS
from portal.contracts.choice_models import ContractChoice
from portal.contracts.models import Contract
from portal.contracts.operations import record_contract
from portal.contracts.running import choices_of, choose_way, kept_of, mark_agreement, parts_of, take_way_back
from portal.core.access import Actor
from portal.disputes.chargebacks import record_chargeback
from portal.enforcement.stakes import stakes_in
from portal.notices.models import Notice
from portal.notices.outgoing_queries import unanswered
from tests.factories.market import TERMS, Market, Story, refused, usd


@pytest.fixture
def story(market: Market) -> Story:
    """The second milestone of Stacy's contract is delivered, the third paid in."""
    told = market.story()
    states = {1: "released", 2: "delivered", 3: "funded"}
    market.do(
        record_contract, external_id=told.contract.external_id, title="Photo app", terms=TERMS,
        client_external_id=told.stacy.account.external_id, freelancer_external_id=told.tim.account.external_id,
        started_on=told.contract.started_on, milestones=[
            {"number": n, "title": f"Part {n}", "amount_minor": 40_000, "currency": "USD", "state": state}
            for n, state in states.items()
        ],
    )
    return told


def choose(market: Market, contract: Contract, actor: Actor, way: str, **other: Any) -> Any:
    return market.do(choose_way, actor, contract_ref=contract.ref, way=way, **other)


def ends(market: Market, contract: Contract) -> list[tuple[str, str | None]]:
    with market.office.database.read() as session:
        return [(one.way, one.end_kind) for one in choices_of(session, contract.id)]


def violations(market: Market) -> list[str]:
    with market.office.database.read() as session:
        return [line for check in CHECKS for line in check(session)]


def test_what_is_paid_in_is_the_clients_and_in_nobodys_balance(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        parts = parts_of(session, story.contract)
    assert [(part.earned, part.kept) for part in parts] == [
        (usd(40_000), usd(0)), (usd(0), usd(40_000)), (usd(0), usd(40_000))]
    assert kept_of(parts) == usd(80_000)
    now = market.funds(story.tim)
    assert now.pending + now.available + now.held == usd(215_000)


def test_sums_of_two_currencies_are_never_settled_as_one(market: Market, story: Story) -> None:
    both = market.contract(story.stacy, story.tim, "In two currencies", [10_000] * 2, but={2: "JPY"})
    with market.office.database.read() as session:
        assert kept_of(parts_of(session, both)) is None
    assert refused(lambda: choose(market, both, story.tim.actor, "settle", release_minor=0)) == "too_much"


@pytest.mark.parametrize("closed", ["client_id", "freelancer_id"])
def test_nobody_finishes_where_either_account_was_closed(
    market: Market, story: Story, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    gone = getattr(story.contract, closed)
    monkeypatch.setattr(running, "CLOSED", [lambda _session, account_id, _side, _now: account_id == gone])
    for side in (story.stacy, story.tim):
        assert refused(lambda side=side: choose(market, story.contract, side.actor, "finish")) == "cannot_finish"


def test_what_went_back_or_waits_for_a_bank_is_not_kept(market: Market, story: Story) -> None:
    for number in (2, 3):
        market.pay_in(story.contract, number, 40_000)
    market.give_up(story.contract, 2)
    market.do(record_chargeback, external_id="b-1", contract_ref=story.contract.ref, milestone_number=3, amount_minor=30_000,
              currency="USD", received_at=market.now, reason="Services not provided")
    with market.office.database.read() as session:
        parts = parts_of(session, story.contract)
        kept = stakes_in(session, [story.contract], [], market.now).kept[story.contract.id]
    assert [part.kept for part in parts] == [usd(0), usd(0), usd(10_000)]
    assert [(one.milestones, one.amount) for one in kept] == [((3,), usd(10_000))]
    assert refused(lambda: choose(market, story.contract, story.tim.actor, "settle", release_minor=10_001)) == "too_much"


def test_what_is_paid_in_is_known_by_its_payment_alone(market: Market, story: Story) -> None:
    """Whatever the contract's line says of the milestone: one without a state says that it is planned."""
    book = market.contract(story.stacy, story.tim, "Book", [30_000, 20_000, 10_000])
    market.pay_in(book, 1, 30_000)
    market.pay_in(book, 2, 20_000)
    market.earn(book, 2, 15_000, days_ago=1, fee_minor=1_000)
    with market.office.database.read() as session:
        kept = [part.kept for part in parts_of(session, book)]
        told = stakes_in(session, [book], [], market.now).kept[book.id]
    assert kept == [usd(30_000), usd(4_000), usd(0)]
    assert [(one.milestones, one.amount) for one in told] == [((1,), usd(30_000))]
    assert refused(lambda: choose(market, book, story.tim.actor, "settle", release_minor=34_001)) == "too_much"
    sides = (story.tim.actor, story.stacy.actor)
    assert [choose(market, book, side, "settle", release_minor=34_000)["agreed"] for side in sides] == [False, True]


def test_what_was_released_in_part_leaves_the_rest_less_our_fee(market: Market, story: Story) -> None:
    """Of the $400.00 paid in $100.00 went to Tim and $15.00 to us."""
    market.earn(story.contract, 2, 10_000, days_ago=1, fee_minor=1_500)
    with market.office.database.read() as session:
        part = parts_of(session, story.contract)[1]
    assert (part.earned, part.kept) == (usd(10_000), usd(28_500))
    too_much = lambda: choose(market, story.contract, story.tim.actor, "settle", release_minor=68_501)  # noqa: E731
    assert refused(too_much) == "too_much"


@pytest.mark.parametrize("way", ["finish", "hand_over"])
def test_it_counts_when_both_choose_the_same(market: Market, story: Story, way: str) -> None:
    before, contract = market.funds(story.tim), story.contract
    assert choose(market, contract, story.tim.actor, way)["agreed"] is False
    assert choose(market, contract, story.stacy.actor, way)["agreed"] is True
    assert ends(market, contract) == [(way, "agreed"), (way, "agreed")]
    assert refused(lambda: choose(market, contract, story.tim.actor, way)) == "agreed"
    assert (market.funds(story.tim), violations(market)) == (before, [])
    with market.office.database.read() as session:
        told = session.execute(sa.select(Notice.kind, Notice.recipient_id).order_by(Notice.kind)).all()
    assert [kind for kind, _ in told] == ["contract_agreed", "contract_agreed", "contract_choice"]


def test_who_agreed_to_finish_can_agree_on_another_way_later(market: Market, story: Story) -> None:
    """The work never goes on: the marketplace is told what counts now, and no more of the finishing."""
    contract, sides = story.contract, (story.tim.actor, story.stacy.actor)
    for side in sides:
        choose(market, contract, side, "finish")
    market.office.clock.advance(days=40)  # type: ignore[attr-defined]
    assert [choose(market, contract, side, "settle", release_minor=10_000)["agreed"] for side in sides] == [False, True]
    with market.office.database.read() as session:
        [message] = unanswered(session, market.office.keyring, taken=True)
    assert (message["data"]["way"], violations(market)) == ("settle", [])
    for way in ("finish", "hand_over"):
        assert refused(lambda way=way: choose(market, contract, story.tim.actor, way)) == "agreed"


def test_a_payment_that_only_covers_a_release_leaves_nothing_to_be_kept(market: Market, story: Story) -> None:
    """Also where it is less than was agreed for the milestone: of its payments we know, and the books have nothing of them."""
    market.earn(story.contract, 3, 10_000, days_ago=1)
    market.pay_in(story.contract, 3, 10_000, days_ago=2)
    with market.office.database.read() as session:
        assert parts_of(session, story.contract)[2].kept == usd(0)
    assert violations(market) == []


def test_the_other_side_does_not_hear_of_choices_without_end(
    market: Market, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "contract_choice", (2, timedelta(hours=12)))
    for way in ("finish", "hand_over"):
        choose(market, story.contract, story.tim.actor, way)
    assert refused(lambda: choose(market, story.contract, story.tim.actor, "finish")) == "too_many"
    assert choose(market, story.contract, story.stacy.actor, "hand_over")["agreed"] is True


def test_settling_is_the_same_only_with_the_same_amount(market: Market, story: Story) -> None:
    contract = story.contract
    choose(market, contract, story.tim.actor, "settle", release_minor=50_000, words="For what exists.")
    assert choose(market, contract, story.stacy.actor, "settle", release_minor=30_000)["agreed"] is False
    assert choose(market, contract, story.tim.actor, "settle", release_minor=30_000)["agreed"] is True
    assert ends(market, contract) == [("settle", "taken_back"), ("settle", "agreed"), ("settle", "agreed")]
    with market.office.database.read() as session:
        [message] = unanswered(session, market.office.keyring, taken=True)
    assert message["data"]["release"] == {"amount_minor": 30_000, "currency": "USD"}
    assert violations(market) == []
    with market.office.database.read() as session:
        bodies = [text or "" for text in session.scalars(sa.select(Notice.body).where(Notice.kind == "contract_agreed"))]
        mails = [text or "" for text in session.scalars(sa.select(Notice.mail_body))]
    assert all("$300.00 USD goes to Tim Okafor" in text for text in bodies)
    assert not [mail for mail in mails if "300" in mail or "what exists" in mail]


def test_what_is_settled_is_said_only_to_who_looks_after_the_money(market: Market, story: Story) -> None:
    """As on the contract's page: whoever works reads that something was chosen, and all of it where work is to be finished."""
    contract, read = story.contract, {}
    ann, ben = (market.party(f"{role} Lind").person for role in (MemberRole.WORKER, MemberRole.FINANCE))
    market.make(lambda work: record_member(work, story.stacy.account, ann, MemberRole.WORKER))
    market.make(lambda work: record_member(work, story.stacy.account, ben, MemberRole.FINANCE))
    choose(market, contract, story.tim.actor, "settle", release_minor=30_000, words="I keep 300.00 for what exists.")
    choose(market, contract, story.stacy.actor, "settle", release_minor=30_000)
    with market.office.database.read() as session:
        [agreed] = unanswered(session, market.office.keyring, taken=True)
    market.do(mark_agreement, agreement_ref=str(agreed["data"]["agreement"]))
    with market.office.database.read() as session:
        for one in (ann, ben):
            mine = sa.select(Notice.kind, Notice.body).where(Notice.recipient_id == one.id).order_by(Notice.id)
            found = session.execute(mine).all()
            assert [kind for kind, _ in found] == ["contract_choice", "contract_agreed", "contract_carried_out"]
            read[one.id] = [("300" in str(body), "Settle" in str(body)) for _, body in found]
    assert read == {ann.id: [(False, False)] * 3, ben.id: [(True, True)] * 3}


def test_another_choice_and_taking_back(market: Market, story: Story) -> None:
    contract = story.contract
    choose(market, contract, story.tim.actor, "finish")
    choose(market, contract, story.stacy.actor, "hand_over")
    market.do(take_way_back, story.tim.actor, contract_ref=contract.ref)
    assert refused(lambda: market.do(take_way_back, story.tim.actor, contract_ref=contract.ref)) == "nothing_chosen"
    assert choose(market, contract, story.tim.actor, "finish")["agreed"] is False
    assert ends(market, contract) == [("finish", "taken_back"), ("hand_over", None), ("finish", None)]


@pytest.mark.parametrize(("way", "other", "code"), [
    ("stop", {}, "unknown_way"), ("settle", {}, "too_much"), ("settle", {"release_minor": 80_001}, "too_much"),
    ("settle", {"release_minor": -1}, "too_much"), ("finish", {"release_minor": 1}, "other_amount"),
])
def test_what_cannot_be_chosen(market: Market, story: Story, way: str, other: dict[str, Any], code: str) -> None:
    assert refused(lambda: choose(market, story.contract, story.tim.actor, way, **other)) == code


def test_only_its_sides_and_only_while_it_runs(market: Market, story: Story) -> None:
    assert refused(lambda: choose(market, story.contract, story.omar.actor, "finish")) == "not_found"
    assert refused(lambda: choose(market, story.other_contract, story.omar.actor, "finish")) == "contract_over"


def test_the_database_keeps_what_was_chosen(market: Market, story: Story) -> None:
    choose(market, story.contract, story.tim.actor, "finish")
    for statement in (sa.update(ContractChoice).values(way="hand_over"), sa.delete(ContractChoice)):
        with pytest.raises(DBAPIError, match="kept as they are"), market.office.database.writer.begin() as connection:
            connection.execute(statement)


def test_no_milestone_is_agreed_for_less_than_was_paid_for_it(market: Market, story: Story) -> None:
    """What is contested of it rests on that; the same facts again, more, or less of what nobody paid, are told as before."""
    def told(number: int, amount_minor: int) -> Any:
        return refused(lambda: market.do(
            record_contract, external_id=story.contract.external_id, title="Photo app", terms=TERMS,
            client_external_id=story.stacy.account.external_id, freelancer_external_id=story.tim.account.external_id,
            started_on=story.contract.started_on, milestones=[{
                "number": number, "title": "Part", "amount_minor": amount_minor, "currency": "USD", "state": "funded"}]))

    market.pay_in(story.contract, 3, 30_000)
    assert [told(1, amount) for amount in (39_999, 40_000, 50_000)] == ["paid_already", None, None]
    assert [told(3, amount) for amount in (29_999, 30_000)] == ["paid_already", None] and told(2, 1) is None
