"""What people are told about money: a hold that ended by itself, refunds, places for payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.ledger.models import Destination
from portal.notices.operations import Compose, Text


class Whose(Enum):
    """For whom money was on hold."""

    CLIENT = "client"
    BANK = "bank"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class EndedHold:
    """A hold whose time ran out, as both sides may know it. `whose`: the client's claim, their bank's, or our own."""

    ref: str
    amount: Money
    contract_title: str
    milestone_number: int | None
    whose: Whose = Whose.CLIENT


def hold_expired(hold: EndedHold, *, to_holder: bool) -> Compose:
    """To the freelancer: the money is theirs to use again. To the client: the hold is over, and what that means for them."""

    def compose(lang: Language, _person: Person) -> Text:
        amount = lang.money(hold.amount)
        subject = lang.gettext("A hold on money has ended")
        where = lang.gettext("It was held on your contract “%(title)s”.", title=hold.contract_title)
        if to_holder:
            first = lang.gettext("%(amount)s is no longer on hold. The time for this hold has run out.", amount=amount)
        else:
            first = lang.gettext("The hold on %(amount)s has ended. The time for this hold has run out.", amount=amount)
        then = _to_holder(lang, hold) if to_holder else _to_client(lang, hold)
        mail = lang.gettext("The time of the hold %(ref)s has run out, so it has ended.", ref=hold.ref)
        return Text(subject, in_paragraphs(first, where, then), in_paragraphs(mail, then))

    return compose


def _to_holder(lang: Language, hold: EndedHold) -> str:
    if hold.whose is Whose.BANK:
        return lang.gettext(
            "The money is back where it was and you can use it once it has cleared. The bank has not decided yet. If it gives "
            "the payment back after this, it is our loss: you owe it to nobody."
        )
    return lang.gettext(
        "The money is back where it was and you can use it once it has cleared. The claim to it is still open, "
        "but no more money is held for it."
    )


def _to_client(lang: Language, hold: EndedHold) -> str:
    if hold.whose is Whose.BANK:
        return lang.gettext("Your bank still decides about the payment. What it gives back you get from your bank, not from us.")
    if hold.whose is Whose.OURS:
        return lang.gettext(
            "We held it because of our own decision, and had told you of it. It was released before, so the freelancer can use "
            "it now. Nothing is needed from you."
        )
    return lang.gettext("Your claim is still open. If it is decided for you after this, we pay what would have been held.")


def _care(lang: Language, person: Person, due_at: datetime | None) -> str:
    """That somebody looks after money that came back, and by when."""
    if due_at is None:
        return ""
    return lang.gettext("A member of our staff takes care of it by %(day)s.", day=lang.last_day(due_at, person.zone))


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that goes back to a client, as they know it; `due_at`: by when somebody looks after what could not be sent.

    `also_called`: what of it their bank calls or gave back besides; `stopped`: nothing of it is left to be sent, because their
    bank calls it back; `called`: what their bank calls back and has not decided about; `by_bank`: what it gave back.
    """

    ref: str
    amount: Money
    contract_title: str
    due_at: datetime | None
    also_called: Money
    stopped: bool
    called: Money
    by_bank: Money


def refund_sent(facts: RefundFacts) -> Compose:
    """The marketplace has sent a client their money back."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("%(amount)s of your contract “%(title)s” was sent back to you, the way you paid.",
                             amount=lang.money(facts.amount), title=facts.contract_title)
        then = lang.gettext("Your bank may need some days for it. If it does not arrive, write to us and name %(ref)s.",
                            ref=facts.ref)
        twice = lang.gettext(
            "It was sent before it could be stopped, although your bank calls back %(amount)s of the same money. You owe that to "
            "nobody: what your bank gives you of it is our own loss.", amount=lang.money(facts.also_called),
        ) if facts.also_called else ""
        mail = lang.gettext("Money was sent back to you. Its reference is %(ref)s.", ref=facts.ref)
        return Text(lang.gettext("Money was sent back to you"), in_paragraphs(first, twice, then), in_paragraphs(mail, then))

    return compose


def refund_failed(facts: RefundFacts) -> Compose:
    """What goes back to a client could not be sent; it is theirs all the same."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("%(amount)s of your contract “%(title)s” could not be sent back the way you paid.",
                             amount=lang.money(facts.amount), title=facts.contract_title)
        then = _why_not_again(lang, facts) if facts.stopped else lang.gettext(
            "It is yours all the same. Write to us and name %(ref)s, so that it can reach you another way.", ref=facts.ref)
        besides = lang.gettext(
            "%(amount)s more of it is not sent from here, because your bank calls it back or gave it back.",
            amount=lang.money(facts.called + facts.by_bank),
        ) if not facts.stopped and (facts.called or facts.by_bank) else ""
        care = _care(lang, person, facts.due_at)
        mail = lang.gettext("Money could not be sent back to you. Its reference is %(ref)s.", ref=facts.ref)
        subject = lang.gettext("Money could not be sent back to you")
        return Text(subject, in_paragraphs(first, care, then, besides), in_paragraphs(mail, care, then))

    return compose


