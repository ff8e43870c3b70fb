"""What the letter shows as somebody's words is what they wrote; what we pasted says so; what is withheld leaks nothing."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Case, Message, MessageKind
from portal.core.errors import RuleBroken
from portal.core.i18n import Language
from portal.core.ids import new_ref
from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute
from portal.documents.models import Exhibit
from portal.enforcement.queries import statement_of
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.web.shell.letter import read, voice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_exhibits import put, refusal, shown

WORDS = "I took the photos  myself.\nThe first ones ... were dark.\n\nI sent them on Monday, not on Sunday."


def written(desk: Desk, kind: MessageKind = MessageKind.ANSWER) -> str:
    """A message of Tim in the case; answers with its reference."""

    def step(work: Any) -> str:
        case = work.db.scalars(select(Case).where(Case.ref == desk.case_ref)).one()
        row = Message(
            ref=new_ref("Q"), case_id=case.id, kind=kind, from_account_id=desk.story.tim.account.id, language="en",
            sent_at=work.now, body=WORDS, sha256="",
        )
        row.sha256 = body_digest(row)
        add(work, row)
        work.db.flush()
        record(work, "question.answered", row.ref, case_ref=case.ref, rows=[row])
        return row.ref

    return desk.market.make(step)


def record_of(desk: Desk, ref: str) -> str:
    with desk.office.database.read() as session:
        return json.dumps(statement_of(session, ref)[0])


@pytest.mark.parametrize("quoted", [
    "", "I took the photos myself.", "I took the photos\nmyself.", "I sent them on Monday", "I took the photos … on Monday",
    "I took the photos myself.\n\nI sent them on Monday, not on Sunday.", "The first ones ... were dark.",
    "… not on Sunday.", WORDS,
])
def test_their_own_words_are_quoted_whole_or_in_part(desk: Desk, quoted: str) -> None:
    desk.ready()
    number = put(desk, "message", named=written(desk), quoted=quoted)
    with desk.office.database.read() as session:
        row = session.scalars(select(Exhibit).where(Exhibit.number == number)).one()
    assert row.quoted == (quoted or WORDS)


@pytest.mark.parametrize("quoted", [
    "I took the money on purpose.", "I took the photos … the money", "i took the photos myself", "took the photo", "…", "...",
    "I sent them on Monday … I took the photos", "I took the photos myself. I sent them on Sunday.",
])
def test_words_that_they_did_not_write_are_refused(desk: Desk, quoted: str) -> None:
    desk.ready()
    found = refusal(lambda: put(desk, "message", named=written(desk), quoted=quoted))
    assert (found.code, found.field) == ("not_their_words", "quoted")
    assert isinstance(found, RuleBroken)


def test_this_holds_for_contracts_and_disputes_too(desk: Desk) -> None:
    desk.ready()
    story = desk.story
    with desk.office.database.read() as session:
        dispute = session.scalars(select(Dispute.ref)).one()
    desk.market.do(answer_dispute, story.tim.actor, dispute_ref=dispute, answer="I was ill from Monday on.")
    own = {"contract": "refund of a milestone", "dispute": "then heard nothing", "answer": "I was ill"}
    for kind, words in own.items():
        named = story.contract.ref if kind == "contract" else dispute
        wrong = {"named": named, "quoted": "I took the money on purpose."}
        assert refusal(lambda kind=kind, wrong=wrong: put(desk, kind, **wrong)).code == "not_their_words"
        assert put(desk, kind, named=named, quoted=words)


def test_the_letter_says_what_we_copied_ourselves(desk: Desk) -> None:
    ref = desk.ready()
    pasted, own = put(desk), put(desk, "message", named=written(desk), quoted="")
    desk.issue(ref, exhibits=[str(pasted), str(own)])
    found = shown(desk, ref)
    assert (found[pasted]["copied"], found[own]["copied"]) == (True, False)
    letter = read(json.loads(record_of(desk, ref)))
    say = voice(letter, Language("en"))
    assert {one["number"]: say.copied(one) for one in letter["exhibits"]} == {pasted: "as copied by us", own: ""}


def test_no_digest_of_what_is_withheld_can_be_tried_against_a_guess(desk: Desk) -> None:
    ref = desk.ready()
    hidden, open_one = put(desk, ground="protects_reporter"), put(desk, quoted="When will it be there?")
    desk.issue(ref, exhibits=[str(hidden), str(open_one)])
    found = shown(desk, ref)
    assert found[hidden]["sha256"] is None
    with desk.office.database.read() as session:
        digests = {row.number: row.sha256 for row in session.scalars(select(Exhibit))}
    assert digests[hidden] not in record_of(desk, ref)
    assert found[open_one]["sha256"] == digests[open_one]
