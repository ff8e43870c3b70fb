"""The editor of a decision that is not about conduct, and the button on a case that begins one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template

from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.enforcement.models import Action, Nature
from portal.enforcement.operations import PROMISED, start_action
from portal.enforcement.queries import last_return
from portal.enforcement.rules import LONGEST_ITEM
from portal.rulebook.queries import CitedClause, promises
from portal.web.desk import words
from portal.web.desk.casefile import Page, read_case
from portal.web.desk.cases import page_of
from portal.web.desk.deciding import OTHER_EDITORS, case_of, offer_choices
from portal.web.desk.forms import DecisionForm
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.forms import offered
from portal.web.shell.guard import allow

TEMPLATES = {Nature.PROTECTIVE: "desk/protect.html"}


@dataclass(frozen=True, slots=True)
class OtherDesk:
    """What lies beside the editor."""

    action: Action
    page: Page
    clause: CitedClause
    returned: str | None


def add_routes(blueprint: Blueprint) -> None:
    work = allow(Permission.WORK_CASE)
    blueprint.add_url_rule("/desk/cases/<ref>/protect", "protect", work(protect), methods=["POST"])


def protect(ref: str) -> Any:
    """Begins a measure that protects the account of the case, or the one renewal of it."""
    return begin(ref, Nature.PROTECTIVE)


def begin(ref: str, nature: Nature) -> Any:
    """Begins a decision that rests on a promise of ours. Errors: `NotFound` where none is published."""
    promised = promises(g.db, local_day(g.now, "UTC")).get(PROMISED[nature])
    if promised is None:
        raise NotFound
    try:
        begun = perform(start_action, case_ref=ref, clause_version_id=promised.clause_version_id, nature=nature.value)
    except (RuleBroken, Conflict, NotAllowed) as error:
        return page_of(ref, [("", message_of(error))]), error.status
    return redirect(f"/desk/actions/{begun['action']}", 303)


def editor(action: Action, form: DecisionForm, clause: CitedClause, status: int) -> tuple[str, int]:
    """The editor with everything typed, and on top what has to be looked at again."""
    desk = OtherDesk(action, read_case(case_of(action).ref), clause, last_return(g.db, action.ref))
    offer_choices(form, desk.page)
    form.measure.choices = offered((n, words.named("Measure", n).capitalize()) for n in ("suspension", "restriction"))
    return render_template(
        TEMPLATES[Nature(action.nature)], current="queue", desk=desk, form=form, words=words, errors=form.summary,
        longest_item=LONGEST_ITEM,
    ), status


for _nature in TEMPLATES:
    OTHER_EDITORS[_nature] = editor
