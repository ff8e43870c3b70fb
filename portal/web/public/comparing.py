"""Two versions of a policy beside each other: every clause that changed, with its words marked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.rulebook.addresses import comparison_path, version_path
from portal.rulebook.changes import Change, changes, in_one_language, paragraphs
from portal.rulebook.queries import versions_of
from portal.rulebook.shelf import by_day
from portal.rulebook.trimming import runs_on
from portal.web.public.rules import on_day
from portal.web.shell import caching
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all

KINDS = {
    "new": (N_("New"), "good"),
    "removed": (N_("Removed"), "stop"),
    "changed": (N_("Changed"), "hold"),
    "moved": (N_("Moved"), "calm"),
    "renumbered": (N_("Another number"), "calm"),
    "split": (N_("Split off"), "good"),
    "merged": (N_("Merged"), "stop"),
}
"""What became of a clause, and the tone of its mark."""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules/<slug>/compare", view_func=open_to_all(choose))
    blueprint.add_url_rule("/rules/<slug>/compare/<span>", view_func=open_to_all(compared))


def choose(slug: str) -> Any:
    """Leads to the comparison of the two versions that were chosen; of the newest two when none were."""
    days = [one.effective_on for one in by_day(versions_of(g.db, slug), lang().code)]
    asked = {day for name in ("from", "to") for day in request.args.getlist(name)}
    chosen = sorted(day for day in days if day.isoformat() in asked)
    if len(chosen) == 1:
        return redirect(version_path(slug, chosen[0]))
    if len(chosen) != 2:
        chosen = days[1::-1]
    if len(chosen) != 2:
        raise NotFound
    return redirect(comparison_path(slug, *chosen))


def compared(slug: str, span: str) -> Any:
    """What changed from one version to the other, the older one first."""
    start, parted, end = span.partition("..")
    every = versions_of(g.db, slug)
    earlier, later = on_day(every, start), on_day(every, end if parted and end else start)
    first, last = earlier[0].effective_on, later[0].effective_on
    if first >= last:
        return redirect(comparison_path(slug, last, first) if first > last else version_path(slug, first))
    before, after = in_one_language(earlier, later, request.args.get("in") or lang().code)

    def make() -> str:
        found = changes(g.db, before, after)
        return render_template(
            "public/compare.html", current="rules", slug=slug, before=before, after=after, found=found,
            versions=by_day(every, lang().code), paragraphs=paragraphs, kind_words=kind_words, tone=tone,
            binding=next((one for one in later if one.binding), after), summary=_summary(found.found), runs=runs,
        )

    return caching.page(make, *(one.id for one in every))


def kind_words(change: Change) -> str:
    """What became of the clause, in words: "Another number: 4.1, before 4.2"."""
    say = lang().gettext
    before, after = change.before, change.after
    if before is None or after is None:
        return say(KINDS[change.kind][0])
    words = {
        "split": lambda: say(N_("Split off from %(clause)s"), clause=before.number or before.heading),
        "merged": lambda: say(N_("Its words now stand in %(clause)s"), clause=after.number or after.heading),
        "renumbered": lambda: say(N_("Number %(after)s, before %(before)s"), after=after.number, before=before.number),
    }
    return words.get(change.kind, lambda: say(KINDS[change.kind][0]))()


def runs(change: Change) -> bool:
    """Whether the clause has no heading of its own before nor after, so that its words are shown once."""
    return all(runs_on(one.text, one.number, one.heading) for one in (change.before, change.after) if one is not None)


def tone(change: Change) -> str:
    return KINDS[change.kind][1]


def _summary(found: tuple[Change, ...]) -> list[str]:
    """How many clauses changed, are new, are gone: only what there is."""
    many, spoken = _numbers(found), lang()
    said = {
        "words": spoken.ngettext("%(num)s clause has other words", "%(num)s clauses have other words", many["words"]),
        "new": spoken.ngettext("%(num)s clause is new", "%(num)s clauses are new", many["new"]),
        "gone": spoken.ngettext("%(num)s clause is gone", "%(num)s clauses are gone", many["gone"]),
        "places": spoken.ngettext("%(num)s clause has only another place or number",
                                   "%(num)s clauses have only another place or number", many["places"]),
    }
    return [words for name, words in said.items() if many[name]]


def _numbers(found: tuple[Change, ...]) -> dict[str, int]:
    return {
        "words": sum(one.changed and one.kind in ("changed", "moved", "renumbered") for one in found),
        "new": sum(one.kind in ("new", "split") for one in found),
        "gone": sum(one.kind in ("removed", "merged") for one in found),
        "places": sum(not one.changed and one.kind in ("moved", "renumbered") for one in found),
    }
