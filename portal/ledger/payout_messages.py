"""What people are told about a payout: it was asked for, it is late, it came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.notices.operations import Compose, Text


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """A payout as its owner knows it."""

    ref: str
    amount: Money
    hint: str
    requested_at: datetime
    due_at: datetime


def payout_requested(payout: PayoutFacts) -> Compose:
    """The receipt for a payout, to everybody who owns the account's money."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "%(amount)s was asked for, to go to: %(place)s.", amount=lang.money(payout.amount), place=lang.place(payout.hint)
        )
        when = lang.gettext(
            "We send it by %(day)s at the latest. If we are late, we tell you so and count it in public.",
            day=lang.last_day(payout.due_at, person.zone),
        )
        wrong = lang.gettext("If it was not you who asked for this, tell us at once.")
        mail = lang.gettext("A payout was asked for. Its reference is %(ref)s.", ref=payout.ref)
        return Text(lang.gettext("A payout was asked for"), in_paragraphs(first, when, wrong), in_paragraphs(mail, when, wrong))

    return compose


def payout_late(payout: PayoutFacts) -> Compose:
    """We did not send a payout by the day that we promised (`shown_overdue`); to everybody who looks after the money."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "We promised to send %(amount)s by the end of %(day)s and have not. It was to go to: %(place)s.",
            amount=lang.money(payout.amount), day=lang.last_day(payout.due_at, person.zone), place=lang.place(payout.hint),
        )
        fault = lang.gettext(
            "That is our fault, and we count it in public. The money stays yours, and you need not ask for it again.")
        then = lang.gettext("We write to you again when it is sent.")
        mail = lang.gettext("We promised to send the payout %(ref)s by the end of %(day)s and have not.", ref=payout.ref,
                            day=lang.last_day(payout.due_at, person.zone))
        return Text(lang.gettext("Your payout is late"), in_paragraphs(first, fault, then), in_paragraphs(mail, fault, then))

    return compose


def payout_sent_late(ref: str, amount: Money, hint: str) -> Compose:
    """A payout that was late was sent, to the place with that hint."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("%(amount)s, which we were late with, was sent now, to: %(place)s.",
                             amount=lang.money(amount), place=lang.place(hint))
        then = lang.gettext("That we were late stays counted in public.")
        mail = lang.gettext("The payout %(ref)s, which we were late with, was sent now.", ref=ref)
        return Text(lang.gettext("Your late payout was sent"), in_paragraphs(first, then), in_paragraphs(mail, then))

    return compose


def payout_failed(payout: PayoutFacts) -> Compose:
    """A payout could not be delivered and its money is back; `due_at`: by when somebody looks at why."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "%(amount)s could not be paid and came back. It was to go to: %(place)s.", amount=lang.money(payout.amount),
            place=lang.place(payout.hint),
        )
        then = lang.gettext("It is available to you again. Check the details of this place, or choose another one.")
        why = lang.gettext("A member of our staff looks at why, by %(day)s.", day=lang.last_day(payout.due_at, person.zone))
        mail = lang.gettext("The payout %(ref)s came back. The money is available to you again.", ref=payout.ref)
        check = lang.gettext("Check the details of the place that it was to go to, or choose another one.")
        return Text(lang.gettext("A payout came back"), in_paragraphs(first, then, why), in_paragraphs(mail, check, why))

    return compose
