"""Payouts: available in every standing, to places that were on file long enough, oldest money first."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.accounts.models import Member
from portal.cases.models import Clock
from portal.contracts.models import Earning
from portal.core.errors import Conflict, NotFound
from portal.ledger.limits import by_links_from
from portal.ledger.models import Book, BookKind, Destination, Payout
from portal.ledger.operations import mark_payout, request_payout
from portal.ledger.payout_queries import came_back_from, destinations_of, payouts_of
from portal.log.models import Event
from portal.notices.models import Notice
from tests.factories.market import Market, Story, refused, usd
from tests.factories.promising import promise_anew


def test_everything_available_can_be_paid_out(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 215_000)
    left = market.funds(story.tim)
    assert (left.available, left.pending, left.paid_out) == (usd(0), usd(0), usd(215_000))


def test_payout_draws_oldest_money_first(market: Market, story: Story) -> None:
    market.contract(story.stacy, story.tim, "Job in yen", [50_000], released={1: 90}, started=99, currency="JPY")
    market.pay_out(story.tim, story.destination, 100_000)
    with market.office.database.read() as session:
        query = select(Book.balance_minor).join(Earning, Book.earning_id == Earning.id).order_by(Earning.released_at)
        assert list(session.scalars(query.where(Book.kind == BookKind.EARNING))) == [50_000, 0, 75_000, 40_000]


def test_pending_money_waits_for_the_published_time(market: Market, story: Story) -> None:
    market.earn(story.contract, 2, 40_000, days_ago=2)
    before = market.funds(story.tim)
    assert (before.pending, before.available) == (usd(40_000), usd(215_000))
    assert before.next_clearing_at == market.now + timedelta(days=3)
    assert refused(lambda: market.pay_out(story.tim, story.destination, 215_001)) == "not_available"
    market.office.clock.advance(days=3)  # type: ignore[attr-defined]
    now = market.funds(story.tim)
    assert (now.pending, now.available) == (usd(0), usd(255_000)), "at the very instant it is theirs to pay out"


@pytest.mark.parametrize("amount", [0, -1, 215_001])
def test_no_payout_of_what_is_not_there(market: Market, story: Story, amount: int) -> None:
    assert refused(lambda: market.pay_out(story.tim, story.destination, amount)) in {"not_an_amount", "not_available"}
    assert market.funds(story.tim).available == usd(215_000)


def test_new_destination_can_be_used_after_72_hours(market: Market, story: Story) -> None:
    fresh = market.destination(story.tim, days_ago=2)
    assert refused(lambda: market.pay_out(story.tim, fresh, 100)) == "destination_too_new"
    market.office.clock.advance(hours=24)
    assert refused(lambda: market.pay_out(story.tim, fresh, 100)) is None


@pytest.mark.parametrize(("days", "expected"), [(29, "destination_new_for_link"), (30, None)])
def test_link_session_pays_to_old_places_only(market: Market, story: Story, days: int, expected: str | None) -> None:
    place, actor = market.destination(story.tim, days_ago=days), story.tim.by_link("C-X")
    args = {"account_id": story.tim.account.id, "destination_ref": place, "amount_minor": 100, "currency": "USD"}
    assert refused(lambda: market.do(request_payout, actor, **args)) == expected


@pytest.mark.parametrize(("clearing", "link", "clears", "by_link"), [(9, 60, 5, 30), (2, 20, 5, 20)])
def test_a_newer_promise_takes_no_time_away_that_began_before_it(
    market: Market, story: Story, tmp_path: Path, clearing: int, link: int, clears: int, by_link: int
) -> None:
    """We hear of a release, and of a place, after a newer version took effect: the time that was promised when it began counts.
    How long a place waits for links is asked anew each time, so that a shorter one counts there."""
    began, place = market.now, market.destination(story.tim, days_ago=0)
    length = {"clearing": {"length": clearing}, "link_destination": {"length": link}, "new_destination": {"length": 500}}
    promise_anew(market, tmp_path, length)
    market.office.clock.advance(days=3)  # type: ignore[attr-defined]
    market.earn(story.contract, 2, 40_000, days_ago=3)
    heard_later = market.destination(story.tim, days_ago=3)
    market.earn(story.contract, 3, 40_000, days_ago=0)
    with market.office.database.read() as session:
        known = {one.released_at: one.clears_at - one.released_at for one in session.scalars(select(Earning))}
        places = {one.ref: one for one in session.scalars(select(Destination))}
        from_link = {ref: by_links_from(session, places[ref], market.now)[0] for ref in (place, heard_later)}
    assert (known[began], known[market.now]) == (timedelta(days=clears), timedelta(days=clearing))
    assert {places[ref].usable_from for ref in (place, heard_later)} == {began + timedelta(hours=72)}
    assert from_link == dict.fromkeys((place, heard_later), began + timedelta(days=by_link))
    args = {"account_id": story.tim.account.id, "destination_ref": place, "amount_minor": 100, "currency": "USD"}
    market.office.clock.advance(days=by_link - 4)  # type: ignore[attr-defined]
    pay = lambda: market.do(request_payout, story.tim.by_link("C-X"), **args)  # noqa: E731
    assert refused(pay) == "destination_new_for_link"
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    assert refused(pay) is None


def test_nobody_elses_money_or_destination(market: Market, story: Story) -> None:
    place = market.destination(story.stacy)
    args = {"destination_ref": story.destination, "amount_minor": 100, "currency": "USD"}
    with pytest.raises(NotFound):
        market.do(request_payout, story.stacy.actor, account_id=story.tim.account.id, **args)
    with pytest.raises(NotFound):
        market.pay_out(story.tim, place, 100)


def test_members_who_only_work_cannot_pay_out(market: Market, story: Story) -> None:
    with market.office.database.write() as session:
        session.scalars(select(Member).where(Member.person_id == story.tim.person.id)).one().role = "worker"
    assert refused(lambda: market.pay_out(story.tim, story.destination, 100)) == "not_your_money"


def test_failed_payout_returns_to_where_it_came_from(market: Market, story: Story) -> None:
    ref = market.pay_out(story.tim, story.destination, 100_000)["payout"]
    market.do(mark_payout, payout_ref=ref, state="sent")
    market.do(mark_payout, payout_ref=ref, state="failed")
    back = market.funds(story.tim)
    assert (back.available, back.paid_out) == (usd(215_000), usd(0))
    with pytest.raises(Conflict):
        market.do(mark_payout, payout_ref=ref, state="paid")


def test_payout_that_is_late_is_shown_as_overdue(market: Market, story: Story) -> None:
    market.pay_out(story.tim, story.destination, 100)
    with market.office.database.read() as session:
        promised = payouts_of(session, story.tim.account.id)[0].due_at
    assert promised is not None
    market.office.clock.advance(days=8)
    market.pay_out(story.tim, story.destination, 200)
    with market.office.database.read() as session:
        views = payouts_of(session, story.tim.account.id)
        assert [(view.payout.state, view.amount) for view in views] == [("requested", usd(200)), ("overdue", usd(100))]
        assert views[1].due_at == promised, "the day that was promised is still said"
        views = payouts_of(session, story.tim.account.id, limit=1)
        assert [view.amount for view in views] == [usd(200), usd(100)], "what has not arrived is listed, however old it is"
    late = views[1].payout.ref
    with market.office.database.read() as session:
        [notice] = session.scalars(select(Notice).where(Notice.kind == "payout_late")).all()
        assert (notice.about_ref, notice.recipient_id) == (late, story.tim.person.id), "once, to whoever owns the money"
        assert session.get_one(Event, notice.event_id).kind == "payout.overdue"
        assert "We promised to send $1.00 USD by the end of" in (notice.body or "") and "our fault" in (notice.body or "")
        assert late in (notice.mail_body or "") and "$" not in (notice.mail_body or "")
    for state, way in (("paid", usd(200)), ("sent", usd(200)), ("failed", usd(200))):
        market.do(mark_payout, payout_ref=late, state=state)
        assert market.funds(story.tim).under_way == way, "it is followed as one that was sent in time"
    with market.office.database.read() as session:
        [sent] = session.scalars(select(Notice).where(Notice.kind == "payout_sent_late")).all()
        assert "$1.00 USD, which we were late with, was sent now" in (sent.body or ""), "once, though it is told twice more"
    market.do(mark_payout, payout_ref=views[0].payout.ref, state="failed")
    with market.office.database.read() as session:
        assert (payouts_of(session, story.stacy.account.id), destinations_of(session, story.stacy.account.id)) == ([], [])
        ended = dict(session.execute(select(Clock.subject_ref, Clock.result).where(Clock.kind == "payout")).all())
    assert [ended[view.payout.ref] for view in views] == ["void", "missed"], "what failed before its day is no promise kept"


def test_paid_money_has_left_and_everybody_was_told(market: Market, story: Story) -> None:
    ref = market.pay_out(story.tim, story.destination, 500)["payout"]
    for state in ("sent", "paid", "paid"):
        market.do(mark_payout, payout_ref=ref, state=state)
    with market.office.database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.about_ref == ref)).one()
        book = session.scalars(select(Book).where(Book.kind == BookKind.PAYOUT)).one()
        assert (notice.kind, notice.recipient_id, book.balance_minor) == ("payout_requested", story.tim.person.id, 0)
        assert "$5" in (notice.body or "")
        assert "$" not in (notice.mail_body or "")


def test_details_of_a_destination_are_sealed(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        place = destinations_of(session, story.tim.account.id)[0]
    assert b"IBAN" not in place.sealed
    assert market.office.keyring.open("destination", place.sealed) == b"IBAN XX00 0000 4711"


def test_same_key_is_one_payout(market: Market, story: Story) -> None:
    args = {"account_id": story.tim.account.id, "destination_ref": story.destination, "amount_minor": 700,
            "currency": "USD"}
    market.key = lambda: "same"  # type: ignore[method-assign]
    answers = {market.do(request_payout, story.tim.actor, **args)["payout"] for _ in range(4)}
    with market.office.database.read() as session:
        assert answers == set(session.scalars(select(Payout.ref)))


def test_a_place_is_named_with_the_last_payout_that_came_back_until_one_is_sent(market: Market, story: Story) -> None:
    def found() -> list[object]:
        with market.office.database.read() as session:
            return list(came_back_from(session, story.tim.account.id).values())

    assert found() == []
    for amount in (100, 200):
        market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
        market.do(mark_payout, payout_ref=market.pay_out(story.tim, story.destination, amount)["payout"], state="failed")
        assert found() == [market.now]
    again = market.pay_out(story.tim, story.destination, 100)["payout"]
    assert found() == [market.now], "it is not sent yet"
    market.do(mark_payout, payout_ref=again, state="sent")
    assert found() == []
    market.do(mark_payout, payout_ref=again, state="failed")
    assert found() == [market.now]
