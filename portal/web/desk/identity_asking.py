"""Asking an account to show something: the request from a case, and the second person's signature where one is needed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.queries import handle_of, people_of
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import language
from portal.enforcement.queries import owner_zone
from portal.notices.operations import Text
from portal.rulebook.queries import TERMS, CitedClause, binding_on, clauses_of
from portal.verification import messages
from portal.verification.models import Item
from portal.verification.operations import co_sign_request, request_item, return_request
from portal.verification.queries import every_item_of, request_by_ref, view_of
from portal.verification.rules import KINDS, MOST_WORDS, may_ask
from portal.verification.telling import check_of
from portal.web.desk.clauses import clause_of, key_of
from portal.web.desk.identity_forms import ReasonForm, RequestForm
from portal.web.desk.queue import holders
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.forms import offered
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    ask, sign = allow(Permission.WORK_CASE), allow(Permission.REVIEW_IDENTITY)
    blueprint.add_url_rule("/desk/cases/<ref>/identity", "identity_ask", ask(write))
    blueprint.add_url_rule("/desk/cases/<ref>/identity", "identity_send", ask(send), methods=["POST"])
    blueprint.add_url_rule("/desk/identity-requests/<ref>", "identity_request", allow(Permission.READ_DESK)(read_request))
    blueprint.add_url_rule("/desk/identity-requests/<ref>", "identity_sign", sign(decide_request), methods=["POST"])


def write(ref: str) -> Any:
    file = case_file(g.db, ref)
    rules = _clauses(file)
    usual = str(rules[0].id) if len(rules) == 1 else ""
    return _ask_page(file, _offer(RequestForm(clause=usual, item=request.args.get("item", "")), rules), 200)


def send(ref: str) -> Any:
    """Sends the request, or shows what the person will read."""
    file = case_file(g.db, ref)
    form = _offer(RequestForm.sent(), _clauses(file))
    if not form.validate() or request.form.get("go") != "send":
        return _ask_page(file, form, 422 if form.errors else 200)
    try:
        made = perform(
            request_item, case_ref=ref, item=form.item.data, clause_version_id=key_of(form.clause.data),
            purpose=form.purpose.data, alternatives=form.alternatives.data, new_reason=form.new_reason.data or "",
            new_words=form.new_words.data or "",
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _ask_page(file, form, error.status)
    to = f"/desk/identity-requests/{made['request']}" if made["needs_signature"] else f"/desk/identity/{made['item']}"
    return redirect(to, 303)


def _clauses(file: CaseFile) -> list[CitedClause]:
    """The rules that bind the account today and say that we may ask, in reading order."""
    version = binding_on(g.db, file.about, TERMS, local_day(g.now, "UTC"))
    return [clause for clause in clauses_of(g.db, version) if may_ask(clause)] if version else []


def _offer(form: RequestForm, clauses: list[CitedClause]) -> RequestForm:
    """The form with the rules that can be named."""
    form.clause.choices = offered([("", "—"), *((str(one.id), f"{one.number} {one.heading}") for one in clauses)])
    return form


def _ask_page(file: CaseFile, form: RequestForm, status: int) -> Any:
    """The request beside what was asked before. Errors: `NotFound`, `OutOfReach`."""
    require_reach(file.case.ref)
    return render_template(
        "desk/identity_ask.html", current="queue", file=file, form=form, errors=form.summary, most=MOST_WORDS,
        views=every_item_of(g.db, file.about.id), kinds=KINDS, clause=_picked(form), rules=len(form.clause.choices) > 1,
        preview=_preview(file, form) if form.purpose.data and not form.errors else None, zone=owner_zone(g.db, file.about.id),
    ), status


def _picked(form: RequestForm) -> CitedClause | None:
    return clause_of(form.clause.data) if form.clause.data and not form.clause.errors else None


def _preview(file: CaseFile, form: RequestForm) -> Text | None:
    """The notice exactly as the person would get it, made by the function that sends it."""
    people, clause = people_of(g.db, file.about.id), _picked(form)
    if not people or clause is None or form.item.data not in KINDS:
        return None
    before = next((view for view in every_item_of(g.db, file.about.id) if view.item.kind == form.item.data), None)
    check = messages.Check(
        before.item.ref if before else "V-…", form.item.data, clause, form.purpose.data or "", form.alternatives.data or "",
        (form.new_reason.data or None) if before and before.holds(g.now) else None, form.new_words.data or None,
    )
    times = before.item.asked_count if before else 0
    return messages.asked(check, times)(language(people[0].language), people[0])


def read_request(ref: str) -> Any:
    return _request_page(ref, ReasonForm(), 200)


def decide_request(ref: str) -> Any:
    """Signs the request or returns it, with a reason."""
    form = ReasonForm.sent()
    if not form.validate():
        return _request_page(ref, form, 422)
    signing = request.form.get("go") == "sign"
    try:
        perform(co_sign_request if signing else return_request, request_ref=ref, reason=form.reason.data)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        return _request_page(ref, form, error.status)
    return redirect(f"/desk/identity-requests/{ref}", 303)


def _request_page(ref: str, form: ReasonForm, status: int) -> Any:
    asked_for = request_by_ref(g.db, ref)
    view = view_of(g.db, g.db.get_one(Item, asked_for.item_id))
    asked = next(one for one in view.asked if one.request.ref == ref)
    require_reach(asked.case_ref, ref if asked.pending else "")
    file, people = case_file(g.db, asked.case_ref), people_of(g.db, view.item.account_id)
    text = messages.asked(check_of(view.item, asked), view.item.asked_count)
    line = next((one for one in file.items if one.subject_ref == ref and one.kind == "cosignature"), None)
    me, holder = guard.person().id, line.assignee_id if line else None
    return render_template(
        "desk/identity_request.html", current="queue", file=file, view=view, asked=asked, form=form, errors=form.summary,
        most=MOST_WORDS, kinds=KINDS, by=handle_of(g.db, asked_for.asked_by_id),
        mine=asked_for.asked_by_id == me, elsewhere="" if holder in (None, me) else holders([holder], me)[holder],
        mail=text(language(people[0].language), people[0]) if people and asked.pending else None,
    ), status
