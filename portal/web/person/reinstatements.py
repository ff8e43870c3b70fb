"""Asking to come back after a termination: from when, what is said, files, and the page of a request with our answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from wtforms import FileField, StringField, TextAreaField

from portal.accounts.queries import person_by_id
from portal.appeals.operations import (
    add_file_to_request,
    add_to_request,
    ask_to_come_back,
    attach_to_request,
    remove_request_file,
    withdraw_request,
)
from portal.appeals.own import may_take_back
from portal.appeals.queries import my_action as find_action
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_messages import CONDITIONS
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementState, ReinstatementWord
from portal.appeals.reinstatements import (
    Asking,
    asking,
    decision_record,
    files_of,
    is_safety,
    reinstatement_by_ref,
    requests_about,
    said_in,
)
from portal.appeals.reinstating import DRAFT_FORM, WHY_NOT
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.documents.models import OpenedFor
from portal.documents.queries import opened_by_us
from portal.documents.rules import ACCEPT, LARGEST_FILE, MEGABYTE, MOST_FOR_ONE_THING
from portal.enforcement.members import reads
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.web.person import drafts
from portal.web.person.appeals import AddingForm, FileForm
from portal.web.person.new_appeal import LINES, REFUSED, refuse_file
from portal.web.person.quoting import in_my_language
from portal.web.person.reading import mark_opened
from portal.web.person.redress import others_of
from portal.web.person.scope import require_mine
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.files import send_document
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.uploads import intake, receive, takes_files

MORE = "reinstatement_more"
STATES = {
    ReinstatementState.FILED: (N_("Received"), "hold"), ReinstatementState.IN_REVIEW: (N_("Being read"), "hold"),
    ReinstatementState.WAITING: (N_("Waiting for you"), "hold"), ReinstatementState.GRANTED: (N_("You are back"), "good"),
    ReinstatementState.CONDITIONAL: (N_("You are back, under conditions"), "good"),
    ReinstatementState.DECLINED: (N_("Not now"), "stop"), ReinstatementState.WITHDRAWN: (N_("Taken back"), "calm"),
    ReinstatementState.LAPSED: (N_("We were late: you are back"), "good"),
    ReinstatementState.OVER: (N_("Nothing left to ask for"), "calm"),
}


class ReinstatementForm(PortalForm):
    """What has happened since, what would be different, and files that show it."""

    happened = TextAreaField(
        N_("What has happened since?"), [Needed(N_("Say what has happened since.")), Storable(MOST_TEXT)]
    )
    different = TextAreaField(
        N_("What would be different?"), [Needed(N_("Say what would be different.")), Storable(MOST_TEXT)]
    )
    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LINES, line=True)])


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    drafts.of_page(DRAFT_FORM, _action)
    drafts.of_page(MORE, _mine)
    blueprint.add_url_rule("/reinstatements/new", "new_reinstatement", write(show_new))
    blueprint.add_url_rule("/reinstatements/new", "send_reinstatement", write(takes_files(send)), methods=["POST"])
    here = "/reinstatements/<ref>"
    blueprint.add_url_rule(here, "reinstatement", see(show))
    blueprint.add_url_rule(here, "add_to_reinstatement", write(add), methods=["POST"])
    blueprint.add_url_rule(f"{here}/files", "add_reinstatement_file", write(takes_files(add_file)), methods=["POST"])
    blueprint.add_url_rule(f"{here}/files/<document>", "reinstatement_file", see(open_file))
    blueprint.add_url_rule(f"{here}/withdraw", "withdraw_reinstatement", write(withdraw), methods=["POST"])


def _action(ref: str) -> Action:
    """Errors: `NotFound` for anyone else's action, and in a link's session for another case."""
    action = find_action(g.db, ref, guard.actor().account_ids, guard.person().id)
    require_mine(action.account_id, action.case_id)
    return action


def _mine(ref: str) -> Reinstatement:
    """Errors: `NotFound` for anyone else's, another member's, and in a link's session for another case."""
    found = reinstatement_by_ref(g.db, ref)
    require_mine(found.account_id, found.case_id)
    if not reads(g.db, found.action_id, guard.person().id):
        raise NotFound
    return found


def show_new() -> Any:
    """Whether and from when one can ask; then the form with everything that was typed before."""
    found = asking(g.db, _action(request.args.get("action", "")), g.now)
    if found.why_not == "waits" and found.open_one is not None:
        return redirect(f"/reinstatements/{found.open_one.ref}")
    kept = drafts.kept(DRAFT_FORM, found.action.ref)
    return _new(found, ReinstatementForm(data={name: kept.get(name, "") for name in ("happened", "different")}))


def send() -> Any:
    """One form with several buttons: add a file, take one away, send. The words are kept each time."""
    action, form = _action(request.form.get("action", "")), ReinstatementForm.sent()
    found, step = asking(g.db, action, g.now), request.form.get("step", "send")
    if step != "send" or drafts.pressed():
        status = drafts.keep_typed(form, DRAFT_FORM, action.ref)
        if status != 200 or drafts.pressed():
            return _new(found, form), status
    if step == "add" or request.files.get("file"):
        refused = _add(action.ref, form)
        if refused or step == "add":
            return (_new(found, form), refused) if refused else redirect(_form_of(action.ref), 303)
    if step.startswith("remove:"):
        return _remove(found, form, step.removeprefix("remove:"))
    done, status = carry_out(form, ask_to_come_back, lambda: {
        "action_ref": action.ref, "happened": form.happened.data, "different": form.different.data,
    })
    if done is None:
        return _new(asking(g.db, _action(action.ref), g.now), form), status
    return redirect(f"/reinstatements/{done['reinstatement']}", 303)


