"""Corrections of money at the desk: a lead proposes one with a reason, somebody else signs it or gives it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, StringField, TextAreaField

from portal.contracts.models import Milestone
from portal.contracts.queries import contract_by_ref, milestone_of
from portal.core.access import Permission, Role
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.ledger.adjustment_models import AdjustmentKind
from portal.ledger.corrections import corrections
from portal.ledger.operations import propose_adjustment, sign_adjustment
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, read_amount, whole
from portal.web.shell.guard import allow

WAYS = {AdjustmentKind.ADDED: N_("Add money to it"), AdjustmentKind.TAKEN: N_("Take money from it")}
CHOOSE = N_("Choose whether money is added or taken.")


class CorrectionForm(PortalForm):
    """Which milestone, which way, how much, and why."""

    contract_ref = StringField(N_("Contract"), [Needed(N_("Write the reference of the contract.")), Storable(24, line=True)])
    number = StringField(N_("Milestone"), [Needed(N_("Write the number of the milestone.")), Storable(9, line=True)])
    kind = RadioField(N_("What to do"), [Needed(CHOOSE), Listed(CHOOSE)], choices=[], validate_choice=False)
    amount = StringField(N_("How much"), [Needed(N_("Write how much."))])
    reason = TextAreaField(N_("Why"), [Needed(N_("Say in writing why. The person reads it.")), Storable(TEXT_LIMIT)])


def add_routes(blueprint: Blueprint) -> None:
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/corrections", "corrections", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/corrections", "propose_correction", decide(propose), methods=["POST"])
    blueprint.add_url_rule("/desk/corrections/<ref>/answer", "answer_correction", decide(answer), methods=["POST"])


def _offer(form: CorrectionForm) -> CorrectionForm:
    form.kind.choices = offered((kind.value, lang().gettext(words)) for kind, words in WAYS.items())
    return form


def show() -> str:
    """What waits and what became of the newest; `again`: one of those that moved nothing, to be written anew."""
    form, asked = CorrectionForm(), request.args.get("again", "")
    for one in corrections(g.db, guard.person().id, waiting=False) if asked else ():
        if one.again and one.row.ref == asked:
            form.contract_ref.data, form.number.data, form.kind.data = one.contract_ref, str(one.milestone_number), one.row.kind
            form.amount.data, form.reason.data = lang().typed(one.amount), one.row.reason
    return _page(form)


def propose() -> Any:
    form = _offer(CorrectionForm.sent())
    if not form.validate():
        return _page(form), 422
    try:
        milestone = _milestone(form)
        amount = _amount(form, milestone.currency)
        perform(
            propose_adjustment, contract_ref=form.contract_ref.data, milestone_number=milestone.number, kind=form.kind.data,
            amount_minor=amount.amount_minor, currency=amount.currency, reason=form.reason.data or "",
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _page(form), error.status
    return redirect("/desk/corrections", 303)


def _milestone(form: CorrectionForm) -> Milestone:
    """The milestone that was typed. Errors: `no_contract`, `no_milestone`, each said at its field."""
    try:
        contract = contract_by_ref(g.db, form.contract_ref.data or "")
    except NotFound:
        raise RuleBroken("no_contract", N_("There is no contract with this reference."), field="contract_ref") from None
    try:
        return milestone_of(g.db, contract.id, whole(form.number.data) or 0)
    except NotFound:
        raise RuleBroken("no_milestone", N_("This contract has no such milestone."), field="number") from None


def _amount(form: CorrectionForm, currency: str) -> Money:
    """The amount that was typed. Errors: those of `read_amount`, said at its field."""
    try:
        return read_amount(form.amount.data, currency)
    except RuleBroken as error:
        error.field = "amount"
        raise


def answer(ref: str) -> Any:
    """Signed or given back. What is refused is said above the list."""
    try:
        perform(sign_adjustment, adjustment_ref=ref, outcome="signed" if request.form.get("go") == "sign" else "returned")
    except (RuleBroken, Conflict, NotAllowed) as error:
        return _page(CorrectionForm(), message_of(error)), error.status
    return redirect("/desk/corrections", 303)


def _page(form: CorrectionForm, refused: str = "") -> str:
    errors = form.summary if form.errors or form.form_errors else []
    return render_template(
        "desk/corrections.html", current="queue", form=_offer(form), errors=[*errors, *([("", refused)] if refused else [])],
        waiting=corrections(g.db, guard.person().id, waiting=True), person=guard.person(),
        answered=corrections(g.db, guard.person().id, waiting=False),
        lead=Role.LEAD in guard.actor().roles, may_answer=bool({Role.LEAD, Role.REVIEWER} & guard.actor().roles),
    )
