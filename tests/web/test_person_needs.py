"""Telling us of danger or need twice: by a double press, and in a session by a link that does not show what was told before."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.cases.need_models import NeedMessage
from portal.core.access import Role
from portal.enforcement.needing import add_to_need, say_need
from portal.notices.models import Notice
from tests.factories.market import Market, Story
from tests.web.conftest import Doors
from tests.web.desk_support import words_of
from tests.web.signing_in import HASH, HOME, fields_of, opened_here, send, signed_in

NEW = "/me/needs/new"


@pytest.fixture
def story(market: Market) -> Story:
    market.password_hash = HASH
    return market.story()


def said(market: Market) -> list[str | None]:
    with market.office.database.read() as session:
        return list(session.scalars(sa.select(NeedMessage.body).order_by(NeedMessage.n)))


def test_a_double_press_tells_us_once(visitor: FlaskClient, story: Story, market: Market) -> None:
    browser = signed_in(visitor)
    fields = fields_of(browser, NEW)
    places = {send(browser, NEW, fields, food="y", words="Nothing is left.").headers["Location"] for _ in range(4)}
    assert len(places) == 1 and places.pop().startswith("/me/needs/U-") and said(market) == ["Nothing is left."]


@pytest.mark.parametrize("lead", [True, False])
def test_a_lead_has_been_told_only_where_one_has_it(doors: Doors, market: Market, story: Story, lead: bool) -> None:
    if lead:
        market.staff("Lee Marsh", Role.LEAD)
    tim = story.tim
    ref = market.do(say_need, tim.actor, account_id=tim.account.id, food=True)["need"]
    market.office.clock.advance(days=4)  # type: ignore[attr-defined]
    market.do(add_to_need, tim.actor, need_ref=ref, words="Still nothing.")
    page = words_of(doors.open(tim.person).page(f"/me/needs/{ref}"))
    with market.office.database.read() as session:
        receipts = session.scalars(sa.select(Notice.body).where(Notice.kind == "need_received").order_by(Notice.id)).all()
    assert "We are late with our answer" in page and "that is our fault." in (receipts[-1] or "")
    assert ("A lead has been told" in page, "A lead has been told." in (receipts[-1] or "")) == (lead, lead)


def test_who_came_by_another_link_adds_to_what_it_does_not_show(doors: Doors, story: Story, visitor: FlaskClient) -> None:
    browser = signed_in(visitor)
    here = send(browser, NEW, fields_of(browser, NEW), food="y", words="First.").headers["Location"]
    link = doors.app.test_client()
    opened_here(doors, link, story.tim)
    assert link.get(here, base_url=HOME).status_code == 404
    answer = send(link, NEW, fields_of(link, NEW), danger="y", words="Now this.")
    assert answer.status_code == 303 and said(doors.market) == ["First.", "Now this."]
    page = words_of(link.get(answer.headers["Location"], base_url=HOME).text)
    assert "You have told us already, and we have it. What you send here is added to it." in page
    assert "We promised an answer by" in page and "First." not in page