def _form_of(action_ref: str) -> str:
    return f"/reinstatements/new?action={action_ref}#files"


def _add(action_ref: str, form: ReinstatementForm) -> int:
    """Adds the chosen file; 0, or the status of the page that says why not."""
    try:
        receive(
            request.files.get("file"), operation=attach_to_request, action_ref=action_ref,
            description=form.description.data or "",
        )
    except REFUSED as error:
        refuse_file(form, error)
        return error.status
    form.description.data = ""
    g.db.rollback()  # this request began to read before the file was added
    return 0


def _remove(found: Asking, form: ReinstatementForm, document_ref: str) -> Any:
    try:
        answer = perform(remove_request_file, action_ref=found.action.ref, document_ref=document_ref[:24])
    except REFUSED as error:
        form.refuse(error)
        return _new(found, form), error.status
    intake().discard(answer["store_key"])
    return redirect(_form_of(found.action.ref), 303)


def _new(found: Asking, form: ReinstatementForm) -> str:
    action, zone, why = found.action, zone_of(g.db, found.action.account_id), found.why_not
    day = lang().day(found.from_at, zone) if found.from_at is not None else ""
    ref = found.open_one.ref if found.open_one is not None else ""
    return render_template(
        "person/reinstatement_form.html", current="me", found=found, action=action, form=form, errors=form.summary,
        why=lang().gettext(WHY_NOT[why], day=day, ref=ref) if why else "", least=LEAST_BODY, most=MOST_TEXT,
        files=files_of(g.db, found.open_one.id) if found.open_one is not None and why is None else [], accept=ACCEPT,
        megabytes=LARGEST_FILE // MEGABYTE, most_files=MOST_FOR_ONE_THING, rule=in_my_language(rule_of(g.db, action)),
        safety=is_safety(g.db, action), before=[one for one in requests_about(g.db, action.id) if one.state not in LIVE],
        states=STATES,
    )


def show(ref: str) -> Any:
    """The receipt, where it stands, what was said, and our answer; one that is not sent leads to its form."""
    found = _mine(ref)
    if found.state == ReinstatementState.DRAFT:
        return redirect(f"/reinstatements/new?action={g.db.get_one(Action, found.action_id).ref}")
    mark_opened(ref)
    return _page(found, AddingForm(data={"body": drafts.kept(MORE, ref).get("body", "")}), FileForm())


def add(ref: str) -> Any:
    """Puts more of the person's words on record, or keeps them as a draft."""
    found, form = _mine(ref), AddingForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, MORE, ref)
        return _page(found, form, FileForm()), status
    done, status = carry_out(form, add_to_request, lambda: {"reinstatement_ref": ref, "body": form.body.data})
    if done is None:
        return _page(found, form, FileForm()), status
    drafts.forget(MORE, ref)
    return redirect(f"/reinstatements/{ref}", 303)


def add_file(ref: str) -> Any:
    """Adds a file: it is an exhibit with a number at once."""
    found, form = _mine(ref), FileForm.sent()
    try:
        receive(
            request.files.get("file"), operation=add_file_to_request, reinstatement_ref=ref,
            description=form.description.data or "",
        )
    except (RuleBroken, Conflict) as error:
        refuse_file(form, error)
        return _page(found, AddingForm(), form), error.status
    return redirect(f"/reinstatements/{ref}#files", 303)


def open_file(ref: str, document: str) -> Response:
    """One's own file; also this opening is on record."""
    if document not in {shown.document.ref for shown in files_of(g.db, _mine(ref).id)}:
        raise NotFound
    return send_document(document, purpose=OpenedFor.OWN)


def withdraw(ref: str) -> Any:
    """Takes the request back."""
    _mine(ref)
    perform(withdraw_request, reinstatement_ref=ref)
    return redirect(f"/reinstatements/{ref}", 303)


def _page(found: Reinstatement, form: AddingForm, file_form: FileForm) -> str:
    messages, files = said_in(g.db, found.id), files_of(g.db, found.id)
    asked = [one for one in messages if one.kind == ReinstatementWord.ASKED]
    action, me = g.db.get_one(Action, found.action_id), guard.person().id
    return render_template(
        "person/reinstatement.html", current="me", row=found, action=action, messages=messages, form=form, files=files,
        file_form=file_form, errors=[*form.summary, *file_form.summary], live=found.state in LIVE, most=MOST_TEXT,
        openings=opened_by_us(g.db, [one.document.ref for one in files]), record=decision_record(g.db, found.id),
        state=STATES[ReinstatementState(found.state)], accept=ACCEPT, megabytes=LARGEST_FILE // MEGABYTE,
        question=asked[-1] if asked and found.state == ReinstatementState.WAITING else None, safety=is_safety(g.db, action),
        by=None if found.person_id == me else person_by_id(g.db, found.person_id).name, conditions=CONDITIONS,
        takes_back=may_take_back(g.db, found, me),
        again=asking(g.db, action, g.now), others=others_of(found.account_id),
    )
