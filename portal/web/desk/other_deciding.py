"""The editor of a decision that is not about conduct, and the button on a case that begins one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT
from portal.core.work import Operation
from portal.enforcement.members import member_person
from portal.enforcement.models import Action, ActionStatus, Nature
from portal.enforcement.operations import PROMISED, confirm_order, end_silence, keep_silence, start_action
from portal.enforcement.ordering import order_of
from portal.enforcement.proposals import last_return
from portal.enforcement.queries import account_of, action_by_ref, owner_zone, signatures_of, standing
from portal.enforcement.rules import LONGEST_ITEM
from portal.enforcement.silence import silence_of
from portal.ledger.queries import funds
from portal.rulebook.queries import CitedClause
from portal.web.desk import words
from portal.web.desk.casefile import Page
from portal.web.desk.cases import page_of
from portal.web.desk.deciding import OTHER_EDITORS, case_of, offer_choices
from portal.web.desk.forms import DecisionForm
from portal.web.desk.reach import require_reach
from portal.web.desk.whom import WhomForm, about_member
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.forms import Needed, PortalForm, Storable, offered, sent_version
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

TEMPLATES = {Nature.PROTECTIVE: "desk/protect.html", Nature.LEGAL: "desk/order.html"}


LOOKS: dict[str, Operation] = {"order": confirm_order, "keep": keep_silence, "tell": end_silence}


class LookForm(PortalForm):
    """What somebody found who looked at a law or an order again."""

    reason = TextAreaField(N_("What you found"), [Needed(N_("Say what you found.")), Storable(TEXT_LIMIT)])


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
    blueprint.add_url_rule("/desk/cases/<ref>/order", "order", work(order), methods=["POST"])
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/actions/<ref>/order", "order_again", allow(Permission.READ_DESK)(show_again))
    blueprint.add_url_rule("/desk/actions/<ref>/order", "look_at_order", decide(look_again), methods=["POST"])


def protect(ref: str) -> Any:
    """Begins a measure that protects the account of the case, or the one renewal of it."""
    return begin(ref, Nature.PROTECTIVE, "protect")


def order(ref: str) -> Any:
    """Begins a decision that a law or an order asks for."""
    return begin(ref, Nature.LEGAL, "order")


def show_again(ref: str) -> Any:
    """What can be said after another look at a law or an order: it goes on, or its silence does, or the silence ends."""
    return _again(ref, LookForm(), 200)


def look_again(ref: str) -> Any:
    """Puts on record what somebody found; a refusal stands at its field."""
    form, go = LookForm.sent(), request.form.get("go", "")
    if go not in LOOKS:
        raise NotFound
    if not form.validate():
        return _again(ref, form, 422)
    more: dict[str, Any] = {"version": sent_version()} if go == "order" else {}
    try:
        perform(LOOKS[go], action_ref=ref, reason=form.reason.data, **more)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _again(ref, form, error.status)
    return redirect(f"/desk/actions/{ref}", 303)


def _again(ref: str, form: LookForm, status: int) -> Any:
    action = action_by_ref(g.db, ref)
    named = order_of(g.db, action)
    if named is None or action.status != ActionStatus.ISSUED:
        raise NotFound
    require_reach(case_of(action).ref)
    signers = {one.person_id for one in signatures_of(g.db, action.id)}
    in_effect = action.id in {one.id for one in standing(g.db, action.account_id, g.now, action.member_id).actions}
    return render_template(
        "desk/order_again.html", current="queue", action=action, case=case_of(action), order=named, form=form,
        errors=form.summary, silence=silence_of(g.db, action.id), signed=guard.person().id in signers, in_effect=in_effect,
        can=may(guard.actor(), Permission.DECIDE), about=account_of(g.db, action), zone=owner_zone(g.db, action.account_id),
    ), status


def begin(ref: str, nature: Nature, what: str) -> Any:
    """Begins a decision that rests on a promise of ours, about the account or one member. `NotFound` where none is published."""
    found, form = promised().get(PROMISED[nature]), WhomForm.sent(prefix=f"{what}-")
    if found is None:
        raise NotFound
    try:
        begun = perform(
            start_action, case_ref=ref, clause_version_id=found.clause_version_id, nature=nature.value,
            **about_member(form.member),
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return page_of(ref, form.summary, error.status, **{what: form})
    return redirect(f"/desk/actions/{begun['action']}", 303)


def editor(action: Action, form: DecisionForm, clause: CitedClause, status: int, page: Page) -> tuple[str, int]:
    """The editor with everything typed, and on top what has to be looked at again."""
    desk = OtherDesk(action, page, clause, last_return(g.db, action.ref))
    offer_choices(form, desk.page)
    form.measure.choices = offered((n, words.named("Measure", n).capitalize()) for n in ("suspension", "restriction"))
    if "block_currency" in form:
        known = [one.currency for one in funds(g.db, action.account_id, g.now)] or ["USD"]
        form.block_currency.choices = offered((one, one) for one in known)
    return render_template(
        TEMPLATES[Nature(action.nature)], current="queue", desk=desk, form=form, words=words, errors=form.summary,
        longest_item=LONGEST_ITEM, member=member_person(g.db, action),
    ), status


for _nature in TEMPLATES:
    OTHER_EDITORS[_nature] = editor