def _why_not_again(lang: Language, facts: RefundFacts) -> str:
    """A bank has this money, or decides about it."""
    if facts.called:
        return lang.gettext(
            "Your bank calls the same money back, so it is not sent again: your bank decides about it. It is %(ref)s here.",
            ref=facts.ref)
    return lang.gettext(
        "Your bank gave you the same money back, so it is not sent again. It is %(ref)s here.", ref=facts.ref)


def returned_text(ref: str, amount: Money, words: str, handle: str, *, payout: bool) -> Compose:
    """Our words, whole in the inbox, with the way to answer; the mail says only that we wrote."""

    def compose(lang: Language, _person: Person) -> Text:
        about = {"handle": handle, "amount": lang.money(amount)}
        first = lang.gettext("Reviewer %(handle)s writes to you about %(amount)s that did not arrive:", **about)
        way = lang.gettext("It is yours all the same.")
        if payout:
            way += " " + lang.gettext("You can choose another place and ask for the money again at any time.")
        answer = lang.gettext("To answer, write to us and name %(ref)s.", ref=ref)
        mail = lang.gettext("We wrote to you about money that did not arrive. Its reference is %(ref)s.", ref=ref)
        subject = lang.gettext("About money that did not arrive (%(ref)s)", ref=ref)
        return Text(subject, in_paragraphs(first, words, f"{way} {answer}"), in_paragraphs(mail, f"{way} {answer}"))

    return compose


@dataclass(frozen=True, slots=True)
class AdjustedFacts:
    """A correction as the person may know it: how much, on which milestone, and the words of whoever proposed it."""

    ref: str
    amount: Money
    added: bool
    contract_title: str
    milestone_number: int
    reason: str
    language: str


def funds_adjusted(facts: AdjustedFacts) -> Compose:
    """Money was added to what was released, or taken from it, with the reason in the words of whoever proposed it."""

    def compose(lang: Language, _person: Person) -> Text:
        said = {"amount": lang.money(facts.amount), "title": facts.contract_title, "number": facts.milestone_number}
        if facts.added:
            first = lang.gettext("We added %(amount)s to what was released on “%(title)s”, milestone %(number)s.", **said)
        else:
            first = lang.gettext("We took %(amount)s of what was released on “%(title)s”, milestone %(number)s.", **said)
        why = lang.gettext("The reason, as one of us wrote it: %(reason)s", reason=facts.reason)
        who = lang.gettext(
            "Somebody else of us has signed it. Only money that was free was touched. Is it wrong? Write to us and name %(ref)s.",
            ref=facts.ref,
        )
        mail = lang.gettext("A correction of your money was carried out: something was added. Its reference is %(ref)s.",
                            ref=facts.ref) if facts.added else (
            lang.gettext("A correction of your money was carried out: something was taken off. Its reference is %(ref)s.",
                         ref=facts.ref))
        return Text(lang.gettext("A correction of your money"), in_paragraphs(first, why, who), in_paragraphs(mail, who))

    return compose


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place for payouts as its owner knows it."""

    hint: str
    usable_from: datetime

    @classmethod
    def of(cls, place: Destination) -> PlaceFacts:
        return cls(place.hint, place.usable_from)


def destination_added(place: PlaceFacts) -> Compose:
    """A new place is on file; whoever did not add it has until then to take it away."""

    def compose(lang: Language, person: Person) -> Text:
        when = lang.instant(place.usable_from, person.zone)
        first = lang.gettext("A new place for payouts is on file: %(place)s.", place=lang.place(place.hint))
        then = lang.gettext("No money goes there before %(at)s.", at=when)
        wrong = lang.gettext(
            "If it was not you who added it, take it away on the page of your places for payouts, and write to us at once."
        )
        mail = lang.gettext("A new place for payouts was put on file for your account.")
        return Text(lang.gettext("A new place for payouts"), in_paragraphs(first, then, wrong), in_paragraphs(mail, then, wrong))

    return compose


def destination_ended(place: PlaceFacts) -> Compose:
    """A place was taken away."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("We no longer pay to: %(place)s. It was taken away.", place=lang.place(place.hint))
        then = lang.gettext("A payout that is on its way there still arrives. If it was not you, write to us at once.")
        mail = lang.gettext("A place for payouts of your account was taken away.")
        return Text(lang.gettext("A place for payouts was taken away"), in_paragraphs(first, then), in_paragraphs(mail, then))

    return compose
