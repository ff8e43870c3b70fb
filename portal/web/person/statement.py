"""The statement of reasons as its person reads it: a letter made only from the frozen record, and the record itself."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.appeals.models import LIVE, AppealState
from portal.appeals.pauses import if_late, pausing
from portal.appeals.queries import decision_of, filing
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.text import sha256
from portal.enforcement.blocking import lasts_until
from portal.enforcement.ends_first import ends_first
from portal.enforcement.looking import STATEMENT, my_notice_about, said_action, statements_of
from portal.enforcement.members import known_among, reads, require_reads
from portal.enforcement.models import Action, Statement
from portal.enforcement.queries import restrictions_of, rule_of
from portal.enforcement.succession import superseded_by
from portal.ledger.queries import funds
from portal.notices.operations import confirm_read
from portal.web.person import known, withheld
from portal.web.person.appeals import OUTCOMES, STATES
from portal.web.person.coming_back import way_back
from portal.web.person.decided import effect_now
from portal.web.person.reading import mark_opened
from portal.web.person.redress import anew_of, answered_by, begun, sent_by
from portal.web.person.scope import about, case_ref_of, looks_after, sees_case
from portal.web.shell import guard, letter
from portal.web.shell.acting import perform
from portal.web.shell.caching import origin
from portal.web.shell.context import lang
from portal.web.shell.guard import allow
from portal.web.shell.paper import send_pdf


def add_routes(blueprint: Blueprint) -> None:
    see = allow(Permission.READ_CASE_AS_PERSON)
    blueprint.add_url_rule("/me/actions/<ref>", "statement", see(show))
    blueprint.add_url_rule("/me/actions/<ref>.json", "statement_record", see(record))
    blueprint.add_url_rule("/me/actions/<ref>.pdf", "statement_paper", see(paper))
    blueprint.add_url_rule("/me/actions/<ref>/statements/<int(max=99999):n>", "earlier_statement", see(show_earlier))
    blueprint.add_url_rule("/me/actions/<ref>/statements/<int(max=99999):n>.json", "earlier_record", see(earlier_record))
    blueprint.add_url_rule("/me/actions/<ref>/statements/<int(max=99999):n>.pdf", "earlier_paper", see(earlier_paper))
    blueprint.add_url_rule("/me/actions/<ref>/read", "confirm_statement", see(confirm), methods=["POST"])


def show(ref: str) -> str:
    """The newest letter. Its first opening by the person is put on record before it is read. Members of its account for whom
    it is not read what applies to them."""
    action = _said(ref)
    if not reads(g.db, action.id, guard.person().id):
        return known.page(action)
    mark_opened(ref)
    listed = statements_of(g.db, action.id)
    return _page(action, listed, listed[-1], effect_now(action))


def show_earlier(ref: str, n: int) -> Any:
    """An earlier letter about the same decision, marked as replaced."""
    action = _mine(ref)
    listed = statements_of(g.db, action.id)
    row = _numbered(listed, n)
    return redirect(f"/me/actions/{ref}") if row is listed[-1] else _page(action, listed, row, "replaced")


def _numbered(listed: list[Statement], n: int) -> Statement:
    """Errors: `NotFound`."""
    for row in listed:
        if row.n == n:
            return row
    raise NotFound


def _page(action: Action, listed: list[Statement], row: Statement, effect: letter.Effect) -> str:
    found = json.loads(row.record) if row.record is not None else None
    if found is None:
        return render_template("person/statement_erased.html", current="me", action=action)
    read = letter.read(found)
    return render_template(
        "person/statement.html", current="me", action=action, letter=read, say=letter.voice(read, lang()), effect=effect,
        notice=my_notice_about(g.db, guard.person().id, action.ref, STATEMENT), row=row, listed=listed,
        successor=superseded_by(g.db, action),
        ends=lasts_until(g.db, action, restrictions_of(g.db, [action.id])[action.id], g.now) if row is listed[-1] else None,
        clause=None if _quotes_mine(read) else rule_of(g.db, action),
        pockets=funds(g.db, action.account_id, g.now) if looks_after(action.account_id) else [],
        digest=sha256(row.record or ""), origin=origin(), **_redress(action),
    )


def _quotes_mine(read: dict[str, Any]) -> bool:
    """Whether the letter itself quotes its rule in the reader's language."""
    rule = read["rule"]
    return lang().code in {rule["language"], (rule.get("translation") or {}).get("language")}


def _redress(action: Action) -> dict[str, Any]:
    """The appeal against this decision, where there is one, with its state in words; else until when one is possible."""
    found = filing(g.db, action, guard.person().id, g.now)
    appeal = found.appeal
    answered = decision_of(g.db, appeal.id) if appeal is not None else None
    state = ("", "calm")
    if appeal is not None:
        state = OUTCOMES[appeal.outcome] if appeal.outcome else STATES.get(AppealState(appeal.state), state)
    return {
        "filing": found, "appeal": appeal, "state": state, "live": appeal is not None and appeal.state in LIVE,
        "answered": answered[0] if answered else None, "begun": begun(action, appeal), "withheld": withheld.way(action),
        "by": sent_by(appeal) if appeal is not None and appeal.state != AppealState.DRAFT else None,
        "pausing": pausing(g.db, appeal, g.now) if appeal is not None and appeal.state in LIVE else None,
        "back": way_back(action), "if_late": if_late(g.db, action, answered_by()),
        "ends_first": ends_first(g.db, action, g.now, answered_by()),
        "anew": anew_of(appeal) if appeal is not None and appeal.outcome else None,
    }


def record(ref: str) -> Response:
    """The newest frozen record, byte for byte, with its digest (RFC 9530)."""
    row = statements_of(g.db, _mine(ref).id)[-1]
    return _given(ref, row, _as_json(row, ref))


def earlier_record(ref: str, n: int) -> Response:
    """The frozen record of one letter about a decision."""
    row = _numbered(statements_of(g.db, _mine(ref).id), n)
    return _given(ref, row, _as_json(row, f"{ref}-{n}"))


def paper(ref: str) -> Response:
    """The newest letter as a PDF."""
    row = statements_of(g.db, _mine(ref).id)[-1]
    return _given(ref, row, send_pdf(ref, row))


def earlier_paper(ref: str, n: int) -> Response:
    """One letter about a decision as a PDF, the same file as on the day on which it was the newest."""
    row = _numbered(statements_of(g.db, _mine(ref).id), n)
    return _given(ref, row, send_pdf(f"{ref}-{n}", row))


def _given(ref: str, row: Statement, response: Response) -> Response:
    """Made before it counts as opened: nobody is informed by what did not arrive. An earlier letter informs nobody."""
    if row.n == statements_of(g.db, _mine(ref).id)[-1].n:
        mark_opened(ref)
    return response


def _as_json(row: Statement, name: str) -> Response:
    """Errors: `NotFound` once it is erased."""
    if row.record is None:
        raise NotFound
    body = row.record.encode()
    response = Response(body, mimetype="application/json")
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    response.headers["X-Content-SHA256"] = sha256(row.record)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.set_etag(sha256(row.record))
    response.make_conditional(request)
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
    """Errors: those of `_said`; `owners_only` for members who may know of it and do not read it."""
    action = _said(ref)
    require_reads(g.db, action, guard.person().id)
    return action


def _said(ref: str) -> Action:
    """Errors: `NotFound` for anyone who may not know of it, and in a link's session for another case."""
    action = said_action(g.db, ref)
    if action is None or not known_among(g.db, [action], guard.person().id) or not sees_case(case_ref_of(action.case_id)):
        raise NotFound
    about(action.account_id)
    return action
