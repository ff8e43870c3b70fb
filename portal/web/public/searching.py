"""Searching the rules: what is in force first, older versions within reach, and help when nothing is found."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from portal.rulebook.addresses import version_path
from portal.rulebook.queries import policies, versions_of
from portal.rulebook.searching import SHOWN, Found, search
from portal.rulebook.shelf import current, spoken, whole
from portal.web.public.rules import today, top_level
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all

LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/rules/search", view_func=open_to_all(find))


def find() -> str:
    return results(" ".join(request.args.get("q", "").split())[:LONGEST])


def results(query: str) -> str:
    """The clauses that have these words, with the words marked."""
    found = search(g.db, query, today(), lang().code) if query else Found((), 0)
    return render_template(
        "public/search.html", current="rules", query=query, found=found, most=SHOWN, today=today(),
        contents=[] if found.hits else _contents(),
    )


def _contents() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """The contents of what is in force: where to look when no word leads there."""
    shelves = []
    for policy in policies(g.db):
        standing = current(versions_of(g.db, policy.slug), today())
        if standing:
            shown = spoken(standing, lang().code)
            path = version_path(policy.slug, shown.effective_on)
            clauses = [one for one in whole(g.db, shown.id) if one.level]
            listed = [(one.number, one.heading, f"{path}#{one.key}") for one in clauses if one.level == top_level(clauses)]
            shelves.append((shown.title, path, listed))
    return shelves
