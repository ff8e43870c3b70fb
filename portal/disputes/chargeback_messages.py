"""What both sides are told of a chargeback: that a client may always turn to their bank, and whose money it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.disputes.messages import HeldBefore, about, gave_way
from portal.notices.operations import Compose, Text

WENT_BACK = N_("%(amount)s of it was already paid back before. We tell the bank so.")
HEARD = N_("You can write what the bank should know. It goes to the bank with what we send, as long as we have not answered it.")
UNHEARD = N_("The bank decided before we had answered it, so what you wrote for it was not sent.")
AGAIN = {
    True: N_("%(amount)s, which we had stopped, is sent back to you from here now."),
    False: N_("%(amount)s, which we had stopped, is sent back to the client from here now."),
}
"""What becomes of a refund that was stopped, where the payment stands: to the client, and to the freelancer."""


@dataclass(frozen=True, slots=True)
class CalledBack:
    """A chargeback as both sides know it. `gone`: what of it was not free any more; `before`: what was refunded before;
    `beyond`: what was never paid for the milestone; `stopped`: what of a refund that was not sent is stopped for it, or was;
    `paid_in`: what was paid in and not released when it came.

    `gave_way`: what of our own holds ended for it, which only the freelancer hears. `said`: how often the freelancer wrote for
    the bank; `unheard`: and nothing of it was sent; `owners`: of
    the freelancer's account, who write it.
    """

    ref: str
    contract_title: str
    milestone: int
    client: str
    freelancer: str
    amount: Money
    before: Money
    beyond: Money
    stopped: Money
    paid_in: Money
    held: Money
    gone: Money
    held_until: datetime | None
    dispute_ref: str | None = None
    reason: str = ""
    said: int = 0
    unheard: bool = False
    owners: frozenset[UUID] = frozenset()
    gave_way: tuple[HeldBefore, ...] = ()


def means_for_freelancer(lang: Language, facts: CalledBack, zone: str) -> list[str]:
    """What a chargeback means for the freelancer's money: only what is still there of this milestone, never more."""
    said = [lang.gettext(
        "%(amount)s of it was paid in and not released yet. It cannot be released until the bank has decided.",
        amount=lang.money(facts.paid_in))] if facts.paid_in else []
    if facts.stopped:
        said.append(lang.gettext(
            "%(amount)s of it was about to be sent back to the client. We stopped that until the bank has decided.",
            amount=lang.money(facts.stopped)))
    if facts.held and facts.held_until is not None:
        said.append(lang.gettext(
            "%(amount)s of this milestone is on hold until the bank has decided, and until %(day)s at the latest.",
            amount=lang.money(facts.held), day=lang.last_day(facts.held_until, zone)))
    if facts.gone:
        said.append(lang.gettext(
            "%(amount)s of it was not free any more. You owe it to nobody: if the bank gives it back, it is our loss.",
            amount=lang.money(facts.gone)))
    said.append(lang.gettext(
        "Nothing else of yours is touched, now or later, and it changes nothing about the standing of your account."))
    return said


def received(facts: CalledBack, *, to_client: bool) -> Compose:
    """To both: a bank calls a payment back, what that means for them, and that nobody is asked to drop it."""

    def compose(lang: Language, person: Person) -> Text:
        amount = lang.money(facts.amount)
        if to_client:
            subject = lang.gettext("Your bank calls a payment back")
            first = lang.gettext("Your bank told us that %(amount)s is called back.", amount=amount)
            then = [lang.gettext("You may always do that, and we ask you for nothing because of it. Your bank decides about the "
                                 "money. What we send the bank about it, you see on the same day.")]
            then += [lang.gettext(
                "%(amount)s of it was paid in and not released yet. It stays here until your bank has decided, so that you do "
                "not get it twice.", amount=lang.money(facts.paid_in))] if facts.paid_in else []
            then += [lang.gettext(
                "%(amount)s of it was about to be sent back to you from here. We stopped that until your bank has decided. If "
                "your bank does not give it back, we send it.", amount=lang.money(facts.stopped))] if facts.stopped else []
        else:
            subject = lang.gettext("A bank calls a payment back")
            first = lang.gettext("The bank of %(name)s calls back %(amount)s.", name=facts.client, amount=amount)
            then = [
                lang.gettext("The bank's reason: %(reason)s", reason=facts.reason) if facts.reason else "",
                *means_for_freelancer(lang, facts, person.zone), *(gave_way(lang, one, person) for one in facts.gave_way),
            ]
        over = lang.gettext("The dispute %(ref)s is closed, because the bank decides now. What was said in it stays on record.",
                            ref=facts.dispute_ref) if facts.dispute_ref else ""
        before = lang.gettext(WENT_BACK, amount=lang.money(facts.before)) if facts.before else ""
        beyond = lang.gettext("%(amount)s of it was never paid for this milestone. We tell the bank so.",
                              amount=lang.money(facts.beyond)) if facts.beyond else ""
        mail = lang.gettext(
            "Your bank calls a payment back. Its reference here is %(ref)s. You may always do that, and we ask you for nothing "
            "because of it.", ref=facts.ref,
        ) if to_client else lang.gettext(
            "The bank of a client calls a payment back. Its reference here is %(ref)s. Only what is still there of that one "
            "milestone can be put on hold for it, and it changes nothing about the standing of your account.", ref=facts.ref,
        )
        heard = lang.gettext(HEARD) if person.id in facts.owners and not to_client else ""
        return Text(subject, in_paragraphs(first, about(lang, facts), *then, before, beyond, over, heard),
                    in_paragraphs(mail, heard, over))

    return compose


