"""What a restriction takes away, each with a first day of its own and with a last day, or one for a second look, of its own.

Source: DESIGN 2.4, 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.clock import end_of_day, last_day, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean_line
from portal.enforcement.models import WHOLE_ACCOUNT, Measure, Nature, Restriction, RestrictionKind, until_of
from portal.enforcement.rules import OWN_ENDS, OWN_REVIEWS, OWN_STARTS, SCOPES, TO_PROTECT, TOTAL, WITHIN, Span

LATER = N_("Nothing lasts longer than the decision: a day of its own is at the latest the last day of all.")


@dataclass(frozen=True, slots=True)
class OwnDays:
    """The first and the last days of single things, by what they are, where they have one of their own; of some the day by which
    they are looked at again: without that look it is their last one (`review`). `check`: the identity check with which the
    things in `resting` end at once, if that is sooner."""

    first: Mapping[str, date] = field(default_factory=dict)
    last: Mapping[str, date] = field(default_factory=dict)
    review: Mapping[str, date] = field(default_factory=dict)
    check: str | None = None
    resting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that is taken away, whether only in part, and from when to when; no end: it has a date for a second look.
    `check`: the identity check that it rests on."""

    kind: RestrictionKind
    scope: str
    partial: bool
    starts_at: datetime
    ends_at: datetime | None
    review_at: datetime | None = None
    check: str | None = None

    @property
    def until(self) -> datetime | None:
        """As of `Restriction`."""
        return until_of(self.scope, self.ends_at, self.review_at)


def taken(
    measure: Measure, scope: Sequence[str], own: OwnDays, starts_at: datetime, ends_at: datetime | None, zone: str,
    review_at: datetime | None = None,
) -> list[Taken]:
    """What a measure takes away; a warning takes nothing. `own`: days of some things, never outside of the decision's;
    `review_at`: by when the whole of it is heard again, where it has no end."""
    match measure:
        case Measure.WARNING:
            return []
        case Measure.RESTRICTION:
            return [
                Taken(SCOPES[one], one, one not in TOTAL, _start(own.first.get(one), starts_at, zone),
                      None if one in own.review else _end(own.last.get(one), ends_at, zone),
                      _end(own.review.get(one), ends_at, zone) if one in own.review else None,
                      own.check if one in own.resting else None)
                for one in scope
            ]
    return [Taken(RestrictionKind.ACCOUNT, WHOLE_ACCOUNT, False, starts_at, ends_at, None if ends_at else review_at)]


def _start(own: date | None, starts_at: datetime, zone: str) -> datetime:
    return starts_at if own is None else max(end_of_day(own - timedelta(days=1), zone), starts_at)


def _end(own: date | None, ends_at: datetime | None, zone: str) -> datetime | None:
    return ends_at if own is None or ends_at is None else min(end_of_day(own, zone), ends_at)


def read_scope(listed: Sequence[str]) -> tuple[str, ...]:
    """What is taken away, each once. Errors: `unknown_scope`; `scope_twice` for something that another choice holds already."""
    scope = tuple(dict.fromkeys(listed))
    if any(one not in SCOPES for one in scope):
        raise RuleBroken("unknown_scope", N_("Choose what is taken away from the list."), field="scope")
    if any(whole in scope and not parts.isdisjoint(scope) for whole, parts in WITHIN.items()):
        message = N_("Who cannot be seen at all is not shown in search either. Tick one of the two.")
        raise RuleBroken("scope_twice", message, field="scope")
    return scope


def require_takes(scope: Sequence[str], nature: str, own: OwnDays, *, member: bool = False) -> None:
    """Errors: `unknown_scope` for what a decision of that nature, or about one member, does not take away; `not_reviewed` for a
    second look of its own where the whole decision has one, or is over before."""
    for one in own.review if nature != Nature.CONDUCT else ():
        message = N_("Here only the whole decision is looked at again. Leave this day empty.")
        raise RuleBroken("not_reviewed", message, field=f"review_on_{one}")
    if not TO_PROTECT.isdisjoint(scope) and (nature != Nature.PROTECTIVE or member):
        message = N_("Only a measure that protects a whole account limits to which places its money goes.")
        raise RuleBroken("unknown_scope", message, field="scope")


def read_own_days(fields: Mapping[str, Any], measure: Measure, scope: Sequence[str], *, interim: bool) -> OwnDays:
    """The days of single things, and the identity check that they rest on; only a restriction that is no interim one has them.

    Errors, at `starts_on_<scope>`, `ends_on_<scope>` or `review_on_<scope>`: `not_a_day`; `not_taken` for a day of something
    that is not taken away; `end_or_review` for both of the last two. Those of `_resting` and `_none`.
    """
    if measure is not Measure.RESTRICTION or interim:
        return _none(fields)
    check, resting = _resting(fields, scope)
    own = OwnDays(
        _days(fields, OWN_STARTS, scope), _days(fields, OWN_ENDS, scope), _days(fields, OWN_REVIEWS, scope), check, resting,
    )
    for one in own.review.keys() & own.last.keys():
        message = N_("Give a last day, or a day by which we look at it again: not both.")
        raise RuleBroken("end_or_review", message, field=f"review_on_{one}")
    return own


def _none(fields: Mapping[str, Any]) -> OwnDays:
    """Days of its own nothing else has. Errors: `resting_nothing` where it is to rest on an identity check."""
    for name in ("rests_on", "resting"):
        if fields.get(name):
            message = N_("Only a restriction, and none that comes first, can rest on an identity check. Leave this empty.")
            raise RuleBroken("resting_nothing", message, field=name)
    return OwnDays()


