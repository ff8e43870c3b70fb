"""Answering a report with revenge: who reported whom before is a fact of the case, and a tick goes there under its rule."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.act import Office
from portal.cases.models import Case, Message, WorkItem
from portal.disputes.pressure import PRESSED
from portal.enforcement.linked import reported_by
from portal.enforcement.receiving import report_somebody, sort_report
from portal.enforcement.reporting import report_account
from portal.rulebook.models import Clause
from portal.rulebook.roles import DISPUTE_MISUSE, RETALIATION, clause_that_plays
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


def stands_in_the_case(office: Office, ref: str, by: Party, about: Party) -> None:
    """What a tick on any form of a report does: the same as on that of a contract."""
    with office.database.read() as session:
        message = session.scalars(select(Message)).one()
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one()
        clause, case = session.get_one(Clause, item.clause_id), session.get_one(Case, message.case_id)
    assert (message.body, message.from_account_id, clause.key) == (PRESSED, by.account.id, "retaliation")
    assert (case.about_account_id, case.id) == (about.account.id, item.case_id) and message.clause_version_id is not None


def test_it_can_be_said_about_somebody_without_a_contract(office: Office) -> None:
    """It waits with the report, whoever is named, and goes into the case with it."""
    market = Market(office)
    story, other = market.story(), market.party("Ana Ruiz")
    said = {"account_id": other.account.id, "named": "https://northlight.example/listing/4711", "happened": WORDS}
    ref = str(market.do(report_somebody, other.actor, pressed=True, **said)["report"])
    with office.database.read() as session:
        assert session.scalars(select(Message)).all() == []
    market.do(sort_report, story.rae.actor, incoming_ref=ref, about_ref=story.tim.account.ref)
    stands_in_the_case(office, ref, other, story.tim)


def test_it_can_be_said_while_money_is_contested(office: Office) -> None:
    market = Market(office)
    story = market.story()
    opened = market.dispute(story.stacy, story.contract, pressed=True)
    assert opened["report"] is not None
    stands_in_the_case(office, str(opened["report"]), story.stacy, story.tim)


def test_where_no_rule_plays_the_part_what_is_said_is_kept_under_none(office: Office, tmp_path: Path) -> None:
    """A marketplace whose terms have no rule against revenge, or do not say which it is."""
    folder = Path(shutil.copytree("policies", tmp_path / "policies"))
    for path in folder.glob("terms-of-service/*.clauses.toml"):
        path.write_text(re.sub(r"^plays = .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    market = Market(office, str(folder))
    story = market.story()
    ref = report(market, story.tim, story.contract.ref, pressed=True)
    with office.database.read() as session:
        message = session.scalars(select(Message)).one()
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref)).one()
        named = [clause_that_plays(session, part, market.day()) for part in (RETALIATION, DISPUTE_MISUSE)]
    assert (message.body, message.clause_version_id, item.clause_id, named) == (PRESSED, None, None, [None, None])


def test_the_part_is_played_by_the_clause_that_says_so(office: Office) -> None:
    market = Market(office)
    market.publish()
    with office.database.read() as session:
        now = [clause_that_plays(session, part, market.day()) for part in (RETALIATION, DISPUTE_MISUSE)]
        assert clause_that_plays(session, DISPUTE_MISUSE, date(2025, 1, 1)) is None, "the rule was new in the next version"
    assert [clause.key if clause else "" for clause in now] == ["retaliation", "dispute-misuse"]
