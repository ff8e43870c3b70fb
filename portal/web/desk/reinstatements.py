"""A request to come back at the desk: the termination, what has happened since, and the answer with what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g
from wtforms import RadioField, TextAreaField

from portal.appeals.operations import ask_requester, begin_request, decide_request, draw_request_again
from portal.appeals.queries import Shown
from portal.appeals.reinstatement_deciding import preview_answer, read_answer
from portal.appeals.reinstatement_desk import ANSWER_FORM
from portal.appeals.reinstatement_models import Reinstatement, ReinstatementOutcome
from portal.appeals.reinstatements import (
    Answered,
    decision_record,
    files_of,
    is_safety,
    latest_again,
    reinstatement_by_ref,
    requests_about,
    said_in,
)
from portal.appeals.rules import MOST_TEXT
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.queries import rules_cited
from portal.rulebook.queries import CitedClause
from portal.web.desk.appeal_forms import day_of
from portal.web.desk.forms import DayField, a_day
from portal.web.desk.history import Entry, history
from portal.web.desk.redress import Seen, Steps
from portal.web.desk.redress_forms import weighing_fields, weights_of
from portal.web.desk.redress_page import Redress, alike
from portal.web.shell.context import lang
from portal.web.shell.drafts import Drafts
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered

NO_OUTCOME = N_("Choose whether the person comes back.")
OUTCOMES = (
    (ReinstatementOutcome.GRANTED, N_("Back: the termination is lifted now")),
    (ReinstatementOutcome.CONDITIONAL, N_("Back, under conditions in words")),
    (ReinstatementOutcome.DECLINED, N_("Not now, and from which day again")),
)


class ReinstatementAnswerForm(PortalForm):
    """Whether the person comes back, why, and what comes with it; fields for each exhibit are added for the request at hand."""

    outcome = RadioField(N_("Does the person come back?"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    conditions = TextAreaField(N_("The conditions"), [Storable(MOST_TEXT)])
    next_on = DayField(N_("Can ask again from"), [a_day])
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Redress[Reinstatement]):
    """Everything on the page of one request."""

    action: Action
    rules: list[CitedClause]
    safety: bool
    before: list[Answered]
    moments: list[Entry]

    @property
    def last_again(self) -> date | None:
        """The latest day that a no can name, where one is promised."""
        return latest_again(g.db, g.now, self.zone)


class Reinstatements(Steps[Page, ReinstatementAnswerForm]):
    """Requests to come back after a termination."""

    name, root, named = "reinstatement", "/desk/reinstatements", "reinstatement_ref"
    drafts = Drafts(ANSWER_FORM, root)
    begins, asks, draws, operation = begin_request, ask_requester, draw_request_again, decide_request

    def find(self, ref: str) -> Reinstatement:
        return reinstatement_by_ref(g.db, ref)

    def files(self, sent: Reinstatement) -> list[Shown]:
        return files_of(g.db, sent.id)

    def read(self, sent: Reinstatement) -> Page:
        action, record = g.db.get_one(Action, sent.action_id), decision_record(g.db, sent.id)
        shared = alike(sent, said_in(g.db, sent.id), self.files(sent), record)
        earlier = [one for one in requests_about(g.db, action.id) if one.n < sent.n]
        return Page(
            **shared, action=action, rules=rules_cited(g.db, action), safety=is_safety(g.db, action),
            before=[Answered(one, decision_record(g.db, one.id)) for one in earlier], moments=history(shared["case"].ref),
        )

    def form(self, page: Page, sent: Any) -> ReinstatementAnswerForm:
        fields = {**weighing_fields(page.numbers), "numbers": page.numbers}
        made = type("OneAnswerForm", (ReinstatementAnswerForm,), fields)
        form: ReinstatementAnswerForm = made(sent, data=self.drafts.kept(page.sent.ref) if sent is None else {})
        open_to = OUTCOMES[:1] if page.had_a_part else OUTCOMES
        form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
        return form

    def answer(self, form: ReinstatementAnswerForm) -> dict[str, Any]:
        return {**_words(form), "exhibits_considered": weights_of(form, form.numbers)}

    def ahead(self, page: Page, form: ReinstatementAnswerForm) -> Seen:
        """Made by the functions that the answer uses."""
        answer = read_answer(g.db, page.sent, g.now, **_words(form))
        text, back = preview_answer(g.db, page.sent, answer, g.now)
        return Seen(text, back=back)


def _words(form: ReinstatementAnswerForm) -> dict[str, Any]:
    return {
        "outcome": form.outcome.data, "reasons": form.reasons.data or "", "conditions": form.conditions.data or "",
        "next_on": day_of(form.next_on.data),
    }


add_routes = Reinstatements().add_routes
