"""A report is read in time by a person, else a lead has it: the promise runs for each that came from outside."""


from sqlalchemy import select

from portal.cases.models import Case, Clock, Report, WorkItem
from portal.cases.operations import READING
from portal.core.access import WORKER, Role
from portal.enforcement.noticing import report_what_i_saw
from portal.enforcement.operations import ask_first
from portal.enforcement.receiving import report_somebody, sort_by_reference, sort_report
from portal.enforcement.reporting import report_account
from portal.log.models import Event
from tests.enforcement.conftest import Desk
from tests.factories.market import Market, Story
from tests.factories.promising import later, proven, rows

WORDS = "He asked me twice to pay him outside the marketplace, on 3 and 5 November."


def reported(market: Market, story: Story) -> str:
    args = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": WORDS}
    return str(market.do(report_account, story.stacy.actor, **args)["report"])


def named(market: Market, story: Story, about: str) -> str:
    args = {"account_id": story.stacy.account.id, "named": about, "happened": WORDS}
    return str(market.do(report_somebody, story.stacy.actor, **args)["report"])


def clocks(market: Market, ref: str) -> list[Clock]:
    return rows(market, select(Clock).where(Clock.kind == READING, Clock.subject_ref == ref).order_by(Clock.id))


def item(market: Market, ref: str) -> WorkItem:
    [found] = rows(market, select(WorkItem).where(WorkItem.subject_ref == ref, WorkItem.kind == "report"))
    assert isinstance(found, WorkItem)
    return found


def alarmed(market: Market, ref: str) -> bool:
    return bool(rows(market, select(Event.id).where(Event.kind == "report.to_lead", Event.subject_ref == ref)))


def case_of(market: Market, ref: str) -> str:
    [found] = rows(market, select(Case.ref).join(Report, Report.case_id == Case.id).where(Report.ref == ref))
    return str(found)


def test_nobody_reads_it_and_a_lead_has_it(market: Market, story: Story) -> None:
    lead, ref = market.staff("Lee Marsh", Role.LEAD), reported(market, story)
    [clock] = clocks(market, ref)
    assert clock.ended_at is None and clock.due_at == item(market, ref).due_at
    later(market, days=7)
    [clock] = clocks(market, ref)
    assert clock.result == "missed" and alarmed(market, ref)
    assert (item(market, ref).assignee_id, item(market, ref).stage) == (lead.person.id, "late")
    assert proven(market) == []


def test_a_lead_who_is_tied_to_the_case_is_not_given_it(market: Market, story: Story) -> None:
    lead, ref = market.staff("Lee Marsh", Role.LEAD), reported(market, story)
    Desk(market, story, case_of(market, ref)).join(lead, story.stacy)
    later(market, days=7)
    assert alarmed(market, ref) and item(market, ref).assignee_id is None


def test_somebody_takes_it_and_the_promise_is_kept(market: Market, story: Story) -> None:
    market.staff("Lee Marsh", Role.LEAD)
    ref = reported(market, story)
    market.take(story.rae, case_of(market, ref))
    assert [one.result for one in clocks(market, ref)] == ["kept"]
    later(market, days=7)
    assert not alarmed(market, ref) and item(market, ref).assignee_id == story.rae.person.id
    assert proven(market) == []


def test_asking_the_other_side_is_reading_it(market: Market, story: Story) -> None:
    ref = reported(market, story)
    desk = Desk(market, story, case_of(market, ref))
    market.do(ask_first, story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause(), question="Is it so?", days=5)
    assert [one.result for one in clocks(market, ref)] == ["kept"]


def test_what_comes_into_a_case_in_somebodys_hands_stays_there(market: Market, story: Story) -> None:
    market.staff("Lee Marsh", Role.LEAD)
    ref = reported(market, story)
    market.take(story.rae, case_of(market, ref))
    args = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": f"Again. {WORDS}"}
    second = str(market.do(report_account, story.stacy.actor, **args)["report"])
    later(market, days=7)
    assert [one.result for one in clocks(market, second)] == ["missed"]
    assert alarmed(market, second) and item(market, second).assignee_id is None


def test_what_is_in_no_case_yet_has_the_same_time(market: Market, story: Story) -> None:
    lead, ref = market.staff("Lee Marsh", Role.LEAD), named(market, story, story.tim.account.ref)
    [before] = clocks(market, ref)
    assert before.case_id is None and before.account_id == story.stacy.account.id
    later(market, hours=20)
    market.do(sort_by_reference, WORKER)
    void, runs = clocks(market, ref)
    assert (void.result, runs.result) == ("void", None)
    assert (runs.started_at, runs.due_at) == (before.started_at, before.due_at) and runs.case_id is not None
    later(market, days=7)
    assert item(market, ref).assignee_id == lead.person.id and proven(market) == []


def test_what_nobody_could_place_in_time_goes_to_a_lead_with_its_case(market: Market, story: Story) -> None:
    lead, ref = market.staff("Lee Marsh", Role.LEAD), named(market, story, "https://market.example/listing/7")
    later(market, days=7)
    assert [one.result for one in clocks(market, ref)] == ["missed"]
    market.do(sort_report, story.ola.actor, incoming_ref=ref, about_ref=story.tim.account.ref)
    assert alarmed(market, ref) and item(market, ref).assignee_id == lead.person.id
    assert proven(market) == []


def test_that_nobody_could_be_found_is_an_answer(market: Market, story: Story) -> None:
    ref = named(market, story, "https://market.example/listing/7")
    market.do(sort_report, story.ola.actor, incoming_ref=ref, about_ref="")
    assert [one.result for one in clocks(market, ref)] == ["kept"]


def test_what_staff_saw_themselves_is_promised_to_nobody(market: Market, story: Story) -> None:
    ref = market.do(report_what_i_saw, story.rae.actor, about_ref=story.tim.account.ref, happened=WORDS)["report"]
    assert clocks(market, ref) == []


def test_a_dispute_tells_of_something_too(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract, report=True)
    [clock] = rows(market, select(Clock).where(Clock.kind == READING))
    assert clock.case_id is not None and clock.ended_at is None
