"""Who reads a case at the desk: the others learn who has it, since when, and what they can do; a lead gives it away."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.models import Member
from portal.appeals.operations import draw_again, file_appeal
from portal.appeals.queries import appeal_by_ref
from portal.cases.models import WorkItem
from portal.core.access import Role
from portal.core.work import Work
from portal.enforcement.operations import issue_action
from portal.log.operations import add
from portal.web.desk.queue import work_page
from tests.factories.market import Party, Staff
from tests.web.desk_support import REPORT, Desk, hidden, words_of

BODY = "I was in hospital for two weeks and told Stacy so on the first day."


@pytest.fixture
def ola(desk: Desk) -> FlaskClient:
    return desk.sign_in(desk.story.ola)


@pytest.fixture
def lead(desk: Desk) -> Staff:
    return desk.market.staff("Lee Marsh", Role.LEAD)


def visit(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path, base_url="https://localhost")


def test_what_is_with_nobody_is_taken_before_it_is_read(desk: Desk) -> None:
    case = desk.disputed()
    before = visit(desk.browser, f"/desk/cases/{case}")
    assert (before.status_code, REPORT in before.text, "Stacy" in before.text) == (403, False, False)
    assert "Take it first; then you can read it." in words_of(before.text)
    desk.take(case)
    assert REPORT in desk.get(f"/desk/cases/{case}")


def test_pages_with_what_was_said_are_closed_too_until_it_is_taken(desk: Desk) -> None:
    case, rule = desk.disputed(), str(desk.clause().id)
    question = {"clause": rule, "question": "What happened?", "days": "5", "go": "look"}
    request = {"item": "address", "purpose": "To know who is paid.", "alternatives": "A letter", "go": "look"}
    ask, identity = f"/desk/cases/{case}/ask", f"/desk/cases/{case}/identity"
    for answer in (visit(desk.browser, f"{ask}?clause={rule}"), desk.send(ask, question), visit(desk.browser, identity),
                   desk.send(identity, request)):
        said = words_of(answer.text)
        assert (answer.status_code, REPORT in answer.text, "Asked before" in said) == (403, False, False)
        assert "Take it first; then you can read it." in said
    assert "What happened?" in desk.send(ask, question).text, "what was typed is not lost"
    desk.take(case)
    assert REPORT in desk.get(f"{ask}?clause={rule}") and "Asked before" in desk.get(identity)


def test_every_page_of_somebody_elses_case_says_who_has_it(desk: Desk, ola: FlaskClient) -> None:
    case = desk.taken()
    desk.heard(case)
    draft = desk.drafted(case)
    paths = [f"/desk/cases/{case}{end}" for end in ("", "/clause", "/ask", "/exhibits", "/exhibits/1", "/identity")]
    for path in (*paths, f"/desk/actions/{draft}"):
        answer = visit(ola, path)
        assert (answer.status_code, REPORT in answer.text, "I was ill" in answer.text) == (403, False, False), path
        said = words_of(answer.text)
        assert f"Reviewer {desk.story.rae.handle} has had it since Sunday 22 November 2026" in said, path
        assert "Ask a lead to give it to you" in said and 'href="/desk?filter=unclaimed"' in answer.text


def test_what_was_typed_is_not_lost_and_nothing_is_done(desk: Desk, ola: FlaskClient) -> None:
    case = desk.taken()
    desk.heard(case)
    draft = desk.drafted(case)
    for step in ("preview", "issue", "propose", "draft"):
        data = desk.decision(weighed="Words that Ola typed", go="keep")
        answer = desk.send(f"/desk/actions/{draft}/{step}", data, ola)
        assert answer.status_code == 403, step
        assert "Words that Ola typed" in answer.text and "Nothing was changed." in words_of(answer.text), step
    assert desk.send(f"/desk/actions/{draft}/discard", {"reason": "I would not."}, ola).status_code == 403
    assert "Words that Ola typed" not in desk.get(f"/desk/actions/{draft}")


def test_a_lead_gives_a_draft_to_somebody_else(desk: Desk, ola: FlaskClient, lead: Staff) -> None:
    case = desk.taken()
    desk.heard(case)
    draft, browser = desk.drafted(case), desk.sign_in(lead)
    desk.send(f"/desk/actions/{draft}/draft", desk.decision(weighed="Words that Rae typed"))
    page, path = desk.get(f"/desk/actions/{draft}", browser), f"/desk/cases/{case}/hand-over"
    assert "Give it to somebody else, or take it over" in page and f'value="{draft}"' in page
    assert "hand-over" not in desk.get(f"/desk/cases/{case}")
    missing = desk.send(path, {"what": draft, "to": "", "reason": "Rae is ill."}, browser)
    assert missing.status_code == 422 and 'href="#to"' in missing.text and "Rae is ill." in missing.text
    given = {"what": draft, "to": desk.story.ola.handle, "reason": "Rae is ill."}
    assert desk.send(path, given, browser).status_code == 303
    assert "Words that Rae typed" in desk.get(f"/desk/actions/{draft}", ola)
    theirs = words_of(desk.get(f"/desk/actions/{draft}"))
    assert f"Reviewer {desk.story.ola.handle} works on this" in theirs
    assert "Given to somebody else by a lead" in words_of(desk.get(f"/desk/cases/{case}"))
    refused = desk.send(f"/desk/actions/{draft}/issue", desk.decision(weighed="Typed by Rae since"))
    assert refused.status_code == 403 and "Typed by Rae since" in refused.text


def test_only_a_lead_gives_something_away(desk: Desk, ola: FlaskClient) -> None:
    case = desk.taken()
    with desk.market.office.database.read() as session:
        what = session.scalars(select(WorkItem.subject_ref).where(WorkItem.kind == "report")).one()
    given = {"what": what, "to": desk.story.ola.handle, "reason": "I have time."}
    for browser in (desk.browser, ola):
        assert desk.send(f"/desk/cases/{case}/hand-over", given, browser).status_code == 403
    assert f"/desk/cases/{case}" in desk.get("/desk?filter=mine") and case not in desk.get("/desk?filter=mine", ola)


def appealed(desk: Desk) -> str:
    """An appeal against Rae's decision, drawn for Ola."""
    case = desk.taken()
    desk.heard(case)
    action, fields = desk.drafted(case), desk.decision()
    fields = {name: value for name, value in fields.items() if name != "version"}
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=action, version=1, fields=fields)
    filed = desk.market.do(file_appeal, desk.story.tim.actor, action_ref=action, grounds=["too_hard"], body=BODY)
    return str(filed["appeal"])


