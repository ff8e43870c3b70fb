"""Opening a decided appeal again on new evidence: told beforehand whether and until when; files, words, sent once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import FileField, StringField, TextAreaField

from portal.appeals.evidence import answers_of, new_files, reopenings_of, way_again
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealState
from portal.appeals.operations import attach_evidence, remove_evidence, reopen_appeal
from portal.appeals.own import require_reads_appeal
from portal.appeals.queries import appeal_by_ref, files_of
from portal.appeals.reopen import DRAFT_FORM, WHY_NOT
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.documents.rules import ACCEPT, LARGEST_FILE, LONGEST_DESCRIPTION, MEGABYTE, MOST_FOR_ONE_THING
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.web.person import drafts, files
from portal.web.person.quoting import in_my_language
from portal.web.person.scope import about, require_in_session
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised
from portal.web.shell.uploads import takes_files

WORDS = ("why", "body", "late_reason")


class EvidenceForm(PortalForm):
    """What is new and why it comes only now, what it shows, and the files themselves."""

    why = TextAreaField(N_("What is new, and why could you not send it before?"), [
        Needed(N_("Say what is new, and why you could not send it before.")), Storable(MOST_TEXT),
    ])
    body = TextAreaField(
        N_("What does it show?"), [Needed(N_("Say what it shows about our decision.")), Storable(MOST_TEXT)]
    )
    late_reason = TextAreaField(N_("Why do you come only now?"), [Storable(MOST_TEXT)])
    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.ANSWER_IN_CASE)
    drafts.of_page(DRAFT_FORM, _mine)
    blueprint.add_url_rule("/appeals/<ref>/again", "reopen_appeal", write(show))
    blueprint.add_url_rule("/appeals/<ref>/again", "send_evidence", write(takes_files(send)), methods=["POST"])


def beside(appeal: Appeal) -> dict[str, Any]:
    """What the page of an appeal says of its answers, the newest first, and of opening it again.

    `record`: the answer that counts now; `earlier`: the others; `reopenings`: what was said to be new, by what was filed with it;
    `new`: the files that we had not seen when we answered last; `begun`: whether something waits to be sent.
    """
    answers, listed, opened = answers_of(g.db, appeal.id), files_of(g.db, appeal.id), reopenings_of(g.db, appeal.id)
    live = appeal.state in LIVE
    unsent = appeal.state == AppealState.DECIDED and any(one.exhibit is None for one in listed)
    return {
        "record": answers[0].record if answers and not live else None, "earlier": answers if live else answers[1:],
        "decided_at": answers[0].row.created_at if answers else None, "reopenings": {one.message_id: one for one in opened},
        "opened": next((one for one in opened if one.ended_at is None), None),
        "anew": way_again(g.db, appeal, guard.person().id, g.now),
        "new": {one.document.ref for one in new_files(g.db, appeal)} if live else set(),
        "begun": unsent or any(drafts.kept(DRAFT_FORM, appeal.ref).values()),
    }


def _mine(ref: str) -> Appeal:
    """Errors: `owners_only` for members who do not read it; `NotFound` for anyone else's, for what is about no decision, and in a
    link's session for another case."""
    appeal = appeal_by_ref(g.db, ref)
    require_reads_appeal(g.db, appeal, guard.person().id)
    require_in_session(appeal.case_id)
    if appeal.kind != AppealKind.ACTION:
        raise NotFound
    about(appeal.account_id)
    return appeal


def show(ref: str) -> Any:
    """Whether and until when; then the form with everything that was typed before. One that waits leads to its page."""
    appeal = _mine(ref)
    if appeal.state in LIVE:
        return redirect(f"/appeals/{ref}")
    kept = drafts.kept(DRAFT_FORM, ref)
    return _page(appeal, EvidenceForm(data={name: kept.get(name, "") for name in WORDS}))


def send(ref: str) -> Any:
    """One form with several buttons: add a file, take one away, send. The words are kept each time."""
    appeal, form = _mine(ref), EvidenceForm.sent()
    other = files.other_button(form, (DRAFT_FORM, ref), attach_evidence, remove_evidence, appeal_ref=ref)
    if other is not None:
        return redirect(f"/appeals/{ref}/again#files", 303) if other == 303 else (_page(appeal, form), other)
    done, status = carry_out(form, reopen_appeal, lambda: {
        "appeal_ref": ref, "why": form.why.data, "body": form.body.data, "late_reason": form.late_reason.data or "",
    })
    if done is None:
        return _page(_mine(ref), form), status
    return redirect(f"/appeals/{ref}", 303)


def _page(appeal: Appeal, form: EvidenceForm) -> str:
    found, action = way_again(g.db, appeal, guard.person().id, g.now), g.db.get_one(Action, appeal.action_id)
    new = {one.document.ref for one in new_files(g.db, appeal)}
    return render_template(
        "person/evidence_form.html", current="me", appeal=appeal, found=found, action=action, form=form, errors=form.summary,
        why=lang().gettext(WHY_NOT[found.why_not]) if found.why_not else "", rule=in_my_language(rule_of(g.db, action)),
        files=[one for one in files_of(g.db, appeal.id) if one.exhibit is None],
        sent=[one for one in files_of(g.db, appeal.id) if one.exhibit is not None and one.document.ref in new], new=new,
        least=LEAST_BODY, most=MOST_TEXT, accept=ACCEPT, megabytes=LARGEST_FILE // MEGABYTE, most_files=MOST_FOR_ONE_THING,
        promised=promised()["appeal_answer"],
    )
