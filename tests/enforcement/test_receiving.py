"""Reports about somebody without a contract, by trusted flaggers, by reviewers and by machines: all in one case."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select, text

from portal.accounts.flaggers import end_flagger, trust_flagger
from portal.appeals.closing import close_case
from portal.cases.closing import what_came_in
from portal.cases.hands import OutOfReach, require_reader
from portal.cases.models import Case, Report, WorkItem
from portal.cases.queries import case_file
from portal.cases.queue import queue
from portal.cases.report_models import Detection, IncomingReport, SortedReport
from portal.core.access import WORKER, Role
from portal.core.migrate import migrate
from portal.enforcement.evidence import take_case
from portal.enforcement.looking import unsorted_reports
from portal.enforcement.noticing import detection_fact, report_detections, report_what_i_saw
from portal.enforcement.operations import discard_action
from portal.enforcement.receiving import report_somebody, sort_by_reference, sort_report
from portal.enforcement.reporting import report_account
from portal.ledger.operations import propose_adjustment, sign_adjustment
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.factories.market import Market, Party, Story, refused
from tests.log.making import unguarded

WORDS = "The pictures of this listing are mine. I made them in May and sold them to nobody."
SEEN = {"source_key": "d-1", "account": "m-tim", "happened": "Twelve equal messages to strangers within one hour.",
        "detector": "Equal messages 3", "accuracy": "Of 1,000 checked hits in 2026, 930 were right.", "withheld": True,
        "signals": "Equal text, 12 receivers, 52 minutes."}


def report(market: Market, by: Party, named: str, words: str = WORDS) -> str:
    return str(market.do(report_somebody, by.actor, account_id=by.account.id, named=named, happened=words)["report"])


def sort(market: Market) -> int:
    return int(market.do(sort_by_reference, WORKER)["sorted"])


def rows(market: Market, query: Any) -> list[Any]:
    with market.office.database.read() as session:
        return list(session.scalars(query))


@contextmanager
def statements(market: Market) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, as SQL."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    sa.event.listen(market.office.database.writer, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(market.office.database.writer, "before_cursor_execute", note)


def test_whoever_is_named_the_receipt_and_what_is_asked_of_the_database_are_the_same(market: Market, story: Story) -> None:
    traces, texts = [], []
    reporters = [market.party(f"Reporter{n} Falk") for n in range(4)]
    listing = "https://northlight.example/listing/4711"
    named_ones = (story.tim.account.ref, "P-22222222", listing, story.omar.account.ref)
    report(market, story.stacy, "P-33333333")  # a process asks once whose log this is
    for by, named in zip(reporters, named_ones, strict=True):
        with statements(market) as trace:
            ref = report(market, by, named)
        traces.append(list(trace))
        (notice,) = rows(market, select(Notice).where(Notice.about_ref == ref))
        texts.append((notice.body or "").replace(ref, "R"))
    assert len({tuple(one) for one in traces}) == 1
    assert len(set(texts)) == 1 and "Tim" not in texts[0]


def test_a_reference_goes_into_a_case_by_itself_and_nobody_else_hears(market: Market, story: Story) -> None:
    ref = report(market, story.stacy, story.tim.account.ref.lower())
    assert sort(market) == 1 and sort(market) == 0
    (found,) = rows(market, select(Report))
    assert (found.ref, found.source, found.body) == (ref, "user", WORDS)
    assert rows(market, select(Notice).where(Notice.recipient_id == story.tim.person.id)) == []
    assert len(rows(market, select(WorkItem).where(WorkItem.subject_ref == ref))) == 1


def test_the_same_words_again_and_limits(market: Market, story: Story) -> None:
    assert report(market, story.stacy, "P-22222222") == report(market, story.stacy, "P-22222222")
    assert refused(lambda: report(market, story.stacy, " ")) == "nobody_named"
    assert refused(lambda: report(market, story.stacy, "P-22222222", "Short.")) == "too_short"
    for n in range(9):
        report(market, story.stacy, "P-22222222", f"{WORDS} {n}")
    assert refused(lambda: report(market, story.stacy, "P-22222222", f"{WORDS} again")) == "too_many"


def test_a_listing_waits_for_somebody_who_says_whom_it_is_about(market: Market, story: Story) -> None:
    listing, nowhere = report(market, story.stacy, "https://northlight.example/listing/1"), report(market, story.omar, "nobody")
    assert sort(market) == 0
    with market.office.database.read() as session:
        assert [one.ref for one, _account in unsorted_reports(session)] == [listing, nowhere]
    rae = story.rae.actor
    assert refused(lambda: market.do(sort_report, rae, incoming_ref=listing, about_ref="P-22222222")) == "no_account"
    assert refused(lambda: market.do(
        sort_report, rae, incoming_ref=listing, about_ref=story.stacy.account.ref)) == "own_account"
    market.do(sort_report, rae, incoming_ref=listing, about_ref=story.tim.account.ref)
    assert refused(lambda: market.do(
        sort_report, rae, incoming_ref=listing, about_ref=story.tim.account.ref)) == "sorted"
    market.do(sort_report, rae, incoming_ref=nowhere, about_ref="")
    (told,) = rows(market, select(Notice).where(Notice.kind == "report_nobody"))
    assert told.recipient_id == story.omar.person.id and "could not find out whom it is about" in (told.body or "")
    assert [one.report_id is None for one in rows(market, select(SortedReport).order_by(SortedReport.id))] == [False, True]


def test_all_sources_make_one_case(market: Market, story: Story) -> None:
    said = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": WORDS}
    market.do(report_account, story.stacy.actor, **said)
    report(market, market.party("Nina Falk"), story.tim.account.ref)
    sort(market)
    market.do(report_detections, facts=[detection_fact(SEEN)])
    market.do(report_what_i_saw, story.rae.actor, about_ref=story.tim.account.ref, happened=WORDS)
    assert len(rows(market, select(Case))) == 1
    assert [one.source for one in rows(market, select(Report).order_by(Report.received_at, Report.id))] == [
        "counterpart", "user", "detection", "reviewer"]


def test_a_report_joins_no_case_that_is_about_money_alone(market: Market, story: Story) -> None:
    """Else whoever signed a correction of somebody's money read every later report about them."""
    lead = market.staff("Lee Marsh", Role.LEAD)
    ref = market.do(
        propose_adjustment, lead.actor, contract_ref=story.contract.ref, milestone_number=1, kind="taken", amount_minor=500,
        currency="USD", reason="The milestone was put on record with a wrong amount.",
    )["adjustment"]
    (item,) = rows(market, select(WorkItem).where(WorkItem.subject_ref == ref))
    (case,) = rows(market, select(Case).where(Case.id == item.case_id))
    market.do(take_case, story.ola.actor, case_ref=case.ref, item=str(item.id), version=str(item.version))
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=ref, outcome="signed")
    report(market, story.omar, story.tim.account.ref)
    assert sort(market) == 1
    (reported,) = rows(market, select(Case).join(Report, Report.case_id == Case.id))
    with market.office.database.read() as session, pytest.raises(OutOfReach, match="with_nobody"):
        require_reader(session, story.ola.actor, reported.ref)
    assert reported.id != case.id


