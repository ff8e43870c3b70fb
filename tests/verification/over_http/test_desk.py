"""An identity check at the desk, over HTTP: who opens what, what the person will read, the second person."""

from __future__ import annotations

import re

import pytest

from portal.core.access import WORKER, Role
from portal.enforcement.handing import hand_over
from portal.worker import settle
from tests.factories.market import Story
from tests.verification.making import FIX, INSTEAD, PURPOSE, Checks
from tests.verification.over_http.asking import REJECTED, ask
from tests.verification.pages import Browser, Doors, read
from tests.verification.test_promises import asked_thrice


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
