"""The ladder, the second signature and standing, as properties over plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import add_months
from portal.enforcement.models import ChangeKind, Measure
from portal.enforcement.origin import detected_alone
from portal.enforcement.rules import (
    Change,
    Conduct,
    Earlier,
    Span,
    State,
    Weighed,
    cosignature_reason,
    counts,
    interim_end,
    ladder,
    tells_counterparts,
    worst,
)
from portal.enforcement.succession import Weight
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.queries import Promise

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = ClauseData(permits=(("warning",), ("restriction", "suspension"), ("termination",)), max_days=(None, 30, 60))
earlier = st.builds(
    Earlier, ref=st.just("A-1"), measure=st.sampled_from(list(Measure)), issued_at=st.just(NOON),
    conduct_to=st.dates(date(2024, 1, 1), TODAY), interim=st.booleans(), undone=st.booleans(),
)


def numbered(listed: list[Earlier]) -> list[Earlier]:
    """Each one an action of its own."""
    return [replace(one, ref=f"A-{n}") for n, one in enumerate(listed, 1)]


def test_the_last_day_of_the_look_back_still_counts() -> None:
    one = Earlier("A-1", Measure.WARNING, NOON, date(2025, 11, 22), interim=False, undone=False)
    assert counts(one, TODAY, 12) and not counts(one, TODAY + timedelta(days=1), 12)


@given(st.lists(earlier, max_size=6).map(numbered))
def test_occurrence_is_one_more_than_what_counts(listed: list[Earlier]) -> None:
    found = ladder(DATA, listed, TODAY)
    expected = [
        e for e in listed if not e.interim and not e.undone and add_months(e.conduct_to, 12) >= TODAY
    ]
    assert found.occurrence == len(expected) + 1 and list(found.earlier) == expected
    assert found.measures == DATA.permits[min(found.occurrence, 3) - 1]


@given(st.lists(earlier, min_size=1, max_size=6))
def test_a_decision_that_applies_a_rule_several_times_counts_once(cited: list[Earlier]) -> None:
    assert ladder(DATA, cited, TODAY).occurrence == 1 + any(
        not e.interim and not e.undone and add_months(e.conduct_to, 12) >= TODAY for e in cited
    )


@given(st.lists(earlier, max_size=6).map(numbered), earlier)
def test_undoing_an_action_never_makes_it_worse(listed: list[Earlier], other: Earlier) -> None:
    with_it, without = ladder(DATA, [*listed, other], TODAY), ladder(DATA, listed, TODAY)
    assert without.occurrence <= with_it.occurrence <= without.occurrence + 1


@given(earlier, st.integers(1, 36))
def test_what_counts_stops_counting_and_never_starts_again(one: Earlier, months: int) -> None:
    days = [one.conduct_to + timedelta(days=n) for n in range(0, 1200, 7)]
    counted = [counts(one, day, months) for day in days]
    assert counted == sorted(counted, reverse=True)


@given(st.lists(earlier, max_size=4), st.sampled_from(list(Measure)), st.booleans())
def test_second_person_for_all_beyond_one_persons_power(listed: list[Earlier], measure: Measure, alone: bool) -> None:
    permitted = ladder(DATA, numbered(listed), TODAY)
    reason = cosignature_reason(measure, permitted, detection_alone=alone)
    assert (reason is None) == (measure in permitted.measures and measure != "termination" and not alone)


@pytest.mark.parametrize(("measure", "why"), [
    ("termination", "termination"), ("warning", "more_than_permitted"), ("suspension", "more_than_permitted"),
])
@pytest.mark.parametrize("also", ["heavier", "overturned", "held_before", "detection_alone"])
def test_what_a_rule_permits_the_third_time_one_person_still_does_not_end(measure: str, why: str, also: str) -> None:
    """An account is ended by two, also where the rule permits it; what else holds is named after that."""
    third = ladder(DATA, numbered([Earlier("", "warning", NOON, TODAY)] * 2), TODAY)
    assert (third.occurrence, third.measures) == (3, ("termination",))
    assert cosignature_reason(measure, third, detection_alone=False) == why
    assert cosignature_reason(measure, third, **{"detection_alone": False, also: True}) == why


@pytest.mark.parametrize("also", ["heavier", "overturned", "held_before", "detection_alone"])
def test_what_a_rule_permits_takes_a_second_person_for_one_reason_more(also: str) -> None:
    first = ladder(DATA, [], TODAY)
    assert cosignature_reason("warning", first, detection_alone=False) is None
    assert cosignature_reason("warning", first, **{"detection_alone": False, also: True}) == also


def test_clause_without_data_permits_only_a_warning() -> None:
    assert {ladder(ClauseData(), [], TODAY).measures, *ClauseData().permits} == {("warning",)}
    assert ladder(ClauseData(), [], TODAY).max_days == 90


def test_longest_suspension_is_what_the_clause_publishes() -> None:
    second = ladder(DATA, [Earlier("A-1", "warning", NOON, TODAY)], TODAY)
    assert (second.longest("suspension"), second.longest("termination")) == (30, 90)


def test_what_has_an_end_is_over_at_that_instant() -> None:
    span, last = Span(NOON, NOON + timedelta(hours=1)), NOON + timedelta(hours=1) - timedelta(microseconds=1)
    assert [span.in_effect(at) for at in (NOON - timedelta(microseconds=1), NOON, last, last + timedelta(microseconds=1))] == [
        False, True, True, False,
    ]


DAY, MONEY = timedelta(days=1), uuid4()
WEIGHED = Weight(
    Measure.RESTRICTION, NOON, NOON + 9 * DAY, frozenset({"search", "new_offers"}), ((MONEY, 500),),
    until=(("search", NOON + 5 * DAY),), since=(("new_offers", NOON + 2 * DAY),), resting=(("search", "V-1"),),
)


@pytest.mark.parametrize(("more", "less"), [
    ({"measure": Measure.SUSPENSION}, {"measure": Measure.WARNING}),
    ({"ends_at": NOON + 9 * DAY + timedelta(seconds=1)}, {"ends_at": NOON + 8 * DAY}),
    ({"ends_at": None}, {}),
    ({"scopes": frozenset({"search", "new_offers", "new_messages"})}, {"scopes": frozenset({"search"})}),
    ({"until": (("search", NOON + 6 * DAY),)}, {"until": (("search", NOON + 4 * DAY),)}),
    ({"since": (("new_offers", NOON + DAY),)}, {"since": (("new_offers", NOON + 3 * DAY),)}),
    ({"resting": (("search", "V-2"),)}, {"resting": (("search", "V-1"), ("new_offers", "V-2"))}),
    ({"resting": ()}, {}),
    ({"held": ((MONEY, 501),)}, {"held": ((MONEY, 499),)}),
    ({"held": ((MONEY, 500), (uuid4(), 1))}, {"held": ()}),
])
def test_any_part_that_is_more_makes_a_decision_heavier(more: dict[str, Any], less: dict[str, Any]) -> None:
    assert replace(WEIGHED, **more).heavier_than(WEIGHED)
    assert not replace(WEIGHED, **less).heavier_than(WEIGHED)


def test_each_step_of_the_measures_is_heavier_than_the_one_before() -> None:
    steps = [Weight(measure, NOON, None, frozenset()) for measure in Measure]
    assert [[one.heavier_than(other) for other in steps] for one in steps] == [[n > m for m in range(4)] for n in range(4)]
    sooner = Weight(Measure.TERMINATION, NOON - DAY, None, frozenset())
    assert sooner.heavier_than(steps[-1]) and not steps[-1].heavier_than(sooner)


def test_warnings_tell_nobody() -> None:
    assert not tells_counterparts("warning", ["new_contracts"], holds=True)
    assert not tells_counterparts("restriction", ["search"], holds=False)
    assert tells_counterparts("restriction", ["new_contracts"], holds=False)


def weighed(measure: Measure, days: int, *changes: ChangeKind) -> Weighed:
    end = NOON + timedelta(days=days)
    spans = (Span(NOON, end, tuple(Change(NOON + timedelta(hours=n), c) for n, c in enumerate(changes))),)
    return Weighed(uuid4(), measure, NOON, end, None, () if measure is Measure.WARNING else spans)


def test_standing_is_the_worst_of_what_is_in_effect() -> None:
    both = [weighed(Measure.WARNING, 90), weighed(Measure.SUSPENSION, 20), weighed(Measure.SUSPENSION, 10)]
    assert worst(both) == (State.SUSPENDED, NOON + timedelta(days=20))
    assert worst([]) == (State.GOOD, None)


def test_paused_is_without_effect_until_resumed() -> None:
    later = NOON + timedelta(hours=5)
    assert not weighed(Measure.SUSPENSION, 9, ChangeKind.PAUSED).in_effect(later)
    assert weighed(Measure.SUSPENSION, 9, ChangeKind.PAUSED, ChangeKind.RESUMED).in_effect(later)
    assert not weighed(Measure.SUSPENSION, 9, ChangeKind.REVERSED, ChangeKind.RESUMED).in_effect(later)


@pytest.mark.parametrize(("sources", "source", "ticked", "alone"), [
    ((), "reviewer", False, False), ((), "reviewer", True, True), ((), "detection", False, True),
    (("detection",), "reviewer", False, True), (("detection", "user"), "detection", True, False),
    (("detection", "reviewer"), "reviewer", False, True), (("reviewer",), "reviewer", True, True),
    (("reviewer",), "reviewer", False, False),
])
def test_only_what_was_reported_from_outside_takes_a_machine_away(
    sources: tuple[str, ...], source: str, *, ticked: bool, alone: bool
) -> None:
    assert detected_alone(sources, source, automated_detection=ticked) is alone


conducts = st.builds(
    lambda first, days, objects: Conduct(first, first + timedelta(days=days), frozenset(objects)),
    st.dates(date(2026, 1, 1), date(2026, 2, 1)), st.integers(0, 20), st.sets(st.sampled_from("abc"), max_size=2),
)


@given(conducts, conducts)
def test_the_same_conduct_shares_a_day_and_an_object_both_ways(one: Conduct, other: Conduct) -> None:
    days = {n for n in range(60) if all(c.first <= date(2026, 1, 1) + timedelta(days=n) <= c.last for c in (one, other))}
    assert one.same_as(other) == other.same_as(one) == bool(days and one.objects & other.objects)


@given(conducts, st.lists(conducts, max_size=5))
def test_what_is_about_the_same_conduct_is_no_earlier_time(one: Conduct, others: list[Conduct]) -> None:
    listed = [Earlier(f"A-{n}", "warning", NOON, c.last, conduct=c) for n, c in enumerate(others)]
    counted = ladder(DATA, listed, date(2026, 3, 1), one).earlier
    assert list(counted) == [e for e, c in zip(listed, others, strict=True) if not c.same_as(one)]
    assert ladder(DATA, listed, date(2026, 3, 1)).earlier == tuple(listed)


def promised(length: int, unit: str) -> Promise:
    return Promise("a_promise", length, unit, "", UUID(int=1), "1.6", "A promise")


def test_acting_first_ends_as_promised_and_after_72_hours_at_the_latest() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    hours = [
        (interim_end(time, now, "UTC") - now) / timedelta(hours=1)
        for time in (None, promised(72, "hours"), promised(24, "hours"), promised(200, "hours"), promised(1, "days"))
    ]
    assert hours == [72, 72, 24, 72, 36]


def test_no_suspension_is_longer_than_promised_and_none_than_90_days() -> None:
    data = ClauseData(permits=(("suspension",),) * 3, max_days=(None, 30, 80))
    times = ((None, 90, 30), (promised(60, "days"), 60, 30), (promised(20, "days"), 20, 20), (promised(120, "days"), 90, 30))
    for time, most, second in times:
        steps = ladder(data, [], date(2026, 3, 2), promise=time)
        assert (steps.max_days, steps.longest("suspension"), steps.longest("termination")) == (most, most, most)
        assert min(data.longest_suspension(2), steps.most) == second
