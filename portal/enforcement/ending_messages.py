"""What people read when we end a decision ourselves: lifted, made shorter, or taken back before it took effect.

Counterparts read `Outside` only, as in every notice of a change; our reason is for the person alone (DESIGN 2.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.change_messages import FreedHold, KeptHold, money_lines, our_decision, standing_line
from portal.enforcement.member_messages import NEVER, NOT_ENDED
from portal.enforcement.messages import Outside, available_text
from portal.enforcement.models import Measure
from portal.enforcement.rules import Remains
from portal.notices.operations import Compose, Text

APPEAL_STAYS = N_("An appeal against it stays possible as long as the letter says, and one that is open goes on.")
HEARD = N_("Everybody whom we told of it is told that it has ended.")
NOTHING_TAKEN = N_("We take back %(decision)s. Nothing is taken from your account because of it.")


def lifted_text(
    outside: Outside, reason: str, freed: Sequence[FreedHold], kept: Sequence[KeptHold], left: Remains, *, told: bool
) -> Compose:
    """To the person: the decision is lifted, why, what is given back, that it still counts, and what holds now.

    `told`: whether others had heard of it. An interim decision never counted, so nothing is said of that.
    """

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Our decision %(ref)s is lifted"), ref=outside.action_ref)
        first = lang.gettext(
            N_("We lift %(decision)s. It takes nothing away from this moment on."), decision=our_decision(outside, lang),
        )
        ours = lang.gettext(N_("Why we lift it:")) + "\n" + reason
        now = " ".join([*money_lines(freed, kept, lang), standing_line(outside, left, lang)])
        counts = N_("It is not overturned: it still counts when the same rule applies again.")
        rest = [lang.gettext(line) for line in ((counts, APPEAL_STAYS) if outside.decided else (APPEAL_STAYS,))]
        heard = [lang.gettext(HEARD)] if told else []
        body = "\n\n".join([first, ours, now, " ".join(rest), *heard])
        return Text(subject, body, f"{first}\n\n{standing_line(outside, left, lang)}")

    return compose


def lifted_outside_text(outside: Outside, freed: Sequence[FreedHold], *, still: bool, paused: bool) -> Compose:
    """To those who were told: available again, or what else holds; and money of their contract that is free."""
    over = available_text(outside, still=still, paused=paused)

    def compose(lang: Language, person: Person) -> Text:
        text = over(lang, person)
        return Text(text.subject, "\n\n".join([text.body, *money_lines(freed, (), lang)]), text.mail_body)

    return compose


def withdrawn_text(
    outside: Outside, reason: str, freed: Sequence[FreedHold], kept: Sequence[KeptHold], left: Remains, *, told: bool
) -> Compose:
    """To the person: the decision is taken back before it took effect, why, and that it never counts; `told`: as before."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We take back our decision %(ref)s"), ref=outside.action_ref)
        back = NOT_ENDED if outside.member else N_("We take back %(decision)s. Your account will not be closed because of it.")
        back = NOTHING_TAKEN if outside.measure is Measure.RESTRICTION else back
        first = lang.gettext(
            back, decision=our_decision(outside, lang), name=outside.member, account=outside.account_name
        )
        ours = lang.gettext(N_("Why we take it back:")) + "\n" + reason
        now = " ".join([*money_lines(freed, kept, lang), standing_line(outside, left, lang)])
        clients = N_("It had not taken effect and does not count, now or later. Clients were not told of it.")
        never = [lang.gettext(NEVER), lang.gettext(HEARD)] if told else [lang.gettext(NEVER if outside.member else clients)]
        return Text(subject, "\n\n".join([first, ours, now, *never]), f"{first}\n\n{standing_line(outside, left, lang)}")

    return compose


def shortened_text(outside: Outside, ends_at: datetime, reason: str) -> Compose:
    """To the person: the decision has an earlier last day, why, and where the new letter is."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Our decision %(ref)s ends earlier"), ref=outside.action_ref)
        first = lang.gettext(
            N_("We make %(decision)s shorter: it now ends with the end of %(day)s."), decision=our_decision(outside, lang),
            day=lang.last_day(ends_at, outside.zone),
        )
        ours = lang.gettext(N_("Why we make it shorter:")) + "\n" + reason
        letter = lang.gettext(N_("A new letter replaces the earlier one, which stays on your page. Nothing else changes."))
        return Text(subject, "\n\n".join([first, ours, letter, lang.gettext(APPEAL_STAYS)]), first)

    return compose
