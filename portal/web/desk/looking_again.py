"""Looking again at what a decision takes away by a day of its own: what stays, why, and what its person will read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.queries import account_by_id
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.looking_again import EARLIEST, due_looks, looks_of, plan_keeping, preview_keeping
from portal.enforcement.models import Action
from portal.enforcement.operations import keep_parts
from portal.enforcement.queries import owner_zone
from portal.web.desk import words
from portal.web.desk.appeal_forms import day_of
from portal.web.desk.ending import EndingForm, reached
from portal.web.desk.forms import AnyMultiple, DayField, a_day
from portal.web.shell.acting import perform
from portal.web.shell.forms import Listed, Needed, offered, sent_version
from portal.web.shell.guard import allow

TICK = N_("Tick what stays.")


class LookForm(EndingForm):
    """What stays taken away, why, and whether somebody looks at it once more before the decision ends."""

    parts = AnyMultiple(N_("What stays"), [Needed(TICK), Listed(TICK)], choices=[])
    review_on = DayField(N_("Look at it once more by"), [a_day])


def add_routes(blueprint: Blueprint) -> None:
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/actions/<ref>/review", "keep_parts", decide(look), methods=["GET", "POST"])


def look(ref: str) -> Any:
    """The form; what the person would read; or the act itself. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), LookForm.sent() if request.method == "POST" else LookForm()
    form.parts.choices = offered((row.scope, words.word(words.SCOPES, row.scope)) for row, _ in due_looks(g.db, action, g.now))
    if request.method == "GET":
        return _show(action, form, 200)
    if not form.validate():
        return _show(action, form, 422)
    parts, again = list(form.parts.data or []), day_of(form.review_on.data)
    try:
        if request.form.get("go") == "do":
            perform(keep_parts, action_ref=ref, version=sent_version(), parts=parts, reason=form.reason.data, review_on=again)
            return redirect(f"/desk/actions/{ref}", 303)
        plan_keeping(g.db, action, parts, again, g.now)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _show(action, form, error.status)
    return _show(action, form, 200)


def _show(action: Action, form: LookForm, status: int) -> tuple[str, int]:
    due, seen = due_looks(g.db, action, g.now), None
    if due and form.parts.data and not form.errors and not form.form_errors:
        plan = plan_keeping(g.db, action, form.parts.data, day_of(form.review_on.data), g.now)
        seen = preview_keeping(g.db, plan, form.reason.data or "")
    listed = [(words.word(words.SCOPES, row.scope), row.until) for row, _span in looks_of(g.db, action, g.now)]
    return render_template(
        "desk/looking_again.html", current="queue", action=action, form=form, errors=form.summary, possible=bool(due), seen=seen,
        case=g.db.get_one(Case, action.case_id), about=account_by_id(g.db, action.account_id), words=words, listed=listed,
        zone=owner_zone(g.db, action.account_id), earliest=EARLIEST,
    ), status
