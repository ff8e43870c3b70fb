"""What whoever complains that nothing was done reads: the receipt, a delay of ours, and the answer. Nothing of the other side.

The number of a rule is in the inbox alone: with it a mail would say what somebody was reported for.
"""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.appeals.models import AppealOutcome
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text

FURTHER = N_("You can turn to a certified out-of-court body or to a court. Our reasons are for them too.")
ANSWERS = {
    AppealOutcome.UPHELD: N_("We looked again at what became of your report %(report)s. It stays closed."),
    AppealOutcome.REVERSED: N_("We looked again at what became of your report %(report)s. The case is open again."),
}


def complaint_filed_text(ref: str, report_ref: str, filed_at: datetime, answer_by: datetime, exhibits: int) -> Compose:
    """The receipt: the reference, when it arrived, how many exhibits, and the day by which we answer."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your complaint (%(ref)s)"), ref=ref)
        first = lang.gettext(
            N_("Your complaint %(ref)s about what became of your report %(report)s arrived on %(at)s."),
            ref=ref, report=report_ref, at=lang.instant(filed_at, person.zone),
        )
        shown = lang.ngettext(N_("It has %(num)s exhibit."), N_("It has %(num)s exhibits."), exhibits)
        until = lang.gettext(
            N_("Somebody who did not close the case answers you by the end of %(day)s."),
            day=lang.last_day(answer_by, person.zone),
        )
        quiet = lang.gettext(N_("The other side is told nothing by this."))
        more = lang.gettext(N_("You can add something, or withdraw it, at any time until then."))
        opening = f"{first} {shown}" if exhibits else first
        return Text(subject, "\n\n".join([opening, until, quiet, more]), f"{first}\n\n{until}")

    return compose


def complaint_withdrawn_text(ref: str) -> Compose:
    """The receipt for taking a complaint back."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("You withdrew your complaint (%(ref)s)"), ref=ref)
        body = lang.gettext(N_("We do not go on with it. What we told you before stays as it is."))
        return Text(subject, body, body)

    return compose


def complaint_answered_text(ref: str, report_ref: str, outcome: AppealOutcome, reasons: str) -> Compose:
    """The answer: it stands, or the case is open again; with the reasons, which the mail does not carry."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Our answer to your complaint (%(ref)s)"), ref=ref)
        first = lang.gettext(ANSWERS[outcome], report=report_ref)
        why = lang.gettext(N_("Our reasons:")) + "\n" + reasons
        then = lang.gettext(FURTHER)
        if outcome is AppealOutcome.REVERSED:
            then = lang.gettext(N_(
                "Somebody else goes on with it. In the end you hear under which rule we looked at it, and whether it applied."
            ))
        mail = lang.gettext(N_("We have answered your complaint %(ref)s."), ref=ref)
        return Text(subject, "\n\n".join([first, why, then]), mail)

    return compose
