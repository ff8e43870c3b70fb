"""Answering what a person sent for an identity check: the history, the documents opened on record, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.queries import handle_of, people_of
from portal.cases.models import WorkItem
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission, Role, may
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_, language
from portal.core.work import Operation
from portal.documents.models import Document
from portal.documents.queries import document_by_ref, openings_of
from portal.enforcement.awaited_ending import resting_on
from portal.enforcement.queries import owner_zone
from portal.notices.operations import Text
from portal.rulebook.queries import same_clause_in
from portal.verification import messages
from portal.verification.holding import why_not_theirs
from portal.verification.models import Item
from portal.verification.operations import finish_talk, review_item, take_review, withdraw_request
from portal.verification.queries import WAITING_FOR_PERSON, WAITING_FOR_US, ItemView, item_by_ref, view_of
from portal.verification.reviewing import opened_since
from portal.verification.rules import CODES, KINDS, MOST_WORDS, NEW_REASONS
from portal.verification.telling import check_of
from portal.web.desk import identity_asking, words
from portal.web.desk.identity_forms import ReasonForm, ReviewForm, TalkForm
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.files import send_document
from portal.web.shell.forms import PortalForm, sent_version
from portal.web.shell.guard import allow
from portal.web.shell.resting import resting_in_words

STATES = {
    "open": (N_("waiting for the person"), "calm"), "submitted": (N_("waits for our answer"), "hold"),
    "in_review": (N_("in work"), "hold"), "accepted": (N_("accepted"), "good"),
    "rejected": (N_("turned down, waiting for the person"), "calm"), "withdrawn": (N_("taken back"), "calm"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the newest submission, and whether this reviewer has opened it."""

    document: Document
    opened: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """The work items of a check that are still open: the answer, and the talk after the tries."""

    answer: WorkItem | None
    talk: WorkItem | None


def add_routes(blueprint: Blueprint) -> None:
    see, work, answer = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), allow(Permission.REVIEW_IDENTITY)
    identity_asking.add_routes(blueprint)
    blueprint.add_url_rule("/desk/identity/<ref>", "identity", see(show))
    blueprint.add_url_rule("/desk/identity/<ref>", "identity_answer", answer(decide), methods=["POST"])
    blueprint.add_url_rule("/desk/identity/<ref>/take", "identity_take", work(take), methods=["POST"])
    blueprint.add_url_rule("/desk/identity/<ref>/withdraw", "identity_withdraw", work(withdraw), methods=["POST"])
    blueprint.add_url_rule("/desk/identity/<ref>/talk", "identity_talk", answer(talk), methods=["POST"])
    blueprint.add_url_rule("/desk/identity/<ref>/documents/<document>", "identity_document", work(open_paper))


def show(ref: str) -> Any:
    return _page(ref)


def take(ref: str) -> Any:
    """Takes the answer; when somebody else was faster, the page says so."""
    return _done(ref, ReviewForm(), take_review, version=sent_version())


def decide(ref: str) -> Any:
    """Gives the answer, or shows what the person will read."""
    form = ReviewForm.sent()
    if not form.validate():
        return _page(ref, review=form, status=422)
    if request.form.get("go") != "send":
        return _page(ref, review=form, looking=True)
    try:
        fingerprint = form.fingerprint(guard.office().keyring)
    except RuleBroken as error:
        form.refuse(error)
        return _page(ref, review=form, status=error.status)
    return _done(
        ref, form, review_item, version=sent_version(), outcome=form.outcome.data, fingerprint=fingerprint,
        code=form.code.data or "", what_to_fix=form.what_to_fix.data or "", alternatives=form.alternatives.data or "",
        accepted_until=form.until,
    )


def withdraw(ref: str) -> Any:
    form = ReasonForm.sent()
    if not form.validate():
        return _page(ref, reason=form, status=422)
    return _done(ref, form, withdraw_request, reason=form.reason.data)


def talk(ref: str) -> Any:
    form = TalkForm.sent()
    if not form.validate():
        return _page(ref, talked=form, status=422)
    return _done(ref, form, finish_talk, found=form.found.data)


def _done(ref: str, form: PortalForm, operation: Operation, **args: Any) -> Any:
    """Performs one step and shows the check again; what is refused stands at its field, with everything typed kept."""
    try:
        perform(operation, item_ref=ref, **args)
    except (RuleBroken, Conflict, NotAllowed) as error:
        form.refuse(error)
        kept = {ReviewForm: "review", ReasonForm: "reason", TalkForm: "talked"}[type(form)]
        return _page(ref, status=error.status, **{kept: form})
    return redirect(f"/desk/identity/{ref}", 303)


