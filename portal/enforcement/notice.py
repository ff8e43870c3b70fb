"""The notice before an account ends, and when it need not be given: each exception has a legal ground and a written reason.

Source: P2B 4(4): a legal or regulatory obligation, an imperative reason under national law, or repeated infringement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.clock import end_of_day, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean, clean_line

EXCEPTIONS = ("legal_obligation", "imperative_reason", "repeated_infringement")
REPEATED = "repeated_infringement"
LONGEST_GROUND = 300
NOTICE_FIELDS = ("notice_exception", "exception_ground", "exception_reason", "takes_effect_on")


@dataclass(frozen=True, slots=True)
class NoticeException:
    """Why the usual notice is not given: which exception, under which law or term, in which words, and from which day."""

    kind: str
    ground: str
    reason: str
    day: date | None


def read_exception(fields: Mapping[str, Any]) -> NoticeException | None:
    """The exception that the form names; None for the usual notice. Errors: at the field, for the first thing wrong."""
    kind, ground, reason, day = (str(fields.get(name) or "") for name in NOTICE_FIELDS)
    if not kind.strip():
        return None
    if kind not in EXCEPTIONS:
        message = N_("Choose from the list why the usual notice is not given.")
        raise RuleBroken("unknown_exception", message, field="notice_exception")
    law, why = clean_line(ground, limit=LONGEST_GROUND, field="exception_ground"), clean(reason, field="exception_reason")
    if not law:
        message = N_("Name the law, the order or the term on which it rests.")
        raise RuleBroken("ground_missing", message, field="exception_ground")
    if not why:
        message = N_("Say in writing why the usual notice cannot be given here. The person reads it.")
        raise RuleBroken("exception_reason_missing", message, field="exception_reason")
    return NoticeException(kind, law, why, _day(day))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field="takes_effect_on") from None


def takes_effect(
    exception: NoticeException | None, usual: datetime, now: datetime, zone: str, *, again: bool
) -> datetime:
    """When a termination takes effect: after the usual notice; with an exception at once, or when the day begins that is given.

    `again`: whether an earlier time counts. Errors: `not_repeated`, `effect_past`, `effect_late` for a day after the usual one.
    """
    if exception is None:
        return usual
    if exception.kind == REPEATED and not again:
        message = N_("No earlier time counts, so this is not repeated. Give the usual notice, or another reason.")
        raise RuleBroken("not_repeated", message, field="notice_exception")
    if exception.day is None or exception.day == local_day(now, zone):
        return now
    begins = end_of_day(exception.day - timedelta(days=1), zone)
    if begins < now:
        raise RuleBroken("effect_past", N_("The day on which this takes effect has already passed."), field="takes_effect_on")
    if begins > usual:
        message = N_("The usual notice ends before that day. Leave this empty.")
        raise RuleBroken("effect_late", message, field="takes_effect_on")
    return begins


def exception_record(exception: NoticeException | None, usual: datetime | None) -> dict[str, Any] | None:
    """What the statement says of it."""
    if exception is None:
        return None
    return {"kind": exception.kind, "ground": exception.ground, "reason": exception.reason, "usual": usual}
