"""Danger and need: said in any standing, received at once, answered by a person, late a lead has it, nobody else is told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Member
from portal.act import act
from portal.cases.hands import OutOfReach
from portal.cases.models import Case, Clock, Report, WorkItem
from portal.cases.need_models import Need, NeedMessage
from portal.cases.queue import queue, queue_first
from portal.core.access import NO_CASE, Actor, Role
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.work import Work
from portal.enforcement.needing import add_to_need, answer_need, close_need, say_need
from portal.enforcement.needs import needs_of, own_need, relief
from portal.enforcement.noticing import report_what_i_saw
from portal.enforcement.operations import ask_first, start_action
from portal.log.models import Event
from portal.log.operations import add
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_races import MANY, together
from tests.factories.market import Market, Party, Story
from tests.factories.promising import later, promise_anew, proven, rows

WORDS = "My rent is due and the fridge is empty. My daughter needs insulin."
ANSWER = "You can take out $1,750 today: open your funds. I asked the lead to look at your restriction by noon."


def said(market: Market, party: Party, actor: Actor | None = None, **more: Any) -> str:
    fields = {"food": True, "words": WORDS} | more
    return str(market.do(say_need, actor or party.actor, account_id=party.account.id, **fields)["need"])


def need(market: Market, ref: str) -> Need:
    [found] = rows(market, select(Need).where(Need.ref == ref))
    assert isinstance(found, Need)
    return found


def items(market: Market, ref: str) -> list[WorkItem]:
    return rows(market, select(WorkItem).where(WorkItem.subject_ref == ref).order_by(WorkItem.id))


def results(market: Market, ref: str) -> list[str | None]:
    return [one.result for one in rows(market, select(Clock).where(Clock.subject_ref == ref).order_by(Clock.id))]


def answered(market: Market, staff: Any, ref: str, answer: str = ANSWER) -> None:
    market.do(answer_need, staff.actor, need_ref=ref, version=need(market, ref).version, answer=answer)


def test_a_tick_is_enough_and_a_receipt_names_the_day(market: Market, story: Story) -> None:
    ref = said(market, story.tim, danger=True, food=False, words="")
    found = need(market, ref)
    [clock] = rows(market, select(Clock).where(Clock.subject_ref == ref))
    assert (clock.kind, clock.length, clock.unit) == ("hardship", 1, "working_days")
    assert found.answer_by == clock.due_at == items(market, ref)[0].due_at
    [receipt] = rows(market, select(Notice).where(Notice.kind == "need_received"))
    assert receipt.recipient_id == story.tim.person.id and "We ask for no proof" in receipt.body
    for word in ("danger", "food", "medicine", "need"):
        assert word not in f"{receipt.subject} {receipt.mail_body}"
    assert proven(market) == []


@pytest.mark.parametrize("fields", [{"food": False, "words": ""}, {"food": False, "words": " \n"}])
def test_something_has_to_be_said(market: Market, story: Story, fields: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken, match="nothing_said"):
        said(market, story.tim, **fields)


def test_words_alone_are_enough_too(market: Market, story: Story) -> None:
    assert need(market, said(market, story.tim, food=False)).answer_by is not None


def test_it_comes_before_everything_else_in_the_queue(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract, report=True)
    market.office.clock.advance(days=8)  # type: ignore[attr-defined]
    ref = said(market, story.tim)
    with market.office.database.read() as session:
        given = {"person_id": story.rae.person.id, "now": market.now}
        first = queue_first(session, filter="all", **given)
        rest = queue(session, filter="all", **given)
        assert [one.subject_ref for one in queue(session, filter="need", **given)] == [ref]
        assert queue_first(session, filter="need", **given) == []
        assert queue_first(session, filter="late", **given) == []
    assert [one.subject_ref for one in first] == [ref]
    assert all(one.kind != "need" for one in rest) and any(one.due_at < first[0].due_at for one in rest)


def test_a_person_answers_and_the_promise_is_kept(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    answered(market, story.rae, ref)
    assert results(market, ref) == ["kept"] and need(market, ref).answer_by is None
    assert [one.close_reason for one in items(market, ref)] == ["answered"]
    [told] = rows(market, select(Notice).where(Notice.kind == "need_answered"))
    assert (told.recipient_id, told.about_ref) == (story.tim.person.id, ref)
    assert ANSWER in told.body and ANSWER not in told.mail_body
    with pytest.raises(Conflict, match="not_waiting"):
        answered(market, story.rae, ref)
    assert proven(market) == []


def test_nobody_answers_and_a_lead_has_it_also_where_somebody_had_taken_it(market: Market, story: Story) -> None:
    lead, ref = market.staff("Lee Marsh", Role.LEAD), said(market, story.tim)
    [case] = rows(market, select(Case.ref).join(Need, Need.case_id == Case.id))
    market.take(story.rae, case)
    later(market, days=4)
    assert results(market, ref) == ["missed"]
    assert (items(market, ref)[0].assignee_id, items(market, ref)[0].stage) == (lead.person.id, "late")
    assert rows(market, select(Event.id).where(Event.kind == "need.to_lead", Event.subject_ref == ref))
    with pytest.raises(OutOfReach, match="with_somebody_else"):
        answered(market, story.rae, ref)
    answered(market, lead, ref)
    assert results(market, ref) == ["missed"] and proven(market) == []


def test_without_a_lead_it_stays_late_where_it_is(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    later(market, days=4)
    assert (results(market, ref), items(market, ref)[0].assignee_id) == (["missed"], None)
    market.do(add_to_need, story.tim.actor, need_ref=ref, words="Is anybody there?")
    assert results(market, ref) == ["missed"], "the time that is over does not begin again"
    [_first, second] = rows(market, select(Notice).where(Notice.kind == "need_received").order_by(Notice.created_at))
    assert "We are late with our answer" in second.body and proven(market) == []


def test_going_on_after_our_answer_runs_the_same_time_again(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    answered(market, story.rae, ref)
    market.do(add_to_need, story.tim.actor, need_ref=ref, words="The payout failed.")
    assert results(market, ref) == ["kept", None] and len(items(market, ref)) == 2
    answered(market, story.rae, ref, "I sent it again by hand.")
    kinds = [one.kind for one in rows(market, select(NeedMessage).order_by(NeedMessage.n))]
    assert kinds == ["said", "answered", "said", "answered"] and results(market, ref) == ["kept", "kept"]
    assert proven(market) == []


def test_what_came_in_meanwhile_is_read_first(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    before = need(market, ref).version
    market.do(add_to_need, story.tim.actor, need_ref=ref, danger=True)
    with pytest.raises(Conflict, match="stale"):
        market.do(answer_need, story.rae.actor, need_ref=ref, version=before, answer=ANSWER)
    assert need(market, ref).answer_by is not None


def test_its_writer_says_that_it_is_over(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    market.do(close_need, story.tim.actor, need_ref=ref)
    assert results(market, ref) == ["void"] and items(market, ref)[0].close_reason == "over"
    for operation, more in ((close_need, {}), (add_to_need, {"words": "More."})):
        with pytest.raises(Conflict, match="over"):
            market.do(operation, story.tim.actor, need_ref=ref, **more)
    assert said(market, story.tim) != ref and proven(market) == []


def test_one_at_a_time_for_one_person(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    assert said(market, story.tim, danger=True, food=False, words="Now this.") == ref
    assert said(market, story.tim, link_of(story.tim, "C-22222222"), words="From a link that does not show it.") == ref
    first, *more = rows(market, select(NeedMessage).order_by(NeedMessage.n))
    assert first.what == ("food",) and [one.n for one in more] == [2, 3] and more[0].what == ("danger",)
    assert [clock.result for clock in rows(market, select(Clock).where(Clock.subject_ref == ref))] == [None]
    assert proven(market) == []


def test_twenty_say_it_at_once_and_it_is_one_matter(market: Market, story: Story) -> None:
    fields = {"account_id": story.tim.account.id, "food": True, "words": WORDS}
    found = together([
        lambda n=n: act(market.office, say_need, story.tim.actor, f"need-{n}", **fields) for n in range(MANY)
    ])
    assert found == ["done"] * MANY and len(rows(market, select(Need))) == 1
    assert [one.n for one in rows(market, select(NeedMessage).order_by(NeedMessage.n))] == list(range(1, MANY + 1))
    assert proven(market) == []


def link_of(party: Party, case_ref: str) -> Actor:
    """Somebody who came in by a link about another case."""
    return replace(party.actor, roles=frozenset({Role.LINK}), case_ref=case_ref)


def test_nobody_else_reads_or_hears_of_it(market: Market, story: Story) -> None:
    ref, other = said(market, story.tim), market.person("Noor Haddad")
    market.make(lambda work: _joins(work, story.tim, other.id))
    beside = Actor(f"person:{other.id}", frozenset({Role.PERSON}), other.id, frozenset({story.tim.account.id}))
    for actor in (story.stacy.actor, beside):
        with pytest.raises(NotFound):
            market.do(add_to_need, actor, need_ref=ref, words="Hello.")
    with pytest.raises(NotFound):
        said(market, story.stacy, beside)
    answered(market, story.rae, ref)
    told = set(rows(market, select(Notice.recipient_id).where(Notice.about_ref == ref)))
    assert told == {story.tim.person.id}
    assert said(market, story.tim, beside) != ref, "a member has one of their own"


def _joins(work: Work, party: Party, person_id: Any) -> None:
    add(work, Member(account_id=party.account.id, person_id=person_id, role="worker"))


def test_a_session_by_a_link_says_it_and_sees_what_was_said_in_it(market: Market, story: Story) -> None:
    link, elsewhere = story.tim.by_link("C-ONE"), story.tim.by_link("C-TWO")
    ref = said(market, story.tim, link)
    [case] = rows(market, select(Case.ref).join(Need, Need.case_id == Case.id))
    with market.office.database.read() as session:
        for actor in (story.tim.actor, link, story.tim.by_link(case)):
            assert own_need(session, actor, ref).ref == ref and [one.ref for one in needs_of(session, actor)] == [ref]
        for actor in (elsewhere, story.tim.by_link(NO_CASE)):
            assert needs_of(session, actor) == []
            with pytest.raises(NotFound):
                own_need(session, actor, ref)


def test_nothing_is_decided_asked_or_reported_in_its_case(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    [case] = rows(market, select(Case).join(Need, Need.case_id == Case.id))
    desk = Desk(market, story, case.ref)
    market.take(story.rae, case.ref)
    given = {"case_ref": case.ref, "clause_version_id": desk.clause()}
    for operation, more in ((start_action, {}), (ask_first, {"question": "Is it so?", "days": 5})):
        with pytest.raises(Conflict, match="hardship"):
            market.do(operation, story.rae.actor, **given, **more)
    words = "He wrote to me outside of the marketplace on 3 November."
    market.do(report_what_i_saw, story.rae.actor, about_ref=story.tim.account.ref, happened=words)
    assert case.id not in rows(market, select(Report.case_id)) and proven(market) == []
    assert need(market, ref).answer_by is not None


def test_staff_who_deal_with_the_account_do_not_answer(market: Market, story: Story) -> None:
    ref = said(market, story.tim)
    market.make(lambda work: _joins(work, story.stacy, story.ola.person.id))
    with pytest.raises(NotAllowed, match="conflicted"):
        answered(market, story.ola, ref)


def test_a_newer_promise_that_is_better_is_followed(market: Market, story: Story, tmp_path: Path) -> None:
    promise_anew(market, tmp_path, {"hardship": {"length": 4}}, ahead=1)
    later(market, days=1)
    ref = said(market, story.tim)
    before = need(market, ref).answer_by
    promise_anew(market, tmp_path, {"hardship": {"length": 2}}, ahead=1)
    later(market, days=1)
    found = need(market, ref)
    assert before is not None and found.answer_by == items(market, ref)[0].due_at < before
    assert proven(market) == []


def test_what_can_help_at_once_is_as_it_is_now(market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        found = relief(session, story.tim.account.id, market.now + timedelta(days=30))
    [purse] = found.funds
    assert purse.held.amount_minor == 40_000 and purse.available.amount_minor and found.actions == ()
