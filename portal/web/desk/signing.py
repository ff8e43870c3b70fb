"""The second person's page, and an issued action as it was frozen and told."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.accounts.queries import account_by_id, person_by_id
from portal.cases.models import Case
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.text import canonical, sha256
from portal.enforcement.corrected import can_correct, waiting_correction
from portal.enforcement.ending import way_to_end
from portal.enforcement.looking_again import looks_of
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.operations import co_sign, return_action
from portal.enforcement.parting import can_part
from portal.enforcement.preview import Preview, preview
from portal.enforcement.proposals import waiting_proposal
from portal.enforcement.queries import action_by_ref, signatures_of, standing, statement_of
from portal.enforcement.shortening import can_shorten
from portal.enforcement.succession import replaceable, superseded_by
from portal.notices.queries import told_about
from portal.web.desk import words
from portal.web.desk.casefile import signer_names
from portal.web.desk.extending import offered
from portal.web.desk.forms import SigningForm
from portal.web.desk.queue import kept_place
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.guard import allow
from portal.web.shell.letter import read
from portal.web.shell.paper import send_pdf


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/actions/<ref>/sign", "sign", allow(Permission.DECIDE)(sign), methods=["POST"])
    blueprint.add_url_rule("/desk/actions/<ref>.pdf", "paper", allow(Permission.READ_DESK)(paper))


def show_proposed(action: Action, form: SigningForm | None = None) -> str:
    """Everything that a second person signs for: what each side would read, and who proposed it."""
    form = form or SigningForm()
    errors = form.summary
    try:
        seen: Preview | None = _ahead(action)
    except (RuleBroken, Conflict, NotAllowed) as error:
        seen, errors = None, [*errors, ("", message_of(error))]
    signed = {signature.person_id for signature in signatures_of(g.db, action.id)}
    return render_template(
        "desk/sign.html", current="queue", action=action, case=g.db.get_one(Case, action.case_id), seen=seen, form=form,
        letter=read(json.loads(canonical(seen.record))) if seen else None, words=words, errors=errors,
        own=guard.person().id in signed, signers=signer_names(action), can=may(guard.actor(), Permission.DECIDE),
    )


def _ahead(action: Action) -> Preview:
    """What is signed for. Errors: `not_proposed` for a draft and for what was signed or returned meanwhile: nothing of it is
    shown, and what was typed stays."""
    _proposal, fields = waiting_proposal(g.db, action)
    return preview(guard.office().work(g.db, guard.actor()), action_ref=action.ref, fields=fields)


def sign(ref: str) -> Any:
    """Signs the proposal or returns it, each with a written reason. Errors: those of `require_reach`."""
    action = action_by_ref(g.db, ref)
    require_reach(g.db.get_one(Case, action.case_id).ref, ref)
    form, operation = SigningForm.sent(), co_sign if request.form.get("go") == "sign" else return_action
    if not form.validate():
        return show_proposed(action, form), 422 if action.status == ActionStatus.PROPOSED else 409
    try:
        perform(operation, action_ref=ref, reason=form.reason.data)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return show_proposed(action, form), error.status
    return redirect(f"/desk/actions/{ref}" if operation is co_sign else kept_place().address, 303)


def paper(ref: str) -> Response:
    """The letter as its person has it on paper, for whoever may read the action. Errors: `NotFound`, `OutOfReach`."""
    action = action_by_ref(g.db, ref)
    require_reach(g.db.get_one(Case, action.case_id).ref)
    return send_pdf(ref, statement_of(g.db, ref)[1])


def show_issued(action: Action) -> str:
    """The statement as it was frozen, who was told and since when they are informed."""
    record, row = statement_of(g.db, action.ref)
    told = [(person_by_id(g.db, one.notice.recipient_id).name, one, one.sent(g.now)) for one in told_about(g.db, action.ref)]
    return render_template(
        "desk/issued.html", current="queue", action=action, case=g.db.get_one(Case, action.case_id),
        about=account_by_id(g.db, action.account_id), letter=read(record) if record else None, row=row, told=told,
        digest=sha256(row.record) if row.record is not None else None,
        standing=standing(g.db, action.account_id, g.now, action.member_id), signers=signer_names(action), words=words, errors=[],
        correction=waiting_correction(g.db, action), successor=superseded_by(g.db, action), **_possible(action),
    )


def _possible(action: Action) -> dict[str, Any]:
    """What can still be done with an issued action, by whoever may decide."""
    if not may(guard.actor(), Permission.DECIDE):
        return {}
    return {
        "shorter": can_shorten(g.db, action, g.now), "in_parts": can_part(g.db, action, g.now),
        "looks": looks_of(g.db, action, g.now), "way": way_to_end(g.db, action, g.now),
        **offered(action),
        "correctable": can_correct(g.db, action, g.now), "replaceable": replaceable(g.db, action, g.now),
    }
