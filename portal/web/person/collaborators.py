"""Looking up somebody one works with: available or not, and why, in the fixed words; for anybody else nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request

from portal.contracts.models import Contract
from portal.contracts.queries import counterparts_of
from portal.core.access import Permission
from portal.enforcement.looking import Reader, collaborator, collaborators
from portal.web.person.availability import Availability, availabilities, availability
from portal.web.person.contracts import Side, own_side
from portal.web.person.new_dispute import choices
from portal.web.person.reading import mark_opened
from portal.web.person.scope import my_accounts
from portal.web.shell import guard
from portal.web.shell.guard import allow

MOST = 30


def add_routes(blueprint: Blueprint) -> None:
    see = allow(Permission.LOOK_UP_COLLABORATOR)
    blueprint.add_url_rule("/collaborators", "collaborators", see(listing))
    blueprint.add_url_rule("/collaborators/<ref>", "collaborator", see(show))


def listing() -> Any:
    """Those one works with now or did lately, and a field for a reference."""
    wanted = request.args.get("ref", "").strip().upper()
    if wanted.isascii() and wanted.replace("-", "").isalnum():
        return redirect(f"/collaborators/{wanted[:24]}")
    return render_template("person/collaborators.html", current="me", people=_people(), most=MOST)


def _people() -> list[Availability]:
    others: list[UUID] = []
    for account in my_accounts():
        pairs = sorted(counterparts_of(g.db, account.id, g.now), key=lambda pair: pair[1][-1].started_on, reverse=True)
        others += [other for other, _contracts in pairs[:MOST]]
    return availabilities(collaborators(g.db, list(dict.fromkeys(others))[:MOST], _reader()))


def show(ref: str) -> Any:
    """One collaborator. An unknown reference and somebody unrelated give the same bytes after the same query."""
    found = collaborator(g.db, ref, _reader())
    if found is None:
        return _nobody()
    shown = availability(found)
    mark_opened(*(line.action.ref for line in (*shown.now, *shown.before)))
    mine = choices(of=found.account.id)
    gone = [one.gone for one in mine] if shown.now else []
    return render_template(
        "person/collaborator.html", current="me", shown=shown, contestable=mine, gone=gone, own=_own(found.contracts),
    )


def _own(contracts: Sequence[Contract]) -> Side | None:
    """The reader's account that works with them and cannot work now itself."""
    at_work = {key for one in contracts for key in one.sides}
    sides = (own_side(account) for account in my_accounts() if account.id in at_work)
    return next((side for side in sides if side.unavailable), None)


def _reader() -> Reader:
    return Reader(guard.person().id, guard.actor().account_ids, g.now)


def _nobody() -> tuple[str, int]:
    """Without the request: its address must not make two such pages differ."""
    return render_template("person/nobody.html", current="me", request=None), 404
