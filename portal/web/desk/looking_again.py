"""Looking again at what a decision takes away by a day of its own: what stays, why, and what its person will read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.core.i18n import N_
from portal.enforcement.looking_again import EARLIEST, due_looks, looks_of, plan_keeping, preview_keeping
from portal.enforcement.models import Action
from portal.enforcement.operations import keep_parts
from portal.web.desk import words
from portal.web.desk.appeal_forms import day_of
from portal.web.desk.ending import EndingForm, about, look_first, reached, sent
from portal.web.desk.forms import AnyMultiple, DayField, a_day
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
    action, form = reached(ref), sent(LookForm)
    form.parts.choices = offered((row.scope, words.thing(row.scope)) for row, _ in due_looks(g.db, action, g.now))
    return look_first(
        action, form, _show, keep_parts, lambda: {"version": sent_version(), "parts": list(form.parts.data or []),
                                                  "review_on": day_of(form.review_on.data)},
        lambda: plan_keeping(g.db, action, list(form.parts.data or []), day_of(form.review_on.data), g.now),
    )


def _show(action: Action, form: LookForm, status: int) -> tuple[str, int]:
    due, seen = due_looks(g.db, action, g.now), None
    if due and form.parts.data and not form.errors and not form.form_errors:
        plan = plan_keeping(g.db, action, form.parts.data, day_of(form.review_on.data), g.now)
        seen = (preview_keeping(g.db, plan, form.reason.data or ""),)
    listed = [(words.thing(row.scope), row.until) for row, _span in looks_of(g.db, action, g.now)]
    return render_template(
        "desk/looking_again.html", form=form, errors=form.summary, possible=bool(due), seen=seen, listed=listed,
        earliest=EARLIEST, **about(action),
    ), status
