"""The pages of a request to come back, of its person and of the desk, over HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import MemberRole
from portal.act import Office
from portal.cases.models import WorkItem
from tests.appeals.coming_back import CONDITIONS, DIFFERENT, HAPPENED, REASONS, Closed, closed
from tests.appeals.pages import picture
from tests.appeals.test_several_members import other_owner
from tests.enforcement.test_members import as_member, joined
from tests.factories.market import Staff
from tests.factories.promising import promise_anew
from tests.web.conftest import Browser, Doors


@pytest.fixture
def office(app: Flask) -> Office:
    """How a page reads does not depend on the database."""
    found: Office = app.extensions["office"]
    return found


@pytest.fixture
def desk(office: Office) -> Closed:
    return closed(office)


@pytest.fixture
def doors(app: Flask, desk: Closed) -> Doors:
    return Doors(app, desk.market)


@pytest.fixture
def tim(doors: Doors, desk: Closed) -> Browser:
    return doors.open(desk.story.tim.person)


def form(desk: Closed, step: str = "send", **other: Any) -> dict[str, Any]:
    return {"action": desk.action_ref, "happened": HAPPENED, "different": DIFFERENT, "step": step} | other


def path(desk: Closed) -> str:
    return f"/reinstatements/new?action={desk.action_ref}"


def at_desk(doors: Doors, desk: Closed, ref: str, by: Staff | None = None) -> tuple[Browser, str]:
    return doors.open((by or desk.holder(ref)).person, fresh=True), f"/desk/reinstatements/{ref}"


def answered(desk: Closed, ref: str, outcome: str, go: str = "decide", **other: Any) -> dict[str, Any]:
    day = desk.day_in(60).isoformat() if outcome == "declined" else ""
    under = CONDITIONS if outcome == "granted_with_conditions" else ""
    return {"version": str(desk.request(ref).version), "outcome": outcome, "reasons": REASONS, "conditions": under,
            "next_on": day, "go": go} | other


def test_too_early_the_page_says_from_when(office: Office, app: Flask) -> None:
    desk = closed(office, passes=False)
    tim = Doors(app, desk.market).open(desk.story.tim.person)
    page = tim.page(path(desk))
    assert "You can ask to come back from" in page and "We write to you when that day has come." in page
    assert "Send my request" not in page
    refused = tim.post("/reinstatements/new", **form(desk))
    assert refused.status_code == 409 and HAPPENED in refused.text
    desk.passes(days=31)
    tim = Doors(app, desk.market).open(desk.story.tim.person)
    assert "From Wednesday 23 June 2027 on you can ask to come back" in tim.page("/me")
    letter = tim.page(f"/me/actions/{desk.action_ref}")
    text = re.sub(r"\s+", " ", letter)
    assert "From Wednesday 23 June 2027 on you can ask to come back." in text


def test_asking_with_a_file_and_the_receipt(desk: Closed, tim: Browser) -> None:
    assert "Ask to come back" in tim.page("/me") and "answers you within 14 days" in tim.page(path(desk))
    for name, text in (("a.png", "First"), ("b.png", "Second")):
        assert tim.post("/reinstatements/new", **form(desk, "add", file=picture(name), description=text)).status_code == 303
    page = tim.page(path(desk))
    assert HAPPENED in page and "b.png" in page
    tim.post("/reinstatements/new", **form(desk, f"remove:{re.findall(r'remove:(D-[0-9A-Z]+)', page)[0]}"))
    assert "a.png" not in tim.page(path(desk))
    sent = tim.post("/reinstatements/new", **form(desk))
    assert sent.status_code == 303
    page = tim.page(sent.headers["Location"])
    assert "You get our answer by" in page and HAPPENED in page and DIFFERENT in page and "b.png" in page
    assert tim.get(path(desk)).status_code == 302 and "Our answer to your request to come back, by" in tim.page("/me")
    assert "You asked to come back." in tim.page("/me")


@pytest.mark.parametrize(("name", "words"), [("happened", "Say what has happened since"), ("different", "Say what would be")])
def test_what_is_missing_is_said_at_its_field(desk: Closed, tim: Browser, name: str, words: str) -> None:
    for text in ("", "Too short."):
        answer = tim.post("/reinstatements/new", **form(desk, **{name: text}))
        assert answer.status_code == 422 and words in answer.text and "Error:" in answer.text


def test_nobody_else_sees_it(desk: Closed, doors: Doors) -> None:
    ref = desk.come_back()
    stacy = doors.open(desk.story.stacy.person)
    for page in (path(desk), f"/reinstatements/{ref}"):
        assert stacy.get(page).status_code == 404
    assert stacy.post(f"/reinstatements/{ref}/withdraw").status_code == 404
    elsewhere = doors.open(desk.story.tim.person, "C-OTHER")
    assert elsewhere.get(f"/reinstatements/{ref}").status_code == 404
    assert doors.open(desk.story.tim.person, desk.case_ref).get(f"/reinstatements/{ref}").status_code == 200


def test_asked_answered_added_and_taken_back(desk: Closed, doors: Doors, tim: Browser) -> None:
    ref = desk.come_back()
    browser, here = at_desk(doors, desk, ref)
    version = {"version": str(desk.request(ref).version)}
    short = browser.post(f"{here}/ask", question="Which contracts?", days="1", **version)
    assert short.status_code == 422 and "Which contracts?" in short.text
    assert browser.post(f"{here}/ask", question="Which contracts?", days="7", **version).status_code == 303
    assert "Which contracts?" in tim.page(f"/reinstatements/{ref}")
    assert "We have a question about your request to come back" in tim.page("/me")
    assert tim.post(f"/reinstatements/{ref}", body="").status_code == 422
    assert tim.post(f"/reinstatements/{ref}", body="Two of them.").status_code == 303
    added = tim.post(f"/reinstatements/{ref}/files", file=picture("c.png"), description="Her note")
    assert added.status_code == 303 and "c.png" in tim.page(f"/reinstatements/{ref}")
    assert tim.post(f"/reinstatements/{ref}/files", description="x").status_code == 422
    assert "Two of them." in browser.page(here) and "c.png" in browser.page(here)
    assert tim.post(f"/reinstatements/{ref}/withdraw").status_code == 303
    assert "You took this request back" in tim.page(f"/reinstatements/{ref}") and "Ask to come back" in tim.page("/me")
    assert "This does not wait for an answer." in browser.page(here)


def test_another_owner_reads_whose_request_it_is(desk: Closed, doors: Doors, tim: Browser) -> None:
    ben, letter = other_owner(desk, "Ben Roth"), f"/me/actions/{desk.action_ref}"
    ref = desk.come_back()
    his = doors.open(ben.person)
    for page in (his.page("/me"), his.page(letter), his.page(f"/reinstatements/{ref}")):
        assert "request of Tim Okafor" in page and not re.search("[Yy]our request|my request", page)
    assert "Request to come back received" in tim.page("/me") and "Your request to come back" in tim.page(letter)
    desk.question(ref)
    mine, theirs = tim.page("/me"), his.page("/me")
    assert "Request to come back waits for an answer" in mine and "Request to come back waits for an answer" in theirs
    assert "We asked something about the request of Tim Okafor to come back." in theirs and "of Tim Okafor" not in mine
    assert "We wait for an answer to our question" in his.page(f"/reinstatements/{ref}")
    desk.add(ref)
    desk.decide(ref, "declined")
    theirs = his.page("/me")
    assert "We answered the request of Tim Okafor to come back: not now." in theirs and "You asked" not in theirs
    assert "The request of Tim Okafor to come back, and our answer" in his.page(letter) or "Read why we said not now" in (
        his.page(letter))


def test_the_desk_sees_what_follows_before_it_answers(desk: Closed, doors: Doors, tim: Browser) -> None:
    ref = desk.come_back()
    browser, here = at_desk(doors, desk, ref)
    line = browser.page("/desk?filter=reinstatement")
    assert here in line and HAPPENED in browser.page(here)
    assert browser.post(f"{here}/begin", version=str(desk.request(ref).version)).status_code == 303
    look = browser.post(f"{here}/decide", **answered(desk, ref, "granted_with_conditions", "look"))
    assert look.status_code == 200 and "Given back: work in the account" in look.text and CONDITIONS in look.text
    assert "Stacy" in look.text and "is available again." in look.text and desk.request(ref).state == "in_review"
    assert browser.post(f"{here}/decide", **answered(desk, ref, "granted_with_conditions")).status_code == 303
    page, mine = tim.page(f"/reinstatements/{ref}"), tim.page("/me")
    assert "Yes: you are back" in page and REASONS in page and CONDITIONS in page and CONDITIONS in mine
    letter = tim.page(f"/me/actions/{desk.action_ref}")
    assert "Tell us what we got wrong." in letter and "the restriction pauses" not in letter, "it is lifted: nothing could pause"
    assert "Came back under conditions" in browser.page(f"/desk/cases/{desk.case_ref}")
    again = browser.post(f"{here}/decide", **answered(desk, ref, "granted"))
    assert again.status_code == 409 and REASONS in again.text


@pytest.mark.parametrize(("change", "words"), [
    ({"outcome": ""}, "Choose whether the person comes back."), ({"reasons": "Yes."}, "Write your reasons"),
    ({"outcome": "granted_with_conditions", "conditions": ""}, "Write the conditions"),
    ({"outcome": "declined"}, "Say from which day"),
    ({"outcome": "declined", "next_on": "2029-01-01"}, "that is what we promise"),
    ({"outcome": "declined", "next_on": "soon"}, "Give this day as year"),
])
def test_what_the_desk_leaves_out_is_said_at_its_field(
    desk: Closed, doors: Doors, change: dict[str, str], words: str
) -> None:
    ref = desk.come_back()
    browser, here = at_desk(doors, desk, ref)
    for go in ("look", "decide"):
        found = browser.post(f"{here}/decide", **answered(desk, ref, "granted", go) | change)
        assert found.status_code == 422 and words in found.text and (change.get("reasons") or REASONS) in found.text


def test_declined_the_person_reads_why_and_when_again(desk: Closed, doors: Doors, tim: Browser) -> None:
    ref = desk.come_back()
    browser, here = at_desk(doors, desk, ref)
    look = browser.post(f"{here}/decide", **answered(desk, ref, "declined", "look"))
    assert "The termination stays. Nobody but" in look.text and "Answer: not now" in look.text
    browser.post(f"{here}/decide", **answered(desk, ref, "declined"))
    page = tim.page(f"/reinstatements/{ref}")
    assert "Not now. You can ask again from" in page and REASONS in page and "We write to you when that day has come." in page
    assert "we said not now" in tim.page("/me") and "You cannot ask to come back yet" in tim.page(path(desk))


def test_where_asking_again_is_promised_no_longer_a_no_has_no_day(desk: Closed, doors: Doors, tmp_path: Path) -> None:
    ref = desk.come_back()
    promise_anew(desk.market, tmp_path, {"reinstatement": None})
    desk.passes(days=3)
    browser, here = at_desk(doors, desk, ref)
    assert "Can ask again from" not in browser.page(here)
    found = browser.post(f"{here}/decide", **answered(desk, ref, "declined"))
    assert found.status_code == 422 and "Without it nobody hears no." in found.text and REASONS in found.text


def test_who_signed_reads_what_they_can_do(desk: Closed, doors: Doors) -> None:
    ref = desk.come_back()
    rae, here = at_desk(doors, desk, ref, desk.story.rae)
    page = rae.page(here)
    assert "You can let the person back, and nothing else" in page and "Not now, and from which day again" not in page
    other = desk.lee if desk.holder(ref) is desk.kim else desk.kim
    assert "was given to reviewer" in doors.open(desk.lee.person).page(here) or other is desk.kim
    assert rae.post(f"{here}/decide", **answered(desk, ref, "granted")).status_code == 303


def test_late_the_page_says_whose_fault_it_is(desk: Closed, doors: Doors) -> None:
    ref = desk.come_back()
    desk.passes(days=16)
    tim = doors.open(desk.story.tim.person)
    assert "We were late, so you are back" in tim.page(f"/reinstatements/{ref}") and "You are back since" in tim.page("/me")


def test_with_nobody_it_is_taken_by_beginning_it(desk: Closed, doors: Doors) -> None:
    ref, other = desk.come_back(), desk.market.staff("Noa Berg")
    desk.market.make(lambda work: setattr(
        work.db.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one(), "assignee_id", None
    ))
    browser, here = doors.open(other.person), f"/desk/reinstatements/{ref}"
    shut = browser.get(here)
    assert (shut.status_code, HAPPENED in shut.text, f"{here}/begin" in shut.text) == (403, False, True)
    assert browser.post(f"{here}/keep", reasons="Too early").status_code == 403
    assert browser.post(f"{here}/begin", version=str(desk.request(ref).version)).status_code == 303
    assert HAPPENED in browser.page(here) and desk.request(ref).state == "in_review"


def test_each_of_an_account_reads_who_wrote_what(desk: Closed, doors: Doors, tim: Browser) -> None:
    mia, _place = joined(desk, "Mia Lund", MemberRole.OWNER)
    ref = desk.come_back()
    desk.add(ref, "I can show the drawings.", as_member(desk, mia))
    for reader, others in ((tim, "Mia Lund wrote"), (doors.open(mia.person), "Tim Okafor wrote")):
        page = reader.page(f"/reinstatements/{ref}")
        assert page.count(others) == 1 and page.count("You wrote") == 1
        assert ("You asked to come back." if reader is tim else "Tim Okafor asked to come back.") in reader.page("/me")
