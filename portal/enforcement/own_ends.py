"""What a restriction takes away, each with a last day of its own: the decision's, or an earlier one. Source: DESIGN 2.4, 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.clock import end_of_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, Measure, Restriction, RestrictionKind
from portal.enforcement.rules import OWN_ENDS, SCOPES, TOTAL, WHOLE_ACCOUNT, WITHIN


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that is taken away, whether only in part, and when that ends; None: it has a review date instead."""

    kind: RestrictionKind
    scope: str
    partial: bool
    ends_at: datetime | None


def taken(measure: Measure, scope: Sequence[str], own: Mapping[str, date], ends_at: datetime | None, zone: str) -> list[Taken]:
    """What a measure takes away; a warning takes nothing. `own`: the last days of some things, never later than `ends_at`."""
    match measure:
        case Measure.WARNING:
            return []
        case Measure.RESTRICTION:
            return [Taken(SCOPES[one], one, one not in TOTAL, _end(own.get(one), ends_at, zone)) for one in scope]
    return [Taken(RestrictionKind.ACCOUNT, WHOLE_ACCOUNT, False, ends_at)]


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


def read_own_ends(fields: Mapping[str, Any], measure: Measure, scope: Sequence[str], *, interim: bool) -> dict[str, date]:
    """The last days of single things, by what they are; only a restriction that is no interim one has them.

    Errors, at `ends_on_<scope>`: `not_a_day`; `not_taken` for a day of something that is not taken away.
    """
    if measure is not Measure.RESTRICTION or interim:
        return {}
    found = {}
    for name, one in OWN_ENDS.items():
        day = _day(str(fields.get(name) or ""), name)
        if day is not None and one not in scope:
            message = N_("This is not taken away. Tick it, or leave its last day empty.")
            raise RuleBroken("not_taken", message, field=name)
        found.update({one: day} if day is not None else {})
    return found


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field=name) from None


def latest_end(scope: Sequence[str], own: Mapping[str, date], end: date, today: date) -> date:
    """The last day of the whole: the latest of what is taken away. Errors: `ends_on_past`, `ends_on_later` at the own day."""
    for one, day in own.items():
        if day < today:
            message = N_("The day on which this ends has already passed.")
            raise RuleBroken("ends_on_past", message, field=f"ends_on_{one}")
        if day > end:
            message = N_("Nothing lasts longer than the decision: a day of its own is at the latest the last day of all.")
            raise RuleBroken("ends_on_later", message, field=f"ends_on_{one}")
    return max((own.get(one, end) for one in scope), default=end)


def over_before(row: Restriction, action: Action, now: datetime) -> bool:
    """Whether it ended by a last day of its own, before the decision did or does."""
    if row.ends_at is None or action.ends_at is None:
        return False
    return row.ends_at <= now and row.ends_at < action.ends_at
