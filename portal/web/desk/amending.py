"""Beginning a new decision in place of one that stands: under the same rule, or under one that the person was asked about."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField

from portal.accounts.queries import account_by_id
from portal.cases.queries import case_file
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.operations import start_amendment
from portal.enforcement.queries import rules_cited
from portal.enforcement.succession import replaceable
from portal.rulebook.queries import cited_clause
from portal.web.desk import words
from portal.web.desk.clauses import key_of
from portal.web.desk.deciding import case_of
from portal.web.desk.ending import reached
from portal.web.shell.acting import perform
from portal.web.shell.forms import Listed, Needed, PortalForm, offered
from portal.web.shell.guard import allow

RULE_FIRST = N_("Choose the rule first.")


class ReplacingForm(PortalForm):
    """The rule of the new decision."""

    rule = RadioField(N_("Under which rule"), [Needed(RULE_FIRST), Listed(RULE_FIRST)], choices=[], validate_choice=False)


def add_routes(blueprint: Blueprint) -> None:
    work = allow(Permission.WORK_CASE)
    blueprint.add_url_rule("/desk/actions/<ref>/replace", "replace", work(replace), methods=["GET", "POST"])


def replace(ref: str) -> Any:
    """What replacing means, and the draft that begins with what the decision says. Errors: `NotFound`, `OutOfReach`."""
    action = reached(ref)
    if request.method == "GET":
        return _show(action, _offer(action, ReplacingForm()), 200)
    form = _offer(action, ReplacingForm.sent())
    if not form.validate():
        return _show(action, form, 422)
    try:
        made = perform(start_amendment, action_ref=ref, clause_version_id=key_of(form.rule.data))
    except (RuleBroken, Conflict, NotAllowed) as error:
        error.field = "rule" if error.field == "clause_version_id" else error.field
        form.refuse(error)
        return _show(action, form, error.status)
    return redirect(f"/desk/actions/{made['action']}", 303)


def _offer(action: Action, form: ReplacingForm) -> ReplacingForm:
    """The rule that the decision cites, and those that the person was asked about."""
    messages = case_file(g.db, case_of(action).ref).messages
    asked = (cited_clause(g.db, m.clause_version_id) for m in messages if m.clause_version_id)
    rules = {one.clause_id: one for one in (*rules_cited(g.db, action)[:1], *asked) if one is not None}
    form.rule.choices = offered((str(one.id), f"{one.number} {one.heading}") for one in rules.values())
    return form


def _show(action: Action, form: ReplacingForm, status: int) -> tuple[str, int]:
    case = case_of(action)
    form.rule.data = form.rule.data or next((choice.value for choice in form.rule.choices or ()), "")
    return render_template(
        "desk/replace.html", current="queue", action=action, case=case, form=form, errors=form.summary, words=words,
        about=account_by_id(g.db, action.account_id), possible=replaceable(g.db, action, g.now),
    ), status
