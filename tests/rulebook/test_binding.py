"""What bound whom on which day: random histories against the sentence of the promise, written down a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rulebook.binding import Binds, Ground, Reason, Standing, Unbound, binds, bound_from, bound_on
from tests.rulebook.model import NOTICE, History

START = date(2024, 3, 1)
days = st.integers(min_value=-30, max_value=900).map(lambda n: START + timedelta(days=n))
maybe = st.none() | days


@st.composite
def histories(draw: st.DrawFn) -> History:
    offsets = sorted(draw(st.sets(st.integers(0, 800), min_size=1, max_size=5)))
    made: list[Standing] = []
    for n, offset in enumerate(offsets):
        told = draw(maybe)
        made.append(Standing(
            UUID(int=n), START + timedelta(days=offset), told, told + timedelta(days=NOTICE) if told else None, draw(maybe),
            UUID(int=n - 1) if n and draw(st.booleans()) and draw(st.booleans()) else None,
        ))
    return History(tuple(made), draw(days))


@settings(max_examples=400)
@given(histories(), days, st.randoms(use_true_random=False))
def test_binds_is_the_sentence_of_the_promise(history: History, day: date, order: object) -> None:
    shuffled = list(history.versions)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    for place, one in enumerate(history.versions):
        found = binds(shuffled, one.version_id, history.joined, day)
        assert isinstance(found, Binds) == history.model(place, day)


@given(histories(), days)
def test_one_wording_binds_or_there_is_a_reason(history: History, day: date) -> None:
    found = bound_on(history.versions, history.joined, day)
    citable = [n for n in range(len(history.versions)) if history.model(n, day)]
    if isinstance(found, Binds):
        assert history.versions[citable[-1]].version_id == found.version_id
        assert [v.corrects for v in history.versions[citable[0] + 1 : citable[-1] + 1]].count(None) == 0
    else:
        assert citable == []
    for one in history.versions:
        assert isinstance(binds(history.versions, one.version_id, history.joined, day), Binds | Reason)


@given(histories(), days, days)
def test_what_is_learnt_later_changes_nothing_of_the_past(history: History, day: date, later: date) -> None:
    known_by = min(day, later)
    past = [
        replace(one, told_on=one.told_on if told else None, binds_on=one.binds_on if told else None,
                accepted_on=one.accepted_on if one.accepted_on and one.accepted_on <= known_by else None)
        for one in history.versions if one.effective_on <= known_by
        for told in [one.told_on is not None and one.told_on <= known_by]
    ]
    whole, then = bound_on(history.versions, history.joined, known_by), bound_on(past, history.joined, known_by)
    assert isinstance(whole, Binds) == isinstance(then, Binds)
    assert not isinstance(whole, Binds) or whole == then


@given(histories(), days)
def test_every_reason_is_true(history: History, day: date) -> None:
    for one in history.versions:
        found = binds(history.versions, one.version_id, history.joined, day)
        if not isinstance(found, Reason):
            continue
        match found.why:
            case Unbound.NOT_YET_IN_FORCE:
                assert day < one.effective_on == found.day
            case Unbound.JOINED_LATER:
                assert history.joined == found.day > day
            case Unbound.NOTICE_PERIOD:
                assert found.told_on is not None and found.told_on <= day
                assert found.day is not None and found.day > day
            case Unbound.REPLACED:
                assert found.by in {v.version_id for v in history.versions if v.effective_on > one.effective_on}
            case Unbound.NEVER_TOLD:
                assert one.told_on is None or one.told_on > day
                assert one.accepted_on is None or one.accepted_on > day or one.effective_on > day


@given(histories(), days)
def test_since_when_and_why_are_true(history: History, day: date) -> None:
    found = bound_on(history.versions, history.joined, day)
    if isinstance(found, Binds):
        assert found.since <= day
        before = bound_on(history.versions, history.joined, found.since - timedelta(days=1))
        assert not isinstance(before, Binds) or before.since < found.since


@given(histories(), days)
def test_from_when_to_when_a_wording_binds(history: History, day: date) -> None:
    found = bound_on(history.versions, history.joined, day)
    spans = {one.version_id: bound_from(history.versions, one.version_id, history.joined) for one in history.versions}
    within = {key for key, span in spans.items() if span is not None and span[0] <= day and (not span[1] or day < span[1])}
    assert within == ({found.version_id} if isinstance(found, Binds) else set())


OLD = Standing(UUID(int=1), date(2024, 3, 1))
NEW = Standing(UUID(int=2), date(2026, 3, 1), told_on=date(2026, 2, 2), binds_on=date(2026, 2, 18))
JOINED = date(2025, 1, 1)


def why(version: Standing, day: date, *versions: Standing) -> Unbound | None:
    found = binds(versions or [OLD, NEW], version.version_id, JOINED, day)
    return found.why if isinstance(found, Reason) else None


def test_old_conduct_falls_under_the_old_version() -> None:
    assert bound_on([OLD, NEW], JOINED, date(2026, 2, 28)) == Binds(OLD.version_id, JOINED, Ground.JOINED)
    assert bound_on([OLD, NEW], JOINED, date(2026, 3, 1)) == Binds(NEW.version_id, date(2026, 3, 1), Ground.TOLD)
    assert why(OLD, date(2026, 3, 1)) is Unbound.REPLACED
    assert why(NEW, date(2026, 2, 28)) is Unbound.NOT_YET_IN_FORCE


def test_told_late_is_bound_late_and_the_reason_says_from_when() -> None:
    late = replace(NEW, told_on=date(2026, 3, 1), binds_on=date(2026, 3, 17))
    assert binds([OLD, late], late.version_id, JOINED, date(2026, 3, 16)) == Reason(
        Unbound.NOTICE_PERIOD, date(2026, 3, 17), told_on=date(2026, 3, 1)
    )
    assert why(OLD, date(2026, 3, 16), OLD, late) is None
    assert why(late, date(2026, 3, 17), OLD, late) is None


def test_before_the_account_was_opened_nothing_binds() -> None:
    assert binds([OLD, NEW], OLD.version_id, JOINED, date(2024, 12, 31)) == Reason(Unbound.JOINED_LATER, JOINED)
    assert bound_on([], JOINED, JOINED) == Reason(Unbound.NOT_YET_IN_FORCE)


def test_a_correction_binds_at_once_whom_the_version_before_bound_and_nobody_else() -> None:
    better = Standing(UUID(int=3), date(2026, 3, 9), corrects=NEW.version_id)
    every = [OLD, NEW, better]
    assert bound_on(every, JOINED, date(2026, 3, 8)) == Binds(NEW.version_id, date(2026, 3, 1), Ground.TOLD)
    assert bound_on(every, JOINED, date(2026, 3, 9)) == Binds(better.version_id, date(2026, 3, 1), Ground.TOLD)
    assert why(NEW, date(2026, 3, 9), *every) is None
    assert why(better, date(2026, 3, 8), *every) is Unbound.NOT_YET_IN_FORCE
    never = [OLD, replace(NEW, told_on=None, binds_on=None), better]
    assert bound_on(never, JOINED, date(2026, 3, 9)) == Binds(OLD.version_id, JOINED, Ground.JOINED)
    assert why(better, date(2026, 3, 9), *never) is Unbound.NEVER_TOLD
