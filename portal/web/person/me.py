"""The person's own page: what is wrong, what they can do, what they wait for; and when all is well, a calm page."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.accounts.models import Account
from portal.contracts.queries import contracts_of
from portal.core.access import Permission
from portal.web.person.history import history
from portal.web.person.overview import overview, worst_first
from portal.web.person.scope import by_link, my_accounts
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me", "me", allow(Permission.READ_CASE_AS_PERSON)(show))


def show() -> str:
    """Every account of the person, the one that needs them most first."""
    parts = worst_first(overview(account) for account in my_accounts())
    return render_template(
        "person/me.html", current="me", parts=[(part, history(part)) for part in parts], by_link=by_link(),
        clients=[] if by_link() else [part.account.id for part in parts if _is_client(part.account)],
    )


def _is_client(account: Account) -> bool:
    """Whether this account has ever paid for work here, and so may have a milestone to contest."""
    return any(contract.client_id == account.id for contract in contracts_of(g.db, account.id))
