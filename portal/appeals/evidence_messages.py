"""What is written when a decided appeal is opened once more on new evidence: the receipt, taken back, or nothing new in it."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.appeals.messages import FURTHER
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text


def reopened_text(
    appeal_ref: str, action_ref: str, opened_at: datetime, answer_by: datetime, fresh: int, *, safety: bool, pauses: bool
) -> Compose:
    """The receipt: the reference, when it arrived, how much of it is new, and the day by which somebody else answers.

    `pauses`: whether something can be paused when we are late; `safety`: under a safety rule a lead has it then.
    """

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Your appeal is open again (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(
            N_("Your appeal %(ref)s against our decision %(action)s is open again since %(at)s, because of something new."),
            ref=appeal_ref, action=action_ref, at=lang.instant(opened_at, person.zone),
        )
        shown = lang.ngettext("It has %(num)s new exhibit.", "It has %(num)s new exhibits.", fresh)
        until = lang.gettext(
            N_("Somebody who had no part in the decision or in our earlier answer answers you by the end of %(day)s."),
            day=lang.last_day(answer_by, person.zone),
        )
        late = [lang.gettext(N_("If we are late, what we took away is paused until we have answered."))] if pauses else []
        late = [lang.gettext(N_("If we are late, a lead or an outside reviewer takes over."))] if safety else late
        worse = lang.gettext(N_("Our earlier answer stays until then. It never gets worse for you by this."))
        more = lang.gettext(N_("You can add something, or take it back, at any time until then."))
        return Text(subject, "\n\n".join([f"{first} {shown}", until, *late, worse, more]), f"{first}\n\n{until}")

    return compose


def evidence_withdrawn_text(appeal_ref: str, until: datetime) -> Compose:
    """The receipt for taking that back: the earlier answer stays, and until when the appeal can be opened again."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("You took back what you sent anew (%(ref)s)"), ref=appeal_ref)
        body = lang.gettext(
            N_("We do not look at it. Our earlier answer stays as it is. You can send it again until the end of %(day)s."),
            day=lang.last_day(until, person.zone),
        )
        return Text(subject, body, body)

    return compose


def evidence_refused_text(appeal_ref: str, reason: str, *, again: bool) -> Compose:
    """That nothing of it is new, with our reason; `again`: whether somebody else can be asked once."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We do not open your appeal again (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(
            N_("Somebody looked at what you sent and found nothing new in it. Our earlier answer stays as it is.")
        )
        once = lang.gettext(N_("You can ask once more. Then somebody else looks at it."))
        then = [once] if again else []
        return Text(subject, "\n\n".join([first, reason, *then, lang.gettext(FURTHER)]), first)

    return compose
