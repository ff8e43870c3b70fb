"""What the person reads when they contest only what is withheld from them: the receipt, and the answer."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.appeals.models import AppealOutcome
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text

FURTHER = N_("You can turn to a certified out-of-court body or to a court. Our reasons are for them too.")
ANSWERS = {
    AppealOutcome.UPHELD: N_("We looked at what our letter %(action)s withholds. It stays withheld."),
    AppealOutcome.REVERSED: N_("We looked at what our letter %(action)s withholds. A new letter shows it now."),
}


def withheld_filed_text(ref: str, action_ref: str, filed_at: datetime, answer_by: datetime) -> Compose:
    """The receipt: the reference, when it arrived, and the day by which we answer."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("You contest what is withheld (%(ref)s)"), ref=ref)
        first = lang.gettext(
            N_("That you contest what our letter %(action)s withholds arrived on %(at)s (%(ref)s)."),
            action=action_ref, at=lang.instant(filed_at, person.zone), ref=ref,
        )
        day = lang.last_day(answer_by, person.zone)
        until = lang.gettext(N_("Somebody who had no part in the decision answers you by the end of %(day)s."), day=day)
        more = lang.gettext(N_("The decision itself is not looked at by this. You can appeal against it as well."))
        return Text(subject, "\n\n".join([first, until, more]), f"{first}\n\n{until}")

    return compose


def withheld_shown_text(ref: str, action_ref: str) -> Compose:
    """What a decision rested on is shown while its appeal waits: what is new, and that the person can answer it."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("A new letter shows what was withheld (%(action)s)"), action=action_ref)
        first = lang.gettext(N_(
            "A new letter about our decision %(action)s shows what a rule rested on and you could not see before."
        ), action=action_ref)
        same = lang.gettext(N_("The decision takes no more than before. The earlier letter stays on your page."))
        add = lang.gettext(N_("Your appeal %(ref)s is not answered yet. What you want to say to this you can add on its page."),
                           ref=ref)
        return Text(subject, "\n\n".join([first, same, add]), "\n\n".join([first, add]))

    return compose


def withheld_answered_text(ref: str, action_ref: str, outcome: AppealOutcome, reasons: str) -> Compose:
    """The answer, with its reasons; the mail does not carry them."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Our answer about what is withheld (%(ref)s)"), ref=ref)
        first = lang.gettext(ANSWERS[outcome], action=action_ref)
        why = lang.gettext(N_("Our reasons:")) + "\n" + reasons
        return Text(subject, "\n\n".join([first, why, lang.gettext(FURTHER)]), first)

    return compose
