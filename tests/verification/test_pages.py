"""The story over HTTP: asked at the desk, sent by the person, turned down, sent again, accepted, not asked for again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.passwords import hash_password
from portal.app import create_app
from portal.core.access import WORKER, Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.work import Work
from portal.documents.models import Document
from portal.enforcement.handing import hand_over
from portal.settings import load_settings
from portal.verification.queries import ItemView
from portal.worker import settle
from tests.documents.making import SAMPLES
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Story
from tests.factories.told import SECRET
from tests.verification.making import FIX, INSTEAD, PURPOSE, Checks
from tests.verification.pages import Browser, Doors, read
from tests.verification.test_promises import asked_thrice
from tests.web.test_shell_signing_in import PASSWORD, hidden

PHOTO = (SAMPLES["image/png"], "passport.png")
LETTER = (SAMPLES["application/pdf"], "scan of page two.pdf")


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    return with_shared_templates(create_app(settings, clock=clock, database=sqlite_database))


@pytest.fixture
def market(app: Flask) -> Market:
    return Market(app.extensions["office"])


@pytest.fixture
def story(market: Market) -> Story:
    return market.story()


@pytest.fixture
def checks(market: Market, story: Story) -> Iterator[Checks]:
    made = Checks.begin(market, story)
    yield made
    assert made.violations() == []


@pytest.fixture
def doors(app: Flask, market: Market) -> Doors:
    return Doors(app, market)


@pytest.fixture
def tim(doors: Doors, story: Story) -> Browser:
    return doors.open(story.tim.person)


@pytest.fixture
def rae(doors: Doors, story: Story) -> Browser:
    return doors.open(story.rae.person)


def ask(rae: Browser, checks: Checks, **other: str) -> str:
    """Asks at the desk; returns the reference of the check."""
    fields = {"item": "identity_document", "clause": str(checks.clause_id), "purpose": PURPOSE, "alternatives": INSTEAD}
    sent = rae.post(f"/desk/cases/{checks.case_ref}/identity", **(fields | {"go": "send"} | other))
    assert sent.status_code == 303, read(sent)
    return str(sent.location.rsplit("/", 1)[-1])


def send(tim: Browser, ref: str) -> str:
    """Adds a photo and sends it; returns the page of the receipt."""
    assert tim.post(f"/me/identity/{ref}", file=PHOTO, go="add").status_code == 303
    sent = tim.post(f"/me/identity/{ref}", go="send", note="Page two is blank.")
    assert sent.status_code == 303, read(sent)
    return str(sent.location)


def answer(rae: Browser, view: ItemView, **fields: str) -> int:
    """Takes, opens and answers as a reviewer does."""
    ref = view.item.ref
    rae.post(f"/desk/identity/{ref}/take", version=str(view.item.version))
    assert view.last
    for document in view.last.documents:
        assert rae.get(f"/desk/identity/{ref}/documents/{document}").data == PHOTO[0]
    return rae.post(f"/desk/identity/{ref}", version=str(view.item.version + 1), go="send", **fields).status_code


REJECTED = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD}


def test_the_whole_story(checks: Checks, tim: Browser, rae: Browser) -> None:
    ref = ask(rae, checks)
    assert PURPOSE in tim.page("/me/identity")
    assert "You have our answer by the end of Wednesday 25 November 2026" in tim.page(send(tim, ref))
    assert answer(rae, checks.view(ref), **REJECTED) == 303
    told = tim.page(f"/me/identity/{ref}")
    for said in ("Please send something else", "A part that we need is cut off or covered.", FIX, "A driving licence"):
        assert said in told
    send(tim, ref)
    assert answer(rae, checks.view(ref), outcome="accepted", accepted_until="2028-05-31") == 303
    overview = tim.page("/me/identity")
    for said in ("Accepted until the end of Wednesday 31 May 2028", "We asked 1 time", "You sent something 2 times",
                 "We answered 2 times", "You need to send nothing"):
        assert said in overview


def test_each_thing_that_can_be_sent_instead_stands_in_a_line_of_its_own(checks: Checks, tim: Browser, rae: Browser) -> None:
    ask(rae, checks)
    link = tim.get("/me/inbox").text.split('href="/me/inbox/')[1].split('"')[0]
    notice = tim.get(f"/me/inbox/{link}").text
    first, second = INSTEAD.splitlines()[:2]
    assert f"- {first}<br>- {second}" in notice


def test_asking_again_is_refused_with_the_reason(checks: Checks, rae: Browser) -> None:
    checks.accepted()
    fields = {"item": "identity_document", "clause": str(checks.clause_id), "purpose": PURPOSE, "alternatives": INSTEAD}
    again = rae.post(f"/desk/cases/{checks.case_ref}/identity", go="send", **fields)
    assert again.status_code == 422
    assert "We accepted this on Sunday 22 November 2026, and that holds until the end of" in read(again)
    assert PURPOSE in again.text, "what was typed is kept"
    assert "Asked 1 time" in rae.page(f"/desk/cases/{checks.case_ref}/identity")


def test_the_person_sees_who_opened_their_documents(checks: Checks, tim: Browser, rae: Browser, story: Story) -> None:
    ref = ask(rae, checks)
    send(tim, ref)
    assert "Nobody of us has opened it." in tim.page(f"/me/identity/{ref}")
    answer(rae, checks.view(ref), **REJECTED)
    assert f"by Reviewer {story.rae.handle}." in tim.page(f"/me/identity/{ref}")


def test_nothing_is_lost_when_it_must_be_shown_again_that_it_is_you(checks: Checks, doors: Doors, story: Story) -> None:
    ref, stale = checks.ask()["item"], doors.open(story.tim.person, fresh=False)
    sent = stale.post(f"/me/identity/{ref}", file=LETTER, go="send", note="The second page follows.")
    assert sent.status_code == 403
    assert "Please confirm that it is you" in sent.text
    page = stale.get(f"/me/identity/{ref}")
    assert "scan of page two.pdf" in page.text
    assert "The second page follows." in page.text
    assert checks.view(ref).sent == ()


def test_after_showing_that_it_is_you_one_press_sends(
    checks: Checks, market: Market, doors: Doors, story: Story
) -> None:
    market.make(lambda work: setattr(work.db.get_one(Person, story.tim.person.id), "password_hash", hash_password(PASSWORD)))
    ref, stale = checks.ask()["item"], doors.open(story.tim.person, fresh=False)
    asked = stale.post(f"/me/identity/{ref}", file=LETTER, go="send", note="The second page follows.")
    page = stale.post("/step-up", password=PASSWORD, kept=hidden(asked.text, "kept"))
    assert "What you were about to do has not been done yet: press the button, and it is." in read(page)
    assert "Files have to be chosen again" not in read(page)
    fields = {name: hidden(page.text, name) for name in ("csrf_token", "form_key", "go", "note")}
    assert "/receipts/Y-" in stale.post(f"/me/identity/{ref}", **fields).location
    assert len(checks.view(ref).sent) == 1


def test_a_link_of_the_case_reads_adds_and_sends_after_showing_again(checks: Checks, doors: Doors, story: Story) -> None:
    ref = checks.ask()["item"]
    linked = doors.open(story.tim.person, case_ref=checks.case_ref)
    assert "/receipts/Y-" in send(linked, ref)
    elsewhere = doors.open(story.tim.person, case_ref="C-ELSEWHERE")
    assert elsewhere.get(f"/me/identity/{ref}").status_code == 404
    assert "never asked" in elsewhere.page("/me/identity")


@pytest.mark.parametrize(("file", "words"), [
    ((b"", "empty.png"), "This file is empty."),
    ((b"#!/bin/sh", "photo.png"), "We take PDF, JPEG and PNG files."),
    (None, "Choose a file first."),
])
def test_a_file_that_cannot_be_taken_says_why(
    checks: Checks, tim: Browser, file: tuple[bytes, str] | None, words: str
) -> None:
    ref = checks.ask()["item"]
    refused = tim.post(f"/me/identity/{ref}", file=file, go="add", note="Kept words.")
    assert refused.status_code == 422
    assert words in read(refused)
    assert 'href="#file"' in refused.text
    assert "Kept words." in refused.text


def test_sending_without_a_document_says_so(checks: Checks, tim: Browser) -> None:
    ref = checks.ask()["item"]
    assert "Add at least one document first." in read(tim.post(f"/me/identity/{ref}", go="send"))


def test_what_was_added_can_be_taken_back_until_it_is_sent(checks: Checks, tim: Browser) -> None:
    ref = checks.ask()["item"]
    tim.post(f"/me/identity/{ref}", file=PHOTO, go="add")
    document = checks.market.make(_only_document)
    assert tim.get(f"/me/identity/{ref}/documents/{document}").data == PHOTO[0]
    assert tim.post(f"/me/identity/{ref}/remove", document=document).status_code == 303
    assert "passport.png" not in tim.page(f"/me/identity/{ref}")
    send(tim, ref)
    last = checks.view(ref).last
    assert last
    assert tim.post(f"/me/identity/{ref}/remove", document=last.documents[0]).status_code == 404


def _only_document(work: Work) -> str:
    return work.db.scalars(select(Document.ref)).one()


def test_others_find_nothing(checks: Checks, doors: Doors, story: Story) -> None:
    ref = checks.ask()["item"]
    checks.send(ref)
    last = checks.view(ref).last
    assert last
    document, receipt = last.documents[0], last.submission.ref
    stacy, auditor = doors.open(story.stacy.person), doors.open(checks.market.staff("Ida Holm", Role.AUDITOR).person)
    for path in (f"/me/identity/{ref}", f"/me/identity/{ref}/receipts/{receipt}", f"/desk/identity/{ref}",
                 f"/me/identity/{ref}/documents/{document}", f"/desk/cases/{checks.case_ref}/identity"):
        assert stacy.get(path).status_code == 404, path
    assert "What we asked for" in auditor.page(f"/desk/identity/{ref}")
    assert auditor.get(f"/desk/identity/{ref}/documents/{document}").status_code == 404
    assert "never asked" in stacy.page("/me/identity")


def test_a_reviewer_who_has_not_taken_it_opens_nothing(checks: Checks, rae: Browser) -> None:
    ref = checks.ask()["item"]
    checks.send(ref)
    last = checks.view(ref).last
    assert last
    assert rae.get(f"/desk/identity/{ref}/documents/{last.documents[0]}").status_code == 403
    assert "Take this check" in rae.page(f"/desk/identity/{ref}")


def test_the_desk_previews_what_the_person_will_read(checks: Checks, rae: Browser) -> None:
    checks.reported()
    fields = {"item": "address", "clause": str(checks.clause_id), "purpose": PURPOSE, "alternatives": INSTEAD}
    look = rae.post(f"/desk/cases/{checks.case_ref}/identity", go="look", **fields)
    assert "What we ask for: A proof of address." in read(look)
    assert checks.every() == []
    ref = checks.ask()["item"]
    checks.send(ref)
    checks.take(ref)
    looked = rae.post(f"/desk/identity/{ref}", version="3", go="look", **REJECTED)
    assert "What you sent does not yet do." in read(looked)
    assert checks.view(ref).item.state == "in_review"


def test_an_answer_that_is_refused_keeps_what_was_typed(checks: Checks, rae: Browser) -> None:
    ref = checks.ask()["item"]
    checks.send(ref)
    checks.take(ref)
    version = str(checks.view(ref).item.version)
    refused = rae.post(f"/desk/identity/{ref}", version=version, go="send", **REJECTED)
    assert refused.status_code == 422
    assert "before you answer" in read(refused)
    assert FIX in refused.text
    assert rae.post(f"/desk/identity/{ref}", version="3", outcome="accepted", accepted_until="soon").status_code == 422


def test_a_second_person_signs_at_the_desk(checks: Checks, rae: Browser, doors: Doors, story: Story) -> None:
    new = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}
    checks.accepted()
    checks.accepted(**new)
    request = ask(rae, checks, **new)
    assert "Somebody else signs this" in rae.page(f"/desk/identity-requests/{request}")
    ola = doors.open(story.ola.person)
    signed = ola.post(f"/desk/identity-requests/{request}", go="sign", reason="I have seen the letter of the tax office.")
    assert signed.status_code == 303
    assert len(checks.notices("identity_asked")) == 3


def test_taking_back_and_talking(checks: Checks, rae: Browser, doors: Doors, tim: Browser) -> None:
    ref = checks.ask()["item"]
    for _ in range(3):
        checks.send(ref)
        checks.reject(ref)
    assert "A person will talk with you" in tim.page(f"/me/identity/{ref}")
    lead = doors.open(checks.market.staff("Lena Ortiz", Role.LEAD).person)
    found = "A notary near you confirms it, and we pay for it."
    assert lead.post(f"/desk/identity/{ref}/talk", found=found).status_code == 303
    assert rae.post(f"/desk/identity/{ref}/withdraw", reason="").status_code == 422
    assert rae.post(f"/desk/identity/{ref}/withdraw", reason="The notary has confirmed it by now.").status_code == 303
    assert "We no longer ask you for this" in tim.page(f"/me/identity/{ref}")


def test_only_rules_that_say_that_we_may_ask_are_offered(checks: Checks, rae: Browser) -> None:
    checks.reported()
    page = rae.get(f"/desk/cases/{checks.case_ref}/identity").text
    offered = re.findall(r"<option[^>]*>([^<]*)</option>", page.partition('name="clause"')[2].partition("</select>")[0])
    assert offered == ["—", "2.2 Showing who you are"]
    assert "selected" in page.partition("2.2 Showing")[0].rpartition("<option")[2], "the only one is chosen already"


def test_without_such_a_rule_the_page_says_that_nothing_can_be_asked(
    checks: Checks, rae: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks.reported()
    monkeypatch.setattr("portal.web.desk.identity_asking.may_ask", lambda clause: False)
    assert "A request that rests on no rule is not sent." in rae.page(f"/desk/cases/{checks.case_ref}/identity")


def test_a_late_answer_is_one_line_of_the_queue_that_says_so(checks: Checks, doors: Doors, story: Story) -> None:
    checks.send(checks.ask()["item"])
    checks.market.office.clock.advance(days=5)
    checks.market.do(settle, WORKER, case_ref=checks.case_ref)
    queue = doors.open(story.ola.person).page("/desk?filter=late")
    assert queue.count("Identity check") == 1
    assert "Identity check not answered in time" in queue


def test_a_request_that_was_given_to_somebody_else_is_not_signed_here(checks: Checks, doors: Doors) -> None:
    made, lead = asked_thrice(checks), checks.market.staff("Lena Ortiz", Role.LEAD)
    kim = checks.market.staff("Kim Sato")
    args = {"case_ref": checks.case_ref, "what": made["request"], "to": kim.handle, "reason": "They know this case."}
    checks.market.do(hand_over, lead.actor, **args)
    here = f"/desk/identity-requests/{made['request']}"
    theirs = doors.open(lead.person).page(here)
    assert f"Reviewer {kim.handle} signs or returns this" in theirs and "Sign and send it" not in theirs
    assert "Sign and send it" in doors.open(kim.person).page(here)


def test_only_who_has_it_in_hand_is_offered_to_take_it_back(checks: Checks, doors: Doors, story: Story) -> None:
    ref = checks.ask(story.ola)["item"]
    assert "Take it back" in doors.open(story.ola.person).page(f"/desk/identity/{ref}")
    rae = doors.open(story.rae.person)
    assert rae.post(f"/desk/identity/{ref}/withdraw", reason="I would rather not ask this.").status_code == 403
    assert rae.get(f"/desk/cases/{checks.case_ref}").status_code == 403
    assert checks.view(ref).item.state == "open"
