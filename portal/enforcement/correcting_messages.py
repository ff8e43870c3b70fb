"""What the person reads when the letter about a decision is corrected."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.change_messages import our_decision
from portal.enforcement.messages import Outside
from portal.notices.operations import Compose, Text


def corrected_text(outside: Outside, reason: str, appeal_until: datetime) -> Compose:
    """To the person: the letter is corrected, what and why, that nothing more is taken, and until when to appeal now."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We corrected the letter about our decision %(ref)s"), ref=outside.action_ref)
        first = lang.gettext(
            N_("A new letter replaces the one about %(decision)s."), decision=our_decision(outside, lang)
        )
        ours = lang.gettext(N_("What we corrected, and why:")) + "\n" + reason
        same = lang.gettext(N_("The decision takes no more than before. The earlier letter stays on your page."))
        anew = N_(
            "Your time to appeal begins anew: you can appeal until at least %(day)s; longer if you were informed of it later."
        )
        until = lang.gettext(anew, day=lang.last_day(appeal_until, outside.zone))
        return Text(subject, "\n\n".join([first, ours, same, until]), "\n\n".join([first, until]))

    return compose
