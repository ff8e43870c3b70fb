"""When a newer promise counts: random histories against the sentence of our own promise 8.1, written down a second time."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import deadline, end_of_day
from portal.rulebook.checking import read_folder
from portal.rulebook.newer import BETTER, STAYS, Better, Running, better_number, step, steps, takes_effect
from portal.rulebook.queries import Promise
from portal.settings import ROOT

START = datetime(2026, 3, 3, 15, 20, tzinfo=UTC)
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
LENGTHS = st.tuples(st.integers(0, 40), st.sampled_from(["days", "working_days", "hours", "months"])).filter(
    lambda pair: pair[1] != "months" or pair[0] < 4
)


def promise(name: str, length: int, unit: str = "days", consequence: str = "hold_ends", n: int = 0) -> Promise:
    return Promise(name, length, unit, consequence, UUID(int=n), "1.1", "A promise")


def running(first: Promise, zone: str = "UTC") -> Running:
    return Running(first, START, deadline(START, first.length, first.unit, zone), zone)


def test_each_promise_says_which_length_is_better_or_why_the_first_version_stays() -> None:
    assert not BETTER.keys() & STAYS.keys() and all(STAYS.values())
    named = {data.promise for file in read_folder(ROOT / "policies")[0] for data in file.data.values() if data.promise}
    assert named == BETTER.keys() | STAYS.keys()


@given(
    st.sampled_from(["appeal_answer", "dispute_answer", "dispute_hold"]), st.sampled_from(ZONES), LENGTHS,
    st.lists(st.tuples(st.integers(-2, 60), LENGTHS, st.booleans()), max_size=6),
)
def test_it_is_the_sentence_of_the_promise(
    name: str, zone: str, first: tuple[int, str], versions: list[tuple[int, tuple[int, str], bool]]
) -> None:
    """The one in force at the start counts, unless a newer is better: compared one by one, as they take effect."""
    began = running(promise(name, *first), zone)
    newer = {
        START.date() + timedelta(days=after): promise(name, *time, "hold_ends" if says else "", n)
        for n, (after, time, says) in enumerate(sorted(versions, key=lambda one: one[0]), 1) if after > 0
    }
    due, counting, bounded = began.due_at, began.promise, False
    for day, one in sorted(newer.items()):
        its = deadline(START, one.length, one.unit, zone)
        mine = deadline(START, counting.length, counting.unit, zone)
        wanted = due + (its - mine) if mine != due else its
        if takes_effect(day) >= due or not one.consequence or name == "dispute_hold":
            continue
        if name == "appeal_answer" and wanted < due:
            soonest = end_of_day(day, zone)
            if soonest < due:
                bounded = bounded or soonest > its
                due, counting = max(its if mine == due else due - (mine - its), soonest), one
        elif name == "dispute_answer" and wanted > due:
            due, counting = wanted, one
    taken = list(steps(began, sorted(newer.items())))
    found = taken[-1].due_at if taken else began.due_at
    assert (taken[-1].promise if taken else began.promise).clause_version_id == counting.clause_version_id
    assert found == due or (bounded and abs(found - due) < timedelta(days=1)), "an hour of summer time, after it was bounded"


@given(st.sampled_from(sorted(BETTER)), LENGTHS, st.lists(st.tuples(st.integers(1, 60), LENGTHS), max_size=6))
def test_nobody_is_ever_worse_off(name: str, first: tuple[int, str], versions: list[tuple[int, tuple[int, str]]]) -> None:
    began = running(promise(name, *first), "America/New_York")
    by_day = {START.date() + timedelta(days=after): promise(name, *time, n=n) for n, (after, time) in enumerate(versions)}
    newer, due = sorted(by_day.items()), began.due_at
    for one in steps(began, newer):
        assert one.before == due
        assert one.due_at < due if BETTER[name] is Better.SHORTER else one.due_at > due
        due = one.due_at
    assert list(steps(began, newer, waits=False)) == list(steps(began, newer)), "the same whenever it is worked out"


@pytest.mark.parametrize("name", sorted(STAYS))
def test_what_stays_is_moved_by_no_version(name: str) -> None:
    for length in (1, 400):
        assert step(running(promise(name, 30)), promise(name, length), date(2026, 3, 5)) is None


def test_something_that_follows_now_is_better_though_the_time_is_the_same() -> None:
    began, day = running(promise("hardship", 3, consequence="")), date(2026, 3, 4)
    taken = step(began, promise("hardship", 3, consequence="lead_alarmed", n=1), day)
    assert taken is not None and taken.due_at == began.due_at
    assert step(running(promise("hardship", 3)), promise("hardship", 1, consequence="", n=1), day) is None


def test_what_we_owe_is_never_due_before_the_day_is_over_on_which_it_was_promised() -> None:
    began = running(promise("payout", 20), "Asia/Kolkata")
    taken = step(began, promise("payout", 1, n=1), date(2026, 3, 12))
    assert taken is not None and taken.due_at == end_of_day(date(2026, 3, 12), "Asia/Kolkata")


def test_time_in_which_we_waited_stays_on_top() -> None:
    first = promise("appeal_answer", 14)
    waited = Running(first, START, end_of_day(date(2026, 3, 22), "UTC"), "UTC")
    taken = step(waited, promise("appeal_answer", 10, n=1), date(2026, 3, 5))
    assert taken is not None and taken.due_at == end_of_day(date(2026, 3, 18), "UTC")


def test_a_number_alone() -> None:
    assert better_number("identity_tries", 3, [5, 2, 4]) == 2
    assert better_number("second_reader", 1000, [500]) == 1000
    assert better_number("question_answer", 5, [4, 9]) == 9
