"""What the person reads when one of several things that a decision took away is free again, and the rest is not yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import MONEY_STAYS, Outside
from portal.notices.operations import Compose, Text

OF_YOURS = N_("A part of a decision about your account has ended (%(ref)s)")
OF_A_MEMBER = N_("A part of the decision about %(name)s in the account %(account)s has ended (%(ref)s)")
NEW_LETTER = N_("A new letter replaces the earlier one, which stays on your page. Nothing else changes.")
CALLED = {
    "search": N_("being shown in search"),
    "profile": N_("the profile being seen"),
    "new_contracts": N_("new contracts"),
    "new_offers": N_("new offers"),
    "new_messages": N_("messages to people without a contract"),
    "new_places": N_("payouts to new places"),
}
"""What a restriction takes away, within a sentence."""


def part_given_back_text(
    outside: Outside, free: Sequence[str], rest: Sequence[tuple[str, datetime]], reason: str, *, holds: bool
) -> Compose:
    """The same when we give it back before its end, with our reason."""
    ended = part_ended_text(outside, free, rest, holds=holds)

    def compose(lang: Language, person: Person) -> Text:
        text = ended(lang, person)
        ours, letter = lang.gettext(N_("Why we give it back now:")) + "\n" + reason, lang.gettext(NEW_LETTER)
        return Text(text.subject, f"{text.body}\n\n{ours}\n\n{letter}", text.mail_body)

    return compose


def given_back_line(free: Sequence[str], lang: Language) -> str:
    """What is free again, in one sentence."""
    return lang.gettext(N_("Free again: %(what)s."), what=_named(free, lang))


def part_ended_text(
    outside: Outside, free: Sequence[str], rest: Sequence[tuple[str, datetime]], *, holds: bool
) -> Compose:
    """`free`: what is free again; `rest`: what is not, each until when; `holds`: whether money is on hold for it besides."""

    def compose(lang: Language, person: Person) -> Text:
        who = {"name": outside.member, "account": outside.account_name, "ref": outside.action_ref}
        subject = lang.gettext(OF_A_MEMBER if outside.member else OF_YOURS, **who)
        first = given_back_line(free, lang)
        lines = [
            lang.gettext(N_("Still limited until %(until)s: %(what)s."), until=lang.until(until, outside.zone),
                         what=_named([scope], lang))
            for scope, until in rest
        ]
        if holds:
            lines.append(lang.gettext(MONEY_STAYS))
        in_mail = N_("A part of this decision has ended; the rest applies. Your page says which.")
        return Text(subject, "\n\n".join([first, *lines]), lang.gettext(in_mail))

    return compose


def _named(scopes: Sequence[str], lang: Language) -> str:
    return ", ".join(lang.gettext(CALLED[scope]) for scope in scopes)
