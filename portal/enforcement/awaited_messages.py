"""What the person reads when something ends with the identity check that it rested on."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.own_ends_messages import new_letter_line
from portal.notices.operations import Compose, Text

ACCEPTED, WITHDRAWN, LATE = "accepted", "withdrawn", "late"
WHY = {
    ACCEPTED: N_("We accepted what you sent for the identity check %(check)s. What rested on it has ended."),
    WITHDRAWN: N_("We no longer ask for what the identity check %(check)s was about. What rested on it has ended."),
    LATE: N_("We are late with our answer to the identity check %(check)s. That is our mistake. What rested on it has ended."),
}
"""Why something ends with the check that it rested on."""


def with_its_check(ended: Compose, check: str, why: str, zone: str, ends_at: datetime | None) -> Compose:
    """What the person reads of that end, with why it comes, and that a new letter says so; `ends_at`: as of `new_letter_line`."""

    def compose(lang: Language, person: Person) -> Text:
        text, first = ended(lang, person), lang.gettext(WHY[why], check=check)
        return Text(text.subject, "\n\n".join([first, text.body, new_letter_line(lang, zone, ends_at)]), text.mail_body)

    return compose
