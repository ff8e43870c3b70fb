"""A request for a pause at the desk: the decision, the words of whoever appealed, and the answer: it waits, or why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.models import Appeal
from portal.appeals.operations import answer_pause
from portal.appeals.pause_closing import ANSWER_FORM
from portal.appeals.pause_messages import granted_text, refused_text
from portal.appeals.pause_models import PauseOutcome, PauseRequest
from portal.appeals.pauses import Asked, asked_of, only_grants, pauses_something, request_by_ref, require_why
from portal.appeals.queries import filed_message, zone_of
from portal.appeals.rules import MOST_TEXT
from portal.cases.hands import open_items
from portal.cases.models import Case, WorkItem
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, Refusal, RuleBroken
from portal.core.i18n import N_, language
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of, rules_cited
from portal.enforcement.succession import stands_for
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk import words
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.drafts import Drafts
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered
from portal.web.shell.guard import allow

NO_OUTCOME = N_("Choose whether the decision waits.")
OUTCOMES = (
    (PauseOutcome.GRANTED, N_("It waits: no effect until the appeal is answered")),
    (PauseOutcome.REFUSED, N_("It goes on while the appeal waits")),
)
DRAFTS = Drafts(ANSWER_FORM, "/desk/pauses")


class PauseAnswerForm(PortalForm):
    """Whether the decision waits, and why."""

    outcome = RadioField(N_("Does the decision wait?"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(N_("Your reasons"), [Storable(MOST_TEXT)])


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one request."""

    asked: Asked
    before: Asked | None
    appeal: Appeal
    case: Case
    action: Action
    rules: list[CitedClause]
    account: Account
    zone: str
    appealed: str
    item: WorkItem | None
    holder: str
    by: str
    only_grants: bool
    mine: bool
    can: bool

    @property
    def request(self) -> PauseRequest:
        return self.asked.request

    @property
    def safety(self) -> bool:
        """Whether a rule protects people's safety: then nothing pauses because we are late."""
        return any(one.data.safety for one in self.rules)


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/pauses/<ref>", "pause", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/pauses/<ref>", "pause_answer", allow(Permission.DECIDE)(answer), methods=["POST"])
    blueprint.add_url_rule("/desk/pauses/<ref>/keep", "pause_keep", allow(Permission.WORK_CASE)(keep), methods=["POST"])


def read_page(ref: str) -> Page:
    """Errors: `NotFound`, `OutOfReach`."""
    row = request_by_ref(g.db, ref)
    case, appeal, me = g.db.get_one(Case, row.case_id), g.db.get_one(Appeal, row.appeal_id), guard.person().id
    item = next((one for one in open_items(g.db, case.id) if one.subject_ref == ref), None)
    require_reach(case.ref, ref if item is not None else "")
    listed = {one.request.id: one for one in asked_of(g.db, appeal)}
    asked = listed.get(row.id) or Asked(row, None, None)
    action = stands_for(g.db, g.db.get_one(Action, appeal.action_id))
    grants, held = me in only_grants(g.db, appeal, row), item.assignee_id if item is not None else None
    filed, answered_by = filed_message(g.db, appeal.id), asked.answer.answered_by if asked.answer else None
    return Page(
        asked=asked, before=listed.get(row.contests_id) if row.contests_id else None, appeal=appeal, case=case, action=action,
        rules=rules_cited(g.db, action), account=account_by_id(g.db, appeal.account_id), zone=zone_of(g.db, appeal.account_id),
        appealed=(filed.body or "") if filed else "", item=item, holder=handle_of(g.db, held) if held else "",
        by=handle_of(g.db, answered_by) if answered_by else "", only_grants=grants,
        mine=item is not None and (held in (None, me) or grants), can=may(guard.actor(), Permission.DECIDE),
    )


def _form(page: Page, sent: Any = None) -> PauseAnswerForm:
    form = PauseAnswerForm(sent, data=DRAFTS.kept(page.request.ref) if sent is None else {})
    open_to = OUTCOMES[:1] if page.only_grants else OUTCOMES
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def show(ref: str) -> str:
    page = read_page(ref)
    return _render(page, _form(page), 200)[0]


def answer(ref: str) -> Any:
    """Shows what the person will read, or answers with exactly that; what is refused stands at its field."""
    page = read_page(ref)
    form = _form(page, request.form)
    if not form.validate():
        return _render(page, form, 422)
    try:
        DRAFTS.store(ref)
        if request.form.get("go") != "answer":
            return _render(page, form, 200, seen=_ahead(page, form))
        perform(answer_pause, pause_ref=ref, outcome=form.outcome.data, reasons=form.reasons.data or "")
    except (RuleBroken, Conflict, NotAllowed) as error:
        return _refused(ref, page, form, error)
    return redirect(f"/desk/pauses/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far."""
    read_page(ref)
    return DRAFTS.answered(ref)


def _ahead(page: Page, form: PauseAnswerForm) -> Text:
    """Made by the functions that the answer uses. Errors: `reasons_missing`, as the answer would say."""
    reasons, ref, action, outcome = form.reasons.data or "", page.request.ref, page.action.ref, PauseOutcome(form.outcome.data)
    require_why(outcome, reasons)
    if outcome is PauseOutcome.REFUSED:
        compose = refused_text(ref, action, reasons, again=page.request.contests_id is None)
    else:
        compose = granted_text(ref, action, reasons, paused=pauses_something(g.db, page.appeal, g.now))
    reader = owners_of(g.db, page.account.id)[0]
    return compose(language(reader.language), reader)


def _refused(ref: str, page: Page, form: PauseAnswerForm, error: Refusal) -> Any:
    DRAFTS.refuse(ref, form, error)
    return _render(page, form, error.status)


def _render(page: Page, form: PauseAnswerForm, status: int, seen: Text | None = None) -> tuple[str, int]:
    return render_template(
        "desk/pause.html", current="queue", page=page, form=form, seen=seen, words=words, errors=form.summary
    ), status
