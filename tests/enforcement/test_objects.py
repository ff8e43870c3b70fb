"""What a decision is about: a contract, a message, a listing, or a document that the person sent, never somebody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.core.errors import RuleBroken
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.models import ExhibitKind
from portal.documents.operations import add_document, add_exhibit
from portal.enforcement.models import Statement
from portal.log.operations import record
from tests.enforcement.conftest import Desk
from tests.factories.market import Party


def document(desk: Desk, party: Party, *, shown: bool = True) -> str:
    """A document of that party in the case; `shown`: it is an exhibit, not only on its way to one."""

    def step(work: Work) -> str:
        case = work.db.scalars(select(Case).where(Case.ref == desk.case_ref)).one()
        taken = Taken("diploma.pdf", "application/pdf", 1000, "a" * 64, f"key-{party.account.ref}", b"sealed")
        row = add_document(work, account_id=party.account.id, case_ref=case.ref, subject_ref=case.ref, taken=taken)
        rows = [add_exhibit(work, case, kind=ExhibitKind.DOCUMENT, document=row, by_account_id=party.account.id,
                            description="A diploma")] if shown else []
        record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=rows)
        return row.ref

    return desk.market.make(step)


def objects(desk: Desk) -> list[dict[str, Any]]:
    with desk.office.database.read() as session:
        return list(json.loads(session.scalars(select(Statement.record)).one() or "{}")["objects"])


def test_a_listing_and_ones_own_document(desk: Desk) -> None:
    ref = document(desk, desk.story.tim)
    desk.issue(desk.ready(), objects=[f"document:{ref}", "listing:  Logo design: in one day "])
    assert objects(desk) == [
        {"kind": "document", "ref": ref, "title": "diploma.pdf"},
        {"kind": "listing", "ref": "Logo design: in one day", "title": "Logo design: in one day"},
    ]


@pytest.mark.parametrize("shown", [True, False])
def test_never_somebody_elses_document_nor_one_that_is_not_on_record(desk: Desk, shown: bool) -> None:
    ref = document(desk, desk.story.stacy if shown else desk.story.tim, shown=shown)
    with pytest.raises(RuleBroken) as refused:
        desk.issue(desk.ready(), objects=[f"document:{ref}"])
    assert (refused.value.code, refused.value.field) == ("unknown_object", "objects")
