"""What bound whom on which day: random histories against the sentence of the promise."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.rulebook.binding import Standing, Unbound, binding_version, why_not

START = date(2024, 3, 1)
days = st.integers(min_value=-30, max_value=900).map(lambda n: START + timedelta(days=n))


@st.composite
def histories(draw: st.DrawFn) -> list[Standing]:
    offsets = sorted(draw(st.sets(st.integers(0, 800), min_size=1, max_size=4)))
    maybe = st.none() | days
    return [Standing(UUID(int=i), START + timedelta(days=o), draw(maybe), draw(maybe)) for i, o in enumerate(offsets)]


@given(histories(), days, days)
def test_at_most_one_version_binds(versions: list[Standing], joined: date, day: date) -> None:
    binding = [v for v in versions if why_not(versions, v.version_id, joined, day, 15) is None]
    assert len(binding) <= 1
    assert binding_version(versions, joined, day, 15) == (binding[0].version_id if binding else None)


@given(histories(), days, days)
def test_never_before_it_is_in_force(versions: list[Standing], joined: date, day: date) -> None:
    for version in versions:
        if day < version.effective_on:
            assert why_not(versions, version.version_id, joined, day, 15) is Unbound.NOT_YET_IN_FORCE


@given(histories(), days, days)
def test_binds_only_who_joined_accepted_or_was_told(versions: list[Standing], joined: date, day: date) -> None:
    for version, following in zip(versions, [*versions[1:], None], strict=True):
        if why_not(versions, version.version_id, joined, day, 15) is None:
            joined_under = version.effective_on <= joined <= day and (following is None or joined < following.effective_on)
            accepted = version.accepted_on is not None and version.accepted_on <= day
            told = version.told_on is not None and (day - version.told_on).days >= 15
            assert joined_under or accepted or told


def test_old_conduct_falls_under_the_old_version() -> None:
    old = Standing(UUID(int=1), date(2024, 3, 1))
    new = Standing(UUID(int=2), date(2026, 3, 1), told_on=date(2026, 2, 2))
    joined = date(2025, 1, 1)
    assert binding_version([old, new], joined, date(2026, 2, 28), 15) == old.version_id
    assert binding_version([old, new], joined, date(2026, 3, 1), 15) == new.version_id
    assert why_not([old, new], old.version_id, joined, date(2026, 3, 1), 15) is Unbound.REPLACED
    assert why_not([old, new], new.version_id, joined, date(2026, 2, 28), 15) is Unbound.NOT_YET_IN_FORCE
