"""Correcting the letter about a decision: what changes, what the person will read, and the second person's part."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.queries import account_by_id, handle_of
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT, canonical
from portal.enforcement.corrected import (
    CORRECTABLE,
    Correction,
    Why,
    can_correct,
    corrected_record,
    gather_correction,
    waiting_correction,
)
from portal.enforcement.correcting import STALE
from portal.enforcement.models import Action, Proposal
from portal.enforcement.notice import NOTICE_FIELDS
from portal.enforcement.operations import correct_action, return_correction, sign_correction
from portal.enforcement.queries import action_by_ref, rules_cited, statement_of
from portal.enforcement.rules import CONDUCT_DAYS
from portal.enforcement.written import as_form
from portal.web.desk import words
from portal.web.desk.casefile import read_case
from portal.web.desk.deciding import case_of, offer_evidence
from portal.web.desk.decision_form import SeveralRules
from portal.web.desk.ending import reached
from portal.web.desk.forms import SigningForm, typed
from portal.web.desk.queue import kept_place
from portal.web.desk.reach import require_reach
from portal.web.desk.rule_forms import FurtherWords, fields_of, kept_rules, sent_words
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Needed, Storable, sent_version
from portal.web.shell.guard import allow
from portal.web.shell.letter import read

NOT_CORRECTED = (
    "clause", "supersedes", "measure", "interim", "ends_on", "scope", "rests_on", "resting", "source", "automated_detection",
    "automated_decision", "hold_amount", "hold_place", "leads", *NOTICE_FIELDS, *CONDUCT_DAYS,
)
REFUSED = (RuleBroken, Conflict, NotAllowed)


class CorrectionForm(SeveralRules):
    """The words of the letter about each of its rules, as they stand until they are changed, and why they are.

    What it takes, and which rules it applies, is not in it. `rules`: those of the letter that the form was made of.
    """

    reason = TextAreaField(
        N_("What you correct, and why"), [Needed(N_("Say in writing what you correct, and why.")), Storable(TEXT_LIMIT)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NOT_CORRECTED:
            del self[name]

    def words(self) -> dict[str, Any]:
        """What the operation receives: only what can be corrected."""
        said = self.said() | fields_of(self.more)
        return {name: said[name] for name in CORRECTABLE if name in said}


def add_routes(blueprint: Blueprint) -> None:
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/actions/<ref>/correct", "correct", decide(correct), methods=["GET", "POST"])
    blueprint.add_url_rule("/desk/actions/<ref>/correction", "correction", allow(Permission.READ_DESK)(correction))
    blueprint.add_url_rule("/desk/actions/<ref>/correction", "sign_correction", decide(sign), methods=["POST"])


def correct(ref: str) -> Any:
    """The letter's words in a form; what the person will read; or the act itself. Errors: `NotFound`, `OutOfReach`."""
    action = reached(ref)
    if request.method == "GET":
        kept = _as_form(action)
        return _show(action, CorrectionForm(data=typed(kept), more=kept_rules(kept, FurtherWords)), 200)
    sent = request.form.get("rules", "")
    form, seen = CorrectionForm(request.form, more=sent_words(sent.count(","))), None
    try:
        if not form.validate():
            return _show(action, form, 422)
        if sent != _rules(action):
            raise Conflict("stale", STALE)
        if request.form.get("go") == "do":
            perform(correct_action, action_ref=ref, version=sent_version(), fields=form.words(), reason=form.reason.data)
            return redirect(f"/desk/actions/{ref}", 303)
        seen = gather_correction(g.db, action, form.words(), g.now)
    except REFUSED as error:
        form.refuse(error)
        return _show(action, form, error.status)
    return _show(action, form, 200, seen)


def _as_form(action: Action) -> dict[str, Any]:
    try:
        return as_form(g.db, action, g.now)
    except RuleBroken:
        return {}


def _rules(action: Action) -> str:
    """Which rules a letter applies, in its order: one may be overturned while somebody writes."""
    return ",".join(str(rule.id) for rule in rules_cited(g.db, action))


def _show(action: Action, form: CorrectionForm, status: int, seen: Correction | None = None) -> tuple[str, int]:
    page = read_case(case_of(action).ref)
    for one in (form, *form.more):
        offer_evidence(one, page)
    why = Why(form.reason.data or "", handle_of(g.db, guard.person().id))
    return render_template(
        "desk/correct.html", current="queue", action=action, case=case_of(action), form=form, words=words,
        errors=form.summary, about=account_by_id(g.db, action.account_id), seen=seen, letter=_letter(action, seen, why),
        rules=request.form.get("rules") or _rules(action), cited=rules_cited(g.db, action),
        possible=can_correct(g.db, action, g.now), waits=waiting_correction(g.db, action),
    ), status


def _letter(action: Action, seen: Correction | None, why: Why) -> dict[str, Any] | None:
    """The letter as the person would get it."""
    if seen is None:
        return None
    return read(json.loads(canonical(corrected_record(g.db, action, seen, why, g.now))))


def correction(ref: str) -> Any:
    """A correction that waits for a second person, beside the letter as it stands. Errors: `NotFound`, `OutOfReach`."""
    require_reach(case_of(action_by_ref(g.db, ref)).ref, ref)
    return _waiting(reached(ref), SigningForm(), 200)


def _waiting(action: Action, form: SigningForm, status: int) -> Any:
    """Errors: `NotFound` when none waits and nothing was typed."""
    proposal = waiting_correction(g.db, action)
    if proposal is None and not form.reason.data:
        raise NotFound
    seen, why, errors = None, _why(proposal), form.summary
    try:
        seen = gather_correction(g.db, action, json.loads(proposal.body or "{}")["fields"], g.now) if proposal else None
    except REFUSED as error:
        errors = [*errors, ("", message_of(error))]
    old = statement_of(g.db, action.ref)[0]
    return render_template(
        "desk/correction.html", current="queue", action=action, case=case_of(action), form=form, words=words, errors=errors,
        about=account_by_id(g.db, action.account_id), seen=seen, why=why, letter=_letter(action, seen, why),
        before=read(old) if old else None, own=proposal is not None and proposal.person_id == guard.person().id,
        can=proposal is not None and may(guard.actor(), Permission.DECIDE),
    ), status


def _why(proposal: Proposal | None) -> Why:
    if proposal is None:
        return Why("", "")
    return Why(json.loads(proposal.body or "{}").get("reason", ""), handle_of(g.db, proposal.person_id))


def sign(ref: str) -> Any:
    """Signs the correction or does not, each with a written reason. Errors: `NotFound`, `OutOfReach`."""
    action, form = reached(ref), SigningForm.sent()
    if not form.validate():
        return _waiting(action, form, 422)
    try:
        operation = sign_correction if request.form.get("go") == "sign" else return_correction
        perform(operation, action_ref=ref, reason=form.reason.data)
    except REFUSED as error:
        form.refuse(error)
        return _waiting(action, form, error.status)
    return redirect(f"/desk/actions/{ref}" if operation is sign_correction else kept_place().address, 303)
