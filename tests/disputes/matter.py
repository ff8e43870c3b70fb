"""A dispute in plain numbers, and the times of the design within which somebody has to do something about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.core.clock import end_of_day
from tests.ledger.model import Part, Taken

CLIENT, FREELANCER = "client", "freelancer"
SIDES = (CLIENT, FREELANCER)
ANSWER, MORE, QUESTION, DECISION, ACCEPTANCE, REVIEW, WINDOW = 7, 7, 7, 14, 7, 14, 30


def in_days(start: datetime, days: int) -> datetime:
    """The end of the day that many days later; everybody here lives by UTC."""
    return end_of_day(start.date() + timedelta(days=days), "UTC")


@dataclass(eq=False)
class Matter:
    """A dispute: `there` could be held for it, of what `taken` says; `due`: what runs, until when, as which of all clocks;
    `known`: how many earnings there were; `since`: from which on money was held for it.

    `ruled`: how often somebody decided; `silent`: reviewed is the refund because nobody answered.
    `offers`: by side, how much would go back. What runs for an offer has its side's name.
    """

    ref: str
    part: Part
    claimed: int
    there: int
    taken: Taken
    known: int
    since: int = 0
    due: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    state: str = "opened"
    outcome: str | None = None
    refund: int | None = None
    answered: bool = False
    informed: bool = False
    over: bool = False
    silent: bool = False
    ruled: int = 0
    accepted: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
