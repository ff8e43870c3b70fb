"""Danger and need at the desk: what somebody told us, what can help at once, and the answer in words that they alone read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.models import Person
from portal.accounts.queries import handle_of, people_by_id
from portal.cases.hands import require_reader
from portal.cases.models import Case, WorkItem
from portal.cases.need_models import Need, NeedMessage, NeedWord
from portal.cases.queries import CaseFile, case_file
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, Refusal, RuleBroken
from portal.core.i18n import N_, language
from portal.enforcement.need_messages import answered_text
from portal.enforcement.needing import ANSWER_FORM, MOST, answer_need
from portal.enforcement.needs import Relief, need_by_ref, need_of_case, relief, said_in_need
from portal.notices.operations import Text
from portal.web.desk import words
from portal.web.desk.handing import HandOverForm, hand_over_form
from portal.web.desk.history import Entry, history
from portal.web.desk.queue import holders
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.drafts import Drafts
from portal.web.shell.forms import Needed, PortalForm, Storable, sent_version
from portal.web.shell.guard import allow

DRAFTS = Drafts(ANSWER_FORM, "/desk/needs")
REFUSED = (RuleBroken, Conflict, NotAllowed)


class NeedAnswerForm(PortalForm):
    """Our answer, in words."""

    answer = TextAreaField(N_("Your answer"), [Needed(N_("Write your answer.")), Storable(MOST)])


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one need. `file`, `handing`: for a lead who gives it to somebody else."""

    need: Need
    file: CaseFile
    writer: Person
    said: list[tuple[NeedMessage, str, list[str]]]
    item: WorkItem | None
    holder: str
    mine: bool
    can: bool
    relief: Relief
    moments: list[Entry]
    handing: HandOverForm | None


def add_routes(blueprint: Blueprint) -> None:
    see, work = allow(Permission.READ_DESK), allow(Permission.WORK_CASE)
    blueprint.add_url_rule("/desk/needs/<ref>", "need", see(show))
    blueprint.add_url_rule("/desk/needs/<ref>", "need_answer", work(answer), methods=["POST"])
    blueprint.add_url_rule("/desk/needs/<ref>/keep", "need_keep", work(keep), methods=["POST"])


def in_case(case: Case) -> str | None:
    """The reference of what somebody needs, where a case is about that: it has no page of its own."""
    need = need_of_case(g.db, case.id) if case.hardship else None
    return need.ref if need is not None else None


def page_of(ref: str, errors: list[tuple[str, str]], status: int) -> tuple[str, int]:
    """The page, with what could not be done on top."""
    return _render(read_page(ref), NeedAnswerForm(), status, errors=errors)


def read_page(ref: str) -> Page:
    """Errors: `NotFound`, `OutOfReach`."""
    need = need_by_ref(g.db, ref)
    case, me = g.db.get_one(Case, need.case_id), guard.person().id
    require_reader(g.db, guard.actor(), case.ref, ref if need.answer_by else "")
    file, said = case_file(g.db, case.ref), said_in_need(g.db, need.id)
    people = people_by_id(g.db, {one.person_id for one in said})
    item = next((one for one in file.items if one.kind == "need"), None)
    held = item.assignee_id if item is not None else None
    return Page(
        need=need, file=file, writer=people[need.person_id], item=item, holder=holders([held], me)[held] if item else "",
        said=[(one, handle_of(g.db, one.person_id) if one.kind == NeedWord.ANSWERED else people[one.person_id].name,
               [words.named("NeedKind", kind) for kind in one.what]) for one in said],
        mine=held in (None, me), can=may(guard.actor(), Permission.WORK_CASE), relief=relief(g.db, need.account_id, g.now),
        moments=history(case.ref), handing=hand_over_form(file),
    )


def show(ref: str) -> str:
    page = read_page(ref)
    return _render(page, NeedAnswerForm(data=DRAFTS.kept(ref)), 200)[0]


def answer(ref: str) -> Any:
    """Shows what the person will read, or answers with exactly that; what is refused stands at its field."""
    page, form = read_page(ref), NeedAnswerForm.sent()
    if not form.validate():
        return _render(page, form, 422)
    try:
        DRAFTS.store(ref)
        if request.form.get("go") != "answer":
            return _render(page, form, 200, seen=_ahead(page, form))
        perform(answer_need, need_ref=ref, version=sent_version(), answer=form.answer.data)
    except REFUSED as error:
        return _refused(ref, form, error)
    return redirect(f"/desk/needs/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far."""
    read_page(ref)
    return DRAFTS.answered(ref)


def _ahead(page: Page, form: NeedAnswerForm) -> Text:
    """Made by the function that the answer uses, in the language of whoever reads it."""
    compose = answered_text(page.need.ref, form.answer.data or "", guard.actor().handle or "")
    return compose(language(page.writer.language), page.writer)


def _refused(ref: str, form: NeedAnswerForm, error: Refusal) -> Any:
    """The page as it is now: what came in meanwhile is there to be read, and what was typed is kept."""
    DRAFTS.refuse(ref, form, error)
    g.db.rollback()  # this request began to read before that
    return _render(read_page(ref), form, error.status)


def _render(
    page: Page, form: NeedAnswerForm, status: int, seen: Text | None = None, errors: list[tuple[str, str]] | None = None
) -> tuple[str, int]:
    return render_template(
        "desk/need.html", current="queue", page=page, form=form, seen=seen, words=words, errors=errors or form.summary
    ), status
