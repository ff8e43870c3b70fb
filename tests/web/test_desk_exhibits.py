"""Exhibits on the pages: opened at the desk before they are cited, read in the letter, opened by the person it is about."""

import io
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.documents.models import Document, ExhibitKind
from portal.documents.operations import add_document, add_exhibit
from portal.documents.queries import openings_of
from portal.enforcement.operations import issue_action
from portal.log.operations import record
from tests.documents.making import SAMPLES
from tests.web.desk_support import Desk, words_of

PHOTO = SAMPLES["image/png"]
OTHERS_WORDS = "I told somebody else about it on Friday."


@pytest.fixture
def draft(desk: Desk) -> str:
    """A draft in a case of three exhibits: the contract, a photo that Stacy sent, words that are withheld."""
    case = desk.taken()
    desk.heard(case)
    taken = desk.app.extensions["intake"].take(io.BytesIO(PHOTO), "drawing.png")
    desk.market.make(lambda work: photo(work, desk, case, taken))
    pasted = {"source": f"pasted:{desk.story.stacy.account.ref}", "description": "A message of Stacy's",
              "quoted": OTHERS_WORDS, "ground": "protects_other_person"}
    assert desk.send(f"/desk/cases/{case}/exhibits", pasted).status_code == 303
    return desk.drafted(case)


def photo(work: Any, desk: Desk, case_ref: str, taken: Any) -> None:
    work.actor = desk.story.stacy.actor
    case, account_id = work.db.scalars(select(Case).where(Case.ref == case_ref)).one(), desk.story.stacy.account.id
    document = add_document(work, account_id=account_id, case_ref=case_ref, subject_ref=case_ref, taken=taken)
    row = add_exhibit(
        work, case, kind=ExhibitKind.DOCUMENT, document=document, by_account_id=account_id, description="The only drawing"
    )
    record(work, "exhibit.added", case_ref, case_ref=case_ref, rows=[row])


def case_of(desk: Desk) -> str:
    with desk.market.office.database.read() as session:
        return session.scalars(select(Case.ref)).one()


def issued(desk: Desk, draft: str) -> None:
    fields: dict[str, Any] = desk.decision(exhibits=["1", "2", "3"])
    fields["would_change"] = fields["would_change"].split("\n")
    del fields["version"]
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=draft, version=1, fields=fields)


def test_a_document_is_opened_before_a_decision_rests_on_it(desk: Desk, draft: str) -> None:
    path, decision = f"/desk/actions/{draft}/issue", desk.decision(exhibits=["1", "2", "3"])
    refused = desk.send(path, decision)
    assert refused.status_code == 422 and 'href="#exhibits"' in refused.text
    assert "Open exhibit 2 first." in words_of(refused.text)
    here = f"/desk/cases/{case_of(desk)}/exhibits/2"
    assert f'href="{here}"' in refused.text and "not opened by you" in desk.get(f"/desk/cases/{case_of(desk)}")
    opened = desk.browser.get(here, base_url="https://localhost")
    assert (opened.data, opened.headers["Content-Disposition"].split(";")[0]) == (PHOTO, "attachment")
    assert "not opened by you" not in desk.get(f"/desk/cases/{case_of(desk)}")
    assert desk.send(path, decision).status_code == 303


def test_the_preview_already_names_what_was_not_opened(desk: Desk, draft: str) -> None:
    early = desk.send(f"/desk/actions/{draft}/preview", desk.decision(exhibits=["1", "2", "3"]))
    assert early.status_code == 422 and "Open exhibit 2 first." in words_of(early.text)


def test_other_numbers_open_nothing(desk: Desk, draft: str) -> None:
    for number in (1, 3, 4, 99):
        here = f"/desk/cases/{case_of(desk)}/exhibits/{number}"
        assert desk.browser.get(here, base_url="https://localhost").status_code == 404, number


def test_the_preview_names_the_same_numbers_as_the_letter_and_the_case(desk: Desk, draft: str) -> None:
    desk.browser.get(f"/desk/cases/{case_of(desk)}/exhibits/2", base_url="https://localhost")
    ahead = words_of(desk.send(f"/desk/actions/{draft}/preview", desk.decision(exhibits=["1", "2", "3"])).text)
    issued(desk, draft)
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{draft}").text)
    case = words_of(desk.get(f"/desk/cases/{case_of(desk)}"))
    for number, what in ((1, "Photo app"), (2, "The only drawing"), (3, "A message of Stacy's")):
        for page in (ahead, letter):
            assert what in page.partition(f"Exhibit {number} ")[2][:120], number
        assert what in case.partition(f"Exhibit {number} ")[2][:80], number


def test_the_person_reads_what_the_letter_cites(desk: Desk, draft: str) -> None:
    desk.browser.get(f"/desk/cases/{case_of(desk)}/exhibits/2", base_url="https://localhost")
    issued(desk, draft)
    page = desk.visit_as(desk.story.tim, f"/me/actions/{draft}").text
    said = words_of(page)
    assert "contract · on record since Sunday 22 November 2026" in said
    assert "Full refund of a milestone if its work is not completed." in said
    assert "What shows this is withheld: it is about somebody else. You can contest that too." in said
    assert OTHERS_WORDS not in page
    assert f'href="/me/actions/{draft}/exhibits/2"' in page and "Open the file “drawing.png”" in said
    assert OTHERS_WORDS not in desk.visit_as(desk.story.tim, f"/me/actions/{draft}.json").text


def test_the_person_opens_the_file_and_its_owner_sees_that(desk: Desk, draft: str) -> None:
    here = f"/me/actions/{draft}/exhibits/2"
    assert desk.visit_as(desk.story.tim, here).status_code == 404
    desk.browser.get(f"/desk/cases/{case_of(desk)}/exhibits/2", base_url="https://localhost")
    issued(desk, draft)
    assert desk.visit_as(desk.story.tim, here).data == PHOTO
    assert desk.visit_as(desk.story.stacy, here).status_code == 404
    assert desk.visit_as(desk.story.tim, f"/me/actions/{draft}/exhibits/3").status_code == 404
    with desk.market.office.database.read() as session:
        ref = session.scalars(select(Document.ref)).one()
        assert [(one.role, one.purpose) for one in openings_of(session, ref)] == [("reviewer", "case"), ("person", "case")]
