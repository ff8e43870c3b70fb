"""Earlier decisions under the rule that is picked: on a page of its own, so that nothing of it is read before it is asked for."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template

from portal.appeals.similar import precedents
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.rulebook.queries import cited_clause
from portal.web.desk import words
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/rules/<key>/decisions", "precedents", allow(Permission.READ_DESK)(show))


def show(key: str) -> str:
    """What followed under this rule before, how often, and how appeals ended; no names and no facts."""
    try:
        clause = cited_clause(g.db, UUID(key))
    except ValueError:
        clause = None
    if clause is None:
        raise NotFound
    return render_template(
        "desk/precedents.html", current="queue", clause=clause, past=precedents(g.db, clause.clause_id), words=words
    )
