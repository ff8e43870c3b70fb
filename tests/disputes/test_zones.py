"""Both sides of a decision are told the same moment, each in their own time, however far apart they live."""

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.cases.models import Clock
from portal.core.clock import ends_a_day
from portal.disputes.operations import answer_our_question, ask_client, offer_settlement
from portal.notices.operations import opening
from tests.disputes.deciding import Bench
from tests.factories.market import Party


def lives_in(bench: Bench, party: Party, zone: str) -> None:
    moved = update(Person).where(Person.id == party.person.id).values(zone=zone)
    bench.market.make(lambda work: work.db.execute(moved))


@pytest.mark.parametrize(
    ("client", "freelancer", "stacy", "tim"),
    [
        ("America/Chicago", "America/New_York", "Sunday 29 November 2026", "Monday 30 November 2026, 01:00 your time"),
        ("America/New_York", "America/Chicago", "Monday 30 November 2026, 01:00 your time", "Sunday 29 November 2026"),
        ("America/Los_Angeles", "Europe/London", "Sunday 29 November 2026", "Monday 30 November 2026, 08:00 your time"),
        ("Europe/Berlin", "Europe/Berlin", "Sunday 29 November 2026", "Sunday 29 November 2026"),
    ],
)
def test_each_reads_the_true_end_of_the_choice(bench: Bench, client: str, freelancer: str, stacy: str, tim: str) -> None:
    lives_in(bench, bench.story.stacy, client)
    lives_in(bench, bench.story.tim, freelancer)
    bench.decide()
    told = bench.told("dispute_decided")
    assert f"Otherwise it is done after {stacy}. Until then" in told["stacy"]
    assert f"Otherwise it is done after {tim}. Until then" in told["tim"]
    for last in (stacy, tim):
        assert any(f"Otherwise it is done after {last}." in mail for mail in bench.mails({"dispute_decided"}))


THEIRS, HIS = "America/Los_Angeles", "Pacific/Auckland"
WAITED_FOR = {
    "payout": HIS, "hold": HIS, "dispute_answer": HIS, "dispute_refund": HIS, "dispute_decision": HIS, "review_answer": HIS,
    "settlement_offer": THEIRS, "dispute_client_answer": THEIRS,
}


def test_the_last_day_ends_where_they_live_who_are_waited_for(bench: Bench) -> None:
    """Every promise about money that runs in days: also one whose end is worked out apart from its clock."""
    market, story = bench.market, bench.story
    lives_in(bench, story.stacy, THEIRS)
    lives_in(bench, story.tim, HIS)
    market.pay_out(story.tim, story.destination, 1_000)
    other = market.contract(story.stacy, story.tim, "Another app", [40_000], released={1: 5})
    silent = market.dispute(story.stacy, other)["dispute"]
    market.do(opening, story.tim.actor, about_ref=silent)
    market.do(offer_settlement, story.tim.actor, dispute_ref=bench.ref, refund_minor=9_000, days=5, text="Let us share it.")
    version = bench.dispute.version
    asked = market.do(ask_client, story.rae.actor, dispute_ref=bench.ref, version=version, question="Which version is it?")
    told = {"dispute_ref": bench.ref, "question_ref": asked["question"], "answer": "The second one."}
    market.do(answer_our_question, story.stacy.actor, **told)
    bench.days_pass(8)
    bench.decide()
    bench.ask(story.tim.actor)
    bench.days_pass(1)
    with market.office.database.read() as session:
        clocks = session.scalars(select(Clock).where(Clock.kind.in_(WAITED_FOR), Clock.zone != "UTC")).all()
    assert {one.kind: one.zone for one in clocks} == WAITED_FOR
    assert [one.kind for one in clocks if not ends_a_day(one.due_at, one.zone)] == []
