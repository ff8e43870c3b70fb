"""What both sides are told of an offer to settle. Mails name the dispute only; the inbox says what money would move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.disputes.messages import DisputeFacts, about
from portal.disputes.models import OfferEnd
from portal.notices.operations import Compose, Text


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as both sides know it: who made it, what goes back to the client, what to the freelancer, until when."""

    dispute: DisputeFacts
    by: str
    back: Money
    fee: Money
    kept: Money
    until: datetime
    words: str


def moves(lang: Language, offer: Offered) -> str:
    """What money an offer moves, in words for both sides, with our fee that goes back with it."""
    first = _moves(lang, offer)
    if not offer.fee:
        return first
    fee = lang.gettext(
        "Our fee for it, %(fee)s, goes back to %(client)s too: that is %(total)s in all.", fee=lang.money(offer.fee),
        client=offer.dispute.client, total=lang.money(offer.back + offer.fee),
    )
    return f"{first} {fee}"


def _moves(lang: Language, offer: Offered) -> str:
    back, kept = lang.money(offer.back), lang.money(offer.kept)
    client, freelancer = offer.dispute.client, offer.dispute.freelancer
    if not offer.back:
        return lang.gettext("%(kept)s is released to %(freelancer)s, and nothing goes back to %(client)s.", kept=kept,
                            freelancer=freelancer, client=client)
    if not offer.kept:
        return lang.gettext("%(back)s goes back to %(client)s, and nothing is left for %(freelancer)s.", back=back,
                            freelancer=freelancer, client=client)
    return lang.gettext("%(back)s goes back to %(client)s, and %(kept)s is released to %(freelancer)s.", back=back, kept=kept,
                        freelancer=freelancer, client=client)


def offered(offer: Offered, *, mine: bool) -> Compose:
    """To who made it: a receipt. To the other side: the offer, word for word, and what they can do with it."""

    def compose(lang: Language, person: Person) -> Text:
        day, ref = lang.last_day(offer.until, person.zone), offer.dispute.ref
        if mine:
            subject = lang.gettext("We sent your offer to settle a dispute")
            mail = first = lang.gettext("We sent your offer in the dispute %(ref)s to the other side.", ref=ref)
            then = lang.gettext("It is open until %(day)s. Until then you can take it back.", day=day)
        else:
            subject = lang.gettext("You have an offer to settle a dispute")
            first = lang.gettext("%(name)s offers to settle the dispute %(ref)s.", name=offer.by, ref=ref)
            mail = lang.gettext("The other side offers to settle the dispute %(ref)s.", ref=ref)
            then = lang.gettext(
                "You can accept it until %(day)s; then it is done at once and the dispute ends. You can also decline it or make "
                "an offer of your own. If you do nothing, it lapses and the dispute goes on.", day=day,
            )
        body = in_paragraphs(first, moves(lang, offer), offer.words, then, about(lang, offer.dispute))
        return Text(subject, body, in_paragraphs(mail, then))

    return compose


def ended(offer: Offered, kind: OfferEnd, *, mine: bool) -> Compose:
    """To both: an offer is no longer open, and why. `mine`: the reader made it."""

    def compose(lang: Language, _person: Person) -> Text:
        ref, name, mail = offer.dispute.ref, offer.by, ""
        if kind is OfferEnd.DECLINED:
            first = lang.gettext("Your offer in the dispute %(ref)s was declined.", ref=ref) if mine else (
                lang.gettext("You declined the offer in the dispute %(ref)s.", ref=ref))
        elif kind is OfferEnd.TAKEN_BACK:
            first = lang.gettext("You took back your offer in the dispute %(ref)s.", ref=ref) if mine else (
                lang.gettext("%(name)s took back the offer in the dispute %(ref)s.", name=name, ref=ref))
            mail = "" if mine else lang.gettext("The other side took back the offer in the dispute %(ref)s.", ref=ref)
        elif mine:
            first = lang.gettext("The time of your offer in the dispute %(ref)s has passed, so it lapsed.", ref=ref)
        else:
            first = lang.gettext("The time of the offer in the dispute %(ref)s has passed, so it lapsed.", ref=ref)
        then = lang.gettext("No money has moved. The dispute goes on, and each of you can make an offer.")
        subject = lang.gettext("An offer to settle a dispute is no longer open")
        return Text(subject, in_paragraphs(first, then, about(lang, offer.dispute)), in_paragraphs(mail or first, then))

    return compose


def settled(offer: Offered, *, to_client: bool) -> Compose:
    """To both: they agreed, and the money has moved."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("You and %(name)s have settled the dispute %(ref)s.", ref=offer.dispute.ref,
                             name=offer.dispute.freelancer if to_client else offer.dispute.client)
        then = lang.gettext("This is done, and the dispute has ended. We decide nothing any more.")
        mail = lang.gettext("The dispute %(ref)s is settled by both sides and has ended.", ref=offer.dispute.ref)
        body = in_paragraphs(first, moves(lang, offer), then, about(lang, offer.dispute))
        return Text(lang.gettext("You have settled a dispute"), body, mail)

    return compose
