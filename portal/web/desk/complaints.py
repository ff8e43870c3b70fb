"""A complaint at the desk: what was reported, how the case was closed and why, and the answer: it stands, or is open again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from wtforms import RadioField, StringField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.complaint_messages import complaint_answered_text
from portal.appeals.complaints import closing_of, newest_report
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealMessage, AppealOutcome
from portal.appeals.operations import ask_appellant, begin_review, decide_complaint, draw_again, keep_answer
from portal.appeals.queries import Shown, appeal_by_ref, decision_of, files_of, had_a_part, item_of, messages_of, zone_of
from portal.appeals.reviewing import ANSWER_FORM
from portal.appeals.rules import MOST_TEXT, Weight
from portal.cases.closing import rules_of_closing
from portal.cases.models import Case, Closing, Report, WorkItem
from portal.cases.queries import reports_of
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_, language
from portal.documents.models import OpenedFor
from portal.documents.queries import ShownExhibit, shown_exhibits, unopened_exhibits
from portal.enforcement.queries import people_by_account
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.desk import words
from portal.web.desk.appeal_forms import AskingForm, DrawingForm
from portal.web.desk.history import Entry, history
from portal.web.desk.reach import require_reach
from portal.web.shell import drafts, guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.files import send_document
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, sent_version
from portal.web.shell.guard import allow

REFUSED, LINE = (RuleBroken, Conflict, NotAllowed), 300
NO_OUTCOME = N_("Choose whether it stands, or the case is opened again.")
OUTCOMES = ((AppealOutcome.UPHELD, N_("It stays closed")), (AppealOutcome.REVERSED, N_("The case is opened again")))


class ComplaintAnswer(PortalForm):
    """The answer to a complaint; a field for each exhibit is added for the complaint at hand."""

    outcome = RadioField(N_("What follows"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. Whoever complained reads them.")), Storable(MOST_TEXT)]
    )
    numbers: tuple[int, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Beside each field: when it stands, each exhibit has its answer."""
        super().validate(extra_validators)
        for number in self.numbers if self.outcome.data != AppealOutcome.REVERSED else ():
            weight = self[f"exhibit_{number}"]
            if weight.data not in set(Weight) or (weight.data == Weight.NOT_CONSIDERED and not self[f"why_{number}"].data):
                message = lang().gettext("Say whether you considered exhibit %(number)s, and if not, why.", number=number)
                weight.errors = [*weight.errors, message]
        return not self.errors


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of one complaint."""

    appeal: Appeal
    case: Case
    about: Account
    account: Account
    closing: Closing
    closed_by: str
    rules: list[CitedClause]
    reports: list[tuple[Report, Account | None]]
    messages: list[AppealMessage]
    files: list[Shown]
    exhibits: list[ShownExhibit]
    unopened: tuple[int, ...]
    moments: list[Entry]
    item: WorkItem | None
    holder: str
    had_a_part: bool
    can: bool
    lead: bool
    zone: str
    decision: dict[str, Any] | None

    @property
    def live(self) -> bool:
        return self.appeal.state in LIVE

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the exhibits that came with the complaint."""
        return tuple(shown.exhibit.number for shown in self.files if shown.exhibit is not None)

    @property
    def openable(self) -> dict[int, str]:
        """The references of those files that can still be opened, by exhibit number."""
        return {
            one.exhibit.number: one.document.ref for one in self.files if one.exhibit and one.document.wrapped_key is not None
        }

    @property
    def mine(self) -> bool:
        """Whether the reader may answer it: drawn for them, or they may only open the case again."""
        drawn = self.item is not None and self.item.assignee_id in (None, guard.person().id)
        return self.live and self.can and (drawn or self.had_a_part)


