"""The pure rules of disputes, and what messages say of them."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.accounts.models import Person
from portal.core.i18n import language
from portal.core.money import Money
from portal.disputes.decision_messages import review_asked
from portal.disputes.hearing_messages import asked, closed_unanswered
from portal.disputes.messages import DisputeFacts, answer_receipt, answered, opened, unanswered
from portal.disputes.models import Outcome
from portal.disputes.rules import answer_due, checked_refund, kept_apart, needs_second_reader, reminder_after, window_ends
from portal.rulebook.queries import Promise
from tests.factories.market import refused

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


NAMED = ("dispute_answer", "dispute_refund_delay", "dispute_client_answer", "dispute_decision", "review_answer")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize(("state", "earned", "there", "kept"), [
    ("planned", 0, None, False), ("cancelled", 0, None, False), ("funded", 0, None, True), ("delivered", 0, None, True),
    ("released", 0, None, False), ("released", 400, None, False), ("delivered", 100, None, False),
    ("planned", 0, 1, True), ("cancelled", 0, 1, True), ("released", 0, 1, False), ("planned", 100, 1, False),
    ("planned", 0, 0, False), ("funded", 0, 0, True),
])
def test_whose_money_it_still_is(state: str, earned: int, there: int | None, kept: bool) -> None:
    assert kept_apart(state, usd(earned), there) is kept


def test_window_ends_at_the_end_of_the_persons_day() -> None:
    assert window_ends(NOON, 30, "days", "America/New_York") == datetime(2026, 4, 3, 4, tzinfo=UTC)
    assert window_ends(None, 30, "days", "UTC") is None


def test_answer_time_runs_from_being_informed() -> None:
    informed = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert answer_due(informed, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 9, tzinfo=UTC)
    assert answer_due(None, NOON, 7, "days", "UTC", "") == datetime(2026, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(("outcome", "refund", "code"), [
    (Outcome.RELEASE, 0, None), (Outcome.REFUND, 400, None), (Outcome.SPLIT, 1, None), (Outcome.SPLIT, 399, None),
    (Outcome.SPLIT, 0, "other_amount"), (Outcome.SPLIT, 400, "other_amount"), (Outcome.SPLIT, 401, "too_much"),
    (Outcome.REFUND, 401, "too_much"), (Outcome.REFUND, 399, "other_amount"), (Outcome.RELEASE, 1, "other_amount"),
])
def test_what_goes_back_fits_what_was_decided(outcome: Outcome, refund: int, code: str | None) -> None:
    assert refused(lambda: checked_refund(outcome, refund, 400)) == code


@pytest.mark.parametrize(("amount", "limit", "needed"), [(400, 400, False), (401, 400, True), (1, None, True)])
def test_a_second_person_reads_what_is_above_the_limit(amount: int, limit: int | None, needed: bool) -> None:
    assert needs_second_reader(usd(amount), None if limit is None else usd(limit)) is needed


def test_reminders_come_at_half_the_time_and_a_day_before_its_end() -> None:
    start, due = NOON, NOON + timedelta(days=7)
    half, last = NOON + timedelta(days=3.5), NOON + timedelta(days=6)
    assert [reminder_after(now, start, due) for now in (start, half, last, due)] == [half, last, None, None]
    assert reminder_after(start - timedelta(days=1), start, start + timedelta(days=1)) == start + timedelta(hours=12)
    assert reminder_after(start, start, start) is None


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
