"""What is told of a decision says the same to everybody: until when, what of running contracts, and how long to appeal."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.enforcement.preview import preview
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk

OPEN = "stays open, but no work is done on it meanwhile. You can end it at any time."


def notices(desk: Desk, kind: str) -> list[Notice]:
    with desk.office.database.read() as session:
        found = list(session.scalars(select(Notice).where(Notice.kind == kind)))
        session.expunge_all()
    return found


def moved(desk: Desk, zone: str) -> None:
    person = desk.story.tim.person.id
    desk.market.make(lambda work: setattr(work.db.get_one(Person, person), "zone", zone))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_mail_of_a_decision_names_the_last_days(desk: Desk, zone: str) -> None:
    moved(desk, zone)
    desk.issue(desk.ready())
    (mine,) = notices(desk, "statement")
    for text in (mine.body or "", mine.mail_body or ""):
        assert "Your account is suspended until the end of Saturday 12 December 2026." in text
        assert "You can appeal until at least Saturday 22 May 2027; longer if you were informed of it later." in text


def test_what_is_read_ahead_is_what_is_told(desk: Desk) -> None:
    ref = desk.ready()
    with desk.office.database.read() as session:
        ahead = preview(desk.office.work(session, desk.story.rae.actor), action_ref=ref, fields=desk.form())
    desk.issue(ref)
    (mine,) = notices(desk, "statement")
    assert (ahead.notice.body, ahead.notice.mail_body) == (mine.body, mine.mail_body)


def test_who_is_stopped_for_72_hours_reads_the_hour(desk: Desk) -> None:
    moved(desk, "America/New_York")
    desk.issue(desk.start("threats"), interim=True, clause_version_id=str(desk.clause("threats")))
    (mine,) = notices(desk, "statement")
    assert "Your account is suspended until Wednesday 25 November 2026, 07:00 your time." in (mine.body or "")
    assert any(OPEN in (one.body or "") for one in notices(desk, "counterpart_action"))
