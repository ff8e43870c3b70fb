"""What a decision is about: a contract, a message, a listing, or a document that the person sent, never somebody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import RuleBroken
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.documents.operations import add_document
from portal.enforcement.models import Statement
from tests.enforcement.conftest import Desk
from tests.enforcement.test_exhibits import sent_in


def on_its_way(desk: Desk) -> str:
    """A document of Tim in the case that is not on record yet: he can still take it away."""

    def step(work: Work) -> str:
        work.actor = desk.story.tim.actor
        taken = Taken("draft.png", "image/png", 9, "b" * 64, "key-draft", b"sealed")
        account = desk.story.tim.account.id
        return add_document(work, account_id=account, case_ref=desk.case_ref, subject_ref="Z-1", taken=taken).ref

    return desk.market.make(step)


def objects(desk: Desk) -> list[dict[str, Any]]:
    with desk.office.database.read() as session:
        return list(json.loads(session.scalars(select(Statement.record)).one() or "{}")["objects"])


def test_a_listing_and_ones_own_document(desk: Desk) -> None:
    ref, _number = sent_in(desk, desk.story.tim)
    desk.issue(desk.ready(), objects=[f"document:{ref}", "listing:  Logo design: in one day "])
    assert objects(desk) == [
        {"kind": "document", "ref": ref, "title": "photo.png"},
        {"kind": "listing", "ref": "Logo design: in one day", "title": "Logo design: in one day"},
    ]


@pytest.mark.parametrize("whose", ["another's", "not on record"])
def test_never_somebody_elses_document_nor_one_that_is_not_on_record(desk: Desk, whose: str) -> None:
    ref = sent_in(desk, desk.story.stacy)[0] if whose == "another's" else on_its_way(desk)
    action = desk.ready()
    with pytest.raises(RuleBroken) as refused:
        desk.issue(action, objects=[f"document:{ref}"])
    assert (refused.value.code, refused.value.field) == ("unknown_object", "objects")
