"""Lifting a decision, making it shorter, taking it back: what follows and who reads what, before it is done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.queries import account_by_id
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.enforcement.ending import How, preview_ending, way_to_end, what_ends
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.operations import lift_action, lift_part, shorten_action, withdraw_action
from portal.enforcement.parting import can_part, parts_of, plan_parting, preview_parting
from portal.enforcement.queries import action_by_ref, owner_zone
from portal.enforcement.shortening import can_shorten, earlier_end, preview_shortening
from portal.web.desk import words
from portal.web.desk.appeal_forms import day_of
from portal.web.desk.forms import AnyMultiple, DayField, a_day
from portal.web.desk.reach import require_reach
from portal.web.shell.acting import perform
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, sent_version
from portal.web.shell.guard import allow

TICK = N_("Tick what is given back.")
SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)


class EndingForm(PortalForm):
    """Why it is ended, in words that the person reads."""

    reason = TextAreaField(N_("Why"), [Needed(N_("Say in writing why. The person reads it.")), Storable(TEXT_LIMIT)])


class ShorteningForm(EndingForm):
    """An earlier last day, and why."""

    new_ends_on = DayField(N_("New last day"), [Needed(N_("Give the new last day.")), a_day])


class PartForm(EndingForm):
    """What is given back before the rest, and why."""

    parts = AnyMultiple(N_("What is given back now"), [Needed(TICK), Listed(TICK)], choices=[])


def add_routes(blueprint: Blueprint) -> None:
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/actions/<ref>/lift", "lift", decide(lift), methods=["GET", "POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/shorten", "shorten", decide(shorten), methods=["GET", "POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/part", "lift_part", decide(give_back), methods=["GET", "POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/withdraw", "withdraw", decide(withdraw), methods=["GET", "POST"])


def lift(ref: str) -> Any:
    return _page(ref, "lift")


def withdraw(ref: str) -> Any:
    return _page(ref, "withdraw")


def reached(ref: str) -> Action:
    """An action that was said, for whoever may read its case. Errors: `NotFound`, `OutOfReach`."""
    action = action_by_ref(g.db, ref)
    require_reach(g.db.get_one(Case, action.case_id).ref)
    if action.status not in SAID:
        raise NotFound
    return action


def _page(ref: str, how: How) -> Any:
    """The form; what everybody would read once a reason is written; or the act itself. Errors: `NotFound`, `OutOfReach`."""
    action = reached(ref)
    if request.method == "GET":
        return _show(action, how, EndingForm(), 200)
    form = EndingForm.sent()
    if not form.validate():
        return _show(action, how, form, 422)
    if request.form.get("go") != "do":
        return _show(action, how, form, 200)
    try:
        operation = lift_action if how == "lift" else withdraw_action
        perform(operation, action_ref=ref, version=sent_version(), reason=form.reason.data)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _show(action, how, form, error.status)
    return redirect(f"/desk/actions/{ref}", 303)


def shorten(ref: str) -> Any:
    """The same for an earlier last day. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), ShorteningForm.sent() if request.method == "POST" else ShorteningForm()
    if request.method == "GET":
        return _show_shorter(action, form, 200)
    if not form.validate():
        return _show_shorter(action, form, 422)
    try:
        if request.form.get("go") == "do":
            day = day_of(form.new_ends_on.data)
            perform(shorten_action, action_ref=ref, version=sent_version(), new_ends_on=day, reason=form.reason.data)
            return redirect(f"/desk/actions/{ref}", 303)
        earlier_end(g.db, action, day_of(form.new_ends_on.data), g.now)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _show_shorter(action, form, error.status)
    return _show_shorter(action, form, 200)


def _show_shorter(action: Action, form: ShorteningForm, status: int) -> tuple[str, int]:
    possible, seen = can_shorten(g.db, action, g.now), None
    if possible and form.new_ends_on.data and not form.errors and not form.form_errors:
        ends_at = earlier_end(g.db, action, day_of(form.new_ends_on.data), g.now)
        seen = preview_shortening(g.db, action, ends_at, form.reason.data or "", g.now)
    return render_template(
        "desk/shortening.html", current="queue", action=action, form=form, errors=form.summary, possible=possible, seen=seen,
        case=g.db.get_one(Case, action.case_id), about=account_by_id(g.db, action.account_id), words=words,
        zone=owner_zone(g.db, action.account_id),
    ), status


def give_back(ref: str) -> Any:
    """The same for some of what a restriction takes away. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), PartForm.sent() if request.method == "POST" else PartForm()
    form.parts.choices = offered((one.scope, words.word(words.SCOPES, one.scope)) for one in parts_of(g.db, action, g.now))
    if request.method == "GET":
        return _show_part(action, form, 200)
    if not form.validate():
        return _show_part(action, form, 422)
    parts = list(form.parts.data or [])
    try:
        if request.form.get("go") == "do":
            perform(lift_part, action_ref=ref, version=sent_version(), parts=parts, reason=form.reason.data)
            return redirect(f"/desk/actions/{ref}", 303)
        plan_parting(g.db, action, parts, g.now)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _show_part(action, form, error.status)
    return _show_part(action, form, 200)


def _show_part(action: Action, form: PartForm, status: int) -> tuple[str, int]:
    possible, seen = can_part(g.db, action, g.now), None
    if possible and form.parts.data and not form.errors and not form.form_errors:
        plan = plan_parting(g.db, action, form.parts.data, g.now)
        seen = preview_parting(g.db, plan, form.reason.data or "", g.now)
    return render_template(
        "desk/giving_back.html", current="queue", action=action, form=form, errors=form.summary, possible=possible, seen=seen,
        case=g.db.get_one(Case, action.case_id), about=account_by_id(g.db, action.account_id), words=words,
    ), status


def _show(action: Action, how: How, form: EndingForm, status: int) -> tuple[str, int]:
    possible = way_to_end(g.db, action, g.now) == how
    read = possible and bool(form.reason.data) and not form.reason.errors
    return render_template(
        "desk/ending.html", current="queue", action=action, how=how, form=form, errors=form.summary, possible=possible,
        case=g.db.get_one(Case, action.case_id), about=account_by_id(g.db, action.account_id), words=words,
        zone=owner_zone(g.db, action.account_id), report=what_ends(g.db, action, g.now) if possible else None,
        ahead=preview_ending(g.db, action, how, form.reason.data or "", g.now) if read else None,
    ), status
