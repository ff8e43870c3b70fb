"""What a person contests of a letter's withholding, at the desk: all of it in sight, and the answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, TextAreaField

from portal.accounts.queries import account_by_id, handle_of
from portal.act import act
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealOutcome
from portal.appeals.operations import ask_appellant, begin_review, decide_withheld, draw_again, keep_answer
from portal.appeals.queries import appeal_by_ref, decision_of, had_a_part, item_of, messages_of, zone_of
from portal.appeals.reviewing import ANSWER_FORM
from portal.appeals.rules import MOST_TEXT
from portal.cases.models import Case
from portal.cases.queries import draft_of
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.documents.queries import shown_exhibits
from portal.enforcement.disclosing import withheld_numbers
from portal.enforcement.models import Action
from portal.enforcement.queries import statement_of
from portal.web.desk import words
from portal.web.desk.appeal_forms import AskingForm, DrawingForm
from portal.web.desk.casefile import signer_names
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import form_key, perform
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, sent_version
from portal.web.shell.guard import allow

REFUSED = (RuleBroken, Conflict, NotAllowed)
NO_OUTCOME = N_("Choose whether it stays withheld or is shown.")
OUTCOMES = ((AppealOutcome.UPHELD, N_("It stays withheld")), (AppealOutcome.REVERSED, N_("It is shown, in a new letter")))


class WithheldAnswer(PortalForm):
    """The answer: it stays withheld, or a new letter shows it."""

    outcome = RadioField(N_("What follows"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    shown = TextAreaField(N_("What was withheld, in words"), [Storable(MOST_TEXT)])


def add_routes(blueprint: Blueprint) -> None:
    see, work, decide_ = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/withheld/<ref>", "withheld", see(show))
    blueprint.add_url_rule("/desk/withheld/<ref>/begin", "begin_withheld", work(begin), methods=["POST"])
    blueprint.add_url_rule("/desk/withheld/<ref>/keep", "keep_withheld", work(keep), methods=["POST"])
    blueprint.add_url_rule("/desk/withheld/<ref>/ask", "ask_withheld", work(ask), methods=["POST"])
    blueprint.add_url_rule("/desk/withheld/<ref>/draw", "draw_withheld", work(draw), methods=["POST"])
    blueprint.add_url_rule("/desk/withheld/<ref>/decide", "decide_withheld", decide_(decide), methods=["POST"])


def _appeal(ref: str) -> Appeal:
    """Errors: `NotFound` for anything else; `OutOfReach`."""
    appeal = appeal_by_ref(g.db, ref)
    if appeal.kind != AppealKind.WITHHELD:
        raise NotFound
    require_reach(g.db.get_one(Case, appeal.case_id).ref, appeal.ref if appeal.state in LIVE else "")
    return appeal


def show(ref: str) -> Any:
    """What the letter shows and what it withholds, why the person wants to see it, and the form."""
    appeal = _appeal(ref)
    return _render(appeal, _form(appeal, None))


def _form(appeal: Appeal, sent: Any) -> WithheldAnswer:
    me = guard.person().id
    kept = draft_of(g.db, me, ANSWER_FORM, appeal.ref) if sent is None else None
    form = WithheldAnswer(sent, data=kept or {})
    open_to = OUTCOMES[1:] if me in had_a_part(g.db, appeal) else OUTCOMES
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def _render(
    appeal: Appeal, form: WithheldAnswer, asking: AskingForm | None = None, drawing: DrawingForm | None = None
) -> str:
    asking, drawing, me = asking or AskingForm(), drawing or DrawingForm(), guard.person().id
    action, item, decided = g.db.get_one(Action, appeal.action_id), item_of(g.db, appeal.ref), decision_of(g.db, appeal.id)
    letter, part = statement_of(g.db, action.ref)[0] or {}, me in had_a_part(g.db, appeal)
    free = may(guard.actor(), Permission.DECIDE) and not is_conflicted(g.db, me, appeal.case_id)
    hidden, live = withheld_numbers(letter), appeal.state in LIVE
    return render_template(
        "desk/withheld.html", current="queue", appeal=appeal, action=action, case=g.db.get_one(Case, appeal.case_id),
        account=account_by_id(g.db, appeal.account_id), letter=letter, hidden=hidden, words=words, form=form, asking=asking,
        drawing=drawing, exhibits=[one for one in shown_exhibits(g.db, appeal.case_id) if one.number in hidden],
        messages=messages_of(g.db, appeal.id), signers=signer_names(action), part=part, live=live,
        holder=handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else "",
        mine=live and free and (part or (item is not None and item.assignee_id in (None, me))),
        lead=Role.LEAD in guard.actor().roles, zone=zone_of(g.db, appeal.account_id),
        decision=decided[0] if decided and appeal.outcome else None,
        errors=[*form.summary, *asking.summary, *drawing.summary],
    )


def begin(ref: str) -> Any:
    """The reviewer begins to read; the person sees that."""
    appeal, form = _appeal(ref), PortalForm()
    return _sent(appeal, form, lambda: perform(begin_review, appeal_ref=ref, version=sent_version()))


def keep(ref: str) -> tuple[str, int]:
    """Keeps what the reviewer has typed so far."""
    typed = {name: value for name, value in request.form.items() if name not in ("csrf_token", "form_key", "version", "go")}
    act(guard.office(), keep_answer, guard.actor(), f"keep_answer:{form_key()}"[:80], appeal_ref=ref, fields=typed)
    return "", 204


def ask(ref: str) -> Any:
    """Asks the person something; our own time stands still meanwhile."""
    appeal, form = _appeal(ref), AskingForm.sent()
    return _sent(appeal, form, lambda: perform(
        ask_appellant, appeal_ref=ref, version=sent_version(), question=form.question.data, days=int(form.days.data)
    ), asking=form)


def draw(ref: str) -> Any:
    """A lead gives it to somebody else, at random, and says why."""
    appeal, form = _appeal(ref), DrawingForm.sent()
    return _sent(appeal, form, lambda: perform(
        draw_again, appeal_ref=ref, version=sent_version(), reason=form.draw_reason.data
    ), drawing=form)


def _sent(appeal: Appeal, form: Any, carry_out: Any, **shown: Any) -> Any:
    answer = _form(appeal, None)
    if not form.validate():
        return _render(appeal, answer, **shown), 422
    try:
        carry_out()
    except REFUSED as error:
        (form if shown else answer).refuse(error)
        return _render(appeal, answer, **shown), error.status
    return redirect(f"/desk/withheld/{appeal.ref}", 303)


def decide(ref: str) -> Any:
    """Answers it, in one act with the new letter."""
    appeal = _appeal(ref)
    form = _form(appeal, request.form)
    if not form.validate():
        return _render(appeal, form), 422
    try:
        keep(ref)
        perform(
            decide_withheld, appeal_ref=ref, version=sent_version(), outcome=form.outcome.data, reasons=form.reasons.data,
            shown=form.shown.data or "",
        )
    except REFUSED as error:
        form.refuse(error)
        return _render(appeal, form), error.status
    return redirect(f"/desk/withheld/{ref}", 303)
