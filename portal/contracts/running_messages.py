"""What the sides of a running contract are told of each other's choice. Mails say nothing of what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from portal.accounts.models import Person
from portal.contracts.choice_models import Way
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.notices.operations import Compose, Text


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice as both sides know it; `release`: for settling, what of the money paid in goes to the freelancer. `paid_in`:
    whether any was paid in for work that is not released. `money`: who looks after the money of either side."""

    title: str
    client: str
    freelancer: str
    by: str
    way: Way
    release: Money | None
    words: str
    paid_in: bool
    money: frozenset[UUID] = frozenset()

    def tells(self, person: Person) -> bool:
        """Whether somebody reads what was chosen: what is about money is for who looks after it, as on the contract's page."""
        return self.way is Way.FINISH or person.id in self.money


def means(lang: Language, choice: Chosen) -> str:
    """What a way means for the work and for the money."""
    if choice.way is Way.FINISH:
        what = lang.gettext("Finish: the work goes on as agreed, as soon as it can.")
        kept = lang.gettext("What is paid in stays %(client)s’s until it is released.", client=choice.client)
        return f"{what} {kept}" if choice.paid_in else what
    if choice.way is Way.HAND_OVER:
        what = lang.gettext(
            "Hand over: %(freelancer)s gives what exists to %(client)s, and somebody else goes on. Delivered work is paid as "
            "agreed.", client=choice.client, freelancer=choice.freelancer)
        back = lang.gettext("What is paid in for work that was not delivered goes back to %(client)s.", client=choice.client)
        return f"{what} {back}" if choice.paid_in else what
    amount = lang.money(choice.release) if choice.release is not None else ""
    return lang.gettext(
        "Settle: of what is paid in and not released, %(amount)s goes to %(freelancer)s and the rest back to %(client)s. Then "
        "the contract ends.", amount=amount, client=choice.client, freelancer=choice.freelancer)


def _said(lang: Language, choice: Chosen, person: Person) -> str:
    """What a way means, for who reads it; that there is something to read, for the others."""
    if choice.tells(person):
        return means(lang, choice)
    return lang.gettext("What was chosen is about money: whoever looks after the money of your account reads it on the "
                        "contract’s page.")


def chosen(choice: Chosen) -> Compose:
    """To the other side: what was chosen, and that it counts only if they choose the same."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("%(name)s has chosen how your contract “%(title)s” should go on.", name=choice.by,
                             title=choice.title)
        then = lang.gettext("It counts only if you choose the same. Until then everything stays as it is.")
        mail = lang.gettext("The other side of one of your contracts has chosen how it should go on.")
        subject = lang.gettext("How should your contract go on?")
        words = choice.words if choice.tells(person) else ""
        return Text(subject, in_paragraphs(first, _said(lang, choice, person), words, then), in_paragraphs(mail, then))

    return compose


def agreed(choice: Chosen) -> Compose:
    """To both: they chose the same, and what follows."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("You have both chosen the same for your contract “%(title)s”.", title=choice.title)
        then = lang.gettext("We have asked the marketplace to carry it out. What was released before stays as it is.")
        mail = lang.gettext("You have both agreed on how one of your contracts goes on.")
        return Text(lang.gettext("You agreed on your contract"), in_paragraphs(first, _said(lang, choice, person), then), mail)

    return compose


def asked_again(title: str, *, settles: bool) -> Compose:
    """To both: what they chose is not possible any more, and what is. `settles`: whether there is money that can be divided."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext(
            "One of the two accounts of your contract “%(title)s” was closed, so no work can be finished there. To finish, as "
            "it was chosen before, is not possible any more.", title=title)
        ways = lang.gettext("Please choose again on its page. You can hand over what exists, or settle and end the contract.")
        only = lang.gettext("Please choose again on its page. You can hand over what exists.")
        then = lang.gettext("It counts when you both choose the same. What was released before stays as it is.")
        mail = lang.gettext("What was chosen for one of your contracts is not possible any more. Please choose again.")
        subject = lang.gettext("Please choose again how your contract goes on")
        return Text(subject, in_paragraphs(first, ways if settles else only, then), mail)

    return compose


def carried_out(choice: Chosen) -> Compose:
    """To both: the marketplace has done what they agreed."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("The marketplace has carried out what you both agreed for your contract “%(title)s”.",
                             title=choice.title)
        mail = lang.gettext("The marketplace has carried out what you agreed on one of your contracts.")
        return Text(lang.gettext("What you agreed was carried out"), in_paragraphs(first, _said(lang, choice, person)), mail)

    return compose