def open_paper(ref: str, document: str) -> Any:
    """One document that was sent: its opening is on record, and the person sees it, before a byte is served.

    Only for whoever answers it now: having asked for it, or having the case, opens nobody's passport.
    """
    view = view_of(g.db, item_by_ref(g.db, ref))
    if document not in {one for sent in view.sent for one in sent.documents}:
        raise NotFound
    file = case_file(g.db, view.newest.case_ref) if view.newest else None
    line = _lines(file, view.item).answer if file else None
    if line is None or line.assignee_id != guard.person().id:
        raise NotAllowed("not_in_hand", N_("Take this check first. Then you can open what was sent."))
    return send_document(document, purpose="identity")


def _page(
    ref: str, *, review: ReviewForm | None = None, reason: ReasonForm | None = None, talked: TalkForm | None = None,
    looking: bool = False, status: int = 200,
) -> Any:
    view = view_of(g.db, item_by_ref(g.db, ref))
    newest = view.newest
    if newest is None:
        raise NotFound
    require_reach(newest.case_ref, ref)
    file, form = case_file(g.db, newest.case_ref), review or ReviewForm()
    lines, forms = _lines(file, view.item), [one for one in (review, reason, talked) if one]
    return render_template(
        "desk/identity.html", current="queue", view=view, newest=newest, file=file, kinds=KINDS, codes=CODES,
        reasons=NEW_REASONS, most=MOST_WORDS, review=form, reason=reason or ReasonForm(), talked=talked or TalkForm(),
        errors=[error for one in forms for error in one.summary], papers=_papers(view), lines=lines,
        clause=same_clause_in(g.db, newest.clause, lang().code) or newest.clause, **_mine(file, view, lines),
        resting=resting_in_words(view.item.ref),
        mail=_preview(view, file, form) if looking else None, zone=owner_zone(g.db, view.item.account_id),
        handles={one.request.id: handle_of(g.db, one.request.asked_by_id) for one in view.asked},
        deciders={one.review.id: handle_of(g.db, one.review.decided_by_id) for one in view.sent if one.review},
    ), status


def _lines(file: CaseFile, item: Item) -> Lines:
    found = {line.kind: line for line in file.items if line.subject_ref == item.ref}
    return Lines(found.get("identity"), found.get("identity_talk"))


def _mine(file: CaseFile, view: ItemView, lines: Lines) -> dict[str, Any]:
    """What this member of staff can do with it now."""
    me, actor, line = guard.person().id, guard.actor(), lines.answer
    works = may(actor, Permission.WORK_CASE)
    due = words.due(lang(), line.due_at, g.now, reader_zone()) if line else None
    state = STATES[view.item.state]
    return {
        "due": due, "state": (lang().gettext(state[0]), state[1]), "mine": line is not None and line.assignee_id == me,
        "can_work": works, "free": works and line is not None and line.assignee_id is None,
        "can_withdraw": works and view.item.state in (*WAITING_FOR_PERSON, *WAITING_FOR_US)
        and why_not_theirs(g.db, actor, file.case, view) is None,
        "can_talk": lines.talk is not None and Role.LEAD in actor.roles and lines.talk.assignee_id in (None, me),
    }


def _papers(view: ItemView) -> list[Paper]:
    """The documents of the newest submission."""
    handle = guard.actor().handle or ""
    sent = view.last
    return [
        Paper(document_by_ref(g.db, ref), opened_since(openings_of(g.db, ref), handle, sent.submission.sent_at))
        for ref in sent.documents
    ] if sent else []


def _preview(view: ItemView, file: CaseFile, form: ReviewForm) -> Text | None:
    """The notice exactly as the person would get it, made by the function that sends it."""
    people = people_of(g.db, file.about.id)
    rejects = form.outcome.data == "rejected" and form.code.data in CODES
    if not people or view.newest is None or not rejects:
        return None
    check = check_of(view.item, view.newest)
    rests = [action.ref for action, _rows in resting_on(g.db, view.item.ref, g.now)]
    text = messages.rejected(
        check, form.code.data, form.what_to_fix.data or "", form.alternatives.data or "", talk=False, rests=rests
    )
    return text(language(people[0].language), people[0])
