"""Contesting only what a letter withholds: the form, and the page of what was sent with our answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.appeals.models import Appeal, AppealKind, AppealState
from portal.appeals.operations import contest_withheld
from portal.appeals.queries import appeal_against, decision_of, messages_of, window_of
from portal.appeals.queries import my_action as find_action
from portal.appeals.rules import LEAST_BODY, MOST_TEXT, withholds
from portal.appeals.withholding import WHY_NOT
from portal.cases.drawing import a_lead_has
from portal.core.access import Permission
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.queries import statement_of
from portal.web.person import drafts
from portal.web.person.complaints import STATES
from portal.web.person.scope import about, require_in_session
from portal.web.person.sending import carry_out
from portal.web.person.sent import shown
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

FORM = "withheld"
OUTCOMES = {"upheld": (N_("It stays withheld"), "calm"), "reversed": (N_("It is shown now"), "good")}


class WithheldForm(PortalForm):
    """Why the person should be able to see it."""

    body = TextAreaField(N_("Why should you be able to see it?"), [
        Needed(N_("Say in your own words why you should be able to see it.")), Storable(MOST_TEXT)
    ])


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.ANSWER_IN_CASE)
    drafts.of_page(FORM, _action)
    blueprint.add_url_rule("/appeals/withheld", "new_withheld", write(show))
    blueprint.add_url_rule("/appeals/withheld", "send_withheld", write(send), methods=["POST"])


def way(action: Action) -> str | None:
    """What the letter's page says of this: "" where it can be contested now, the reference where it was, None where nothing is
    withheld or the time is over."""
    known = appeal_against(g.db, action.id, AppealKind.WITHHELD)
    if known is not None and known.state not in (AppealState.DRAFT, AppealState.WITHDRAWN):
        return known.ref
    return "" if _why_not(action) is None else None


def _why_not(action: Action) -> str | None:
    if not withholds(statement_of(g.db, action.ref)[0] or {}):
        return "nothing_withheld"
    return "over" if window_of(g.db, action, guard.person().id).over(g.now) else None


def show() -> Any:
    """Whether it is possible and until when; then the form with what was typed before."""
    action = _action(request.args.get("action", ""))
    known = way(action)
    if known:
        return redirect(f"/appeals/{known}")
    return _page(action, WithheldForm(data={"body": drafts.kept(FORM, action.ref).get("body", "")}))


def send() -> Any:
    """Sends it; what was typed stays on the page when it cannot be taken."""
    action, form = _action(request.form.get("action", "")), WithheldForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, FORM, action.ref)
        return _page(action, form), status
    done, status = carry_out(form, contest_withheld, lambda: {"action_ref": action.ref, "body": form.body.data})
    if done is None:
        return _page(action, form), status
    return redirect(f"/appeals/{done['appeal']}", 303)


def _action(ref: str) -> Action:
    """Errors: `NotFound` for anyone else's action, and in a link's session for another case."""
    action = find_action(g.db, ref, guard.person().id)
    require_in_session(action.case_id)
    about(action.account_id)
    return action


def _page(action: Action, form: WithheldForm) -> str:
    why = _why_not(action)
    return render_template(
        "person/withheld_form.html", current="me", action=action, form=form, errors=form.summary, most=MOST_TEXT,
        why=lang().gettext(WHY_NOT[why]) if why else "", window=window_of(g.db, action, guard.person().id), least=LEAST_BODY,
        promised=promised()["appeal_answer"],
    )


def page_of(appeal: Appeal, form: Any) -> str:
    """What was sent: the receipt, where it stands, what was said, and our answer."""
    decided = decision_of(g.db, appeal.id)
    return render_template(
        "person/withheld.html", appeal=appeal, action=g.db.get_one(Action, appeal.action_id), form=form, errors=form.summary,
        **shown(appeal, messages_of(g.db, appeal.id)), record=decided[0] if decided else None,
        state=OUTCOMES[appeal.outcome] if appeal.outcome else STATES[AppealState(appeal.state)],
        lead=a_lead_has(g.db, appeal.ref, appeal.item_kind),
    )