def test_a_user_is_answered_under_the_rule_like_everybody(market: Market, story: Story) -> None:
    ref = report(market, market.party("Nina Falk"), story.tim.account.ref)
    sort(market)
    (case,) = rows(market, select(Case))
    desk = Desk(market, story, case.ref)
    market.take(story.rae, case.ref)
    with market.office.database.read() as session:
        seen = what_came_in(case_file(session, case.ref))
    market.do(close_case, story.rae.actor, case_ref=case.ref, seen=seen, rules=[str(desk.clause())], reason=f"{WORDS} No.")
    (told,) = rows(market, select(Notice).where(Notice.kind == "report_not_applied"))
    assert told.about_ref == ref and "it did not apply" in (told.body or "")


def test_a_trusted_flagger_is_read_first_and_is_one_only_in_time(market: Market, story: Story) -> None:
    nina, today = market.party("Nina Falk"), market.day()
    mark = {"account_ref": nina.account.ref, "area": "Counterfeit goods", "since_on": today}
    assert refused(lambda: market.do(trust_flagger, **mark, until_on=date(2020, 1, 1))) == "ends_first"
    market.do(trust_flagger, **mark)
    assert refused(lambda: market.do(trust_flagger, **mark)) == "known"
    plain, first = report(market, story.omar, story.tim.account.ref), report(market, nina, story.tim.account.ref)
    sort(market)
    with market.office.database.read() as session:
        lines = queue(session, filter="all", person_id=story.rae.person.id, now=market.now)
        flagged = queue(session, filter="flagged", person_id=story.rae.person.id, now=market.now)
    assert [one.subject_ref for one in lines] == [first, plain]
    assert [one.subject_ref for one in flagged] == [first]
    market.do(end_flagger, account_ref=nina.account.ref)
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    later = report(market, nina, "P-22222222")
    assert [one.source for one in rows(market, select(IncomingReport).where(IncomingReport.ref == later))] == ["user"]


