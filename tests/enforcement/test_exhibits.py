"""What a decision shows its person: opened by whoever decides, in the letter by kind, day and words, or withheld and why."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.core.errors import Refusal
from portal.documents.intake import Taken
from portal.documents.models import Exhibit, ExhibitKind
from portal.documents.operations import add_document, add_exhibit, open_document
from portal.documents.queries import Opening, openings_of
from portal.enforcement.evidence import put_exhibit
from portal.enforcement.operations import co_sign, issue_action, propose_action
from portal.enforcement.queries import statement_of
from portal.enforcement.showing import open_cited
from portal.log.operations import record
from tests.enforcement.conftest import Desk
from tests.factories.market import Party


def refusal(call: Callable[[], Any]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def put(desk: Desk, kind: str = "pasted", **other: Any) -> int:
    args = {"named": desk.story.stacy.account.ref, "description": "A message of 14 November", "quoted": "Where is it?"}
    made = desk.market.do(put_exhibit, desk.story.rae.actor, case_ref=desk.case_ref, kind=kind, **args | other)
    return int(made["exhibit"])


def sent_in(desk: Desk, party: Party, ground: str | None = None) -> tuple[str, int]:
    """A document of that party that is an exhibit of the case: its reference and its number."""

    def step(work: Any) -> tuple[str, int]:
        work.actor = party.actor
        case = work.db.scalars(select(Case).where(Case.ref == desk.case_ref)).one()
        document = add_document(
            work, account_id=party.account.id, case_ref=case.ref, subject_ref="D-1",
            taken=Taken("photo.png", "image/png", 9, "a" * 64, f"key-{party.account.ref}", b"sealed"),
        )
        row = add_exhibit(
            work, case, kind=ExhibitKind.DOCUMENT, document=document, by_account_id=party.account.id, ground=ground,
            description="A photo of the drawing",
        )
        record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=[row])
        return document.ref, row.number

    return desk.market.make(step)


def opens(desk: Desk, document: str) -> None:
    desk.market.do(open_document, desk.story.rae.actor, document_ref=document, purpose="case")


def shown(desk: Desk, ref: str) -> dict[int, dict[str, Any]]:
    """The exhibits of the frozen statement, by number."""
    with desk.office.database.read() as session:
        return {one["number"]: one for one in (statement_of(session, ref)[0] or {})["exhibits"]}


def opened(desk: Desk, ref: str, number: int, party: Party | None = None) -> str:
    made = desk.market.do(open_cited, (party or desk.story.tim).actor, action_ref=ref, number=number)
    return str(made["document"])


def test_nobody_decides_on_a_document_that_they_have_not_opened(desk: Desk) -> None:
    ref = desk.ready()
    document, number = sent_in(desk, desk.story.stacy)
    exhibits = ["1", str(number)]
    found = refusal(lambda: desk.issue(ref, exhibits=exhibits))
    assert (found.code, found.field, found.params["number"]) == ("unopened", "exhibits", str(number))
    args = {"action_ref": ref, "version": 1, "fields": desk.form(exhibits=exhibits)}
    assert refusal(lambda: desk.market.do(propose_action, desk.story.rae.actor, **args)).code == "unopened"
    opens(desk, document)
    desk.market.do(issue_action, desk.story.rae.actor, **args)


def test_the_second_person_opens_it_too(desk: Desk) -> None:
    ref, ola = desk.ready(), desk.story.ola.actor
    document, number = sent_in(desk, desk.story.stacy)
    opens(desk, document)
    fields = desk.form(measure="termination", ends_on="", exhibits=[str(number)])
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    signing = {"action_ref": ref, "reason": "I would decide the same."}
    assert refusal(lambda: desk.market.do(co_sign, ola, **signing)).code == "unopened"
    assert desk.action(ref).status == "proposed"


def test_the_letter_shows_kind_day_and_words(desk: Desk) -> None:
    ref = desk.ready()
    pasted, terms = put(desk), put(desk, "contract", named=desk.story.contract.ref, quoted="")
    desk.issue(ref, exhibits=["1", str(pasted), str(terms)])
    found = shown(desk, ref)
    assert (found[pasted]["kind"], found[pasted]["quoted"], found[pasted]["ground"]) == ("message", "Where is it?", None)
    assert found[pasted]["at"].startswith(desk.market.now.date().isoformat())
    assert "Full refund of a milestone" in found[terms]["quoted"]


def test_what_is_withheld_says_why_and_nothing_else(desk: Desk) -> None:
    ref = desk.ready()
    number = put(desk, ground="protects_other_person")
    desk.issue(ref, exhibits=[str(number)])
    found = shown(desk, ref)[number]
    assert (found["ground"], found["quoted"], found["file"]) == ("protects_other_person", None, None)


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("unknown_reason", {"ground": "because"}),
        ("unknown_reason", {"ground": "no_longer_exists"}),
        ("never_withheld", {"ground": "protects_reporter", "kind": "contract", "quoted": ""}),
        ("never_withheld", {"ground": "protects_reporter", "named": "tim"}),
    ],
)
def test_own_words_and_contracts_are_never_withheld(desk: Desk, code: str, other: dict[str, Any]) -> None:
    desk.start()
    names = {"contract": desk.story.contract.ref, "tim": desk.story.tim.account.ref}
    named = names.get(other.get("kind", other.get("named", "")), desk.story.stacy.account.ref)
    assert refusal(lambda: put(desk, **{**other, "named": named})).code == code
    with desk.office.database.read() as session:
        assert [one.number for one in session.scalars(select(Exhibit))] == [1]


def test_the_person_opens_what_is_cited_and_its_owner_sees_that(desk: Desk) -> None:
    ref = desk.ready()
    document, number = sent_in(desk, desk.story.stacy)
    other, uncited = sent_in(desk, desk.story.tim)
    opens(desk, document)
    assert refusal(lambda: opened(desk, ref, number)).code == "not_found"
    desk.issue(ref, exhibits=[str(number)])
    assert opened(desk, ref, number) == document
    with desk.office.database.read() as session:
        assert openings_of(session, document)[-1] == Opening(desk.market.now, "person", None, "case")
    for party, n in ((desk.story.omar, number), (desk.story.stacy, number), (desk.story.tim, uncited), (desk.story.tim, 99)):
        assert refusal(lambda party=party, n=n: opened(desk, ref, n, party)).code == "not_found"
    assert refusal(lambda: desk.market.do(
        open_cited, desk.story.tim.by_link("C-ELSEWHERE"), action_ref=ref, number=number
    )).code == "not_found"
    assert other != document


def test_a_withheld_document_is_not_opened(desk: Desk) -> None:
    ref = desk.ready()
    document, number = sent_in(desk, desk.story.stacy, "protects_other_person")
    opens(desk, document)
    desk.issue(ref, exhibits=[str(number)])
    assert shown(desk, ref)[number]["file"] is None
    assert refusal(lambda: opened(desk, ref, number)).code == "withheld"
