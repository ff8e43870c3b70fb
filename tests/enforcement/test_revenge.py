"""Answering a report with revenge: who reported whom before is a fact of the case, and a tick goes there under its rule."""

from datetime import timedelta

from sqlalchemy import select

from portal.act import Office
from portal.cases.models import Case, Message, WorkItem
from portal.enforcement.linked import reported_by
from portal.enforcement.reporting import PRESSED, report_account
from portal.rulebook.models import Clause
from tests.factories.market import Market, Party

WORDS = "She has left a false review and writes to my other clients about it."


def report(market: Market, by: Party, contract_ref: str, *, pressed: bool = False) -> str:
    said = {"account_id": by.account.id, "contract_ref": contract_ref, "happened": WORDS, "pressed": pressed}
    return str(market.do(report_account, by.actor, **said)["report"])


def test_who_was_reported_before_by_the_account_is_a_fact(office: Office) -> None:
    market = Market(office)
    story = market.story()
    report(market, story.stacy, story.contract.ref)
    market.office.clock.advance(days=3)  # type: ignore[attr-defined]
    report(market, story.tim, story.contract.ref)
    others = {story.tim.account.id, story.omar.account.id}
    with office.database.read() as session:
        year = market.now - timedelta(days=365)
        assert [one for one, _at in reported_by(session, story.stacy.account.id, others, year)] == [story.tim.account.id]
        assert reported_by(session, story.stacy.account.id, others, market.now) == []
        assert reported_by(session, story.omar.account.id, others, year) == reported_by(session, story.tim.account.id, (), year)


def test_a_tick_stands_in_the_case_under_the_rule_and_does_nothing_else(office: Office) -> None:
    market = Market(office)
    story = market.story()
    ref = report(market, story.tim, story.contract.ref, pressed=True)
    with office.database.read() as session:
        message = session.scalars(select(Message)).one()
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one()
        clause = session.get_one(Clause, item.clause_id)
        case = session.scalars(select(Case)).one()
    assert (message.body, message.from_account_id) == (PRESSED, story.tim.account.id)
    assert clause.key == "retaliation" and message.clause_version_id is not None
    assert (case.about_account_id, case.safety) == (story.stacy.account.id, False)