def _resting(fields: Mapping[str, Any], scope: Sequence[str]) -> tuple[str | None, frozenset[str]]:
    """The identity check that is named, and what ends with it.

    Errors: `check_missing` at `rests_on`; at `resting` `resting_missing`, and `not_taken` for what is not taken away.
    """
    check, listed = clean_line(str(fields.get("rests_on") or ""), limit=24, field="rests_on"), fields.get("resting") or []
    resting = frozenset(map(str, listed if isinstance(listed, list) else [listed]))
    if resting and not check:
        raise RuleBroken("check_missing", N_("Choose the identity check with which this ends."), field="rests_on")
    if check and not resting:
        raise RuleBroken("resting_missing", N_("Tick what ends when the identity check does."), field="resting")
    if not resting <= set(scope):
        message = N_("This is not taken away. Tick it above, or leave it out here.")
        raise RuleBroken("not_taken", message, field="resting")
    return check or None, resting


def _days(fields: Mapping[str, Any], names: Mapping[str, str], scope: Sequence[str]) -> dict[str, date]:
    found = {}
    for name, one in names.items():
        day = _day(str(fields.get(name) or ""), name)
        if day is not None and one not in scope:
            message = N_("This is not taken away. Tick it, or leave its days empty.")
            raise RuleBroken("not_taken", message, field=name)
        found.update({one: day} if day is not None else {})
    return found


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field=name) from None


@dataclass(frozen=True, slots=True)
class Within:
    """The time within which a decision takes something away. `signed_late`: a second person signs what was put before them
    earlier, so a first day that has passed meanwhile means at once."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    signed_late: bool = False


def own_span(scope: Sequence[str], own: OwnDays, whole: Within) -> tuple[datetime, datetime]:
    """When the first of these things begins and the last of them ends.

    What is looked at again can go on to the last day of all. Errors: `starts_on_past`, `starts_on_later` at the first day;
    `ends_on_past`, `ends_on_later` at the last day; `review_on_past`, `review_on_later` at the day of the second look.
    """
    today, final = local_day(whole.starts_at, whole.zone), last_day(whole.ends_at, whole.zone)
    for one, day in own.last.items():
        if day < today:
            message = N_("The day on which this ends has already passed.")
            raise RuleBroken("ends_on_past", message, field=f"ends_on_{one}")
        if day > final:
            raise RuleBroken("ends_on_later", LATER, field=f"ends_on_{one}")
    for one, day in own.review.items():
        if day < today:
            raise RuleBroken("review_on_past", N_("This day has passed. Give a later one."), field=f"review_on_{one}")
        if day >= final:
            message = N_("On the last day it ends by itself. Look at it again before that, or leave this empty.")
            raise RuleBroken("review_on_later", message, field=f"review_on_{one}")
    for one, day in own.first.items():
        if day < today and not whole.signed_late:
            message = N_("This day has passed. Nothing is taken away for days that are over; leave it empty for at once.")
            raise RuleBroken("starts_on_past", message, field=f"starts_on_{one}")
        if day > own.last.get(one, own.review.get(one, final)):
            message = N_("This would begin after its last day.")
            raise RuleBroken("starts_on_later", message, field=f"starts_on_{one}")
    takes = taken(Measure.RESTRICTION, scope, own, whole.starts_at, whole.ends_at, whole.zone)
    starts = min((one.starts_at for one in takes), default=whole.starts_at)
    return starts, max((one.ends_at or whole.ends_at for one in takes), default=whole.ends_at)


def latest_rows(pairs: Sequence[tuple[Restriction, Span]]) -> list[tuple[Restriction, Span]]:
    """The newest row of each thing: one that goes on longer than it was to has a row for each time."""
    return list({row.scope: (row, span) for row, span in pairs}.values())


def what_counts(pairs: Sequence[tuple[Restriction, Span]], now: datetime) -> list[Restriction]:
    """What of a decision has begun and was not over before the rest of it; of one that is over, what lasted to its end."""
    rows = latest_rows(pairs)
    ends = [span.over_at for _row, span in rows]
    last = None if None in ends else max((end for end in ends if end), default=None)
    return [row for row, span in rows if span.begun_by(now) and not over_first(span, last, now)]


def last_end(
    ends_at: datetime | None, pairs: Sequence[tuple[Restriction, Span]], now: datetime
) -> datetime | None:
    """When the last thing ends, or ended, that a decision takes away: on its own last day (`ends_at`), or before it.

    What is still to be looked at again can last until then.
    """
    ends = [
        ends_at if row.review_at is not None and span.over_at is not None and span.over_at > now else span.over_at
        for row, span in latest_rows(pairs)
    ]
    known = [end for end in ends if end is not None]
    return min(ends_at, max(known)) if ends_at is not None and known and len(known) == len(ends) else ends_at


def over_before(pairs: Sequence[tuple[Restriction, Span]], now: datetime) -> list[Restriction]:
    """What of a decision had begun and ended, on a last day of its own or because we ended it, while the rest went on."""
    counts = {row.id for row in what_counts(pairs, now)}
    return [row for row, span in latest_rows(pairs) if span.begun_by(now) and row.id not in counts]


def over_first(span: Span, last: datetime | None, now: datetime) -> bool:
    """Whether it ended by now, before the last of its decision did or does."""
    end = span.over_at
    return end is not None and end <= now and (last is None or end < last)


def begins_to_count(pairs: Sequence[tuple[Restriction, Span]], tells: Callable[[str], bool]) -> datetime | None:
    """When the first of those things begins that others are told of; None where there is none."""
    return min((row.starts_at for row, _span in latest_rows(pairs) if tells(row.scope)), default=None)