def add_routes(blueprint: Blueprint) -> None:
    see, work, decide_ = allow(Permission.READ_DESK), allow(Permission.WORK_CASE), allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/complaints/<ref>", "complaint", see(show))
    blueprint.add_url_rule("/desk/complaints/<ref>/files/<document>", "complaint_file", work(open_file))
    blueprint.add_url_rule("/desk/complaints/<ref>/begin", "begin_complaint", work(begin), methods=["POST"])
    blueprint.add_url_rule("/desk/complaints/<ref>/keep", "keep_complaint", work(keep), methods=["POST"])
    blueprint.add_url_rule("/desk/complaints/<ref>/ask", "ask_complainant", work(ask), methods=["POST"])
    blueprint.add_url_rule("/desk/complaints/<ref>/draw", "draw_complaint", work(draw), methods=["POST"])
    blueprint.add_url_rule("/desk/complaints/<ref>/decide", "decide_complaint", decide_(decide), methods=["POST"])


def _complaint(ref: str) -> Appeal:
    """Errors: `NotFound` for anything else."""
    appeal = appeal_by_ref(g.db, ref)
    if appeal.kind != AppealKind.INACTION:
        raise NotFound
    return appeal


def read_page(ref: str) -> Page:
    """The facts of the page. Errors: `NotFound`, `OutOfReach`."""
    appeal = _complaint(ref)
    case, me, actor = g.db.get_one(Case, appeal.case_id), guard.person().id, guard.actor()
    require_reach(case.ref, appeal.ref if appeal.state in LIVE else "")
    closing, item, decided = closing_of(g.db, appeal), item_of(g.db, appeal.ref), decision_of(g.db, appeal.id)
    files = files_of(g.db, appeal.id)
    return Page(
        appeal=appeal, case=case, about=account_by_id(g.db, case.about_account_id),
        account=account_by_id(g.db, appeal.account_id), closing=closing, closed_by=handle_of(g.db, closing.closed_by),
        rules=rules_of_closing(g.db, closing), messages=messages_of(g.db, appeal.id), files=files,
        reports=[(one, account_by_id(g.db, one.reporter_account_id) if one.reporter_account_id else None)
                 for one in reports_of(g.db, case.id)],
        exhibits=shown_exhibits(g.db, case.id), moments=history(case.ref), item=item,
        unopened=tuple(unopened_exhibits(g.db, [one.exhibit for one in files if one.exhibit], me)),
        holder=handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else "",
        had_a_part=me in had_a_part(g.db, appeal), can=may(actor, Permission.DECIDE) and not is_conflicted(g.db, me, case.id),
        lead=Role.LEAD in actor.roles, zone=zone_of(g.db, appeal.account_id),
        decision=decided[0] if decided and appeal.outcome else None,
    )


def _form(page: Page, sent: Any) -> ComplaintAnswer:
    """The form for this complaint: with what was sent, or with what was typed before."""
    fields: dict[str, Any] = {}
    for number in page.numbers:
        fields[f"exhibit_{number}"] = RadioField(
            lang().gettext(N_("Exhibit %(n)s"), n=number), validate_choice=False,
            choices=offered([
                (Weight.CONSIDERED.value, lang().gettext(N_("considered"))),
                (Weight.NOT_CONSIDERED.value, lang().gettext(N_("not considered, because:"))),
            ]),
        )
        label = lang().gettext(N_("Why exhibit %(n)s was not considered"), n=number)
        fields[f"why_{number}"] = StringField(label, [Storable(LINE, line=True)])
    made = type("OneAnswerForm", (ComplaintAnswer,), {**fields, "numbers": page.numbers})
    kept = drafts.kept(ANSWER_FORM, page.appeal.ref, _address(page.appeal.ref)) if sent is None else None
    form: ComplaintAnswer = made(sent, data=kept or {})
    open_to = OUTCOMES[1:] if page.had_a_part else OUTCOMES
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def show(ref: str) -> Any:
    """Everything that the complaint rests on, and the form; whoever closed the case reads what they may do."""
    page = read_page(ref)
    return _render(page, _form(page, None))


