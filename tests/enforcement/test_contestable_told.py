"""A client who is told of a decision reads what of their money they can contest, and their last day for it."""

from sqlalchemy import select

from portal.act import Office
from portal.notices.models import Notice
from tests.appeals.conftest import opened_case, reported
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Party

CAN = "You can contest up to $400.00 USD of milestone 1 until"


def without_dispute(office: Office) -> Desk:
    """Stacy only reports Tim: what she paid is not contested yet."""
    market = Market(office)
    story = market.story()
    reported(market, story)
    return with_exhibit(Desk(market, story, opened_case(office)))


def read_by(desk: Desk, party: Party) -> str:
    query = select(Notice.body).where(Notice.kind == "counterpart_action", Notice.recipient_id == party.person.id)
    with desk.office.database.read() as session:
        return session.scalars(query).one() or ""


def test_what_can_be_contested_and_until_when(office: Office) -> None:
    desk = without_dispute(office)
    desk.issue(desk.ready())
    assert CAN in read_by(desk, desk.story.stacy)


def test_after_the_time_to_contest_it_says_so_and_what_is_left(office: Office) -> None:
    desk = without_dispute(office)
    desk.later(days=40)
    desk.issue(desk.ready())
    told = read_by(desk, desk.story.stacy)
    assert "Your time to contest milestone 1 ended on" in told
    assert "You can still tell us with “Report a problem” on your page, and turn to your bank." in told
    assert "You can contest" not in told and "dispute" not in told and "Please do not pay further milestones" in told


def test_what_is_contested_already_is_named_as_that(desk: Desk) -> None:
    desk.issue(desk.ready())
    told = read_by(desk, desk.story.stacy)
    assert "You can contest" not in told and "goes on as before" in told and "Your time to contest" not in told


def test_of_an_ended_contract_too_and_nothing_says_that_nothing_changes(office: Office) -> None:
    desk = without_dispute(office)
    market, story = desk.market, desk.story
    ended = market.contract(story.omar, story.tim, "Flyer", [40_000], released={1: 10}, started=20, ended=8)
    desk.issue(desk.ready(), **desk.hold(10_000, hold_contract_ref=ended.ref))
    told = read_by(desk, story.omar)
    assert "“Flyer” has ended. Its work stays as it is." in told and "$100.00 USD of milestone 1 is on hold" in told
    assert CAN in told