def checked(desk: Desk, ref: str, browser: FlaskClient, **other: Any) -> TestResponse:
    data = {"version": "2", "outcome": "upheld", "reasons": "Words that were typed", "go": "check"} | other
    return desk.send(f"/desk/appeals/{ref}/check", data, browser)


def test_who_does_not_hold_the_appeal_learns_who_does(desk: Desk) -> None:
    ref, kim = appealed(desk), desk.market.staff("Kim Sato")
    with desk.market.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one()
    assert item.assignee_id == desk.story.ola.person.id
    answer = checked(desk, ref, desk.sign_in(kim))
    said = words_of(answer.text)
    assert answer.status_code == 403 and f"Reviewer {desk.story.ola.handle} has had it since Sunday" in said
    assert "Words that were typed" in said and BODY not in answer.text


def test_drawn_again_the_first_reader_keeps_what_they_typed(desk: Desk, ola: FlaskClient) -> None:
    ref, lead = appealed(desk), desk.market.staff("Lee Marsh", Role.LEAD)
    begun = {"version": "2"}
    assert desk.send(f"/desk/appeals/{ref}/begin", begun, ola).status_code == 303
    with desk.market.office.database.read() as session:
        version = appeal_by_ref(session, ref).version
    desk.market.do(draw_again, lead.actor, appeal_ref=ref, version=version, reason="Ola is on leave.")
    answer = checked(desk, ref, ola, version=str(version))
    said = words_of(answer.text)
    assert answer.status_code == 403 and f"Reviewer {lead.handle} has had it since Sunday" in said
    assert "Words that were typed" in said and BODY not in answer.text


def test_identity_work_lands_where_it_is_done(desk: Desk) -> None:
    with desk.app.test_request_context("/desk"):
        assert work_page("identity", "V-22222222", "C-1") == "/desk/identity/V-22222222"
        assert work_page("identity_talk", "V-22222222", "C-1") == "/desk/identity/V-22222222"
        assert work_page("cosignature", "J-22222222", "C-1") == "/desk/identity-requests/J-22222222"
        assert work_page("cosignature", "A-22222222", "C-1") == "/desk/actions/A-22222222"
        assert work_page("cosignature", "I-22222222", "C-1") == "/desk/corrections"
        assert work_page("report", "R-22222222", "C-1") == "/desk/cases/C-1"


def test_taking_leads_back_to_what_was_asked_for(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract, report=True)
    here, path = f"/desk/disputes/{made['dispute']}", f"/desk/cases/{made['case']}/take"
    seen = hidden(visit(desk.browser, here).text, path)
    assert desk.send(path, seen).headers["Location"] == here
    assert "got one drawing" in desk.get(here)
    assert desk.send(path, seen | {"go": ["https://elsewhere.example"]}).status_code == 409


def joins(work: Work, staff: Staff, party: Party) -> None:
    add(work, Member(account_id=party.account.id, person_id=staff.person.id, role="worker"))


def test_who_belongs_to_an_account_of_the_case_does_not_learn_that_there_is_one(desk: Desk, ola: FlaskClient) -> None:
    case = desk.disputed()
    assert "Tim Okafor" in words_of(desk.get("/desk", ola))
    desk.market.make(lambda work: joins(work, desk.story.ola, desk.story.tim))
    queue = words_of(desk.get("/desk", ola))
    assert "Tim" not in queue and "Reports 0 Disputes 0" in queue
    for path in (f"/desk/cases/{case}", f"/desk/cases/{case}/clause", f"/desk/cases/{case}/identity", "/desk/cases/C-NONE"):
        answer = visit(ola, path)
        said = words_of(answer.text)
        assert (answer.status_code, "We found nothing here" in said, "Report" in said) == (404, True, False), path


def test_an_appeal_that_is_with_nobody_is_taken_by_beginning_it(desk: Desk) -> None:
    ref, kim = appealed(desk), desk.market.staff("Kim Sato")

    def given_up(work: Work) -> None:
        work.db.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one().assignee_id = None

    desk.market.make(given_up)
    browser, here = desk.sign_in(kim), f"/desk/appeals/{ref}"
    closed = visit(browser, here)
    assert (closed.status_code, BODY in closed.text) == (403, False)
    assert desk.send(f"{here}/keep", {"reasons": "Too early"}, browser).status_code == 403
    assert desk.send(f"{here}/begin", hidden(closed.text, f"{here}/begin"), browser).status_code == 303
    assert BODY in desk.get(here, browser)
