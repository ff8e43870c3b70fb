"""What the members of an account read of a decision about all of it whose letter is for the owners: no fact, and whom to ask."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import PAID_OUT, Outside
from portal.enforcement.models import Measure, Nature
from portal.enforcement.nature_messages import NO_RULE
from portal.notices.operations import Compose, Text

SUBJECT = N_("What applies in the account %(account)s now (%(ref)s)")
NOW = {
    Measure.RESTRICTION: N_("A part of the account %(account)s is restricted until %(until)s."),
    Measure.SUSPENSION: N_("The account %(account)s is suspended until %(until)s. Nobody can work in it meanwhile."),
    Measure.TERMINATION: N_("The account %(account)s closes on %(day)s."),
}
LATER = N_("A part of the account %(account)s is restricted from %(day)s until %(until)s.")
CHANGED = N_("Something has changed about the decision %(ref)s, which is about the whole account %(account)s.")
NOT_YOU = N_("It is about the account as a whole, and not about you.")
PAGE = N_("Your page says what applies to you, and until when.")
ASK = N_("Our letter with the reasons is for the owners of the account. Please ask them: %(names)s.")


def applies_text(outside: Outside, owners: str, money: Collection[UUID]) -> Compose:
    """What applies from when until when; `owners`: whom to ask, by name; `money`: who looks after the account's money."""

    def compose(lang: Language, person: Person) -> Text:
        until = lang.until(outside.ends_at, outside.zone) if outside.ends_at else ""
        later = outside.measure is Measure.RESTRICTION and not outside.at_once
        first = lang.gettext(
            LATER if later else NOW[outside.measure], account=outside.account_name, until=until,
            day=lang.day(outside.effective_at, outside.zone),
        )
        no_rule = [lang.gettext(NO_RULE)] if outside.nature != Nature.CONDUCT else []
        free = [lang.gettext(PAID_OUT)] if person.id in money else []
        return _said(outside, lang, [first, " ".join([*no_rule, lang.gettext(NOT_YOU)]), *free], owners)

    return compose


def changed_text(outside: Outside, owners: str) -> Compose:
    """That something of it has changed: lifted, paused, shorter, over or overturned; the page says what applies now."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(CHANGED, ref=outside.action_ref, account=outside.account_name)
        return _said(outside, lang, [first], owners)

    return compose


def _said(outside: Outside, lang: Language, lines: list[str], owners: str) -> Text:
    subject = lang.gettext(SUBJECT, account=outside.account_name, ref=outside.action_ref)
    ask = lang.gettext(ASK, names=owners)
    return Text(subject, "\n\n".join([*lines, lang.gettext(PAGE), ask]), "\n\n".join([*lines, ask]))
