"""Closing a case: what still runs in it, the rules it was reviewed under, and what each of them will read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request

from portal.act import act
from portal.appeals.closing import HINDERS, Ending, close_case, ending_now, hindrances, lasting
from portal.cases.closing import what_came_in
from portal.cases.drafts import forget_draft, keep_draft
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.rulebook.models import PolicyKind
from portal.rulebook.queries import CitedClause, binding_on, cited_clause, clauses_of, policies
from portal.web.desk import words
from portal.web.desk.forms import ClosingForm
from portal.web.desk.reach import require_reach
from portal.web.shell import drafts, guard
from portal.web.shell.acting import form_key, perform
from portal.web.shell.context import lang
from portal.web.shell.forms import offered
from portal.web.shell.guard import allow

FORM = "closing"


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/cases/<ref>/close", "close", allow(Permission.WORK_CASE)(write))
    blueprint.add_url_rule("/desk/cases/<ref>/close", "send_close", allow(Permission.DECIDE)(send), methods=["POST"])


def write(ref: str) -> Any:
    """The form with what this reviewer typed before; at first the rule of our newest question is ticked."""
    kept = drafts.kept(FORM, ref, _address(ref))
    if kept is None:
        keys = [str(m.clause_version_id) for m in case_file(g.db, ref).messages if m.clause_version_id]
        kept = {"rules": "".join(keys[-1:])}
    data = {"rules": kept.get("rules", "").split(), "reason": kept.get("reason", "")}
    return _page(ref, ClosingForm(data=data), 200)


def send(ref: str) -> Any:
    """Shows what each of them will read, or closes the case with exactly that."""
    form = ClosingForm.sent()
    require_reach(ref)
    _offer(form, case_file(g.db, ref))
    fits = form.validate()
    if not _keep(ref, form):
        return _page(ref, form, 409)
    if not fits:
        return _page(ref, form, 422)
    if request.form.get("go") != "close":
        return _page(ref, form, 200)
    if request.form.get("read", "") != as_read(form.rules.data):
        message = lang().gettext("You chose other rules since. Read what they will read now.")
        form.form_errors = [*form.form_errors, message]
        return _page(ref, form, 409)
    try:
        perform(
            close_case, case_ref=ref, seen=request.form.get("seen", "")[:40], rules=form.rules.data, reason=form.reason.data
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _page(ref, form, error.status)
    act(guard.office(), forget_draft, guard.actor(), f"forget:{form_key()}"[:80], form=FORM, subject=ref)
    return redirect(f"/desk/cases/{ref}", 303)


def as_read(rules: list[str] | None) -> str:
    """The chosen rules as one mark: what is sent names the rules with which it was read."""
    return ",".join(sorted(rules or []))


def _address(ref: str) -> str:
    return f"/desk/cases/{ref}/close"


def _keep(ref: str, form: ClosingForm) -> bool:
    """Keeps what is typed; what cannot be stored is said at its field. False when another window kept something else."""
    fields = {"rules": " ".join(form.rules.data or []), "reason": form.reason.data or ""}
    try:
        with suppress(RuleBroken):
            drafts.save(keep_draft, _address(ref), form=FORM, subject=ref, fields=fields)
    except Conflict as error:
        drafts.both(error, form, FORM, ref, _address(ref))
        return False
    return True


def _page(ref: str, form: ClosingForm, status: int) -> Any:
    """Errors: `NotFound`, `OutOfReach`."""
    require_reach(ref)
    file = case_file(g.db, ref)
    offers = _offer(form, file)
    chosen = {*(form.rules.data or [])} & {str(one.id) for one in offers}
    plan = ending_now(g.db, ref, [UUID(key) for key in sorted(chosen)])
    running = [lang().gettext(HINDERS[name]) for name in hindrances(g.db, file.case)]
    return render_template(
        "desk/close.html", current="queue", file=file, form=form, plan=plan, running=running, words=words,
        seen=what_came_in(file), errors=form.summary, ready=bool(chosen and form.reason.data and not form.errors),
        nobody=_nobody(plan), read=as_read(sorted(chosen)), chosen=[one for one in offers if str(one.id) in chosen],
        lasting=lasting(g.db, file.case),
    ), status


def _offer(form: ClosingForm, file: CaseFile) -> list[CitedClause]:
    """Fills the list of rules."""
    offers = _offered(file)
    form.rules.choices = offered((str(one.id), f"{one.number} {one.heading}") for one in offers)
    return offers


def _nobody(plan: Ending) -> bool:
    return not (plan.reporters or plan.asked)


def _offered(file: CaseFile) -> list[CitedClause]:
    """The rules that we asked about first, then those that bind the account today."""
    today, slugs = local_day(g.now, "UTC"), [one.slug for one in policies(g.db) if one.kind == PolicyKind.TERMS]
    bound = [binding_on(g.db, file.about, slug, today) for slug in slugs]
    asked = [cited_clause(g.db, m.clause_version_id) for m in reversed(file.messages) if m.clause_version_id]
    there = [clause for version in bound if version is not None for clause in clauses_of(g.db, version)]
    chapters = {(clause.version_id, clause.parent_key) for clause in there}
    whole = [clause for clause in there if clause.number and (clause.version_id, clause.key) not in chapters]
    return list({one.id: one for one in (*asked, *whole) if one is not None}.values())