def _render(
    page: Page, form: ComplaintAnswer, asking: AskingForm | None = None, drawing: DrawingForm | None = None,
    *, seen: Text | None = None,
) -> str:
    asking, drawing = asking or AskingForm(), drawing or DrawingForm()
    return render_template(
        "desk/complaint.html", current="queue", page=page, form=form, asking=asking, drawing=drawing, words=words, seen=seen,
        errors=[*form.summary, *asking.summary, *drawing.summary],
    )


def begin(ref: str) -> Any:
    """The reviewer begins to read; whoever complained sees that."""
    page = read_page(ref)
    form = _form(page, None)
    try:
        perform(begin_review, appeal_ref=ref, version=sent_version())
    except REFUSED as error:
        form.refuse(error)
        return _render(page, form), error.status
    return redirect(f"/desk/complaints/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what the reviewer has typed so far."""
    return drafts.answered(ANSWER_FORM, ref, lambda: _store(ref), drafts.with_ours)


def _address(ref: str) -> str:
    return f"/desk/complaints/{ref}/keep"


def _store(ref: str) -> int:
    ours = ("csrf_token", "form_key", "version", "go", drafts.VERSION)
    typed = {name: value for name, value in request.form.items() if name not in ours}
    return drafts.save(keep_answer, _address(ref), appeal_ref=ref, fields=typed)


def ask(ref: str) -> Any:
    """Asks whoever complained something; our own time stands still meanwhile."""
    page, form = read_page(ref), AskingForm.sent()
    return _sent(page, form, lambda: perform(
        ask_appellant, appeal_ref=ref, version=sent_version(), question=form.question.data, days=int(form.days.data)
    ), asking=form)


def draw(ref: str) -> Any:
    """A lead gives it to somebody else, at random, and says why."""
    page, form = read_page(ref), DrawingForm.sent()
    return _sent(page, form, lambda: perform(
        draw_again, appeal_ref=ref, version=sent_version(), reason=form.draw_reason.data
    ), drawing=form)


def _sent(page: Page, form: Any, carry_out: Any, **shown: Any) -> Any:
    if not form.validate():
        return _render(page, _form(page, None), **shown), 422
    try:
        carry_out()
    except REFUSED as error:
        form.refuse(error)
        return _render(page, _form(page, None), **shown), error.status
    return redirect(f"/desk/complaints/{page.appeal.ref}", 303)


def decide(ref: str) -> Any:
    """Shows what whoever complained will read, or answers with exactly that."""
    page = read_page(ref)
    form = _form(page, request.form)
    if not form.validate():
        return _render(page, form), 422
    try:
        _store(ref)
        if request.form.get("go") != "decide":
            return _render(page, form, seen=_ahead(page, form))
        perform(
            decide_complaint, appeal_ref=ref, version=sent_version(), outcome=form.outcome.data, reasons=form.reasons.data,
            exhibits_considered={
                str(n): {"weight": form[f"exhibit_{n}"].data, "why": form[f"why_{n}"].data or ""} for n in page.numbers
            },
        )
    except REFUSED as error:
        drafts.both(error, form, ANSWER_FORM, ref, _address(ref))
        return _render(page, form), error.status
    return redirect(f"/desk/complaints/{ref}", 303)


def _ahead(page: Page, form: ComplaintAnswer) -> Text:
    """Made by the function that the answer uses, in the language of whoever complained."""
    report, outcome = newest_report(g.db, page.appeal), AppealOutcome(form.outcome.data)
    compose = complaint_answered_text(page.appeal.ref, report.ref, outcome, form.reasons.data or "")
    reader = people_by_account(g.db, [page.account.id])[page.account.id][0]
    return compose(language(reader.language), reader)


def open_file(ref: str, document: str) -> Response:
    """A file of the complaint: the opening is on record, and its owner sees who it was."""
    if document not in {shown.document.ref for shown in files_of(g.db, _complaint(ref).id)}:
        raise NotFound
    return send_document(document, purpose=OpenedFor.APPEAL)
