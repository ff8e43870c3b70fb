"""What is told of a decision says the same to everybody: until when, what of running contracts, and how long to appeal."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.contracts.models import Milestone, MilestoneState
from portal.core.i18n import language
from portal.core.work import Work
from portal.disputes.models import Dispute
from portal.enforcement.preview import preview
from portal.enforcement.queries import action_by_ref
from portal.enforcement.undoing import preview_undoing, texts
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


def told(desk: Desk, name: str, kind: str = "counterpart_action") -> str:
    """What somebody read in the inbox."""
    with desk.office.database.read() as session:
        query = select(Notice.body).join(Person, Notice.recipient_id == Person.id)
        return session.scalars(query.where(Notice.kind == kind, Person.name == name)).one() or ""


def pay_in(work: Work) -> None:
    """The marketplace says that the milestones that were only planned are paid in."""
    for one in work.db.scalars(select(Milestone).where(Milestone.state == MilestoneState.PLANNED)):
        one.state = MilestoneState.FUNDED


def test_a_client_reads_what_becomes_of_their_own_dispute_and_money(desk: Desk) -> None:
    desk.market.make(pay_in)
    desk.issue(desk.ready())
    with desk.office.database.read() as session:
        ref = session.scalars(select(Dispute.ref)).one()
    mine = told(desk, "Stacy Moreno")
    assert f"The dispute {ref} about “Photo app” goes on as before: $400.00 USD is on hold for it." in mine
    assert "$800.00 USD was paid in for milestones 2 and 3 and stays kept for them." in mine
    assert [one for one in notices(desk, "counterpart_action") if ref in (one.mail_body or "")] == []


def test_nobody_reads_of_somebody_elses_dispute(desk: Desk) -> None:
    desk.issue(desk.ready())
    assert "dispute" not in told(desk, "Omar Haddad").replace("You can dispute", "")


def test_a_correction_says_that_the_dispute_goes_on(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        action = action_by_ref(session, ref)
        _mine, theirs = texts(session, action, preview_undoing(session, action, desk.market.now), appeal_ref="E-1", reason="x")
        before = session.scalars(select(Notice).where(Notice.kind == "counterpart_action")).all()
        people = [session.get_one(Person, one.recipient_id) for one in before]
        said = {who.name: theirs(one)(language("en"), who) for one, who in zip(before, people, strict=True)}  # type: ignore[misc]
    read = {name: "goes on as before: $400.00 USD is on hold for it." in one.body for name, one in said.items()}
    assert read == {"Stacy Moreno": True, "Omar Haddad": False}
    assert not any("goes on" in one.mail_body for one in said.values())
