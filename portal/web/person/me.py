"""The person's own page: what is wrong, what they can do, what they wait for; and when all is well, a calm page."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.ledger.returned import came_back
from portal.web.person import urgency
from portal.web.person.history import history
from portal.web.person.new_dispute import may_contest
from portal.web.person.overview import overview
from portal.web.person.scope import by_link, my_accounts
from portal.web.person.urgency import worst_first
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me", "me", allow(Permission.READ_CASE_AS_PERSON)(show))


def show() -> str:
    """Every account of the person, the one that needs them most first."""
    parts = worst_first(overview(account) for account in my_accounts())
    return render_template(
        "person/me.html", current="me", parts=[(part, history(part)) for part in parts], by_link=by_link(), first=urgency,
        came_back=came_back(g.db, [part.account.id for part in parts]),
        clients=[] if by_link() else [part.account.id for part in parts if may_contest([part.account.id])],
    )
