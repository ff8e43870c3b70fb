"""A lead: what matches an account that we closed, how much that says, what could explain it, and the way on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import TextAreaField

from portal.accounts.queries import account_by_id, handle_of
from portal.act import act
from portal.cases.models import Case
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.enforcement.lead_queries import (
    answers_of,
    explanations,
    lead_by_ref,
    matches_of,
    open_leads,
    still_stands,
    strength,
    was_seen,
)
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.enforcement.returning import answer_lead, see_lead
from portal.web.desk import words
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import form_key, perform
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow


class LeadForm(PortalForm):
    """Why nothing follows from a lead."""

    reason = TextAreaField(N_("Why nothing follows, for the record"), [Needed(N_("Say in writing why.")), Storable(TEXT_LIMIT)])


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/leads/<ref>", "lead", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/leads/<ref>", "lead_answer", allow(Permission.DECIDE)(answer), methods=["POST"])


def show(ref: str) -> Any:
    return _page(ref, LeadForm(), 200)


def answer(ref: str) -> Any:
    """Closes the lead with a reason; what is refused stands at its field, with what was typed."""
    form = LeadForm.sent()
    if not form.validate():
        return _page(ref, form, 422)
    try:
        perform(answer_lead, lead_ref=ref, reason=form.reason.data)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _page(ref, form, error.status)
    return redirect(f"/desk/leads/{ref}", 303)


def _page(ref: str, form: LeadForm, status: int) -> tuple[str, int]:
    """Each view is put on record before anything is shown; a form that comes back is the same view going on.

    Errors: `NotFound`, `OutOfReach`.
    """
    lead = lead_by_ref(g.db, ref)
    case = g.db.get_one(Case, lead.case_id)
    require_reach(case.ref, ref)
    if status == 200 or not was_seen(g.db, ref, guard.actor()):
        act(guard.office(), see_lead, guard.actor(), f"see:{form_key()}"[:80], lead_ref=ref)
        g.db.rollback()  # this request began to read before that
        lead, case = lead_by_ref(g.db, ref), g.db.get_one(Case, case.id)
    action, matches = g.db.get_one(Action, lead.action_id), matches_of(g.db, lead.id)
    kinds = [match.kind for match in matches]
    return render_template(
        "desk/lead.html", current="queue", lead=lead, case=case, about=account_by_id(g.db, lead.account_id), action=action,
        rule=rule_of(g.db, action), matches=matches, strength=strength(kinds), explanations=explanations(kinds), form=form,
        answers=[(one, handle_of(g.db, one.person_id), _relying(one.action_id)) for one in answers_of(g.db, lead.id)],
        stands=still_stands(action), waits=lead in open_leads(g.db, case.id), can=may(guard.actor(), Permission.DECIDE),
        errors=form.summary, words=words,
    ), status


def _relying(action_id: Any) -> str:
    """The decision that relies on it, by its reference."""
    return g.db.get_one(Action, action_id).ref if action_id is not None else ""
