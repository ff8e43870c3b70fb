"""An appeal as its person reads it: the receipt, where it stands, what was said, adding, withdrawing, and our answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template
from wtforms import TextAreaField

from portal.accounts.queries import people_ever_of, person_by_id
from portal.appeals.complaints import newest_report
from portal.appeals.mentions import mention_of
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealMessage, AppealState, AppealWord
from portal.appeals.money import about_money_alone
from portal.appeals.operations import (
    add_to_appeal,
    ask_pause,
    attach_to_appeal,
    keep_to_oneself,
    mention_appeal,
    withdraw_appeal,
    withdraw_complaint,
)
from portal.appeals.own import require_reads_appeal
from portal.appeals.pauses import if_late, pausing
from portal.appeals.pausing import DRAFT_FORM, WHY_NOT
from portal.appeals.queries import Shown, appeal_by_ref, files_of, filing, grounds_of, messages_of
from portal.appeals.rules import MOST_TEXT
from portal.cases.drawing import a_lead_has
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.documents.models import OpenedFor
from portal.enforcement.ends_first import ends_first
from portal.enforcement.models import Action
from portal.enforcement.queries import owner_zone, rule_of, standing, statement_of
from portal.enforcement.succession import superseded_by
from portal.web.person import complaints, drafts, evidence, new_appeal, sent, withheld
from portal.web.person.files import FileForm
from portal.web.person.reading import mark_opened
from portal.web.person.redress import overdue
from portal.web.person.scope import about, require_in_session
from portal.web.person.sending import carry_out
from portal.web.person.sent import AddingForm, add_words
from portal.web.shell import guard, letter
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.files import send_document
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.uploads import takes_files

MORE = "appeal_more"
WAITS_FOR = (N_("We wait for an answer to our question"), "hold")
"""Whose answer it is, and until when, stands above it."""
STATES = {
    AppealState.FILED: (N_("Received"), "hold"),
    AppealState.IN_REVIEW: (N_("Being read"), "hold"),
    AppealState.WAITING: WAITS_FOR,
    AppealState.DECIDED: (N_("Answered"), "good"),
    AppealState.WITHDRAWN: (N_("Withdrawn"), "calm"),
    AppealState.INADMISSIBLE: (N_("Not taken"), "calm"),
}
OUTCOMES = {
    "upheld": (N_("The decision stands"), "hold"),
    "partially_reversed": (N_("The decision is changed"), "good"),
    "reversed": (N_("The decision is overturned"), "good"),
}


class PauseForm(PortalForm):
    """That the decision waits until the appeal is answered; why, if somebody likes."""

    why = TextAreaField(N_("Why it should wait"), [Storable(MOST_TEXT)])


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    drafts.of_page(MORE, _mine)
    drafts.of_page(DRAFT_FORM, _mine)
    blueprint.add_url_rule("/appeals/<ref>/pause", "ask_pause", write(pause), methods=["POST"])
    blueprint.add_url_rule("/appeals/<ref>/mention", "mention_appeal", write(mention), methods=["POST"])
    blueprint.add_url_rule("/appeals/<ref>/unmention", "unmention_appeal", write(unmention), methods=["POST"])
    new_appeal.add_routes(blueprint)
    withheld.add_routes(blueprint)
    blueprint.add_url_rule("/appeals/<ref>", "appeal", see(show))
    blueprint.add_url_rule("/appeals/<ref>", "add_to_appeal", write(add), methods=["POST"])
    blueprint.add_url_rule("/appeals/<ref>/files", "add_appeal_file", write(takes_files(add_file)), methods=["POST"])
    blueprint.add_url_rule("/appeals/<ref>/files/<document>", "appeal_file", see(open_file))
    blueprint.add_url_rule("/appeals/<ref>/withdraw", "withdraw_appeal", write(withdraw), methods=["POST"])


def show(ref: str) -> Any:
    """The receipt and where it stands; a draft leads to its form."""
    appeal = _mine(ref)
    if appeal.state == AppealState.DRAFT and appeal.kind == AppealKind.INACTION:
        return redirect(f"/reports/{newest_report(g.db, appeal).ref}/complaint")
    if appeal.state == AppealState.DRAFT:
        return redirect(f"/appeals/new?action={g.db.get_one(Action, appeal.action_id).ref}")
    mark_opened(ref)
    return _page(appeal, AddingForm(data=drafts.kept(MORE, ref)), FileForm())


def add(ref: str) -> Any:
    """Puts more of the person's words on record, or keeps them as a draft."""
    appeal = _mine(ref)
    return add_words(appeal, partial(_page, appeal), MORE, add_to_appeal, appeal_ref=ref)


def pause(ref: str) -> Any:
    """Asks that the decision waits until the appeal is answered, or keeps why as a draft. Errors: `NotFound`."""
    appeal, form = _mine(ref), PauseForm.sent()
    if appeal.kind != AppealKind.ACTION:
        raise NotFound
    if drafts.pressed():
        status = drafts.keep_typed(form, DRAFT_FORM, ref)
        return _page(appeal, AddingForm(), FileForm(), form), status
    done, status = carry_out(form, ask_pause, lambda: {"appeal_ref": ref, "why": form.why.data or ""})
    if done is None:
        return _page(appeal, AddingForm(), FileForm(), form), status
    return redirect(f"/appeals/{ref}#pause", 303)


def mention(ref: str) -> Any:
    """Has it said outside that the appeal is pending."""
    perform(mention_appeal, appeal_ref=_mine(ref).ref)
    return redirect(f"/appeals/{ref}#mention", 303)


def unmention(ref: str) -> Any:
    """Has nothing more said of it."""
    perform(keep_to_oneself, appeal_ref=_mine(ref).ref)
    return redirect(f"/appeals/{ref}#mention", 303)


