"""When a newer version of a promise counts for a time that already runs: only where it is better for whom it was made to.

Source: DESIGN 2.12 and our own promise 8.1. "Better" for machines: what we owe is due sooner, what somebody may use is longer,
or something follows now where nothing followed before. What is better in one of these and worse in another is not better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from portal.core.clock import deadline, end_of_day, ends_a_day, last_day, local_day
from portal.rulebook.queries import Promise

INSTANT = timedelta(microseconds=1)


class Better(Enum):
    """Which length is better for whom a promise is made to."""

    SHORTER = "shorter"
    LONGER = "longer"


BETTER: dict[str, Better] = {
    **dict.fromkeys((
        "co_signature", "restriction_review_safety", "silence_review", "appeal_answer", "appeal_answer_safety",
        "eligible_reviewer", "pause_answer", "identity_review", "identity_tries", "payout", "hold", "dispute_decision",
        "review_answer", "dispute_reviewer", "client_question", "hardship", "reinstatement_answer",
    ), Better.SHORTER),
    **dict.fromkeys((
        "question_answer", "appeal_window", "dispute_answer", "dispute_refund_delay",
    ), Better.LONGER),
}
"""By the name of the promise: what we owe somebody (shorter), what somebody may use (longer)."""
BETWEEN, NAMED, FIXED, THEN = (
    "what one side of a contract gains by it the other loses, or has its money on hold for longer, and both relied on it",
    "its day stands in the letter or the offer, and is moved only by a new one",
    "its day is on record with the money, the place or the notice since it began",
    "it does not run: it is read on the day on which something is done",
)
STAYS: dict[str, str] = {
    **dict.fromkeys((
        "dispute_window", "dispute_hold", "chargeback_hold", "dispute_client_answer", "dispute_acceptance", "review_ask",
    ), BETWEEN),
    **dict.fromkeys((
        "restriction_review", "suspension_max", "interim", "protective", "termination_notice", "legal_review",
        "hold_extension", "settlement_offer",
    ), NAMED),
    **dict.fromkeys(("clearing", "new_destination", "link_destination", "rule_change_notice", "delivery_tries"), FIXED),
    **dict.fromkeys(("second_reader", "look_back", "tell_clients", "message_retention", "reinstatement"), THEN),
}
"""Promises of which the version that was in force at the start always counts, and why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A time that runs: since when, due when, where its days end, and by which version of which promise.

    `from_day`: it began at 24:00 of a day and is counted from that one, not from the one that then begins.
    """

    promise: Promise
    started_at: datetime
    due_at: datetime
    zone: str
    country: str = ""
    from_day: bool = False

    def plain(self, promise: Promise) -> datetime:
        """When it would be due by a promise, had nobody waited for anybody."""
        back = INSTANT if self.from_day and promise.unit != "hours" else timedelta(0)
        return deadline(self.started_at - back, promise.length, promise.unit, self.zone, self.country)


@dataclass(frozen=True, slots=True)
class Step:
    """A newer promise that counts since the day of its version."""

    promise: Promise
    before: datetime
    due_at: datetime


def takes_effect(day: date) -> datetime:
    """The first instant at which the version of that day is in force."""
    return datetime.combine(day, time(), UTC)


def step(running: Running, newer: Promise, day: date) -> Step | None:
    """What a newer version that takes effect on `day` changes; None where the one that counted still does.

    What we owe is never due before that day is over where the person lives: nobody is late by what was not promised yet.
    """
    better, old = BETTER.get(newer.name), running.promise
    if better is None or (old.consequence and not newer.consequence):
        return None
    due_at = _shifted(running, running.plain(old), running.plain(newer))
    if better is Better.SHORTER:
        due_at = max(due_at, min(running.due_at, end_of_day(day, running.zone)))
    if due_at == running.due_at:
        return Step(newer, due_at, due_at) if newer.consequence and not old.consequence else None
    return Step(newer, running.due_at, due_at) if (due_at < running.due_at) == (better is Better.SHORTER) else None


def _shifted(running: Running, before: datetime, after: datetime) -> datetime:
    """The due instant by another length; time in which we waited for the person stays on top of it."""
    if running.due_at == before:
        return after
    if ends_a_day(running.due_at, running.zone) and ends_a_day(after, running.zone) and ends_a_day(before, running.zone):
        days = last_day(after, running.zone) - last_day(before, running.zone)
        return end_of_day(last_day(running.due_at, running.zone) + days, running.zone)
    return running.due_at + (after - before)


def steps(running: Running, newer: Sequence[tuple[date, Promise | None]], *, waits: bool = False) -> Iterator[Step]:
    """What versions change one after the other, each compared with the one that counted until then; oldest first.

    A version that takes effect when the time is over changes nothing, unless it stands still (`waits`).
    """
    for day, promise in newer:
        if promise is None or (not waits and takes_effect(day) >= running.due_at):
            continue
        found = step(running, promise, day)
        if found is not None:
            running = replace(running, promise=promise, due_at=found.due_at)
            yield found


def better_number(name: str, first: int, newer: Sequence[int]) -> int:
    """The same for a promise that is a number alone: the best of the one at the start and of those since."""
    better = BETTER.get(name)
    if better is None:
        return first
    return min([first, *newer]) if better is Better.SHORTER else max([first, *newer])


def counts_from(instant: datetime) -> date:
    """The day whose version is in force at an instant: days of our promises begin at 00:00 UTC."""
    return local_day(instant, "UTC")
