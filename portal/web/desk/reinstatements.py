"""A request to come back at the desk: the termination, what has happened since, and the answer with what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from wtforms import RadioField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.operations import ask_requester, begin_request, decide_request, draw_request_again
from portal.appeals.queries import Shown, zone_of
from portal.appeals.reinstatement_deciding import preview_answer, read_answer
from portal.appeals.reinstatement_desk import ANSWER_FORM
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementMessage, ReinstatementOutcome
from portal.appeals.reinstatements import (
    Answered,
    decision_record,
    files_of,
    had_a_part,
    is_safety,
    item_of,
    latest_again,
    reinstatement_by_ref,
    requests_about,
    said_in,
)
from portal.appeals.rules import MOST_TEXT
from portal.cases.drafts import keep_draft
from portal.cases.models import Case, WorkItem
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import Conflict, NotAllowed, NotFound, Refusal, RuleBroken
from portal.core.i18n import N_
from portal.core.work import Operation
from portal.documents.models import OpenedFor
from portal.documents.queries import unopened_exhibits
from portal.enforcement.ending import Ahead
from portal.enforcement.models import Action
from portal.enforcement.queries import rules_cited
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk import words
from portal.web.desk.appeal_forms import day_of
from portal.web.desk.forms import DayField, a_day
from portal.web.desk.history import Entry, history
from portal.web.desk.reach import require_reach, require_workable
from portal.web.desk.redress_forms import AskingForm, DrawingForm, weighing_fields
from portal.web.shell import drafts, guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.files import send_document
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, sent_version, whole
from portal.web.shell.guard import allow

NO_OUTCOME = N_("Choose whether the person comes back.")
OUTCOMES = (
    (ReinstatementOutcome.GRANTED, N_("Back: the termination is lifted now")),
    (ReinstatementOutcome.CONDITIONAL, N_("Back, under conditions in words")),
    (ReinstatementOutcome.DECLINED, N_("Not now, and from which day again")),
)
OURS = ("csrf_token", "form_key", "go", "version", drafts.VERSION)
REFUSED = (RuleBroken, Conflict, NotAllowed)
ROOT = "/desk/reinstatements"


class ReinstatementAnswerForm(PortalForm):
    """Whether the person comes back, why, and what comes with it; fields for each exhibit are added for the request at hand."""

    outcome = RadioField(N_("Does the person come back?"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    conditions = TextAreaField(N_("The conditions"), [Storable(MOST_TEXT)])
    next_on = DayField(N_("Can ask again from"), [a_day])


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one request."""

    row: Reinstatement
    case: Case
    action: Action
    rules: list[CitedClause]
    safety: bool
    account: Account
    zone: str
    messages: list[ReinstatementMessage]
    files: list[Shown]
    unopened: tuple[int, ...]
    before: list[Answered]
    record: dict[str, Any] | None
    item: WorkItem | None
    holder: str
    had_a_part: bool
    conflicted: bool
    can: bool
    lead: bool
    moments: list[Entry]

    @property
    def live(self) -> bool:
        return self.row.state in LIVE

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the exhibits that came with it."""
        return tuple(one.exhibit.number for one in self.files if one.exhibit is not None)

    @property
    def mine(self) -> bool:
        """Whether the reader may answer it: drawn for them, or they may only let the person back (DESIGN 2.8)."""
        drawn = self.item is not None and self.item.assignee_id in (None, guard.person().id)
        return self.live and self.can and not self.conflicted and (drawn or self.had_a_part)


def add_routes(blueprint: Blueprint) -> None:
    see, work, here = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), f"{ROOT}/<ref>"
    blueprint.add_url_rule(here, "reinstatement", see(show))
    blueprint.add_url_rule(f"{here}/files/<document>", "reinstatement_file", work(open_file))
    for step, permission in (
        (begin, Permission.WORK_CASE), (keep, Permission.WORK_CASE), (ask, Permission.WORK_CASE), (draw, Permission.WORK_CASE),
        (decide, Permission.DECIDE),
    ):
        _step(blueprint, step, permission)


def _step(blueprint: Blueprint, step: Callable[[str], Any], permission: Permission) -> None:
    name = step.__name__
    blueprint.add_url_rule(f"{ROOT}/<ref>/{name}", f"{name}_reinstatement", allow(permission)(step), methods=["POST"])


def _reach(ref: str, *, takes: bool = False) -> tuple[Reinstatement, Case]:
    """What was asked for; `takes`: also for whoever takes what is with nobody. Errors: `NotFound`, `OutOfReach`."""
    row = reinstatement_by_ref(g.db, ref)
    case, reach = g.db.get_one(Case, row.case_id), require_workable if takes else require_reach
    reach(case.ref, ref if row.state in LIVE else "")
    return row, case


def read_page(ref: str) -> Page:
    """Errors: `NotFound`, `OutOfReach`."""
    (row, case), me, item = _reach(ref), guard.person().id, item_of(g.db, ref)
    action, files = g.db.get_one(Action, row.action_id), files_of(g.db, row.id)
    earlier = [one for one in requests_about(g.db, action.id) if one.n < row.n]
    return Page(
        row=row, case=case, action=action, rules=rules_cited(g.db, action), account=account_by_id(g.db, row.account_id),
        safety=is_safety(g.db, action), zone=zone_of(g.db, row.account_id), messages=list(said_in(g.db, row.id)), files=files,
        unopened=tuple(unopened_exhibits(g.db, [one.exhibit for one in files if one.exhibit], me)),
        before=[Answered(one, decision_record(g.db, one.id)) for one in earlier], record=decision_record(g.db, row.id),
        item=item, holder=handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else "",
        had_a_part=me in had_a_part(g.db, row), conflicted=is_conflicted(g.db, me, case.id),
        can=may(guard.actor(), Permission.DECIDE), lead=Role.LEAD in guard.actor().roles, moments=history(case.ref),
    )


def _form(page: Page, sent: Any = None) -> ReinstatementAnswerForm:
    ref = page.row.ref
    kept = (drafts.kept(ANSWER_FORM, ref, _address(ref)) or {}) if sent is None else {}
    made = type("OneAnswerForm", (ReinstatementAnswerForm,), weighing_fields(page.numbers))
    form: ReinstatementAnswerForm = made(sent, data=kept)
    open_to = OUTCOMES[:1] if page.had_a_part else OUTCOMES
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def show(ref: str) -> str:
    page = read_page(ref)
    return _render(page, _form(page), 200)[0]


def _words(form: ReinstatementAnswerForm) -> dict[str, Any]:
    return {
        "outcome": form.outcome.data, "reasons": form.reasons.data or "", "conditions": form.conditions.data or "",
        "next_on": day_of(form.next_on.data),
    }


def decide(ref: str) -> Any:
    """Shows what follows and what everybody would read, or answers with exactly that; what is refused stands at its field."""
    page = read_page(ref)
    form = _form(page, request.form)
    if not form.validate():
        return _render(page, form, 422)
    try:
        _store(ref)
        if request.form.get("go") != "decide":
            answer = read_answer(g.db, page.row, g.now, **_words(form))
            return _render(page, form, 200, seen=preview_answer(g.db, page.row, answer, g.now))
        weights = {str(n): {"weight": form[f"exhibit_{n}"].data, "why": form[f"why_{n}"].data or ""} for n in page.numbers}
        perform(decide_request, reinstatement_ref=ref, version=sent_version(), exhibits_considered=weights, **_words(form))
    except REFUSED as error:
        return _refused(ref, form, error)
    return redirect(f"{ROOT}/{ref}", 303)


def begin(ref: str) -> Any:
    """The reviewer begins to read; the person sees that."""
    return _carry_out(ref, PortalForm(), begin_request, {})


def ask(ref: str) -> Any:
    """Asks the person something; our own time stands still meanwhile."""
    form: AskingForm = AskingForm.sent()
    args = {"question": form.question.data, "days": whole(form.days.data, 3) or 0}
    return _carry_out(ref, form, ask_requester, args, asking=form)


def draw(ref: str) -> Any:
    """A lead gives it to somebody else, at random, and says why."""
    form: DrawingForm = DrawingForm.sent()
    return _carry_out(ref, form, draw_request_again, {"reason": form.draw_reason.data}, drawing=form)


def _carry_out(ref: str, form: PortalForm, operation: Operation, args: dict[str, Any], **shown: PortalForm) -> Any:
    """Does one step; `shown`: under which name the page shows the form of the step, where it has one of its own."""
    _reach(ref, takes=operation is begin_request)
    status = 422
    try:
        if form.validate():
            perform(operation, reinstatement_ref=ref, version=sent_version(), **args)
            return redirect(f"{ROOT}/{ref}", 303)
    except REFUSED as error:
        form.refuse(error)
        status = error.status
    g.db.rollback()  # this request began to read before that
    page = read_page(ref)
    answer = _form(page)
    answer.form_errors = [*answer.form_errors, *(() if shown else form.form_errors)]
    return _render(page, answer, status, **shown)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far. Errors: `NotFound`, `OutOfReach`."""
    _reach(ref)
    return drafts.answered(ANSWER_FORM, ref, lambda: _store(ref), drafts.with_ours)


