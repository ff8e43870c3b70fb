"""A complaint at the desk: what was reported, how the case was closed and why, and the answer: it stands, or is open again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g
from wtforms import RadioField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.complaint_messages import complaint_answered_text
from portal.appeals.complaints import closing_of, newest_report
from portal.appeals.models import Appeal, AppealKind, AppealOutcome
from portal.appeals.operations import decide_complaint
from portal.appeals.rules import MOST_TEXT
from portal.cases.closing import rules_of_closing
from portal.cases.models import Closing, Report
from portal.cases.queries import reports_of
from portal.core.i18n import N_, language
from portal.enforcement.queries import people_by_account
from portal.rulebook.queries import CitedClause
from portal.web.desk.history import Entry, history
from portal.web.desk.redress import Seen, Steps, answers_at
from portal.web.desk.redress_forms import WeighingForm, weighing_fields
from portal.web.desk.redress_page import Redress, common
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, Storable, offered

NO_OUTCOME = N_("Choose whether it stands, or the case is opened again.")
OUTCOMES = ((AppealOutcome.UPHELD, N_("It stays closed")), (AppealOutcome.REVERSED, N_("The case is opened again")))


class ComplaintAnswer(WeighingForm):
    """The answer to a complaint; a field for each exhibit is added for the complaint at hand."""

    outcome = RadioField(N_("What follows"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. Whoever complained reads them.")), Storable(MOST_TEXT)]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Redress[Appeal]):
    """Everything on the page of one complaint."""

    about: Account
    closing: Closing
    closed_by: str
    rules: list[CitedClause]
    reports: list[tuple[Report, Account | None]]
    moments: list[Entry]


class Complaints(Steps[Page, ComplaintAnswer]):
    """Complaints that nothing was done about a report."""

    kind, name, root = AppealKind.INACTION, "complaint", "/desk/complaints"
    drafts = answers_at(root)
    operation = decide_complaint

    def read(self, sent: Appeal) -> Page:
        alike, closing = common(sent), closing_of(g.db, sent)
        case = alike["case"]
        return Page(
            **alike, about=account_by_id(g.db, case.about_account_id), closing=closing,
            closed_by=handle_of(g.db, closing.closed_by), rules=rules_of_closing(g.db, closing), moments=history(case.ref),
            reports=[(one, account_by_id(g.db, one.reporter_account_id) if one.reporter_account_id else None)
                     for one in reports_of(g.db, case.id)],
        )

    def form(self, page: Page, sent: Any) -> ComplaintAnswer:
        fields = {**weighing_fields(page.numbers), "numbers": page.numbers}
        made = type("OneAnswerForm", (ComplaintAnswer,), fields)
        form: ComplaintAnswer = made(sent, data=self.drafts.kept(page.sent.ref) if sent is None else {})
        open_to = OUTCOMES[1:] if page.had_a_part else OUTCOMES
        form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
        return form

    def answer(self, form: ComplaintAnswer) -> dict[str, Any]:
        return {"outcome": form.outcome.data, "reasons": form.reasons.data, "exhibits_considered": form.weights()}

    def ahead(self, page: Page, form: ComplaintAnswer) -> Seen:
        """Made by the function that the answer uses, in the language of whoever complained."""
        report, outcome = newest_report(g.db, page.sent), AppealOutcome(form.outcome.data)
        compose = complaint_answered_text(page.sent.ref, report.ref, outcome, form.reasons.data or "")
        reader = people_by_account(g.db, [page.account.id])[page.account.id][0]
        return Seen(compose(language(reader.language), reader))


add_routes = Complaints().add_routes
