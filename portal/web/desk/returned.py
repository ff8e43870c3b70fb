"""Money that did not arrive, at the desk: whose it is, what happened, what the person was told, and what to do now."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.ledger.returned import returned_money
from portal.web.desk.reach import require_reach
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/returned/<ref>", "returned", allow(Permission.READ_DESK)(show))


def show(ref: str) -> str:
    """One payout or refund that came back. Errors: `NotFound`, `OutOfReach`."""
    found = returned_money(g.db, ref)
    require_reach(found.case_ref, ref)
    return render_template("desk/returned.html", current="queue", one=found)
