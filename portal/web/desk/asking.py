"""Asking the person before anything is decided."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.queries import people_of
from portal.act import act
from portal.cases.drafts import forget_draft, keep_draft
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import language
from portal.enforcement.asking_messages import question_text
from portal.enforcement.operations import ask_first
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk.clauses import clause_of, key_of, known_rule, pick_again
from portal.web.desk.forms import QuestionForm
from portal.web.desk.reach import require_reach, require_workable
from portal.web.desk.whom import about_member, offer_members
from portal.web.shell import drafts, guard
from portal.web.shell.acting import form_key, perform
from portal.web.shell.forms import whole
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

LONGEST = 60
FORM = "question"


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/cases/<ref>/ask", "ask", allow(Permission.WORK_CASE)(write))
    blueprint.add_url_rule("/desk/cases/<ref>/ask", "send_question", allow(Permission.WORK_CASE)(send), methods=["POST"])
    blueprint.add_url_rule("/desk/cases/<ref>/ask/draft", "keep_question", allow(Permission.WORK_CASE)(keep), methods=["POST"])


def write(ref: str) -> Any:
    """The form with what this reviewer typed before; the rule of the address goes before the kept one."""
    kept = drafts.kept(FORM, ref, _address(ref)) or {}
    form = QuestionForm(data={
        "clause": request.args.get("clause") or kept.get("clause", ""), "question": kept.get("question", ""),
        "days": kept.get("days") or str(_promised_days()), "member": request.args.get("member") or kept.get("member", ""),
    })
    return _page(ref, form, 200)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far; the answer has no page, only whether it was kept, or what was kept elsewhere."""
    case_file(g.db, ref)
    require_workable(ref)
    return drafts.answered(FORM, ref, lambda: _store(ref))


def _address(ref: str) -> str:
    return f"/desk/cases/{ref}/ask/draft"


def _store(ref: str) -> int:
    fields = {name: request.form.get(name, "") for name in ("clause", "question", "days", "member")}
    return drafts.save(keep_draft, _address(ref), form=FORM, subject=ref, fields=fields)


def _promised_days() -> int:
    return promised()["question_answer"].length


def send(ref: str) -> Any:
    """Sends the question, or shows what the person will read. Errors: those of `require_workable`."""
    require_workable(ref)
    form = QuestionForm.sent()
    fits = form.validate()
    if not known_rule(form.clause):
        with suppress(RuleBroken, Conflict):  # what cannot be kept is said once the rule is picked
            _store(ref)
        return pick_again(ref)
    if not fits:
        return _page(ref, form, 422)
    try:
        _store(ref)
        if request.form.get("go") != "send":
            return _page(ref, form, 200)
        perform(
            ask_first, case_ref=ref, clause_version_id=key_of(form.clause.data), question=form.question.data,
            days=int(form.days.data), **about_member(form.member),
        )
    except (RuleBroken, Conflict, NotAllowed) as error:
        drafts.both(error, form, FORM, ref, _address(ref))
        return _page(ref, form, error.status)
    act(guard.office(), forget_draft, guard.actor(), f"forget:{form_key()}"[:80], form=FORM, subject=ref)
    return redirect(f"/desk/cases/{ref}", 303)


def _page(ref: str, form: QuestionForm, status: int) -> Any:
    """The question beside what was reported. Errors: `NotFound`, `OutOfReach`."""
    require_reach(ref)
    file, clause = case_file(g.db, ref), clause_of(form.clause.data)
    offer_members(form.member, file.about.id)
    return render_template(
        "desk/ask.html", current="queue", file=file, form=form, clause=clause, errors=form.summary,
        promised=_promised_days(), mail=_mail(file, clause, form) if form.question.data and not form.errors else None,
    ), status


def _mail(file: CaseFile, clause: CitedClause, form: QuestionForm) -> Text | None:
    """The notice exactly as the person would get it, made by the function that sends it."""
    people, days = people_of(g.db, file.about.id), min(whole(form.days.data) or 0, LONGEST)
    if not people or not days:
        return None
    until = deadline(g.now, days, "days", people[0].zone, guard.office().country)
    return question_text(file.case.ref, clause, form.question.data, until)(language(people[0].language), people[0])
