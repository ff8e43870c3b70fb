"""What the person has done here: years, completed contracts. It says nothing of account actions."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.contracts.queries import contracts_of, record_of
from portal.core.access import Permission
from portal.web.person.scope import my_accounts
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me/record", "record", allow(Permission.READ_OWN)(show))


def show() -> str:
    """The record of each account, with its contracts."""
    parts = [(one, record_of(g.db, one.id, g.now), contracts_of(g.db, one.id)) for one in my_accounts()]
    return render_template("person/record.html", current="me", parts=parts)
