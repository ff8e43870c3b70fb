"""Reading a case: its file, its parties, its timeline, what was typed and not sent."""

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.cases.drafts import keep_draft, save_draft
from portal.cases.models import Case
from portal.cases.queries import case_file, draft_of, is_party, timeline
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
        assert is_party(session, file.case.id, [story.stacy.account.id])
        assert not is_party(session, file.case.id, [story.omar.account.id])
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
