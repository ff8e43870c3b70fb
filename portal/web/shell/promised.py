"""What pages say of our promises and of the marketplace's rules: numbers and times as they are published, never typed."""

from __future__ import annotations

from flask import Flask, g

from portal.core.clock import local_day
from portal.core.i18n import N_
from portal.rulebook.queries import CitedClause, Promise, promises
from portal.rulebook.roles import clause_that_plays
from portal.web.shell.context import lang

UNITS = {
    "days": (N_("%(num)s day"), N_("%(num)s days")),
    "working_days": (N_("%(num)s working day"), N_("%(num)s working days")),
    "months": (N_("%(num)s month"), N_("%(num)s months")),
    "hours": (N_("%(num)s hour"), N_("%(num)s hours")),
    "count": (N_("%(num)s time"), N_("%(num)s times")),
}


def prepare(app: Flask) -> None:
    """Templates name a time by its promise: `time_of("dispute_answer")`."""
    app.jinja_env.globals.update(time_of=time_of)


def promised() -> dict[str, Promise]:
    """Our promises in force today, by name."""
    return promises(g.db, local_day(g.now, "UTC"))


def length(number: int, unit: str) -> str:
    """A length as promises have it, in the reader's words: "14 days"."""
    one, many = UNITS[unit or "days"]
    return lang().ngettext(one, many, number)


def time_of(name: str) -> str:
    """The time that a promise gives today: "7 days". Errors: KeyError when none is published."""
    found = promised()[name]
    return length(found.length, found.unit)


def rule_for(part: str) -> CitedClause | None:
    """The marketplace's rule that plays that part, as it is in force today; None where it has none."""
    return clause_that_plays(g.db, part, local_day(g.now, "UTC"))
