"""What somebody reads who told us of danger or need. The mail names nothing of it: others may read it over their shoulder."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text

GO_ON = N_("You can write more at any time. We ask for no proof.")


def received_text(ref: str, answer_by: datetime, now: datetime, *, lead: bool) -> Compose:
    """The receipt: that we have it, by when a person answers first, and that nobody else is told; `lead`: one has it."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your message (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("We have your message %(ref)s."), ref=ref)
        until = lang.gettext(N_("A person answers you by the end of %(day)s."), day=lang.last_day(answer_by, person.zone))
        if answer_by <= now:
            late, told = N_("We are late with our answer, and that is our fault."), N_("A lead has been told.")
            until = " ".join(lang.gettext(line) for line in ([late, told] if lead else [late]))
        nobody = lang.gettext(N_("Nobody you work with is told, and nobody else of your account."))
        return Text(subject, "\n\n".join([first, until, nobody, lang.gettext(GO_ON)]), f"{first} {until}")

    return compose


def answered_text(ref: str, answer: str, handle: str) -> Compose:
    """The answer, whole in the inbox; the mail says only that there is one."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Our answer to your message (%(ref)s)"), ref=ref)
        mail = lang.gettext(N_("We have answered your message %(ref)s."), ref=ref)
        by = lang.gettext(N_("Reviewer %(handle)s answers you:"), handle=handle)
        return Text(subject, "\n\n".join([by, answer, lang.gettext(GO_ON)]), mail)

    return compose
