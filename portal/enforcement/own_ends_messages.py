"""What the person reads when one of several things that a decision took away is free again, and the rest is not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.enforcement.change_messages import our_decision
from portal.enforcement.messages import MONEY_STAYS, Outside
from portal.enforcement.models import Action, Restriction
from portal.enforcement.taken_words import named
from portal.notices.operations import Compose, Text

OF_YOURS = N_("A part of a decision about your account has ended (%(ref)s)")
OF_A_MEMBER = N_("A part of the decision about %(name)s in the account %(account)s has ended (%(ref)s)")
NEW_LETTER = N_("A new letter replaces the earlier one, which stays on your page. Nothing else changes.")
ENDS_SOONER = N_(
    "A new letter replaces the earlier one, which stays on your page. The last day of the whole decision is an earlier one now: "
    "%(day)s. Nothing else changes."
)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is not free, until when, and whether it is looked at again by then; `later`: from when on, where it has not begun."""

    scope: str
    until: datetime
    looked_at: bool
    later: datetime | None = None


def end_of(row: Restriction, action: Action) -> datetime | None:
    """When one of several things is over by itself: with the decision at the latest."""
    return min((end for end in (row.until, action.ends_at) if end is not None), default=None)


def rest_of(action: Action, rows: Sequence[Restriction], now: datetime) -> list[Rest]:
    """What of a decision is still taken away, or not yet."""
    ends = [(row, end_of(row, action)) for row in rows]
    return [
        Rest(row.scope, end, end == row.review_at, row.starts_at if row.starts_at > now else None)
        for row, end in ends if end is not None
    ]


def part_given_back_text(
    outside: Outside, free: Sequence[str], rest: Sequence[Rest], reason: str, *, holds: bool,
    ends_at: datetime | None = None,
) -> Compose:
    """The same when we give it back before its end, with our reason; `ends_at`: as of `new_letter_line`."""
    ended = part_ended_text(outside, free, rest, holds=holds)

    def compose(lang: Language, person: Person) -> Text:
        text = ended(lang, person)
        ours, letter = lang.gettext(N_("Why we give it back now:")) + "\n" + reason, new_letter_line(lang, outside.zone, ends_at)
        return Text(text.subject, f"{text.body}\n\n{ours}\n\n{letter}", text.mail_body)

    return compose


def new_letter_line(lang: Language, zone: str, ends_at: datetime | None) -> str:
    """That there is a new letter; `ends_at`: when the whole decision ends now, where the rest of it ends sooner than it did."""
    if ends_at is None:
        return lang.gettext(NEW_LETTER)
    return lang.gettext(ENDS_SOONER, day=lang.last_day(ends_at, zone))


def given_back_line(free: Sequence[str], lang: Language) -> str:
    """What is free again, in one sentence."""
    return lang.gettext(N_("Free again: %(what)s."), what=named(free, lang))


def part_ended_text(
    outside: Outside, free: Sequence[str], rest: Sequence[Rest], *, holds: bool, missed: bool = False
) -> Compose:
    """`free`: what is free again; `missed`: because nobody looked at it again in time; `rest`: what is not, each until when;
    `holds`: whether money is on hold for it besides."""

    def compose(lang: Language, person: Person) -> Text:
        who = {"name": outside.member, "account": outside.account_name, "ref": outside.action_ref}
        subject = lang.gettext(OF_A_MEMBER if outside.member else OF_YOURS, **who)
        first = given_back_line(free, lang)
        late = N_("We did not look at it again by the day that our letter names, so it has ended.")
        lines = [*([lang.gettext(late)] if missed else []), *rest_lines(outside, rest, lang)]
        if holds:
            lines.append(lang.gettext(MONEY_STAYS))
        in_mail = N_("A part of this decision has ended; the rest applies. Your page says which.")
        return Text(subject, "\n\n".join([first, *lines]), lang.gettext(in_mail))

    return compose


def rest_lines(outside: Outside, rest: Sequence[Rest], lang: Language) -> list[str]:
    """What is still taken away, a sentence for each; of what is taken away later, from which day on."""
    return [
        lang.gettext(
            _later(one) if one.later
            else N_("Limited until %(until)s, unless we have looked again by then and write to you why it stays: %(what)s.")
            if one.looked_at else N_("Still limited until %(until)s: %(what)s."),
            until=lang.until(one.until, outside.zone), what=named([one.scope], lang),
            since=lang.day(one.later, outside.zone) if one.later else "",
        )
        for one in rest
    ]


def _later(one: Rest) -> str:
    if one.looked_at:
        return N_(
            "Limited only from %(since)s on, until %(until)s, unless we have looked again by then and write to you why it stays: "
            "%(what)s."
        )
    return N_("Limited only from %(since)s on, until %(until)s: %(what)s.")


def kept_text(outside: Outside, kept: Sequence[str], rest: Sequence[Rest], reason: str) -> Compose:
    """To the person: we looked again, what stays taken away, why, and until when."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We looked again at a decision (%(ref)s)"), ref=outside.action_ref)
        first = lang.gettext(
            N_("We looked again at what %(decision)s takes away. This stays: %(what)s."),
            decision=our_decision(outside, lang), what=named(kept, lang),
        )
        ours = lang.gettext(N_("Why it stays:")) + "\n" + reason
        appeal = lang.gettext(N_("An appeal against it stays possible as long as the letter says, and one that is open goes on."))
        body = [first, ours, *rest_lines(outside, rest, lang), lang.gettext(NEW_LETTER), appeal]
        return Text(subject, "\n\n".join(body), first)

    return compose


def moved_text(outside: Outside, scopes: Sequence[str], until: datetime, *, lead: bool) -> Compose:
    """To the person: nobody looked again in time, and under a rule that protects people it goes on once, until when; `lead`: one
    has it."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We are late with a second look at a decision (%(ref)s)"), ref=outside.action_ref)
        first = lang.gettext(
            N_("We did not look again in time at what %(decision)s takes away. That is our fault, and we count it in public."),
            decision=our_decision(outside, lang),
        )
        on = lang.gettext(
            N_("The rule protects people, so this goes on once, until %(until)s: %(what)s."),
            until=lang.until(until, outside.zone), what=named(scopes, lang),
        )
        told, then = N_("A lead has been told."), N_("If nobody looks by then either, it ends.")
        on = " ".join([on, *(lang.gettext(line) for line in ([told, then] if lead else [then]))])
        return Text(subject, "\n\n".join([first, on, lang.gettext(NEW_LETTER)]), first)

    return compose
