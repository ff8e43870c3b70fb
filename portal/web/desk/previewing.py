"""Reading what they will read, and only then issuing it or sending it to be signed."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.text import canonical
from portal.core.work import Operation
from portal.enforcement.decision import require_opened
from portal.enforcement.models import Action
from portal.enforcement.operations import issue_action, propose_action
from portal.enforcement.preview import Preview, preview
from portal.enforcement.queries import action_by_ref
from portal.web.desk import decision_drafts, words
from portal.web.desk.clauses import posted_clause
from portal.web.desk.deciding import case_of, editor, keep
from portal.web.desk.other_forms import form_class
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.drafts import VERSION
from portal.web.shell.forms import sent_version
from portal.web.shell.guard import allow
from portal.web.shell.letter import read

REFUSED = (RuleBroken, Conflict, NotAllowed)


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/actions/<ref>/preview", "preview", allow(Permission.WORK_CASE)(show), methods=["POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/issue", "issue", allow(Permission.DECIDE)(issue), methods=["POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/propose", "propose", allow(Permission.DECIDE)(propose), methods=["POST"])


def show(ref: str) -> Any:
    """Keeps the draft, checks it, and shows exactly what would be sent; nothing is sent."""
    action, clause = action_by_ref(g.db, ref), posted_clause()
    form = form_class(action).sent()
    try:
        version = keep(ref, form)
        if not form.validate():
            return editor(action, form, clause, 422)
        seen = read_ahead(action, form.fields(str(clause.id)))
        require_opened(g.db, seen.decision, guard.person().id)
    except REFUSED as error:
        decision_drafts.refuse(ref, form, error)
        return editor(action, form, clause, error.status)
    return render_template(
        "desk/preview.html", current="queue", action=action, case=case_of(action), seen=seen, letter=letter_of(seen),
        words=words, kept=[*kept_fields(), (VERSION, str(version))], errors=[],
    )


def read_ahead(action: Action, fields: dict[str, Any]) -> Preview:
    """What would be read, made in this request's reading session by the functions that issue uses."""
    return preview(guard.office().work(g.db, guard.actor()), action_ref=action.ref, fields=fields)


def letter_of(seen: Preview) -> dict[str, Any]:
    """The record as the person's page gets it once it is frozen."""
    return read(json.loads(canonical(seen.record)))


def kept_fields() -> list[tuple[str, str]]:
    """What was typed, carried through the preview as it is."""
    ours = {"csrf_token", "form_key", "go", "version", VERSION}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in ours]


def issue(ref: str) -> Any:
    return _carry_out(ref, issue_action)


def propose(ref: str) -> Any:
    return _carry_out(ref, propose_action)


def _carry_out(ref: str, operation: Operation) -> Any:
    """Decides with exactly the fields that were read; a refusal leads back to the editor with all of it."""
    form, clause = form_class(action_by_ref(g.db, ref)).sent(), posted_clause()
    try:
        if not form.validate():
            return editor(action_by_ref(g.db, ref), form, clause, 422)
        perform(operation, action_ref=ref, version=sent_version(), fields=form.fields(str(clause.id)))
    except REFUSED as error:
        form.refuse(error)
        return editor(action_by_ref(g.db, ref), form, clause, error.status)
    return redirect(f"/desk/actions/{ref}", 303)
