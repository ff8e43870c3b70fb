"""Reading a case: its file, its parties, its timeline, what was typed and not sent."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.cases import drafts
from portal.cases.drafts import forget_draft, keep_draft, save_draft
from portal.cases.models import Case
from portal.cases.queries import case_file, draft_and_version, draft_of, timeline
from portal.core.errors import NotFound
from tests.factories.market import Market, Story, refused


@pytest.fixture
def told(office: Office) -> tuple[Market, Story, str]:
    market = Market(office)
    story = market.story()
    market.dispute(story.stacy, story.contract, report=True)
    with office.database.read() as session:
        return market, story, session.scalars(select(Case.ref)).one()


def test_case_file_holds_what_was_said(told: tuple[Market, Story, str]) -> None:
    market, story, ref = told
    with market.office.database.read() as session:
        file = case_file(session, ref)
        with pytest.raises(NotFound):
            case_file(session, "C-NOTHERE")
    assert file.about.ref == story.tim.account.ref and len(file.reports) == 1
    assert {(p.account.ref, p.side) for p in file.parties} >= {(story.tim.account.ref, "subject")}
    assert {item.kind for item in file.items} >= {"report"}


def test_timeline_is_in_order_and_names_roles(told: tuple[Market, Story, str]) -> None:
    market, _, ref = told
    with market.office.database.read() as session:
        moments = timeline(session, ref)
    assert [m.at for m in moments] == sorted(m.at for m in moments)
    assert {"report.received", "dispute.opened"} <= {m.kind for m in moments}
    assert {m.role for m in moments} == {"person"} and {m.handle for m in moments} == {None}


def test_draft_survives_and_is_its_writers_alone(told: tuple[Market, Story, str]) -> None:
    market, story, ref = told
    with market.office.database.write() as session:
        save_draft(market.office.work(session, story.rae.actor), "action", ref, '{"facts":"So far"}')
    with market.office.database.read() as session:
        assert draft_of(session, story.rae.person.id, "action", ref) == {"facts": "So far"}
        assert draft_of(session, story.ola.person.id, "action", ref) is None


def test_drafts_have_limits(told: tuple[Market, Story, str]) -> None:
    market, story, _ref = told

    def keep(subject: str, fields: dict[str, str]) -> str | None:
        return refused(lambda: market.do(keep_draft, story.tim.actor, form="answer", subject=subject, fields=fields))

    assert keep("Q-1", {f"f{n}": "x" for n in range(61)}) == "draft_too_large"
    assert keep("Q-1", {f"f{n}": "x" * 250_000 for n in range(5)}) == "draft_too_large"
    assert keep("Q-1", {"answer": "شكرا " * 20_000}) is None


def test_what_was_kept_elsewhere_is_never_overwritten_unseen(told: tuple[Market, Story, str]) -> None:
    market, story, _ref = told

    def keep(text: str, version: int | None) -> Any:
        fields = {"answer": text}
        return market.do(keep_draft, story.tim.actor, form="answer", subject="Q-1", fields=fields, version=version)

    assert keep("One", 0) == {"version": 1}
    assert refused(lambda: keep("Two", 0)) == "draft_changed"
    assert keep("One", 0) == {"version": 1}, "the same words are no change"
    assert keep("Two", 1) == {"version": 2}
    assert refused(lambda: keep("Three", 1)) == "draft_changed"
    with market.office.database.read() as session:
        assert draft_and_version(session, story.tim.person.id, "answer", "Q-1") == ({"answer": "Two"}, 2)
        assert draft_and_version(session, story.tim.person.id, "answer", "Q-2") == (None, 0)
    assert keep("Three", None) == {"version": 3}


def test_with_very_many_drafts_those_that_are_kept_can_be_kept_again(
    told: tuple[Market, Story, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    market, story, _ref = told
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 3)

    def keep(subject: str, text: str) -> str | None:
        fields = {"answer": text}
        return refused(lambda: market.do(keep_draft, story.tim.actor, form="answer", subject=subject, fields=fields))

    assert [keep(f"Q-{n}", "x") for n in range(4)] == [None, None, None, "too_many_drafts"]
    assert keep("Q-2", "Longer than before") is None
    assert refused(lambda: market.do(forget_draft, story.tim.actor, form="answer", subject="Q-0")) is None
    assert keep("Q-3", "x") is None
