"""One clause by itself: its words, what may follow, since when it has stood like this, and how it was before."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request

from portal.core.errors import NotFound
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import CitedClause, versions_of
from portal.rulebook.shelf import editions, leads_to, spoken, whole
from portal.web.public.rules import about, on_day, today
from portal.web.shell import caching
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules/<slug>/<day>/<key>", view_func=open_to_all(clause))


def clause(slug: str, day: str, key: str) -> Response:
    """The clause of that version, in the language that is asked for."""
    every = versions_of(g.db, slug)
    shown = spoken(on_day(every, day), request.args.get("in") or lang().code)
    text = whole(g.db, shown.id)
    at = next((n for n, one in enumerate(text) if one.key == key), None)
    if at is None:
        raise NotFound

    def make() -> str:
        return render_template(
            "public/clause.html", current="rules", clause=text[at], slug=slug, version=shown,
            **about(every, shown), **_around(text, at), **_others(every, shown, key),
        )

    return caching.page(make, today(), *(one.id for one in every))


def _around(text: tuple[CitedClause, ...], at: int) -> dict[str, Any]:
    """The clauses before and after it, the part that it stands in, and the clauses that stand in it."""
    return {
        "before": text[at - 1] if at else None, "after": text[at + 1] if at + 1 < len(text) else None,
        "part": next((one for one in text if one.key == text[at].parent_key), None),
        "inside": [one for one in text if one.parent_key == text[at].key], "leads": leads_to(text, text[at]),
    }


def _others(every: list[PolicyVersion], shown: PolicyVersion, key: str) -> dict[str, Any]:
    """The same clause through all versions, and in the other languages of this one."""
    told = [one for one in every if one.effective_on == shown.effective_on and one.id != shown.id]
    beside = [(one, clause) for one in told for clause in whole(g.db, one.id) if clause.key == key]
    return {"editions": editions(g.db, every, key, shown.language), "translations": beside}
