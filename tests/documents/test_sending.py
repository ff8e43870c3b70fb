"""Putting documents on record: who may, how many, once, and as exhibits with a number, a description and a hash."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.cases.models import CaseParty, PartySide
from portal.cases.operations import case_by_ref
from portal.core.access import Actor
from portal.core.errors import RuleBroken
from portal.core.work import Work
from portal.documents.intake import Intake
from portal.documents.models import Document, Exhibit, ExhibitKind
from portal.documents.operations import MOST_FOR_ONE_THING, add_exhibit, receive_document
from portal.documents.queries import document_by_ref, documents_for, shown_exhibits
from portal.log import checks
from portal.log.operations import record
from tests.core.test_act import at_once
from tests.documents.making import SAMPLES, take
from tests.factories.market import Market, Party, Story, refused
from tests.factories.opened import on_record

FOR = "Z-APPEAL"


@pytest.fixture
def case_ref(market: Market, story: Story) -> str:
    """A case about Tim, reported by Stacy."""
    sides = [(story.stacy.account.id, PartySide.COUNTERPART)]
    return market.make(lambda work: on_record(work, story.tim.account.id, sides)).ref


def send(
    market: Market, intake: Intake, party: Party, case_ref: str | None, *, actor: Actor | None = None, **other: Any
) -> str:
    args = {"account_id": party.account.id, "case_ref": case_ref, "subject_ref": FOR} | other
    taken = take(intake, SAMPLES["image/png"])
    return str(market.do(receive_document, actor or party.actor, taken=taken, **args)["document"])


def count(office: Office, model: type[Any] = Document) -> int:
    with office.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def log_is_whole(office: Office, folder: Path) -> bool:
    with office.database.read() as session:
        return list(checks.check(session, office.keyring, folder)) == []


def test_a_document_is_on_record(market: Market, story: Story, intake: Intake, case_ref: str, tmp_path: Path) -> None:
    ref = send(market, intake, story.tim, case_ref)
    with market.office.database.read() as session:
        found = document_by_ref(session, ref)
        assert documents_for(session, story.tim.account.id, FOR) == [found]
        assert documents_for(session, story.stacy.account.id, FOR) == []
    assert (found.name, found.media_type, found.state) == ("photo.png", "image/png", "ready")
    assert found.received_at == market.now
    assert log_is_whole(market.office, tmp_path / "none")


def test_a_changed_row_is_found(market: Market, story: Story, intake: Intake, case_ref: str, tmp_path: Path) -> None:
    ref = send(market, intake, story.tim, case_ref)
    with market.office.database.write() as session:
        session.execute(sa.update(Document).where(Document.ref == ref).values(sha256="0" * 64))
    assert not log_is_whole(market.office, tmp_path / "none")


def test_a_link_sends_into_its_case_only(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    link = story.tim.by_link(case_ref)
    assert send(market, intake, story.tim, case_ref, actor=link)
    assert refused(lambda: send(market, intake, story.tim, None, actor=link)) == "not_found"
    other = story.tim.by_link("C-OTHER")
    assert refused(lambda: send(market, intake, story.tim, case_ref, actor=other)) == "not_found"
    assert count(market.office) == 1


def test_nobody_sends_for_others_or_into_foreign_cases(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    assert refused(lambda: send(market, intake, story.tim, case_ref, actor=story.stacy.actor)) == "not_found"
    assert refused(lambda: send(market, intake, story.omar, case_ref)) == "not_found"
    assert refused(lambda: send(market, intake, story.tim, "C-NOTHING")) == "not_found"
    assert refused(lambda: send(market, intake, story.tim, case_ref, actor=story.ola.actor)) == "not_found"
    assert count(market.office) == 0


def test_ten_for_one_thing(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    for _ in range(MOST_FOR_ONE_THING):
        send(market, intake, story.tim, case_ref)
    assert refused(lambda: send(market, intake, story.tim, case_ref)) == "too_many_documents"
    assert send(market, intake, story.tim, case_ref, subject_ref="Z-OTHER")


def test_a_hundred_in_a_day(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    assert refused(lambda: [send(market, intake, story.tim, case_ref, subject_ref=f"Z-{n // 10}") for n in range(101)]) == (
        "too_many_today"
    )
    assert count(market.office) == 100
    market.office.clock.advance(days=1, seconds=1)  # type: ignore[attr-defined]
    assert send(market, intake, story.tim, case_ref)


@pytest.mark.parametrize("with_case", [True, False])
def test_twenty_at_once_are_ten(market: Market, story: Story, intake: Intake, case_ref: str, with_case: bool) -> None:
    case = case_ref if with_case else None
    answers = at_once(20, lambda _: send(market, intake, story.tim, case))
    assert sum(isinstance(answer, str) for answer in answers) == MOST_FOR_ONE_THING
    assert {answer.code for answer in answers if not isinstance(answer, str)} == {"too_many_documents"}
    assert count(market.office) == MOST_FOR_ONE_THING


def exhibit(work: Work, case_ref: str, document_ref: str, account_id: UUID) -> int:
    case, document = case_by_ref(work, case_ref), document_by_ref(work.db, document_ref)
    shown = add_exhibit(
        work, case, kind=ExhibitKind.DOCUMENT, document=document, by_account_id=account_id,
        description="My messages to Stacy",
    )
    record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=[shown])
    return shown.number


def test_an_exhibit_has_a_number_a_description_and_the_hash_of_the_file(
    market: Market, story: Story, intake: Intake, case_ref: str, tmp_path: Path
) -> None:
    refs = [send(market, intake, story.tim, case_ref) for _ in range(3)]
    tim = story.tim.account.id
    assert [market.make(lambda work, ref=ref: exhibit(work, case_ref, ref, tim)) for ref in refs] == [1, 2, 3]
    with market.office.database.read() as session:
        case_id = session.scalars(sa.select(CaseParty.case_id)).first()
        assert case_id is not None
        shown = shown_exhibits(session, case_id, tim)
        assert shown_exhibits(session, case_id, story.stacy.account.id) == []
        documents = [document_by_ref(session, ref) for ref in refs]
    assert [one.sha256 for one in shown] == [document.sha256 for document in documents]
    assert [(one.number, one.description) for one in shown] == [(n, "My messages to Stacy") for n in (1, 2, 3)]
    assert all(document.filed_at == market.now for document in documents)
    assert log_is_whole(market.office, tmp_path / "none")


def test_a_document_exhibit_needs_its_document(market: Market, story: Story, case_ref: str) -> None:
    def without(work: Work) -> Exhibit:
        return add_exhibit(work, case_by_ref(work, case_ref), kind=ExhibitKind.DOCUMENT, description="Nothing")

    with pytest.raises(RuleBroken, match="nothing_shown"):
        market.make(without)
    assert count(market.office, Exhibit) == 0


def test_the_same_press_twice_is_one_document(market: Market, story: Story, intake: Intake, case_ref: str) -> None:
    market.key = lambda: "pressed"  # type: ignore[method-assign]
    assert len({send(market, intake, story.tim, case_ref) for _ in range(4)}) == 1
    other = intake.take(io.BytesIO(SAMPLES["image/jpeg"]), "other.jpg")
    args = {"account_id": story.tim.account.id, "case_ref": case_ref, "subject_ref": FOR}
    assert refused(lambda: market.do(receive_document, story.tim.actor, taken=other, **args)) == "key_reused"
    assert count(market.office) == 1
