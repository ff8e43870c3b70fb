"""Somebody reports the other side of their contract: a case, a place in the queue, a receipt, and nothing to the other side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.accounts.joining import record_member
from portal.accounts.roles import reads_report
from portal.cases.models import Case, CaseParty, Report, WorkItem
from portal.cases.writers import readers_of, writer_of
from portal.core.clock import last_day
from portal.core.errors import Busy, Conflict, RuleBroken
from portal.core.migrate import migrate
from portal.enforcement.looking import my_reports, reports_of_others
from portal.enforcement.receiving import report_somebody
from portal.enforcement.reporting import report_account
from portal.notices.models import Notice
from tests.factories.market import Market, Party, Story, refused
from tests.log.making import unguarded

WORDS = "He asked me twice to pay him outside the marketplace, on 3 and 5 November."


def report(market: Market, story: Story, by: Party | None = None, **other: Any) -> str:
    who = by or story.stacy
    args = {"account_id": who.account.id, "contract_ref": story.contract.ref, "happened": WORDS} | other
    return str(market.do(report_account, who.actor, **args)["report"])


def count(session: Session, what: Any) -> int:
    return session.scalar(select(func.count()).select_from(what)) or 0


def test_it_opens_a_case_with_the_other_side_as_its_subject(market: Market, story: Story) -> None:
    ref = report(market, story)
    with market.office.database.read() as session:
        case, item = session.scalars(select(Case)).one(), session.scalars(select(WorkItem)).one()
        sides = {party.account_id: party.side for party in session.scalars(select(CaseParty))}
        assert session.scalars(select(Report)).one().reporter_account_id == story.stacy.account.id
    assert case.about_account_id == story.tim.account.id
    assert sides == {story.tim.account.id: "subject", story.stacy.account.id: "counterpart"}
    assert (item.kind, item.subject_ref, item.assignee_id) == ("report", ref, None)
    assert last_day(item.due_at, "UTC") == date(2026, 11, 25)


def test_a_freelancer_can_report_a_client(market: Market, story: Story) -> None:
    report(market, story, by=story.tim)
    with market.office.database.read() as session:
        assert session.scalars(select(Case.about_account_id)).one() == story.stacy.account.id


def test_only_the_reporter_is_told_and_gets_a_receipt(market: Market, story: Story) -> None:
    ref = report(market, story)
    with market.office.database.read() as session:
        notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.recipient_id, notice.about_ref) == ("report_receipt", story.stacy.person.id, ref)
    assert "by the end of Wednesday 25 November 2026" in (notice.body or "")
    assert WORDS not in (notice.mail_body or "")
    assert notice.case_ref is None, "a reporter's link never opens the case of somebody else"


def test_its_writer_and_the_owners_hear_what_became_of_it_and_nobody_else(market: Market, story: Story) -> None:
    bo, fay, account = market.party("Bo Lind"), market.party("Fay Noor"), story.stacy.account
    for party, role in ((bo, "worker"), (fay, "finance")):
        market.make(lambda work, party=party, role=role: record_member(work, account, party.person, role))
    mine = report(market, story)
    bo = replace(bo, account=account, actor=replace(bo.actor, account_ids=frozenset({account.id})))
    his = report(market, story, by=bo)
    assert his != mine, "the same words of somebody else are a report of their own"
    with market.office.database.read() as session:
        read = [(person.name, ref) for person, ref in readers_of(session, account.id, [his, mine])]
        assert read == [("Stacy Moreno", mine), ("Bo Lind", his)]
        assert readers_of(session, account.id, [mine])[1:] == []
        assert not reads_report(session, account.id, fay.person.id, writer_of(session, his))
        assert my_reports(session, fay.person.id, {account.id}) == []
        assert {one[0] for one in reports_of_others(session, fay.person.id, {account.id})} == {his, mine}


def test_of_reports_from_before_the_writer_is_whoever_sent_it(market: Market, story: Story) -> None:
    ref, database = report(market, story), market.office.database
    named = market.do(
        report_somebody, story.stacy.actor, account_id=story.stacy.account.id, named="P-NOBODY", happened=WORDS
    )["report"]
    with unguarded(market.office) as connection:
        connection.execute(text("DELETE FROM report_writer"))
    migrate(database, "0059")
    migrate(database)
    with database.read() as session:
        assert {writer_of(session, one) for one in (ref, str(named))} == {story.stacy.person.id}


def test_it_joins_the_open_case_and_the_same_words_count_once(market: Market, story: Story) -> None:
    opened = market.dispute(story.stacy, story.contract)
    first, again = report(market, story), report(market, story)
    other = report(market, story, happened="Since then he has not answered any message of mine.")
    assert first == again != other
    with market.office.database.read() as session:
        assert session.scalars(select(Case.ref)).one() == opened["case"]
        assert count(session, Report) == 2


def test_very_many_reports_of_one_account_wait(market: Market, story: Story) -> None:
    for n in range(20):
        report(market, story, happened=f"{WORDS} And once more on day {n}.")
    assert refused(lambda: report(market, story, happened=f"{WORDS} And more.")) == "too_many"
    report(market, story, happened=f"{WORDS} And once more on day 3.")
    report(market, story, by=story.tim)
    with market.office.database.read() as session:
        assert count(session, Report) == 21
    market.office.clock.advance(hours=12)
    report(market, story, happened=f"{WORDS} And more.")


def test_refusals(market: Market, story: Story) -> None:
    omar, tim = story.omar, story.tim
    assert refused(lambda: report(market, story, by=omar)) == "not_found"
    assert refused(lambda: report(market, story, account_id=tim.account.id)) == "not_found"
    assert refused(lambda: report(market, story, contract_ref="K-22222222")) == "not_found"
    assert refused(lambda: report(market, story, happened="  ")) == "empty"
    assert refused(lambda: report(market, story, happened="Bad person.")) == "too_short"
    assert refused(lambda: market.do(
        report_account, story.stacy.actor.__class__("x", frozenset()), account_id=story.stacy.account.id,
        contract_ref=story.contract.ref, happened=WORDS,
    )) == "not_allowed"
    with market.office.database.read() as session:
        assert count(session, Report) == count(session, Case) == 0


def test_many_at_once_make_one_case(market: Market, story: Story) -> None:
    def once(number: int) -> str | None:
        try:
            return report(market, story, happened=f"{WORDS} This is letter number {number % 2}.")
        except (Busy, Conflict, RuleBroken):
            return None

    with ThreadPoolExecutor(6) as pool:
        made = {ref for ref in pool.map(once, range(6)) if ref}
    with market.office.database.read() as session:
        assert count(session, Case) == 1
        assert count(session, Report) == len(made) <= 2
