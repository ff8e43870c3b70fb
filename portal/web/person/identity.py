"""Identity checks as the person sees them: what we ask for and why, what was sent, what we said, until when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import handle_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.documents.queries import document_by_ref, documents_for, opened_by_us
from portal.documents.rules import ACCEPT, LARGEST_FILE, MEGABYTE
from portal.verification.models import ItemState
from portal.verification.operations import contest_rejection, submit_item
from portal.verification.queries import (
    WAITING_FOR_PERSON,
    WAITING_FOR_US,
    ItemView,
    cannot_contest,
    item_by_ref,
    items_of_account,
    subject_of,
    tries_before_a_talk,
    view_of,
)
from portal.verification.rules import CODES, KINDS, MOST_DOCUMENTS, MOST_WORDS, NEW_REASONS
from portal.web.person import drafts
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about, my_accounts, owns, require_in_session
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.files import send_document
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised
from portal.web.shell.replay import keep
from portal.web.shell.resting import resting_in_words
from portal.web.shell.stepping import step_up_page
from portal.web.shell.uploads import receive, take_back, takes_files

FORM = "identity"


class SendForm(PortalForm):
    """What goes with the documents; the file itself is read apart."""

    note = TextAreaField(N_("Something we should know about them"), [Storable(MOST_WORDS)])


class ContestForm(PortalForm):
    """Why what was turned down should do; somebody else looks at it."""

    why = TextAreaField(N_("Why it should do"), [Storable(MOST_WORDS)])


@dataclass(frozen=True, slots=True)
class Shown:
    """An identity check in words: the answer first."""

    view: ItemView
    what: str
    heading: str
    word: str
    tone: str
    first: str

    @property
    def ref(self) -> str:
        return self.view.item.ref

    @property
    def to_send(self) -> bool:
        return self.view.item.state in WAITING_FOR_PERSON


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    blueprint.add_url_rule("/me/identity", "identity", see(overview))
    blueprint.add_url_rule("/me/identity/<ref>", "identity_item", see(show))
    blueprint.add_url_rule("/me/identity/<ref>", "identity_send", write(takes_files(send)), methods=["POST"])
    blueprint.add_url_rule("/me/identity/<ref>/contest", "identity_contest", write(contest), methods=["POST"])
    blueprint.add_url_rule("/me/identity/<ref>/remove", "identity_remove", write(remove), methods=["POST"])
    blueprint.add_url_rule("/me/identity/<ref>/receipts/<receipt>", "identity_receipt", see(show_receipt))
    blueprint.add_url_rule("/me/identity/<ref>/documents/<document>", "identity_document", see(open_own))


def overview() -> str:
    """Everything that we ever asked the person's accounts to show: what waits for them first, then the newest."""
    known = [in_words(view) for account in my_accounts() if owns(account.id) for view in _views(account)]
    shown = sorted(known, key=lambda one: not one.to_send)
    return render_template(
        "person/identity.html", current="me", shown=shown, reviewers=_reviewers(shown), errors=[], tries=_tries()
    )


def _tries() -> int:
    return promised()["identity_tries"].length


def _views(account: Account) -> list[ItemView]:
    return items_of_account(g.db, account.id, guard.actor().case_ref)


def _reviewers(shown: list[Shown]) -> dict[str, str]:
    """The handle of whoever asked, by item."""
    return {one.ref: handle_of(g.db, one.view.newest.request.asked_by_id) for one in shown if one.view.newest}


def in_words(view: ItemView) -> Shown:
    """The state of a check as its first sentences say it."""
    say, what = lang().gettext, lang().gettext(KINDS[view.item.kind])
    state = view.item.state
    if state in WAITING_FOR_US:
        return Shown(view, what, say("We have what you sent"), *_ours(view))
    if state == ItemState.ACCEPTED:
        return Shown(view, what, *_accepted(view))
    if state == ItemState.WITHDRAWN:
        first = say("You need to do nothing.")
        return Shown(view, what, say("We no longer ask you for this"), say("Taken back"), "calm", first)
    if state == ItemState.REJECTED and view.last and view.last.review:
        code = view.last.review.code
        first = lang().gettext(CODES[code]) if code in CODES else say("Below you read what was wrong and what to do.")
        return Shown(view, what, say("Please send something else"), say("Waiting for you"), "hold", first)
    first = say("Below you read which rule it rests on, what we need it for, and what you can send instead.")
    return Shown(view, what, say("We ask you to show us something"), say("Waiting for you"), "hold", first)


def _ours(view: ItemView) -> tuple[str, str, str]:
    say = lang().gettext
    day = lang().last_day(view.last.answer_by, reader_zone()) if view.last else ""
    if view.late:
        first = "We promised an answer by %(day)s and are late. Nothing that rests on this check applies any more."
        return say("We are late"), "stop", say(first, day=day)
    first = "You have our answer by the end of %(day)s. If we are late, what rests on this check no longer applies."
    return say("Waiting for us"), "calm", say(first, day=day)


def _accepted(view: ItemView) -> tuple[str, str, str, str]:
    say, until = lang().gettext, view.item.accepted_until
    day = lang().last_day(until, reader_zone()) if until else ""
    if view.holds(g.now):
        first = say("Until then we do not ask for it again without a new reason, which we would name with its rule.")
        return say("Accepted until the end of %(day)s", day=day), say("Accepted"), "good", first
    first = say("You need to do nothing. If we need it again, we ask you and say what for.")
    return say("What we accepted ended on %(day)s", day=day), say("Expired"), "calm", first


