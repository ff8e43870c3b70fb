"""The story over HTTP: asked at the desk, sent by the person, turned down, sent again, accepted, not asked for again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.passwords import hash_password
from portal.core.work import Work
from portal.documents.models import Document
from tests.factories.market import Market, Story
from tests.verification.making import FIX, INSTEAD, PURPOSE, Checks
from tests.verification.over_http.asking import LETTER, PHOTO, REJECTED, answer, ask, send
from tests.verification.pages import Browser, Doors, read
from tests.web.signing_in import PASSWORD, hidden


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
    assert "You are about to send documents for an identity check. It has not been done yet" in read(page)
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
