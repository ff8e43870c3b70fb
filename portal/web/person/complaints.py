"""A complaint that nothing was done about a report: whether it is possible, the words and files, and the page of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import FileField, StringField, TextAreaField

from portal.appeals.complaining import WHY_NOT
from portal.appeals.complaints import Complaining, complaining, newest_report, own_report
from portal.appeals.models import LIVE, Appeal, AppealState
from portal.appeals.operations import attach_to_complaint, file_complaint, remove_complaint_file
from portal.appeals.own import require_reads_appeal
from portal.appeals.queries import decision_of, files_of, messages_of
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.cases.drawing import a_lead_has
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.documents.rules import ACCEPT, LARGEST_FILE, LONGEST_DESCRIPTION, MEGABYTE, MOST_FOR_ONE_THING
from portal.web.person import drafts, files
from portal.web.person.sending import carry_out
from portal.web.person.sent import shown
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised
from portal.web.shell.uploads import takes_files

FORM = "complaint"
STATES = {
    AppealState.FILED: (N_("Received"), "hold"), AppealState.IN_REVIEW: (N_("Being read"), "hold"),
    AppealState.WAITING: (N_("Waiting for you"), "hold"), AppealState.WITHDRAWN: (N_("Withdrawn"), "calm"),
    AppealState.INADMISSIBLE: (N_("Not taken"), "calm"),
}
OUTCOMES = {"upheld": (N_("It stays closed"), "calm"), "reversed": (N_("Open again"), "good")}


class ComplaintForm(PortalForm):
    """What we did not see, in the person's own words, and files that show it."""

    body = TextAreaField(
        N_("What did we not see?"), [Needed(N_("Say in your own words what we did not see.")), Storable(MOST_TEXT)]
    )
    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.REPORT)
    blueprint.add_url_rule("/reports/<ref>/complaint", "new_complaint", write(show))
    blueprint.add_url_rule("/reports/<ref>/complaint", "send_complaint", write(takes_files(send)), methods=["POST"])


def way(ref: str, *, missing: bool = False) -> Complaining | None:
    """Whether the signed-in person can complain about what became of a report of theirs. Errors: `NotFound`.

    `missing`: it may be in no case, because nobody could be found; there is no complaint then.
    """
    try:
        report = own_report(g.db, ref, guard.actor().account_ids, guard.person().id)
    except NotFound:
        if missing:
            return None
        raise
    return complaining(g.db, report, guard.person().id, g.now)


def show(ref: str) -> Any:
    """Whether a complaint is possible and until when; then the form with everything that was typed before."""
    found = _found(ref)
    if found.appeal is not None and (found.appeal.state in LIVE or found.why_not == "answered"):
        return redirect(f"/appeals/{found.appeal.ref}")
    return _page(found, ComplaintForm(data={"body": drafts.kept(FORM, ref).get("body", "")}))


def send(ref: str) -> Any:
    """One form with several buttons: add a file, take one away, send. The words are kept each time."""
    found, form = _found(ref), ComplaintForm.sent()
    other = files.other_button(form, (FORM, ref), attach_to_complaint, remove_complaint_file, report_ref=ref)
    if other is not None:
        return redirect(f"/reports/{ref}/complaint#files", 303) if other == 303 else (_page(found, form), other)
    done, status = carry_out(form, file_complaint, lambda: {"report_ref": ref, "body": form.body.data})
    if done is None:
        return _page(_found(ref), form), status
    return redirect(f"/appeals/{done['appeal']}", 303)


def _found(ref: str) -> Complaining:
    """Errors: `NotFound` for another's report, and for one that was not answered so; `owners_only` for a complaint of another
    member of the account."""
    found = way(ref)
    if found is None:
        raise NotFound
    if found.appeal is not None:
        require_reads_appeal(g.db, found.appeal, guard.person().id)
    return found


def _page(found: Complaining, form: ComplaintForm) -> str:
    why = lang().gettext(WHY_NOT[found.why_not]) if found.why_not else ""
    return render_template(
        "person/complaint_form.html", current="me", found=found, form=form, errors=form.summary, why=why, least=LEAST_BODY,
        files=files_of(g.db, found.appeal.id) if found.appeal else [], most=MOST_TEXT, accept=ACCEPT,
        megabytes=LARGEST_FILE // MEGABYTE, most_files=MOST_FOR_ONE_THING,
        promised=promised()["appeal_answer"],
    )


def page_of(appeal: Appeal, form: Any, file_form: Any) -> str:
    """A complaint that was sent: the receipt, where it stands, what was said, and our answer."""
    decided, report = decision_of(g.db, appeal.id), newest_report(g.db, appeal)
    return render_template(
        "person/complaint.html", appeal=appeal, report=report, form=form, file_form=file_form,
        **shown(appeal, messages_of(g.db, appeal.id), files_of(g.db, appeal.id)),
        errors=[*form.summary, *file_form.summary], record=decided[0] if decided else None,
        state=OUTCOMES[appeal.outcome] if appeal.outcome else STATES[AppealState(appeal.state)],
        lead=a_lead_has(g.db, appeal.ref, appeal.item_kind), again=complaining(g.db, report, guard.person().id, g.now),
    )