def open_file(ref: str, document: str) -> Response:
    """A file that came with it: the opening is on record, and its owner sees who it was."""
    if document not in {shown.document.ref for shown in read_page(ref).files}:
        raise NotFound
    return send_document(document, purpose=OpenedFor.APPEAL)


def _address(ref: str) -> str:
    return f"{ROOT}/{ref}/keep"


def _store(ref: str) -> int:
    return drafts.save_typed(keep_draft, _address(ref), OURS, form=ANSWER_FORM, subject=ref)


def _refused(ref: str, form: ReinstatementAnswerForm, error: Refusal) -> Any:
    """The page as it is now, with a refusal at its field; what was typed is kept."""
    drafts.both(error, form, ANSWER_FORM, ref, _address(ref))
    g.db.rollback()  # this request began to read before that
    return _render(read_page(ref), form, error.status)


def _render(
    page: Page, form: ReinstatementAnswerForm, status: int, seen: tuple[Text, Ahead | None] | None = None, **sent: PortalForm
) -> tuple[str, int]:
    beside: dict[str, Any] = {"asking": AskingForm(), "drawing": DrawingForm()} | sent
    return render_template(
        "desk/reinstatement.html", current="queue", page=page, form=form, seen=seen, words=words, **beside,
        errors=[*form.summary, *(one for each in sent.values() for one in each.summary)],
        last_again=latest_again(g.db, g.now, page.zone) if page.live else None,
    ), status