def add_file(ref: str) -> Any:
    """Adds a file: it is an exhibit with a number at once."""
    appeal = _mine(ref)
    return sent.add_file(appeal, partial(_page, appeal), attach_to_appeal, appeal_ref=ref)


def open_file(ref: str, document: str) -> Response:
    """One's own file; also this opening is on record."""
    appeal = _mine(ref)
    if document not in {shown.document.ref for shown in files_of(g.db, appeal.id)}:
        raise NotFound
    return send_document(document, purpose=OpenedFor.OWN)


def withdraw(ref: str) -> Any:
    """Takes the appeal back; within the window it can be sent again."""
    ordinary = _mine(ref).kind == AppealKind.ACTION
    perform(withdraw_appeal if ordinary else withdraw_complaint, appeal_ref=ref)
    return redirect(f"/appeals/{ref}", 303)


def _mine(ref: str) -> Appeal:
    """Errors: `NotFound` for anyone else's, another member's, and in a link's session for another case."""
    appeal = appeal_by_ref(g.db, ref)
    require_reads_appeal(g.db, appeal, guard.person().id)
    require_in_session(appeal.case_id)
    about(appeal.account_id)
    return appeal


def _page(appeal: Appeal, form: AddingForm, file_form: FileForm, pause_form: PauseForm | None = None) -> str:
    if appeal.kind == AppealKind.INACTION:
        return complaints.page_of(appeal, form, file_form)
    if appeal.kind == AppealKind.WITHHELD:
        return withheld.page_of(appeal, form)
    action, anew = g.db.get_one(Action, appeal.action_id), evidence.beside(appeal)
    messages, in_effect = messages_of(g.db, appeal.id), standing(g.db, appeal.account_id, g.now, action.member_id)
    theirs = {one.id for one in people_ever_of(g.db, appeal.account_id)} | {appeal.person_id}
    ours = {one.id for one in messages if one.kind == AppealWord.ASKED or one.person_id not in theirs}
    rule = rule_of(g.db, action)
    effect = letter.effect_of(action, g.now, in_effect=action.id in {one.id for one in in_effect.actions},
                              superseded=superseded_by(g.db, action) is not None)
    due = appeal.answer_by or g.now
    files, asking = _files(appeal), pause_form or PauseForm(data=drafts.kept(DRAFT_FORM, appeal.ref))
    return render_template(
        "person/appeal.html", appeal=appeal, action=action, safety=rule is not None and rule.data.safety,
        form=form, file_form=file_form, pause_form=asking, **sent.shown(appeal, messages, files),
        errors=[*form.summary, *file_form.summary, *asking.summary], **_pausing(appeal), before=_before(action, files),
        grounds=grounds_of(g.db, appeal), state=_state(appeal), money_alone=about_money_alone(g.db, appeal),
        ends_at=_instant(anew["record"], "ends_at"), ours=ours, paused=effect == "paused",
        overdue=appeal.state in LIVE and overdue(appeal), lead=a_lead_has(g.db, appeal.ref, appeal.item_kind),
        opened_by_us=_opened_by_us(messages, ours), if_late=if_late(g.db, action, due),
        ends_first=ends_first(g.db, action, g.now, due), zone=owner_zone(g.db, action.account_id),
        again=filing(g.db, action, guard.person().id, g.now), standing=in_effect, by=_by(appeal, messages, ours),
        mention=mention_of(g.db, appeal), **anew,
    )


def _files(appeal: Appeal) -> list[Shown]:
    """Its files; of one that is decided what was sent: what is added for the next time is on the page of that."""
    files = files_of(g.db, appeal.id)
    return [one for one in files if one.exhibit is not None] if appeal.state == AppealState.DECIDED else files


def _by(appeal: Appeal, messages: list[AppealMessage], ours: set[UUID]) -> str | None:
    """Who else of the account sent it; nobody where the reader did, or where we opened it ourselves."""
    mine = appeal.person_id == guard.person().id or _opened_by_us(messages, ours)
    return None if mine else person_by_id(g.db, appeal.person_id).name


def _pausing(appeal: Appeal) -> dict[str, Any]:
    """What was asked of a pause, and in words why none can be asked for."""
    found = pausing(g.db, appeal, g.now)
    return {"pausing": found, "pause_words": lang().gettext(WHY_NOT[found.why_not]) if found.why_not else ""}


def _before(action: Action, files: list[Shown]) -> str:
    """Where the numbers before the person's first exhibit are: they run through the whole case."""
    first = min((one.exhibit.number for one in files if one.exhibit), default=1)
    cited = statement_of(g.db, action.ref)[0] or {}
    numbers = [str(one["number"]) for one in cited.get("exhibits", []) if one["number"] < first]
    if first > 1 and not numbers:
        return lang().gettext("Exhibits are numbered through the whole case, so yours begin at %(n)s.", n=first)
    return lang().ngettext(
        "Exhibit %(numbers)s is in our decision.", "Exhibits %(numbers)s are in our decision.", len(numbers),
        numbers=", ".join(numbers),
    ) if numbers else ""


def _opened_by_us(messages: list[AppealMessage], ours: set[UUID]) -> bool:
    """Whether what is being looked at now was begun by us: the newest filing is in our words."""
    filed = [one for one in messages if one.kind == AppealWord.FILED]
    return bool(filed and filed[-1].id in ours)


def _state(appeal: Appeal) -> tuple[str, str]:
    return OUTCOMES[appeal.outcome] if appeal.outcome else STATES[AppealState(appeal.state)]


def _instant(record: dict[str, Any] | None, name: str) -> datetime | None:
    text = (record or {}).get(name)
    return datetime.fromisoformat(text) if text else None
