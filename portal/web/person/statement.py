"""The statement of reasons as its person reads it: a letter made only from the frozen record, and the record itself."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template

from portal.core.access import Permission
from portal.core.clock import add_months, end_of_day, local_day
from portal.core.errors import NotFound
from portal.enforcement.looking import STATEMENT, MyNotice, my_action, my_notice_about
from portal.enforcement.models import Action
from portal.enforcement.queries import standing, statement_of
from portal.ledger.queries import funds
from portal.notices.operations import confirm_read
from portal.rulebook.queries import promises
from portal.web.person.reading import mark_opened
from portal.web.person.scope import case_ref_of, sees_case
from portal.web.shell import guard, letter
from portal.web.shell.acting import perform
from portal.web.shell.context import reader_zone
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    see = allow(Permission.READ_CASE_AS_PERSON)
    blueprint.add_url_rule("/me/actions/<ref>", "statement", see(show))
    blueprint.add_url_rule("/me/actions/<ref>.json", "statement_record", see(record))
    blueprint.add_url_rule("/me/actions/<ref>/read", "confirm_statement", see(confirm), methods=["POST"])


def show(ref: str) -> str:
    """The letter. Its first opening by the person is put on record before it is read."""
    action = _mine(ref)
    mark_opened(ref)
    found, row = statement_of(g.db, ref)
    notice = my_notice_about(g.db, guard.person().id, ref, STATEMENT)
    now_in_effect = action.id in {one.id for one in standing(g.db, action.account_id, g.now).actions}
    return render_template(
        "person/statement.html" if found else "person/statement_erased.html", current="me", action=action,
        letter=letter.read(found or {}), effect=letter.effect_of(action, g.now, in_effect=now_in_effect), notice=notice,
        pockets=funds(g.db, action.account_id, g.now), digest=_digest(row.record), appeal_until=_appeal_until(notice, found),
        scopes=letter.SCOPES, closed=letter.CLOSED, can_appeal=_has_page("/appeals/new"),
        told_others=letter.tells_others(found or {}), no_exhibit=letter.why_no_exhibit(found or {}),
    )


def record(ref: str) -> Response:
    """The frozen record, byte for byte, with its digest (RFC 9530)."""
    _mine(ref)
    mark_opened(ref)
    _found, row = statement_of(g.db, ref)
    if row.record is None:
        raise NotFound
    body = row.record.encode()
    response = Response(body, mimetype="application/json")
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    response.headers["X-Content-SHA256"] = _digest(row.record) or ""
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}.json"'
    return response


def confirm(ref: str) -> Any:
    """The person says that they have read it."""
    _mine(ref)
    notice = my_notice_about(g.db, guard.person().id, ref, STATEMENT)
    if notice is None:
        raise NotFound
    perform(confirm_read, notice_id=notice.id)
    return redirect(f"/me/actions/{ref}", 303)


def _mine(ref: str) -> Action:
    """Errors: `NotFound` for anyone else's, and in a link's session for another case."""
    action = my_action(g.db, ref, guard.actor().account_ids)
    if action is None or not sees_case(case_ref_of(action.case_id)):
        raise NotFound
    return action


def _digest(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if text is not None else None


def _appeal_until(notice: MyNotice | None, found: dict[str, Any] | None) -> datetime | None:
    """Until when the person can appeal: at least as the letter says, and longer when they were informed later."""
    if not found:
        return None
    least: datetime = letter.read(found["redress"])["appeal_until_at_least"]
    window = promises(g.db, local_day(g.now, "UTC")).get("appeal_window")
    if notice is None or notice.informed_at is None or window is None:
        return least
    own = end_of_day(add_months(local_day(notice.informed_at, reader_zone()), window.length), reader_zone())
    return max(least, own)


def _has_page(path: str) -> bool:
    """Whether this portal has that page."""
    return current_app.url_map.bind("").test(path, "GET")