def words_kept(facts: CalledBack) -> Compose:
    """The receipt for what the freelancer wrote for the bank: where it goes, and who reads it from when on."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext(
            "We have what you wrote about the chargeback %(ref)s. It goes to the bank word for word with our answer.",
            ref=facts.ref)
        then = lang.gettext("%(name)s can read it from then on. If the bank decides before we have answered, it does not get it.",
                            name=facts.client)
        return Text(lang.gettext("We have your words for the bank"), in_paragraphs(first, about(lang, facts), then), first)

    return compose


def contested(facts: CalledBack, *, to_client: bool) -> Compose:
    """To both, on the same day: that we answered the bank, and where every word of it can be read."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("We have answered the bank about the payment %(ref)s. The marketplace passes our answer on.",
                             ref=facts.ref)
        if to_client:
            then = lang.gettext(
                "What we sent comes from the record: the terms of the contract, what was released and when, and what both of you "
                "said. You can read every word of it on its page.")
        elif facts.said and person.id in facts.owners:
            then = lang.gettext(
                "What we sent comes from the record, and what you wrote for the bank is in it. You can read every word of it on "
                "its page.")
        else:
            then = lang.gettext("What we sent comes from the record. You can read every word of it on its page.")
        return Text(lang.gettext("What we sent the bank"), in_paragraphs(first, about(lang, facts), then),
                    in_paragraphs(first, then))

    return compose


def decided(facts: CalledBack, taken: Money, loss: Money, *, lost: bool, to_client: bool) -> Compose:
    """To both: how the bank decided, and whose money moved."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext("The bank has decided")
        unheard = lang.gettext(UNHEARD) if facts.unheard and person.id in facts.owners and not to_client else ""
        if not lost:
            first = lang.gettext("The bank has decided about the payment %(ref)s: it stands.", ref=facts.ref)
            then = lang.gettext("Nothing is on hold for it any more.") if not to_client else (
                lang.gettext("If the time for it still runs, you can contest the milestone here."))
            free = lang.gettext("%(amount)s, which was paid in, can be released or given back again.",
                                amount=lang.money(facts.paid_in)) if facts.paid_in else ""
            again = lang.gettext(AGAIN[to_client], amount=lang.money(facts.stopped)) if facts.stopped else ""
            return Text(subject, in_paragraphs(first, then, free, again, unheard, about(lang, facts)), in_paragraphs(first, then))
        first = lang.gettext("The bank has decided about the payment %(ref)s: it gives the money back.", ref=facts.ref)
        if to_client:
            mail = then = lang.gettext("You get it from your bank, so it is not refunded here as well.")
        elif taken:
            then = lang.gettext("%(amount)s, which was on hold for it, went back.", amount=lang.money(taken))
            mail = lang.gettext("What was on hold for it went back. Nothing else of yours was touched.")
        else:
            mail = then = lang.gettext("Nothing was on hold for it, so nothing of yours went back.")
        unearned = lang.gettext("%(amount)s of it was paid in and not released, so it went back from there.",
                                amount=lang.money(facts.paid_in)) if facts.paid_in and not to_client else ""
        kept = lang.gettext(
            "%(amount)s of it would have been sent back to the client from here. That went to the bank instead.",
            amount=lang.money(facts.stopped)) if facts.stopped and not to_client else ""
        ours = lang.gettext("%(amount)s is our own loss. You owe it to nobody.", amount=lang.money(loss)) if (
            loss and not to_client) else ""
        return Text(subject, in_paragraphs(first, then, unearned, kept, ours, unheard, about(lang, facts)),
                    in_paragraphs(first, mail))

    return compose
