"""What the person reads when one of several things that a decision took away is free again, and the rest is not yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.messages import Outside
from portal.notices.operations import Compose, Text

OF_YOURS = N_("A part of a decision about your account has ended (%(ref)s)")
OF_A_MEMBER = N_("A part of the decision about %(name)s in the account %(account)s has ended (%(ref)s)")
CALLED = {
    "search": N_("being shown in search"),
    "profile": N_("the profile being seen"),
    "new_contracts": N_("new contracts"),
    "new_offers": N_("new offers"),
    "new_messages": N_("messages to people without a contract"),
    "new_places": N_("payouts to new places"),
}
"""What a restriction takes away, within a sentence."""


def part_ended_text(outside: Outside, free: Sequence[str], rest: Sequence[tuple[str, datetime]]) -> Compose:
    """`free`: what is free again; `rest`: what is not, each until when."""

    def compose(lang: Language, person: Person) -> Text:
        who = {"name": outside.member, "account": outside.account_name, "ref": outside.action_ref}
        subject = lang.gettext(OF_A_MEMBER if outside.member else OF_YOURS, **who)
        first = lang.gettext(N_("Free again: %(what)s."), what=_named(free, lang))
        lines = [
            lang.gettext(N_("Still limited until the end of %(day)s: %(what)s."), day=lang.last_day(until, outside.zone),
                         what=_named([scope], lang))
            for scope, until in rest
        ]
        in_mail = N_("A part of this decision has ended; the rest applies. Your page says which.")
        return Text(subject, "\n\n".join([first, *lines]), lang.gettext(in_mail))

    return compose


def _named(scopes: Sequence[str], lang: Language) -> str:
    return ", ".join(lang.gettext(CALLED[scope]) for scope in scopes)
