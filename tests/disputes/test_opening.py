"""Opening a dispute: who, when, how much; the hold at once; both sides told; nothing else touched."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.cases.models import Case, CaseParty, Clock, Report, WorkItem
from portal.core.errors import NotAllowed, NotFound
from portal.disputes.contesting import disputable
from portal.disputes.models import Dispute
from portal.disputes.queries import view_of
from portal.documents.models import Exhibit
from portal.log.models import Event
from portal.notices.models import Notice
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import hold_money


def rows(market: Market, model: Any) -> list[Any]:
    with market.office.database.read() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def test_dispute_holds_exactly_what_is_claimed(market: Market, story: Story) -> None:
    made = market.dispute(story.stacy, story.contract, 40_000)
    now = market.funds(story.tim)
    assert (now.held, now.available) == (usd(40_000), usd(175_000))
    hold = now.holds[0]
    assert (hold.dispute_ref, hold.case_ref) == (made["dispute"], made["case"])
    assert (hold.rests_on, hold.rests_on_term, hold.claimant_name) == ("3", True, "Stacy Moreno")


def test_both_sides_are_told_and_mail_names_no_facts(market: Market, story: Story) -> None:
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    told = {(notice.kind, notice.recipient_id): notice for notice in rows(market, Notice)}
    to_tim = told["dispute_opened", story.tim.person.id]
    assert set(told) == {("dispute_opened", story.tim.person.id), ("dispute_receipt", story.stacy.person.id)}
    assert to_tim.target == f"/disputes/{ref}"
    for words in ("heard nothing", "Full refund", "$400.00", "Sunday 29 November 2026"):
        assert words in to_tim.body
    said = told["dispute_receipt", story.stacy.person.id].mail_body or ""
    assert "The other side has at least until Sunday 29 November 2026 to answer." in said
    for mail in (notice.mail_body for notice in told.values()):
        assert "$" not in mail
        assert "Photo app" not in mail
        assert "drawing" not in mail


def test_report_comes_along_when_asked_for(market: Market, story: Story) -> None:
    made = market.dispute(story.stacy, story.contract, report=True)
    report, case = rows(market, Report)[0], rows(market, Case)[0]
    assert (report.ref, report.source, case.about_account_id) == (made["report"], "counterpart", story.tim.account.id)
    assert {(item.kind, item.subject_ref) for item in rows(market, WorkItem)} == {
        ("dispute", made["dispute"]), ("report", made["report"])
    }
    assert {party.side for party in rows(market, CaseParty)} == {"subject", "counterpart"}


def test_second_dispute_joins_the_case(market: Market, story: Story) -> None:
    market.earn(story.contract, 2, 40_000, days_ago=1)
    first = market.dispute(story.stacy, story.contract)
    second = market.dispute(story.stacy, story.contract, 100, milestone_number=2)
    assert first["case"] == second["case"]
    assert [exhibit.number for exhibit in rows(market, Exhibit)] == [1]


@pytest.mark.parametrize(("change", "code"), [
    ({"amount_minor": 0}, "not_an_amount"), ({"amount_minor": 40_001}, "more_than_paid"),
    ({"currency": "EUR"}, "other_currency"), ({"term_number": "9"}, "no_such_term"), ({"agreed": " "}, "empty"),
    ({"happened": ""}, "empty"), ({"asks_for": "everything"}, "no_such_wish"), ({"milestone_number": 3}, "not_paid"),
    ({"milestone_number": 7}, "not_found"), ({"happened": "\x00"}, "unstorable_text"),
])
def test_what_cannot_be_disputed(market: Market, story: Story, change: dict[str, Any], code: str) -> None:
    assert refused(lambda: market.dispute(story.stacy, story.contract, **change)) == code
    assert (rows(market, Dispute), rows(market, Case), rows(market, Notice)) == ([], [], [])


@pytest.mark.parametrize(("zone", "hours"), [("UTC", 12), ("America/Los_Angeles", 20), ("Pacific/Auckland", 23)])
def test_window_is_thirty_days_from_the_release(market: Market, story: Story, zone: str, hours: int) -> None:
    """Until the last second of the thirtieth day of whoever opens it."""
    market.make(lambda work: work.db.execute(update(Person).where(Person.id == story.stacy.person.id).values(zone=zone)))
    other = market.contract(story.stacy, story.tim, "Released on the same day", [40_000], released={1: 10})
    market.office.clock.advance(days=20, hours=hours - 1, minutes=59, seconds=59)
    assert refused(lambda: market.dispute(story.stacy, story.contract)) is None
    market.office.clock.advance(seconds=1)
    assert refused(lambda: market.dispute(story.stacy, other)) == "window_over"


def test_only_the_client_of_the_contract(market: Market, story: Story) -> None:
    assert refused(lambda: market.dispute(story.tim, story.contract)) == "clients_only"
    with pytest.raises(NotFound):
        market.dispute(story.omar, story.contract)
    with pytest.raises(NotFound):
        market.dispute(story.omar, story.contract, account_id=story.stacy.account.id)
    by_link = replace(story.stacy, actor=story.stacy.by_link("C-1"))
    with pytest.raises(NotAllowed):
        market.dispute(by_link, story.contract)


def test_a_link_reads_the_dispute_of_its_own_case_alone(market: Market, story: Story) -> None:
    made = market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        assert view_of(session, made["dispute"], story.stacy.by_link(made["case"])).side == "client"
        for actor in (story.stacy.by_link("C-1"), story.omar.actor):
            with pytest.raises(NotFound):
                view_of(session, made["dispute"], actor)


def test_one_open_dispute_for_each_milestone(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract, 100)
    assert refused(lambda: market.dispute(story.stacy, story.contract, 100)) == "already_disputed"


def test_money_that_is_gone_is_not_held_and_nobody_elses_is(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 215_000)
    market.dispute(story.stacy, story.contract)
    body = next(notice.body for notice in rows(market, Notice) if notice.kind == "dispute_opened")
    assert (market.funds(story.tim).held, "No money could be put on hold" in body) == (usd(0), True)


def test_event_names_every_row(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    opened = next(event for event in rows(market, Event) if event.kind == "dispute.opened")
    for table in ("dispute", "claim", "hold", "entry", "transfer", "exhibit", "notice"):
        assert f'["{table}",' in opened.manifest


def test_clock_of_the_answer_runs(market: Market, story: Story) -> None:
    made = market.dispute(story.stacy, story.contract)
    assert {(clock.kind, clock.length, clock.unit) for clock in rows(market, Clock) if clock.subject_ref[0] in "DH"} == {
        ("dispute_answer", 7, "days"), ("answer_reminder", 90, "hours"), ("hold", 60, "days")
    }
    assert made["report"] is None


def test_what_can_be_disputed_is_listed(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        assert [(d.milestone.number, d.paid) for d in disputable(session, story.contract, "UTC", market.now)] == [
            (1, usd(40_000))
        ]
    ref = market.dispute(story.stacy, story.contract)["dispute"]
    with market.office.database.read() as session:
        assert list(disputable(session, story.contract, "UTC", market.now)) == []
        view = view_of(session, ref, story.tim.actor)
        assert (view.side, view.held, view.can_answer, view.can_withdraw) == ("freelancer", usd(40_000), True, False)
        with pytest.raises(NotFound):
            view_of(session, ref, story.omar.actor)


def test_money_that_another_hold_should_have_let_go_is_held(market: Market, story: Story) -> None:
    """A hold of ours ran out five days ago and no worker has looked since: its money is there for the client's claim."""
    shop = market.contract(story.stacy, story.tim, "Shop", [40_000])
    market.earn(shop, 1, 20_000, days_ago=0)
    market.do(hold_money, contract_ref=shop.ref, number=1, amount_minor=20_000)
    market.office.clock.advance(days=36)
    market.earn(shop, 1, 20_000, days_ago=0)
    market.dispute(story.stacy, shop, 40_000)
    now = market.funds(story.tim)
    assert [(hold.amount, hold.claimant) for hold in now.holds] == [(usd(40_000), "counterpart")]
    assert now.held == usd(40_000)
