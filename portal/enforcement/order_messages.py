"""What people read when we looked again at a law or an order, and it still obliges us."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import HAS_CHANGED, Outside
from portal.enforcement.models import Measure
from portal.enforcement.nature_messages import fixed_sentence
from portal.notices.operations import Compose, Text


def goes_on_text(outside: Outside, until: datetime) -> Compose:
    """To the person: we looked, it still obliges us, until when; there is a new letter."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We looked again at our decision %(ref)s"), ref=outside.action_ref)
        first = lang.gettext(
            N_("The law or the order still obliges us. The decision goes on until %(until)s, unless we end it before."),
            until=lang.until(until, outside.zone),
        )
        rest = lang.gettext(N_("A new letter says so. You can appeal as before."))
        return Text(subject, f"{first}\n\n{rest}", first)

    return compose


def goes_on_outside_text(outside: Outside, until: datetime) -> Compose:
    """To those who were told: until when it lasts now, in the fixed words."""

    def compose(lang: Language, person: Person) -> Text:
        name, day = outside.account_name, lang.until(until, outside.zone)
        subject = lang.gettext(HAS_CHANGED, name=name)
        line = N_("The decision about %(name)s that we told you of goes on until %(until)s.")
        if outside.measure is Measure.SUSPENSION:
            line = N_("%(name)s is not available until %(until)s.")
        text = f"{lang.gettext(line, name=name, until=day)}\n\n{fixed_sentence(outside.nature, lang)}"
        return Text(subject, text, text)

    return compose
