"""Files added while a dispute is written: nobody else's before it is sent, exhibits of both sides from then on."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Member
from portal.core.access import Actor
from portal.core.errors import Conflict, NotFound
from portal.disputes.files import add_file, added_files, remove_file, subject_of
from portal.disputes.operations import open_shown, withdraw_dispute
from portal.disputes.queries import dispute_by_ref
from portal.disputes.showing import shown_in
from portal.documents.intake import Taken
from portal.documents.models import Document, Exhibit
from portal.documents.operations import open_document
from portal.documents.rules import MOST_FOR_ONE_THING
from portal.log.sequencer import sequence
from portal.notices.models import Notice
from tests.factories.market import Market, Party, Story, refused
from tests.ledger.test_loading import violations

NUMBERS = count(1)


def add(market: Market, party: Party, story: Story, description: str = "The drawing", **other: Any) -> str:
    n = next(NUMBERS)
    taken = Taken(f"drawing-{n}.png", "image/png", 1000 + n, f"{n:064x}", f"key-{n:05}", b"sealed")
    args = {"account_id": party.account.id, "contract_ref": story.contract.ref, "milestone_number": 1} | other
    return str(market.do(add_file, party.actor, description=description, taken=taken, **args)["document"])


def added(market: Market, party: Party, story: Story) -> list[tuple[str, str]]:
    subject = subject_of(story.contract.ref, 1)
    with market.office.database.read() as session:
        found = added_files(session, party.person.id, party.account.id, subject)
        return [(one.document.ref, one.description) for one in found]


def test_what_was_added_becomes_exhibits_of_both_sides(market: Market, story: Story) -> None:
    refs = [add(market, story.stacy, story), add(market, story.stacy, story, "What she wrote then")]
    made = market.dispute(story.stacy, story.contract, files=refs)
    with market.office.database.read() as session:
        shown = shown_in(session, dispute_by_ref(session, made["dispute"]).id)
        documents = {one.document.ref: (one.document.subject_ref, one.document.filed_at) for one in shown}
        notices = {one.kind: one for one in session.scalars(select(Notice))}
    assert [(one.document.ref, one.exhibit.description) for one in shown] == [
        (refs[0], "The drawing"), (refs[1], "What she wrote then")
    ]
    assert documents == dict.fromkeys(refs, (made["dispute"], market.now))
    for kind in ("dispute_opened", "dispute_receipt"):
        assert "The drawing\nWhat she wrote then" in (notices[kind].body or "")
        assert "drawing" not in (notices[kind].mail_body or "")
    for party in (story.stacy, story.tim):
        market.do(open_shown, party.actor, dispute_ref=made["dispute"], number=shown[0].exhibit.number)
    market.take(story.rae, made["case"])
    market.do(open_document, story.rae.actor, document_ref=refs[0], purpose="case")
    assert added(market, story.stacy, story) == []
    sequence(market.office)
    assert violations(market) == []


def test_before_it_is_sent_nobody_else_sees_a_file(market: Market, story: Story) -> None:
    ref = add(market, story.stacy, story)
    for actor in (story.tim.actor, story.omar.actor, story.rae.actor):
        with pytest.raises(NotFound):
            market.do(open_document, actor, document_ref=ref, purpose="own")
    with market.office.database.read() as session:
        assert session.scalars(select(Exhibit)).all() == []
    assert added(market, story.tim, story) == []


def test_another_member_of_the_account_writes_a_dispute_of_their_own(market: Market, story: Story) -> None:
    add(market, story.stacy, story)
    other = market.person("Mona Moreno")
    market.make(lambda work: work.db.add(Member(
        account_id=story.stacy.account.id, person_id=other.id, role="owner", created_at=market.now
    )))
    mona = Party(other, story.stacy.account, Actor(f"person:{other.id}", story.stacy.actor.roles, other.id,
                                                   story.stacy.actor.account_ids))
    assert added(market, mona, story) == []
    add(market, mona, story, "The same from Mona")
    assert [line for _, line in added(market, mona, story)] == ["The same from Mona"]
    assert len(added(market, story.stacy, story)) == 1


def test_a_file_that_was_taken_away_is_gone(market: Market, story: Story) -> None:
    first, second = add(market, story.stacy, story), add(market, story.stacy, story, "Another one")
    args = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "milestone_number": 1}
    market.do(remove_file, story.stacy.actor, document_ref=first, **args)
    assert added(market, story.stacy, story) == [(second, "Another one")]
    with pytest.raises(NotFound):
        market.do(remove_file, story.stacy.actor, document_ref=first, **args)
    with market.office.database.read() as session:
        assert session.scalars(select(Document).where(Document.ref == first)).one().wrapped_key is None


@pytest.mark.parametrize("sent", ["none", "one", "unknown"])
def test_what_was_not_checked_is_not_sent(market: Market, story: Story, sent: str) -> None:
    refs = [add(market, story.stacy, story), add(market, story.stacy, story)]
    files = {"none": [], "one": refs[:1], "unknown": [*refs, "D-22222222"]}[sent]
    with pytest.raises(Conflict, match="files_changed"):
        market.dispute(story.stacy, story.contract, files=files)
    assert len(added(market, story.stacy, story)) == 2
    market.dispute(story.stacy, story.contract, files=refs)


def test_only_the_client_of_the_milestone_adds_files(market: Market, story: Story) -> None:
    for party, other in ((story.tim, {}), (story.omar, {}), (story.stacy, {"milestone_number": 9}),
                         (story.stacy, {"contract_ref": story.other_contract.ref})):
        with pytest.raises(NotFound):
            add(market, party, story, **other)
    with pytest.raises(NotFound):
        add(market, story.omar, story, account_id=story.stacy.account.id)
    assert refused(lambda: add(market, story.stacy, story, " ")) == "description_missing"


def test_as_many_as_are_allowed(market: Market, story: Story) -> None:
    for _ in range(MOST_FOR_ONE_THING):
        add(market, story.stacy, story)
    assert refused(lambda: add(market, story.stacy, story)) == "too_many_documents"


def test_a_dispute_that_was_taken_back_uses_up_no_room(market: Market, story: Story) -> None:
    refs = [add(market, story.stacy, story) for _ in range(MOST_FOR_ONE_THING)]
    ref = market.dispute(story.stacy, story.contract, files=refs)["dispute"]
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
    again = add(market, story.stacy, story)
    market.dispute(story.stacy, story.contract, files=[again])
