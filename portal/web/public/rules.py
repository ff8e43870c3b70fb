"""The rulebook as people read it: policies, versions, clauses with links of their own, two languages side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.core.clock import local_day
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.rulebook.addresses import version_path
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import CitedClause, in_force, policies, versions_of
from portal.rulebook.shelf import by_day, current, spoken, unchanged_since, whole
from portal.rulebook.trimming import runs_on
from portal.web.shell import caching
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all
from portal.web.shell.promised import length


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules", view_func=open_to_all(book))
    blueprint.add_url_rule("/rules/<slug>", view_func=open_to_all(newest))
    blueprint.add_url_rule("/rules/<slug>/<day>", view_func=open_to_all(version))


def today() -> date:
    return local_day(g.now, "UTC")


def book() -> Response:
    """Every policy with its versions."""
    shelves = [(policy, versions_of(g.db, policy.slug)) for policy in policies(g.db)]

    def make() -> str:
        shown = [(policy, by_day(versions, lang().code)) for policy, versions in shelves if versions]
        return render_template("public/rules.html", current="rules", shelves=shown, today=today())

    return caching.page(make, today(), *(one.id for _, versions in shelves for one in versions))


def newest(slug: str) -> Any:
    """The version in force today, under its permanent address."""
    standing = in_force(g.db, slug, today())
    if standing is None:
        raise NotFound
    return redirect(version_path(slug, standing.effective_on))


def on_day(every: list[PolicyVersion], day: str) -> list[PolicyVersion]:
    """The version that took effect on that day, in every language. Errors: `NotFound` when there is none."""
    found = [one for one in every if one.effective_on.isoformat() == day]
    if not found:
        raise NotFound
    return found


def version(slug: str, day: str) -> Response:
    """One version as a book: contents, clauses with anchors and what they permit, other versions, another language beside."""
    every = versions_of(g.db, slug)
    wanted = on_day(every, day)
    shown, beside = _languages(wanted)

    def make() -> str:
        clauses = whole(g.db, shown.id)
        top = top_level(clauses)
        return render_template(
            "public/version.html", current="rules", version=shown, slug=slug, clauses=clauses, beside=beside,
            toc=[(one.number, one.key, one.heading, one.level - top + 2) for one in clauses if one.heading], top=top,
            other={one.key: one for one in whole(g.db, beside.id)} if beside else {},
            untranslated=[] if beside else _untranslated(wanted, shown),
            since=unchanged_since(g.db, every, shown), **about(every, shown),
        )

    return caching.page(make, today(), *(one.id for one in every))


def top_level(clauses: Iterable[CitedClause]) -> int:
    """How deep the greatest parts of a text stand: our own are headings of the second level, others begin with the first."""
    return min((one.level for one in clauses if one.number), default=2)


def _languages(wanted: list[PolicyVersion]) -> tuple[PolicyVersion, PolicyVersion | None]:
    """Which language is shown, and which beside it: then the binding one stands first."""
    shown = spoken(wanted, request.args.get("in") or lang().code)
    beside = next((one for one in wanted if one.language == request.args.get("beside")), None)
    if beside is None or len(wanted) == 1:
        return shown, None
    if beside is shown:
        shown = next(one for one in wanted if one is not beside)
    return (beside, shown) if beside.binding else (shown, beside)


def _untranslated(wanted: list[PolicyVersion], shown: PolicyVersion) -> list[CitedClause]:
    """Clauses of the binding text that a translation does not have: its readers are led to the words that bind."""
    keys, binding = {one.key for one in whole(g.db, shown.id)}, spoken(wanted, "")
    return [one for one in whole(g.db, binding.id) if one.key not in keys and one.text.strip()]


def about(every: list[PolicyVersion], shown: PolicyVersion) -> dict[str, Any]:
    """What the pages of a version and of its clauses say about it: since when, until when, which language binds."""
    languages = [one for one in every if one.effective_on == shown.effective_on]
    others = by_day(every, shown.language)
    return {
        "binding": spoken(languages, ""), "told_in": languages, "others": others, "today": today(),
        "earlier": next((one for one in others if one.effective_on < shown.effective_on), None),
        "standing": next((one.effective_on for one in current(every, today())), None),
        "promise_words": promise_words, "follows": follows, "runs_on": runs_on,
    }


def promise_words(data: ClauseData) -> str:
    """A machine-readable promise in words: "14 days"."""
    number, unit = data.length or 0, data.unit
    if unit == "usd":
        return ", ".join(lang().money(Money.of_whole(whole, currency)) for currency, whole in data.amounts or [("USD", number)])
    return length(number, unit or "days")


def follows(clause: CitedClause) -> bool:
    """Whether the clause says what may follow when it applies to what somebody did."""
    return not clause.data.promise and clause.data.rules
