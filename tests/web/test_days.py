"""A day that was promised to somebody is the same day for whoever reads of it, wherever they are."""

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.core.i18n import language
from portal.core.money import Money
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors


@pytest.fixture
def apart(contested: Desk) -> Desk:
    """Tim lives in New York, his client Stacy in Berlin; he is suspended, and everybody was told."""
    zones = {contested.story.tim: "America/New_York", contested.story.stacy: "Europe/Berlin"}
    for party, zone in zones.items():
        moved = update(Person).where(Person.id == party.person.id).values(zone=zone)
        contested.market.make(lambda work, moved=moved: work.db.execute(moved))
    contested.issue(contested.ready())
    contested.later(days=1, hours=6)
    return contested


def test_an_end_is_read_in_the_time_of_the_person_concerned(doors: Doors, apart: Desk) -> None:
    story = apart.story
    with apart.office.database.read() as session:
        told = select(Notice.body).where(Notice.kind == "counterpart_action", Notice.recipient_id == story.stacy.person.id)
        body = session.scalars(told).one()
    assert "Tim Okafor is not available until the end of Saturday 12 December 2026." in body
    page = doors.open(story.stacy.person).page(f"/collaborators/{story.tim.account.ref}")
    assert "Tim Okafor is not available until the end of Saturday 12 December 2026" in page
    assert "13 December" not in page


def test_amounts_name_their_currency_once() -> None:
    amount = Money(30_000, "USD")
    assert language("en").money(amount) == "$300.00 USD"
    assert language("es").money(amount) == "300,00 USD"
