"""Asking to come back after a termination: from when, what is said, files, and the page of a request with our answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from wtforms import FileField, StringField, TextAreaField

from portal.appeals.operations import (
    add_file_to_request,
    add_to_request,
    ask_to_come_back,
    attach_to_request,
    remove_request_file,
    withdraw_request,
)
from portal.appeals.queries import my_action as find_action
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_messages import CONDITIONS
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementState
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
from portal.cases.drawing import a_lead_has
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.documents.models import OpenedFor
from portal.documents.rules import ACCEPT, LARGEST_FILE, LONGEST_DESCRIPTION, MEGABYTE, MOST_FOR_ONE_THING
from portal.enforcement.members import require_reads
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.web.person import drafts, files, sent
from portal.web.person.appeals import WAITS_FOR
from portal.web.person.coming_back import asked_by, is_overdue
from portal.web.person.files import FileForm
from portal.web.person.quoting import in_my_language
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about, require_in_session
from portal.web.person.sending import carry_out
from portal.web.person.sent import AddingForm, add_words
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.files import send_document
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.uploads import takes_files

MORE = "reinstatement_more"
STATES = {
    ReinstatementState.FILED: (N_("Received"), "hold"), ReinstatementState.IN_REVIEW: (N_("Being read"), "hold"),
    ReinstatementState.WAITING: WAITS_FOR, ReinstatementState.GRANTED: (N_("You are back"), "good"),
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
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])


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
    action = find_action(g.db, ref, guard.person().id)
    require_in_session(action.case_id)
    about(action.account_id)
    return action


def _mine(ref: str) -> Reinstatement:
    """Errors: `NotFound` for anyone else's, another member's, and in a link's session for another case."""
    found = reinstatement_by_ref(g.db, ref)
    require_reads(g.db, g.db.get_one(Action, found.action_id), guard.person().id)
    require_in_session(found.case_id)
    about(found.account_id)
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
    found = asking(g.db, action, g.now)
    other = files.other_button(form, (DRAFT_FORM, action.ref), attach_to_request, remove_request_file, action_ref=action.ref)
    if other is not None:
        back = f"/reinstatements/new?action={action.ref}#files"
        return redirect(back, 303) if other == 303 else (_new(found, form), other)
    done, status = carry_out(form, ask_to_come_back, lambda: {
        "action_ref": action.ref, "happened": form.happened.data, "different": form.different.data,
    })
    if done is None:
        return _new(asking(g.db, _action(action.ref), g.now), form), status
    return redirect(f"/reinstatements/{done['reinstatement']}", 303)


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
    found = _mine(ref)
    return add_words(found, partial(_page, found), MORE, add_to_request, reinstatement_ref=ref)


def add_file(ref: str) -> Any:
    """Adds a file: it is an exhibit with a number at once."""
    found = _mine(ref)
    return sent.add_file(found, partial(_page, found), add_file_to_request, reinstatement_ref=ref)


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
    action = g.db.get_one(Action, found.action_id)
    return render_template(
        "person/reinstatement.html", row=found, action=action, form=form, file_form=file_form,
        **sent.shown(found, said_in(g.db, found.id), files_of(g.db, found.id)),
        errors=[*form.summary, *file_form.summary], record=decision_record(g.db, found.id),
        state=STATES[ReinstatementState(found.state)], safety=is_safety(g.db, action), conditions=CONDITIONS,
        by=asked_by(found), overdue=is_overdue(found), lead=a_lead_has(g.db, found.ref, found.item_kind),
        again=asking(g.db, action, g.now),
    )
