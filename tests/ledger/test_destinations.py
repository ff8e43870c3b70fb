"""Places for payouts as people change them: shown again that it is them, sealed, waiting, and everybody told."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core.access import Actor
from portal.core.errors import StepUpNeeded
from portal.ledger.destinations import MOST, hint_of, read_number
from portal.ledger.models import Destination
from portal.ledger.operations import add_own_destination, end_destination
from portal.ledger.payout_queries import destinations_of
from portal.notices.models import Delivery, Notice
from tests.factories.market import Market, Party, Story, refused

IBAN = "ES91 2100 0418 4502 0005 1332"


def fresh(market: Market, who: Party, by_link: bool = False) -> Actor:
    actor = who.by_link("C-22222222") if by_link else who.actor
    return replace(actor, stepped_up_at=market.now)


def add(market: Market, who: Party, number: str = IBAN, by_link: bool = False) -> str:
    made = market.do(add_own_destination, fresh(market, who, by_link), account_id=who.account.id, number=number)
    return str(made["destination"])


def row(market: Market, ref: str) -> Destination:
    with market.office.database.read() as session:
        return session.scalars(sa.select(Destination).where(Destination.ref == ref)).one()


@pytest.mark.parametrize(("by_link", "wait"), [(False, timedelta(hours=72)), (True, timedelta(days=30))])
def test_a_new_place_waits(market: Market, story: Story, by_link: bool, wait: timedelta) -> None:
    ref = add(market, story.tim, by_link=by_link)
    place = row(market, ref)
    assert (place.hint, place.usable_from - place.on_file_since) == ("IBAN ES … 1332", wait)
    assert b"2100" not in place.sealed
    assert refused(lambda: market.pay_out(story.tim, ref, 100)) == "destination_too_new"
    market.office.clock.advance(seconds=wait.total_seconds())  # type: ignore[attr-defined]
    market.pay_out(story.tim, ref, 100)


def test_it_is_them_or_nothing_happens(market: Market, story: Story) -> None:
    told = {"account_id": story.tim.account.id, "number": IBAN}
    with pytest.raises(StepUpNeeded):
        market.do(add_own_destination, story.tim.actor, **told)
    assert refused(lambda: market.do(add_own_destination, fresh(market, story.stacy), **told)) == "not_found"
    with market.office.database.read() as session:
        assert len(destinations_of(session, story.tim.account.id)) == 1


def test_everybody_of_the_account_hears_at_the_address_on_file(market: Market, story: Story) -> None:
    ref = add(market, story.tim)
    market.do(end_destination, story.tim.actor, account_id=story.tim.account.id, destination_ref=ref)
    market.do(end_destination, story.tim.actor, account_id=story.tim.account.id, destination_ref=ref)
    with market.office.database.read() as session:
        told = session.scalars(sa.select(Notice).where(Notice.about_ref == ref).order_by(Notice.id)).all()
        targets = session.scalars(sa.select(Delivery.target).where(Delivery.notice_id.in_([one.id for one in told]))).all()
    assert [(one.kind, one.recipient_id) for one in told] == [
        ("destination_added", story.tim.person.id), ("destination_ended", story.tim.person.id)]
    assert targets.count("tim@example.org") == 2
    assert all("1332" not in (one.mail_body or "") for one in told)


def test_no_money_goes_to_what_was_taken_away(market: Market, story: Story) -> None:
    """With it the only way of the money would be gone for days: that needs who it is, also in a link's session."""
    mine = {"account_id": story.tim.account.id, "destination_ref": story.destination}
    for actor in (story.tim.actor, story.tim.by_link("C-X")):
        with pytest.raises(StepUpNeeded):
            market.do(end_destination, actor, **mine)
    market.do(end_destination, fresh(market, story.tim), **mine)
    market.do(end_destination, story.tim.actor, **mine)
    assert refused(lambda: market.pay_out(story.tim, story.destination, 100)) == "not_found"
    theirs = {"account_id": story.stacy.account.id, "destination_ref": story.destination}
    assert refused(lambda: market.do(end_destination, story.stacy.actor, **theirs)) == "not_found"


def test_the_same_number_is_on_file_once_and_there_is_a_limit(market: Market, story: Story) -> None:
    add(market, story.tim)
    assert refused(lambda: add(market, story.tim, "es91-2100-0418-4502-0005-1332")) == "place_known"
    for n in range(MOST - 2):
        add(market, story.tim, f"0004711{n}")
    assert refused(lambda: add(market, story.tim, "99887766")) == "places_many"


@pytest.mark.parametrize(("number", "code"), [
    ("ES91 2100 0418 4502 0005 1323", "number_typo"), ("12", "not_a_number"), ("x" * 10, "not_a_number"),
    ("4711?0815", "not_a_number"), ("1" * 35, "not_a_number"), ("", "not_a_number"),
])
def test_numbers_with_mistakes(market: Market, story: Story, number: str, code: str) -> None:
    assert refused(lambda: read_number(number)) == code


@pytest.mark.parametrize(("number", "hint"), [
    (IBAN, "IBAN ES … 1332"), ("GB82 WEST 1234 5698 7654 32", "IBAN GB … 5432"), ("021000021 123456789", "… 6789"),
])
def test_hints_show_four_signs(number: str, hint: str) -> None:
    assert hint_of(read_number(number)) == hint
