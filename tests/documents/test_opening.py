"""Who may open a document: every opening is on record with its reason, and the owner reads it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from portal.accounts.models import Member
from portal.cases.models import PartySide
from portal.cases.operations import case_by_ref, open_item
from portal.core.access import Actor, Role
from portal.core.errors import StepUpNeeded
from portal.core.work import Work
from portal.documents.intake import Intake
from portal.documents.models import OpenedFor
from portal.documents.operations import open_document
from portal.documents.queries import Opening, document_by_ref, opened_by_us, openings_of
from portal.log import checks
from portal.log.operations import add
from tests.documents.test_sending import send
from tests.factories.market import Market, Staff, Story, refused
from tests.factories.opened import on_record


@pytest.fixture
def case_ref(market: Market, story: Story) -> str:
    """A case about Tim with Stacy on the other side, in Rae's hands."""
    sides = [(story.stacy.account.id, PartySide.COUNTERPART)]
    ref = market.make(lambda work: on_record(work, story.tim.account.id, sides)).ref
    market.make(lambda work: give(work, ref, story.rae.person.id))
    return ref


@pytest.fixture
def document(market: Market, story: Story, intake: Intake, case_ref: str) -> str:
    return send(market, intake, story.tim, case_ref)


def give(work: Work, case_ref: str, person_id: UUID) -> None:
    item = open_item(work, case_by_ref(work, case_ref), "report", f"R-{person_id.hex[-8:]}", work.now)
    item.assignee_id, item.stage = person_id, "taken"


def opened(market: Market, actor: Actor, document: str, purpose: str = "case") -> str | None:
    """The refusal's code, or nothing when it was opened."""
    return refused(lambda: market.do(open_document, actor, document_ref=document, purpose=purpose))


def openings(market: Market, document: str) -> list[Opening]:
    with market.office.database.read() as session:
        return openings_of(session, document)


def test_every_opening_is_shown_to_the_owner(market: Market, story: Story, document: str, tmp_path: Path) -> None:
    assert opened(market, story.rae.actor, document, "appeal") is None
    assert opened(market, story.rae.actor, document, "appeal") is None
    assert opened(market, story.tim.actor, document, "own") is None
    assert openings(market, document) == [
        Opening(market.now, "reviewer", story.rae.handle, "appeal"),
        Opening(market.now, "reviewer", story.rae.handle, "appeal"),
        Opening(market.now, "person", None, "own"),
    ]
    with market.office.database.read() as session:
        found = opened_by_us(session, [document, "D-NOTHING"])
        assert [len(found[document]), len(found["D-NOTHING"])] == [2, 0], "their own opening is not ours"
        assert opened_by_us(session, []) == {}
        assert list(checks.check(session, market.office.keyring, tmp_path)) == []


def test_others_find_nothing(market: Market, story: Story, document: str, case_ref: str) -> None:
    auditor, admin = market.staff("Ada Auditor", Role.AUDITOR), market.staff("Adi Admin", Role.ADMIN)
    strangers = [story.stacy.actor, story.omar.actor, auditor.actor, admin.actor, story.tim.by_link("C-OTHER")]
    for actor in strangers:
        for purpose in OpenedFor:
            assert opened(market, actor, document, purpose) == "not_found"
            assert opened(market, actor, "D-NOTHING", purpose) == "not_found"
    assert openings(market, document) == []


def test_an_auditor_with_the_case_in_hand_finds_nothing(market: Market, document: str, case_ref: str) -> None:
    auditor = market.staff("Ada Auditor", Role.AUDITOR)
    market.make(lambda work: give(work, case_ref, auditor.person.id))
    assert opened(market, auditor.actor, document) == "not_found"


def test_a_reviewer_takes_the_case_first(market: Market, story: Story, document: str, case_ref: str) -> None:
    assert opened(market, story.ola.actor, document) == "not_in_hand"
    market.make(lambda work: give(work, case_ref, story.ola.person.id))
    assert opened(market, story.ola.actor, document) is None


def test_a_lead_opens_like_a_reviewer(market: Market, document: str, case_ref: str) -> None:
    lead = market.staff("Lea Lead", Role.LEAD)
    assert opened(market, lead.actor, document) == "not_in_hand"
    market.make(lambda work: give(work, case_ref, lead.person.id))
    assert opened(market, lead.actor, document) is None
    assert openings(market, document)[0].role == "lead"


def test_staff_of_an_account_of_the_case_open_nothing(market: Market, story: Story, document: str) -> None:
    market.make(lambda work: add(work, Member(
        account_id=story.stacy.account.id, person_id=story.rae.person.id, role="owner"
    )))
    assert opened(market, story.rae.actor, document) == "conflicted"
    assert openings(market, document) == []


def stale(staff: Staff, minutes: int) -> Actor:
    """The same reviewer who last showed that it is them so many minutes ago."""
    return replace(staff.actor, stepped_up_at=staff.office.clock() - timedelta(minutes=minutes))


def test_staff_show_again_that_it_is_them(market: Market, story: Story, document: str) -> None:
    assert opened(market, stale(story.rae, 29), document) is None
    with pytest.raises(StepUpNeeded):
        market.do(open_document, stale(story.rae, 30), document_ref=document, purpose="case")
    assert len(openings(market, document)) == 1


@pytest.mark.parametrize("purpose", ["", "curious", "own"])
def test_staff_say_what_for(market: Market, story: Story, document: str, purpose: str) -> None:
    assert opened(market, story.rae.actor, document, purpose) == "no_purpose"


def test_the_owner_opens_it_as_their_own(market: Market, story: Story, document: str, case_ref: str) -> None:
    assert opened(market, story.tim.actor, document, "appeal") == "no_purpose"
    assert opened(market, story.tim.by_link(case_ref), document, "own") is None


def test_a_document_without_a_case_is_its_owners_alone(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    alone = send(market, intake, story.tim, None)
    assert opened(market, story.rae.actor, alone) == "not_found"
    assert opened(market, story.tim.by_link(case_ref), alone, "own") == "not_found"
    assert opened(market, story.tim.actor, alone, "own") is None


def test_what_was_erased_is_not_opened(market: Market, story: Story, document: str) -> None:
    def erase(work: Work) -> None:
        row = document_by_ref(work.db, document)
        row.state, row.wrapped_key, row.erased_at = "erased", None, work.now

    market.make(erase)
    assert opened(market, story.tim.actor, document, "own") == "erased_document"
    assert openings(market, document) == []
