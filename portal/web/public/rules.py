"""The rulebook as people read it: policies, versions, clauses with links of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, g, redirect, render_template

from portal.core.clock import local_day
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.money import Money
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import clauses_of, in_force, policies, versions_of
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all

UNITS = {
    "days": (N_("%(num)s day"), N_("%(num)s days")),
    "working_days": (N_("%(num)s working day"), N_("%(num)s working days")),
    "months": (N_("%(num)s month"), N_("%(num)s months")),
    "hours": (N_("%(num)s hour"), N_("%(num)s hours")),
    "count": (N_("%(num)s time"), N_("%(num)s times")),
}


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules", view_func=open_to_all(book))
    blueprint.add_url_rule("/rules/<slug>", view_func=open_to_all(newest))
    blueprint.add_url_rule("/rules/<slug>/<day>", view_func=open_to_all(version))


def book() -> str:
    """Every policy with its versions."""
    shelves = [(policy, _by_day(versions_of(g.db, policy.slug))) for policy in policies(g.db)]
    return render_template("public/rules.html", current="rules", shelves=shelves, today=local_day(g.now, "UTC"))


def _by_day(versions: list[PolicyVersion]) -> list[PolicyVersion]:
    """One version for each day: in the reader's language where there is one, else the binding one."""
    best: dict[date, PolicyVersion] = {}
    for one in versions:
        if one.effective_on not in best or one.language == lang().code:
            best[one.effective_on] = one
    return list(best.values())


def newest(slug: str) -> Any:
    """The version in force today, under its permanent address."""
    current = in_force(g.db, slug, local_day(g.now, "UTC"))
    if current is None:
        raise NotFound
    return redirect(f"/rules/{slug}/{current.effective_on.isoformat()}")


def version(slug: str, day: str) -> str:
    """One version as a book: contents, clauses with anchors and what they permit, older versions."""
    every = versions_of(g.db, slug)
    wanted = [one for one in every if one.effective_on.isoformat() == day]
    if not wanted:
        raise NotFound
    shown = next((one for one in wanted if one.language == lang().code), wanted[0])
    binding = next(one for one in wanted if one.binding)
    clauses = clauses_of(g.db, shown.id)
    return render_template(
        "public/version.html", current="rules", version=shown, binding=binding, slug=slug, others=_by_day(every),
        clauses=clauses, today=local_day(g.now, "UTC"), promise_words=promise_words,
        toc=[(one.number, one.key, one.heading, one.level) for one in clauses if one.heading],
        ruled={one.key for one in clauses if one.data != ClauseData()},
    )


def promise_words(data: ClauseData) -> str:
    """A machine-readable promise in words: "14 days"."""
    length, unit = data.length or 0, data.unit
    if unit == "usd":
        return lang().money(Money(length * 100, "USD"))
    one, many = UNITS[unit or "days"]
    return lang().ngettext(one, many, length)
