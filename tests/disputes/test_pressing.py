"""Pressure that either side tells us of alone while a dispute goes on: on record for its reviewer, and nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account
from portal.cases.models import Case, Clock, Message, Report, WorkItem
from portal.core.text import TEXT_LIMIT
from portal.disputes.misuse import habits_of
from portal.disputes.operations import accept_settlement, answer_dispute, offer_settlement, say_pressed, withdraw_dispute
from portal.disputes.pressing import MOST_SAID
from portal.disputes.queries import pressure_said
from portal.notices.models import Notice
from portal.rulebook.models import ClauseVersion
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come
from tests.factories.market import Market, Party, Story, refused

SAID = "He wrote that I would be reported if I did not give way."


def say(bench: Bench, who: Party, text: str = SAID) -> None:
    """A minute after what was said before."""
    bench.market.office.clock.advance(minutes=1)
    bench.market.do(say_pressed, who.actor, dispute_ref=bench.ref, pressure=text)


def heard(bench: Bench, account: Account) -> list[str | None]:
    with bench.market.office.database.read() as session:
        return [one.body for one in pressure_said(session, bench.dispute, account.id)]


def counted(bench: Bench) -> list[int]:
    """How many notices there are, and how many clocks run."""
    with bench.market.office.database.read() as session:
        queries = (sa.select(sa.func.count(Notice.id)), sa.select(sa.func.count(Clock.id)).where(Clock.ended_at.is_(None)))
        return [session.scalars(query).one() for query in queries]


def test_both_sides_can_say_it_after_the_answer_and_nothing_follows(bench: Bench) -> None:
    before, tim, stacy = counted(bench), bench.story.tim, bench.story.stacy
    say(bench, tim)
    say(bench, stacy, "She said the same to me.")
    say(bench, tim, "And again today.")
    assert heard(bench, tim.account) == [SAID, "And again today."]
    assert heard(bench, stacy.account) == ["She said the same to me."]
    assert counted(bench) == before
    with bench.market.office.database.read() as session:
        assert all(session.scalars(sa.select(Message.clause_version_id))), "under the rule against it"
        assert habits_of(session, stacy.account.id, bench.market.now).pressure_said == 1, "one dispute, however often it was said"


def test_the_client_alone_makes_no_habit_of_pressure(bench: Bench) -> None:
    say(bench, bench.story.stacy)
    with bench.market.office.database.read() as session:
        assert habits_of(session, bench.story.stacy.account.id, bench.market.now).pressure_said == 0


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("  \n ", "empty")])
def test_nothing_is_no_pressure(bench: Bench, text: str, code: str) -> None:
    assert refused(lambda: say(bench, bench.story.tim, text)) == code


def test_it_is_heard_so_often_and_no_more(bench: Bench) -> None:
    for _ in range(MOST_SAID):
        say(bench, bench.story.tim)
    assert refused(lambda: say(bench, bench.story.tim)) == "said_often"
    say(bench, bench.story.stacy)


def test_only_its_sides_and_only_until_it_is_decided(bench: Bench) -> None:
    assert refused(lambda: say(bench, bench.story.omar)) == "not_found"
    bench.decide()
    assert refused(lambda: say(bench, bench.story.tim)) == "decided"


@pytest.mark.parametrize("how", ["settled", "taken back", "called back", "decided"])
def test_what_nobody_had_to_read_any_more_is_read_all_the_same(bench: Bench, how: str) -> None:
    """Who is pressed into an offer, or into taking a dispute back, has not said so in vain; the other side is told nothing."""
    market, (tim, stacy) = bench.market, (bench.story.tim, bench.story.stacy)
    for who in (tim, stacy):
        say(bench, who)
    if how == "settled":
        offer = market.do(offer_settlement, stacy.actor, dispute_ref=bench.ref, refund_minor=40_000, days=3, text="")["offer"]
        market.do(accept_settlement, tim.actor, dispute_ref=bench.ref, offer_ref=offer)
    elif how == "taken back":
        market.do(withdraw_dispute, stacy.actor, dispute_ref=bench.ref)
    elif how == "called back":
        come(market, bench.story)
    else:
        bench.decide()
        bench.accept(tim.actor)
        bench.accept(stacy.actor)
    with market.office.database.read() as session:
        found = session.execute(sa.select(Report, Case, WorkItem).join(Case, Report.case_id == Case.id).join(
            WorkItem, WorkItem.subject_ref == Report.ref)).all()
        read = {
            case.about_account_id: (report.source, SAID in (report.body or ""), item.clause_id) for report, case, item in found
        }
        rule = session.scalars(sa.select(ClauseVersion.clause_id).join(
            Message, Message.clause_version_id == ClauseVersion.id)).first()
        told = [one.body or "" for one in session.scalars(sa.select(Notice))]
    expected = {} if how == "decided" else {one.account.id: ("reviewer", True, rule) for one in (tim, stacy)}
    assert read == expected and len(found) == len(expected) and not [text for text in told if SAID in text]
    assert bench.violations() == []


def test_not_after_the_end(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="It is what we agreed.")
    market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
    assert refused(lambda: market.do(say_pressed, story.tim.actor, dispute_ref=ref, pressure=SAID)) == "dispute_over"


def test_what_one_side_said_often_is_read_together(bench: Bench) -> None:
    """However often a dispute is opened, said to be pressed in, and taken back, the queue is not filled with it."""
    said = [f"{n}. {SAID}" for n in range(MOST_SAID)]
    for text in said:
        say(bench, bench.story.tim, text)
    bench.market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    with bench.market.office.database.read() as session:
        [report] = session.scalars(sa.select(Report)).all()
        lines = session.scalars(sa.select(WorkItem).where(WorkItem.kind == "report", WorkItem.closed_at.is_(None))).all()
    assert [one.subject_ref for one in lines] == [report.ref]
    assert all(text in (report.body or "") for text in said)


def test_what_is_too_long_to_be_read_together_is_read_whole(bench: Bench) -> None:
    long = "a" * (TEXT_LIMIT - 500)
    for _ in range(2):
        say(bench, bench.story.tim, long)
    bench.market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    with bench.market.office.database.read() as session:
        assert [one.body is not None and long in one.body for one in session.scalars(sa.select(Report))] == [True, True]
