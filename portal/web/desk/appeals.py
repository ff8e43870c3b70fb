"""An appeal at the desk: action, statement, exhibits and history on one page, and the decision with what it would undo."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request

from portal.appeals.models import Appeal
from portal.appeals.operations import (
    ask_appellant,
    begin_review,
    decide_appeal,
    draw_again,
    keep_answer,
    refuse_appeal,
)
from portal.appeals.queries import appeal_by_ref, files_of
from portal.appeals.reviewing import ANSWER_FORM
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.work import Operation
from portal.documents.models import OpenedFor
from portal.web.desk import words
from portal.web.desk.appeal_forms import AnswerForm, AskingForm, DrawingForm, RefusalForm, answer_form, answer_of
from portal.web.desk.appeal_page import Page, address, ahead, read_page
from portal.web.shell import drafts
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.files import send_document
from portal.web.shell.forms import sent_version
from portal.web.shell.guard import allow

OURS = ("csrf_token", "form_key", "go", drafts.VERSION)
REFUSED = (RuleBroken, Conflict, NotAllowed)


def add_routes(blueprint: Blueprint) -> None:
    see, work, decide_ = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/appeals/<ref>", "appeal", see(show))
    blueprint.add_url_rule("/desk/appeals/<ref>/files/<document>", "appeal_file", work(open_file))
    blueprint.add_url_rule("/desk/appeals/<ref>/begin", "begin_appeal", work(begin), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/keep", "keep_appeal", work(keep), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/ask", "ask_appellant", work(ask), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/draw", "draw_appeal", work(draw), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/refuse", "refuse_appeal", decide_(refuse), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/check", "check_appeal", work(check), methods=["POST"])
    blueprint.add_url_rule("/desk/appeals/<ref>/decide", "decide_appeal", decide_(decide), methods=["POST"])


def show(ref: str) -> str:
    """Everything that the appeal rests on, and the form; who had a part in the action reads what they may do."""
    page = read_page(appeal_by_ref(g.db, ref))
    return _render(page, answer_form(page, None))


def _render(
    page: Page, form: AnswerForm, asking: AskingForm | None = None, refusal: RefusalForm | None = None,
    errors: list[tuple[str, str]] | None = None, drawing: DrawingForm | None = None,
) -> str:
    asking, refusal, drawing = asking or AskingForm(), refusal or RefusalForm(), drawing or DrawingForm()
    summary = errors if errors is not None else [
        *form.summary, *asking.summary, *refusal.summary, *drawing.summary
    ]
    return render_template(
        "desk/appeal.html", current="queue", page=page, form=form, asking=asking, refusal=refusal, drawing=drawing,
        errors=summary, words=words,
    )


def begin(ref: str) -> Any:
    return _simple(ref, begin_review)


def draw(ref: str) -> Any:
    """A lead gives it to somebody else, at random, and says why."""
    page, form = read_page(appeal_by_ref(g.db, ref)), DrawingForm.sent()
    if not form.validate():
        return _render(page, answer_form(page, None), drawing=form), 422
    try:
        perform(draw_again, appeal_ref=ref, version=sent_version(), reason=form.draw_reason.data)
    except REFUSED as error:
        form.refuse(error)
        return _render(page, answer_form(page, None), drawing=form), error.status
    return redirect(f"/desk/appeals/{ref}", 303)


def _simple(ref: str, operation: Operation) -> Any:
    try:
        perform(operation, appeal_ref=ref, version=sent_version())
    except REFUSED as error:
        page = read_page(appeal_by_ref(g.db, ref))
        return _render(page, answer_form(page, None), errors=[("", message_of(error))]), error.status
    return redirect(f"/desk/appeals/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what the reviewer has typed so far."""
    return drafts.answered(ANSWER_FORM, ref, lambda: _store(ref), drafts.with_ours)


def _store(ref: str) -> int:
    typed = {name: value for name, value in request.form.items() if name not in (*OURS, "version")}
    return drafts.save(keep_answer, address(ref), appeal_ref=ref, fields=typed)


def ask(ref: str) -> Any:
    """Asks the person something; our own time stands still meanwhile."""
    page, form = read_page(appeal_by_ref(g.db, ref)), AskingForm.sent()
    if not form.validate():
        return _render(page, answer_form(page, None), asking=form), 422
    try:
        perform(
            ask_appellant, appeal_ref=ref, version=sent_version(), question=form.question.data, days=int(form.days.data)
        )
    except REFUSED as error:
        form.refuse(error)
        return _render(page, answer_form(page, None), asking=form), error.status
    return redirect(f"/desk/appeals/{ref}", 303)


def refuse(ref: str) -> Any:
    """Finds a late appeal inadmissible, with a reason that the person reads."""
    page, form = read_page(appeal_by_ref(g.db, ref)), RefusalForm.sent()
    if not form.validate():
        return _render(page, answer_form(page, None), refusal=form), 422
    try:
        perform(refuse_appeal, appeal_ref=ref, version=sent_version(), reason=form.reason.data)
    except REFUSED as error:
        form.refuse(error)
        return _render(page, answer_form(page, None), refusal=form), error.status
    return redirect(f"/desk/appeals/{ref}", 303)


def check(ref: str) -> Any:
    """Shows what the person and each counterpart would read and what would be undone; nothing is decided yet.

    For whom it was not drawn the page says with whom it is; nothing typed is lost.
    """
    page = read_page(appeal_by_ref(g.db, ref))
    form = answer_form(page, request.form)
    try:
        _keep_what_can_be(ref)
        if request.form.get("go") == "edit":
            return _render(page, form)
        if not form.validate():
            return _render(page, form), 422
        answer = answer_of(page, form)
        seen = ahead(page, answer)
    except REFUSED as error:
        drafts.both(error, form, ANSWER_FORM, ref, address(ref))
        return _render(page, form), error.status
    return render_template(
        "desk/appeal_check.html", current="queue", page=page, form=form, ahead=seen, answer=answer,
        words=words, version=sent_version(), errors=[],
        kept=[pair for pair in request.form.items(multi=True) if pair[0] not in OURS],
    )


def _keep_what_can_be(ref: str) -> None:
    """Keeps the draft; what cannot be kept is said at its field. Errors: those of `keep_answer` but text limits."""
    with suppress(RuleBroken):
        _store(ref)


def decide(ref: str) -> Any:
    """Confirms it: decided, undone and told in one act."""
    page = read_page(appeal_by_ref(g.db, ref))
    form = answer_form(page, request.form)
    if not form.validate():
        return _render(page, form), 422
    try:
        perform(decide_appeal, appeal_ref=ref, version=sent_version(), **answer_of(page, form))
    except REFUSED as error:
        form.refuse(error)
        return _render(page, form), error.status
    return redirect(f"/desk/appeals/{ref}", 303)


def open_file(ref: str, document: str) -> Response:
    """A file of the appeal: the opening is on record, and its owner sees who it was."""
    appeal: Appeal = appeal_by_ref(g.db, ref)
    if document not in {shown.document.ref for shown in files_of(g.db, appeal.id)}:
        raise NotFound
    return send_document(document, purpose=OpenedFor.APPEAL)
