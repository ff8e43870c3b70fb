"""The pure rules of disputes, and what messages say of them."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from portal.accounts.models import Person
from portal.core.i18n import language
from portal.core.money import Money
from portal.disputes.decision_messages import review_asked
from portal.disputes.hearing_messages import asked, closed_unanswered
from portal.disputes.messages import DisputeFacts, answer_receipt, answered, opened, unanswered
from portal.disputes.rules import answer_due, kept_apart, window_ends
from portal.rulebook.queries import Promise

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


NAMED = ("dispute_answer", "dispute_refund_delay", "dispute_client_answer", "dispute_decision", "review_answer")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize(("state", "earned", "kept"), [
    ("planned", 0, False), ("cancelled", 0, False), ("funded", 0, True), ("delivered", 0, True), ("released", 0, False),
    ("released", 400, False), ("delivered", 100, False),
])
def test_whose_money_it_still_is(state: str, earned: int, kept: bool) -> None:
    assert kept_apart(state, usd(earned)) is kept


def test_window_ends_at_the_end_of_the_persons_day() -> None:
    assert window_ends(NOON, 30, "days", "America/New_York") == datetime(2026, 4, 3, 4, tzinfo=UTC)
    assert window_ends(None, 30, "days", "UTC") is None


def test_answer_time_runs_from_being_informed() -> None:
    informed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert answer_due(informed, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 9, tzinfo=UTC)
    assert answer_due(None, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 11, tzinfo=UTC)


def test_messages_name_promises_as_they_are_published() -> None:
    """Numbers and times of another marketplace's promises stand in what both sides read."""
    facts = DisputeFacts(
        "D-2345", "Logo", 1, "Stacy Moreno", "Tim Baker", usd(400), usd(400), NOON, "1", "", "", "", NOON,
        {name: Promise(name, 9, "days", "", uuid4(), f"§ {n}", "") for n, name in enumerate(NAMED, start=1)},
    )
    person, said = Person(name="Tim Baker", language="en", zone="UTC"), set()
    for compose in (opened(facts), answered(facts, NOON), answer_receipt(facts, NOON), unanswered(facts, NOON, to_client=False),
                    asked(facts, "", NOON, to_client=True), closed_unanswered(facts, to_client=False),
                    review_asked(facts, "", NOON, asked_by="Stacy Moreno", by_reader=True)):
        said |= set(re.findall(r"§ \d", compose(language("en"), person).body))
    assert said == {f"§ {n}" for n, _name in enumerate(NAMED, start=1)}
    assert "goes back to the client 9 days after that (our promises § 1 and § 2)" in opened(facts)(language("en"), person).body