def _mine(ref: str) -> Shown:
    """Errors: `NotFound` for anyone but an owner of the account, and in a link's session for another case."""
    item = item_by_ref(g.db, ref)
    if item.asked_count == 0 or not owns(item.account_id):
        raise NotFound
    require_in_session(item.case_id)
    about(item.account_id)
    return in_words(view_of(g.db, item))


def show(ref: str) -> str:
    """One check; the first opening counts as having been informed."""
    shown = _mine(ref)
    mark_opened(ref)
    return _page(shown, SendForm(data=drafts.kept(FORM, ref)), [])


def send(ref: str) -> Any:
    """Takes a chosen file in; with the other button sends everything. What is typed is kept either way."""
    shown, form = _mine(ref), SendForm.sent()
    if not form.validate():
        return _page(shown, form, form.summary), 422
    drafts.store(FORM, ref, {"note": form.note.data or ""})
    try:
        _take_file(shown)
        if request.form.get("go") != "send":
            return redirect(f"/me/identity/{ref}#documents", 303)
        if not guard.actor().fresh(g.now):
            return step_up_page([], "", keep(files=False)), 403
        made = perform(submit_item, item_ref=ref, documents=_fresh_refs(shown), note=form.note.data or "")
    except (RuleBroken, Conflict) as error:
        if error.field == "file":
            return _page(shown, form, [("file", message_of(error))]), error.status
        form.refuse(error)
        return _page(shown, form, form.summary), error.status
    drafts.forget(FORM, ref)
    return redirect(f"/me/identity/{ref}/receipts/{made['receipt']}", 303)


def contest(ref: str) -> Any:
    """Asks that somebody else looks at what was turned down; what is refused stands at its field."""
    shown, form = _mine(ref), ContestForm.sent()
    done, status = carry_out(form, contest_rejection, lambda: {"item_ref": ref, "why": form.why.data or ""})
    if done is None:
        return _page(_mine(ref), SendForm(data=drafts.kept(FORM, ref)), form.summary, form), status
    return redirect(f"/me/identity/{shown.ref}/receipts/{done['receipt']}", 303)


def _take_file(shown: Shown) -> None:
    """Stores the chosen file; sending needs none when some are there. Errors: `no_file`, those of `uploads.receive`."""
    file = request.files.get("file")
    if file is None or not file.filename:
        if request.form.get("go") == "send":
            return
        raise RuleBroken("no_file", N_("Choose a file first."), field="file")
    receive(
        file, account_id=shown.view.item.account_id, case_ref=_case_ref(shown), subject_ref=subject_of(shown.view)
    )


def _case_ref(shown: Shown) -> str | None:
    return shown.view.newest.case_ref if shown.view.newest else None


def _uploaded(shown: Shown) -> list[Any]:
    return documents_for(g.db, shown.view.item.account_id, subject_of(shown.view))


def _fresh_refs(shown: Shown) -> list[str]:
    """What is uploaded for this submission by now, the file of this very request included."""
    with guard.office().database.read() as session:
        return [one.ref for one in documents_for(session, shown.view.item.account_id, subject_of(shown.view))]


def remove(ref: str) -> Any:
    """Takes back one uploaded document that was not sent yet."""
    shown, document = _mine(ref), request.form.get("document", "")[:24]
    if document not in {one.ref for one in _uploaded(shown)}:
        raise NotFound
    take_back(document, reason="removed before it was sent")
    return redirect(f"/me/identity/{ref}#documents", 303)


def show_receipt(ref: str, receipt: str) -> str:
    """The receipt of one submission, for as long as the record is kept."""
    shown = _mine(ref)
    sent = next((one for one in shown.view.sent if one.submission.ref == receipt), None)
    if sent is None:
        raise NotFound
    papers = [document_by_ref(g.db, one) for one in sent.documents]
    return render_template(
        "person/identity_receipt.html", current="me", shown=shown, sent=sent, papers=papers, codes=CODES, errors=[],
    )


def open_own(ref: str, document: str) -> Any:
    """The person's own document, as they sent it; that they opened it is on record too."""
    shown = _mine(ref)
    known = {one for sent in shown.view.sent for one in sent.documents} | {one.ref for one in _uploaded(shown)}
    if document not in known:
        raise NotFound
    return send_document(document, purpose="own")


def _page(shown: Shown, form: SendForm, errors: list[tuple[str, str]], contested: ContestForm | None = None) -> str:
    view, newest = shown.view, shown.view.newest
    assert newest is not None
    papers = {ref: document_by_ref(g.db, ref) for sent in view.sent for ref in sent.documents}
    return render_template(
        "person/identity_item.html", current="me", shown=shown, view=view, newest=newest, form=form, errors=errors,
        contest=contested or ContestForm(), why_not=cannot_contest(view), resting=resting_in_words(shown.ref), codes=CODES,
        reasons=NEW_REASONS, uploaded=_uploaded(shown), papers=papers, most=MOST_WORDS, accept=ACCEPT,
        openings=opened_by_us(g.db, papers), limit=LARGEST_FILE // MEGABYTE, many=MOST_DOCUMENTS,
        handles={one.request.id: handle_of(g.db, one.request.asked_by_id) for one in view.requests},
        fresh=guard.actor().fresh(g.now), tries=tries_before_a_talk(g.db, view, g.now), days=promised()["identity_review"].length,
    )