def test_a_flagged_report_stays_one_after_a_dropped_draft_and_in_data_from_before_the_mark(market: Market, story: Story) -> None:
    nina = market.party("Nina Falk")
    market.do(trust_flagger, account_ref=nina.account.ref, area="Counterfeit goods", since_on=market.day())
    refs = report(market, nina, story.tim.account.ref), report(market, story.omar, story.stacy.account.ref)
    sort(market)
    (case,) = rows(market, select(Case).where(Case.about_account_id == story.tim.account.id))
    desk = Desk(market, story, case.ref)
    market.take(story.rae, case.ref)
    assert flagged(market) == {refs[0]}
    draft = desk.start()
    assert flagged(market) == set()
    market.do(discard_action, story.rae.actor, action_ref=draft)
    assert flagged(market) == {refs[0]}
    with unguarded(market.office) as connection:
        connection.execute(text("DELETE FROM report_writer"))
    migrate(market.office.database, "0046")
    migrate(market.office.database)
    assert flagged(market) == {refs[0]}


def flagged(market: Market) -> set[str]:
    open_ones = rows(market, select(WorkItem).where(WorkItem.closed_at.is_(None)))
    return {one.subject_ref for one in open_ones if one.flagged}


def test_what_a_machine_saw_says_which_one_and_is_taken_once(market: Market, story: Story) -> None:
    fact = detection_fact(json.loads(json.dumps(SEEN)))
    assert market.do(report_detections, facts=[fact])["recorded"] == 1
    assert market.do(report_detections, facts=[fact])["known"] == 1
    (seen,) = rows(market, select(Detection))
    assert (seen.detector, seen.withheld, seen.signals) == (SEEN["detector"], True, SEEN["signals"])
    assert refused(lambda: market.do(report_detections, facts=[fact | {"source_key": "d-2", "account": "x"}])) == "no_account"
    for wrong in ({"detector": ""}, {"withheld": "yes"}, {"more": "x"}, {"accuracy": None}):
        with pytest.raises(ValueError, match=r"It|\""):
            detection_fact(SEEN | wrong)


def test_what_a_reviewer_saw_is_in_their_hands(market: Market, story: Story) -> None:
    rae = story.rae.actor
    assert refused(lambda: market.do(report_what_i_saw, rae, about_ref="P-22222222", happened=WORDS)) == "no_account"
    done = market.do(report_what_i_saw, rae, about_ref=story.tim.account.ref, happened=WORDS)
    (item,) = rows(market, select(WorkItem).where(WorkItem.subject_ref == done["report"]))
    assert item.assignee_id == story.rae.person.id
    Desk(market, story, str(done["case"])).join(story.ola, story.omar)
    assert refused(lambda: market.do(
        report_what_i_saw, story.ola.actor, about_ref=story.tim.account.ref, happened=WORDS)) == "conflicted"
