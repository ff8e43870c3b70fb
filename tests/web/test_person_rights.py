"""Nobody reads or does anything of somebody else's; a link opens one case."""

from uuid import UUID

import pytest

from portal.accounts.models import Person, UserSession
from portal.cases.queries import questions_for_account
from portal.disputes.queries import disputes_of_account
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors


@pytest.fixture
def paths(contested: Desk) -> list[str]:
    """Every page that is Tim's."""
    action, asked = contested.ready(), contested_question(contested)
    contested.issue(action)
    with contested.office.database.read() as session:
        dispute = disputes_of_account(session, contested.story.tim.account.id)[0].ref
    return [f"/me/actions/{action}", f"/me/actions/{action}.json", f"/me/questions/{asked}", f"/disputes/{dispute}"]


def contested_question(desk: Desk) -> str:
    with desk.office.database.read() as session:
        return questions_for_account(session, desk.story.tim.account.id)[0].message.ref


def test_the_person_reads_all_and_others_nothing(doors: Doors, contested: Desk, paths: list[str]) -> None:
    story = contested.story
    for path in paths:
        assert doors.open(story.tim.person).get(path).status_code == 200, path
        assert doors.open(story.omar.person).get(path).status_code == 404, path
        assert doors.open(story.rae.person).get(path).status_code == 404, path
        assert doors.app.test_client().get(path, base_url="https://localhost").status_code == 401, path
    for path in paths[:3]:
        assert doors.open(story.stacy.person).get(path).status_code == 404, path


def test_others_can_do_nothing(doors: Doors, contested: Desk, paths: list[str]) -> None:
    action, _record, question, dispute = paths
    for party in (contested.story.omar, contested.story.stacy):
        browser = doors.open(party.person)
        assert browser.post(f"{action}/read").status_code == 404
        assert browser.post(question, answer="Not mine.").status_code == 404
        assert browser.post("/me/funds", account=contested.story.tim.account.ref, currency="USD").status_code == 404
    assert doors.open(contested.story.omar.person).post(dispute, answer="Not mine.").status_code == 404


def test_a_link_opens_its_own_case_only(doors: Doors, contested: Desk, paths: list[str]) -> None:
    tim = contested.story.tim.person
    own, other = doors.open(tim, case_ref=contested.case_ref), doors.open(tim, case_ref="C-22222222")
    for path in paths:
        assert own.get(path).status_code == 200, path
        assert other.get(path).status_code == 404, path
    for browser in (own, other):
        assert browser.get("/me").status_code == 200
        assert browser.get("/me/funds").status_code == 200
        for path in ("/me/inbox", "/me/security", "/me/record", "/collaborators", "/disputes/new", "/collaborators/F-NOBODY"):
            closed = browser.get(path)
            assert (closed.status_code, "This link opens one case only" in closed.text) == (403, True), path
            assert "password." not in closed.text
        for path in ("/desk", "/desk/cases/C-22222222"):
            assert browser.get(path).status_code == 404, path
    assert "Statement" not in other.page("/me")
    assert "See how your open contracts go on" not in own.page("/me"), "a link leads to no page that it does not open"
    assert "See how your open contracts go on" in doors.open(tim).page("/me")


def test_whoever_came_by_a_link_can_sign_in_with_a_password_if_they_have_one(doors: Doors, contested: Desk) -> None:
    tim = doors.open(contested.story.tim.person, case_ref=contested.case_ref)
    assert "sign in with your password" not in tim.page("/me")
    assert "its link can be renewed" in tim.page("/me")
    contested.market.make(lambda work: setattr(work.db.get_one(Person, contested.story.tim.person.id), "password_hash", "x"))
    assert 'href="/sign-in?next=/me"' in tim.page("/me")
    closed = tim.get("/me/inbox")
    assert (closed.status_code, "This page needs your password" in closed.text) == (403, True)
    assert 'href="/sign-in?next=/me/inbox"' in closed.text
    assert 'name="password"' in tim.page("/sign-in?next=/me/inbox")
    assert doors.open(contested.story.tim.person).get("/sign-in?next=/me/inbox").location == "/me/inbox"


def test_every_unsafe_form_needs_its_token(doors: Doors, contested: Desk, paths: list[str]) -> None:
    tim = doors.open(contested.story.tim.person)
    for path in ("/me/funds", paths[2], paths[3], "/drafts/answer/x", "/disputes/new", f"{paths[0]}/read"):
        assert tim.post(path, csrf_token="wrong").status_code == 422, path


def test_signing_another_browser_out(doors: Doors, contested: Desk) -> None:
    here, there = doors.open(contested.story.tim.person), doors.open(contested.story.tim.person)
    page = here.page("/me/security")
    key = page.split('action="/me/security/sessions/')[1].split("/")[0]
    doors.market.make(lambda work: setattr(work.db.get_one(UserSession, UUID(key)), "csrf", "another browser's"))
    assert here.post(f"/me/security/sessions/{key}/end").status_code == 303
    assert there.get("/me").status_code == 401
    assert here.get("/me").status_code == 200
