"""Both sides of a decision are told the same moment, each in their own time, however far apart they live."""

import pytest
from sqlalchemy import update

from portal.accounts.models import Person
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
        assert any(f"Until {last} you can accept this" in mail for mail in bench.mails({"dispute_decided"}))
