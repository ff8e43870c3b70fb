"""Lifting a decision, making it shorter, taking it back: what follows and who reads what, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.queries import account_by_id
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.core.work import Operation
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


F = TypeVar("F", bound=EndingForm)


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
    return _end(ref, "lift", lift_action)


def withdraw(ref: str) -> Any:
    return _end(ref, "withdraw", withdraw_action)


def reached(ref: str) -> Action:
    """An action that was said, for whoever may read its case. Errors: `NotFound`, `OutOfReach`."""
    action = action_by_ref(g.db, ref)
    require_reach(g.db.get_one(Case, action.case_id).ref)
    if action.status not in SAID:
        raise NotFound
    return action


def about(action: Action) -> dict[str, Any]:
    """What the page of every change of a decision shows of it."""
    return {
        "current": "queue", "action": action, "case": g.db.get_one(Case, action.case_id), "words": words,
        "about": account_by_id(g.db, action.account_id), "zone": owner_zone(g.db, action.account_id),
    }


def look_first(
    action: Action, form: F, show: Callable[[Action, F, int], Any], operation: Operation,
    args: Callable[[], dict[str, Any]] = lambda: {"version": sent_version()}, look: Callable[[], object] = lambda: None,
) -> Any:
    """The form; what everybody would read once it is filled in; or the act itself, of exactly that.

    `args`: what the operation takes beside the reason; `look`: finds what would be refused, before anybody reads it.
    """
    if request.method == "GET":
        return show(action, form, 200)
    if not form.validate():
        return show(action, form, 422)
    try:
        if request.form.get("go") == "do":
            perform(operation, action_ref=action.ref, reason=form.reason.data, **args())
            return redirect(f"/desk/actions/{action.ref}", 303)
        look()
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return show(action, form, error.status)
    return show(action, form, 200)


def sent(form: type[F]) -> F:
    """The form as it came, or empty where nothing was sent."""
    made: F = form.sent() if request.method == "POST" else form()
    return made


def _end(ref: str, how: How, operation: Operation) -> Any:
    """Errors: `NotFound`, `OutOfReach`."""
    return look_first(reached(ref), sent(EndingForm), partial(_show, how), operation)


def shorten(ref: str) -> Any:
    """An earlier last day. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), sent(ShorteningForm)
    return look_first(
        action, form, _show_shorter, shorten_action,
        lambda: {"version": sent_version(), "new_ends_on": day_of(form.new_ends_on.data)},
        lambda: earlier_end(g.db, action, day_of(form.new_ends_on.data), g.now),
    )


def _show_shorter(action: Action, form: ShorteningForm, status: int) -> tuple[str, int]:
    possible, seen = can_shorten(g.db, action, g.now), None
    if possible and form.new_ends_on.data and not form.errors and not form.form_errors:
        ends_at = earlier_end(g.db, action, day_of(form.new_ends_on.data), g.now)
        seen = preview_shortening(g.db, action, ends_at, form.reason.data or "", g.now)
    return render_template(
        "desk/shortening.html", form=form, errors=form.summary, possible=possible, seen=seen, **about(action)
    ), status


def give_back(ref: str) -> Any:
    """Some of what a restriction takes away. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), sent(PartForm)
    form.parts.choices = offered((one.scope, words.thing(one.scope)) for one in parts_of(g.db, action, g.now))
    return look_first(
        action, form, _show_part, lift_part, lambda: {"version": sent_version(), "parts": list(form.parts.data or [])},
        lambda: plan_parting(g.db, action, list(form.parts.data or []), g.now),
    )


def _show_part(action: Action, form: PartForm, status: int) -> tuple[str, int]:
    possible, seen = can_part(g.db, action, g.now), None
    if possible and form.parts.data and not form.errors and not form.form_errors:
        plan = plan_parting(g.db, action, form.parts.data, g.now)
        seen = preview_parting(g.db, plan, form.reason.data or "", g.now)
    return render_template(
        "desk/giving_back.html", form=form, errors=form.summary, possible=possible, seen=seen, **about(action)
    ), status


def _show(how: How, action: Action, form: EndingForm, status: int) -> tuple[str, int]:
    possible = way_to_end(g.db, action, g.now) == how
    read = possible and bool(form.reason.data) and not form.reason.errors
    return render_template(
        "desk/ending.html", how=how, form=form, errors=form.summary, possible=possible, **about(action),
        report=what_ends(g.db, action, g.now) if possible else None,
        ahead=preview_ending(g.db, action, how, form.reason.data or "", g.now) if read else None,
    ), status
