"""The rules of appeals over plain values: the window, the grounds, who may decide what, clocks that waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.appeals.models import AppealOutcome
from portal.core.clock import deadline, end_of_day, last_day, local_day
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.enforcement.evidence import WITHHELD as REASONS
from portal.enforcement.models import Nature
from portal.enforcement.taken_words import CALLED

LEAST_BODY = 20
MOST_TEXT = TEXT_LIMIT
WOULD_CHANGE = "would_change"
WITHHELD, MONEY, NEW = "withheld", "money_held", "new_evidence"
GROUNDS: dict[str, str] = {
    WITHHELD: N_("Something is withheld from me that I should be able to see."),
    "not_me": N_("I did not do what the decision says."),
    "not_the_rule": N_("What I did does not fall under this rule."),
    "too_hard": N_("It does not warrant this measure."),
    "was_me": N_("It was me who did what you saw."),
    "can_show": N_("I can show who I am."),
    "no_danger": N_("Nobody takes advantage of me."),
    "order_elsewhere": N_("The law or the order is about somebody else, or does not apply to me."),
    "order_over": N_("The order has ended, or was changed."),
    "order_amount": N_("The order states another amount."),
    "order_less": N_("The law or the order does not ask for this much."),
    MONEY: N_("The money should not be on hold."),
    "other": N_("Another reason, in my own words."),
    NEW: N_("There is something new that shows otherwise."),
}
"""Every general reason that can be ticked, or could be when an appeal was filed, in the order in which they are offered; and
that there is something new, which a decided appeal is opened again for and nobody ticks."""
AGAINST = {
    Nature.CONDUCT: frozenset({"not_me", "not_the_rule", "too_hard"}),
    Nature.PROTECTIVE: frozenset({"was_me", "can_show", "no_danger", "too_hard"}),
    Nature.LEGAL: frozenset({"order_elsewhere", "order_over", "order_amount", "order_less"}),
}
"""Which of them can be true of a decision of each nature; one of our own words can be against any."""


class Weight(StrEnum):
    """Whether the reviewer took an exhibit into account."""

    CONSIDERED = "considered"
    NOT_CONSIDERED = "not_considered"


@dataclass(frozen=True, slots=True)
class Window:
    """Until when an action can be appealed. `until` is None while nobody counts as informed: then it has not started."""

    informed_at: datetime | None
    until: datetime | None
    at_least: datetime

    @property
    def last(self) -> datetime:
        """The last instant that is certain."""
        return max(self.until, self.at_least) if self.until else self.at_least

    def over(self, now: datetime) -> bool:
        """Whether the time to appeal has passed; never before the person was informed."""
        return self.until is not None and now >= self.last


def window(
    issued_at: datetime, informed_at: datetime | None, length: int, unit: str, zone: str, at_least: datetime | None = None
) -> Window:
    """The window of an appeal: it runs from the day of being informed and ends at 24:00 in the person's zone.

    Source: DSA 20(1), (2); promise "appeal_window" (six calendar months: 31 August + 6 is the last day of February).
    """
    until = deadline(informed_at, length, unit, zone) if informed_at is not None else None
    return Window(informed_at, until, at_least or deadline(issued_at, length, unit, zone))


def after_waiting(due_at: datetime, waited_from: datetime, now: datetime, zone: str, unit: str = "days") -> datetime:
    """When something is due after we waited for the person: as many days later as we waited, at 24:00 of their day.

    A promise in hours is due exactly as much later as we waited.
    """
    if unit == "hours":
        return due_at + (now - waited_from)
    days = (local_day(now, zone) - local_day(waited_from, zone)).days
    return end_of_day(last_day(due_at, zone) + timedelta(days=days), zone)


def may_decide(outcome: AppealOutcome, *, first_reviewer: bool) -> bool:
    """Who proposed, issued or co-signed may overturn in full and do nothing else (DESIGN 2.8)."""
    return outcome is AppealOutcome.REVERSED or not first_reviewer


def ground_words(key: str, would_change: Sequence[str]) -> str | None:
    """A ground in words: one of the general ones, or one of what the statement says would change it; None: unknown."""
    if key in GROUNDS:
        return GROUNDS[key]
    name, _, number = key.partition(":")
    if name == WOULD_CHANGE and number.isdecimal() and 1 <= int(number) <= len(would_change):
        return would_change[int(number) - 1]
    return None


def _holds(restriction: Mapping[str, Any]) -> bool:
    """Whether it is money on hold; where payouts may go can be limited, and holds nothing."""
    return restriction["kind"] == "monetary" and restriction["scope"] not in CALLED


def withholds(record: Mapping[str, Any]) -> bool:
    """Whether a statement keeps something back from the person: an exhibit's words, or all that shows what happened."""
    parts, changed = (record, *record.get("more", [])), record.get("changed") or {}
    return any(not _withheld_in(part, shown=bool(changed.get("disclosed_words"))).isdisjoint(REASONS) for part in parts)


def _withheld_in(part: Mapping[str, Any], *, shown: bool) -> set[str | None]:
    """The grounds of what a rule rests on; `shown`: what no exhibit shows was said in words."""
    exhibits = part.get("exhibits", [])
    return {one.get("ground") for one in exhibits} if exhibits or shown else {part.get("no_exhibit")}


def grounds_against(record: Mapping[str, Any]) -> dict[str, str]:
    """What can be ticked against the action of this statement, in words, by key (those of ours as catalogue keys).

    First what the statement says would change it, then the general ones that can be true of a decision of this nature: that
    something is withheld only where it is, that money should not be on hold only where it is held, that an order states another
    amount only where it states one.
    Sources: DESIGN 2, "may be withheld ... and appealable"; DESIGN 2, nature of an action; promise 8.
    """
    offered = {*AGAINST[Nature(record.get("nature", Nature.CONDUCT))], "other"} | ({WITHHELD} if withholds(record) else set())
    offered |= {MONEY} if any(map(_holds, record.get("restrictions", []))) else set()
    if not (record.get("order") or {}).get("amount"):
        offered.discard("order_amount")
    return checklist(record) | {key: text for key, text in GROUNDS.items() if key in offered}


def checklist(record: Mapping[str, Any]) -> dict[str, str]:
    """What a statement says would change the decision, by key, in the order of the letter."""
    return {f"{WOULD_CHANGE}:{n}": text for n, text in enumerate(record.get("would_change", []), 1)}


def filed_grounds(keys: Sequence[str], how: Mapping[str, str], items: Mapping[str, str]) -> list[str | dict[str, str]]:
    """What was ticked, as it is frozen: a general reason by its key, an item of the letter with its words and the how."""
    return [{"key": key, "item": items[key], "how": how.get(key, "")} if key in items else key for key in keys]


def ticked(filed: Sequence[str | Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """What was frozen, as (key, words of the item, how): also appeals of before, which kept keys only."""
    return [(one, "", "") if isinstance(one, str) else (one["key"], one["item"], one["how"]) for one in filed]


def unanswered(wanted: Sequence[str], answers: Mapping[str, Any]) -> list[str]:
    """The grounds to which the decision says nothing."""
    return [key for key in wanted if not str(answers.get(key) or "").strip()]
