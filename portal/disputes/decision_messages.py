"""What both sides are told of a decision: the same facts, in words of their own. Mails name the dispute only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.text import in_paragraphs
from portal.disputes.messages import DisputeFacts, about
from portal.disputes.models import Outcome
from portal.disputes.ruling import Ruling
from portal.notices.operations import Compose, Text

Sentence = Callable[[Language, DisputeFacts, Ruling], str]


def gives_client(lang: Language, facts: DisputeFacts, ruling: Ruling) -> str:
    """To the client: to whom the money goes by this decision."""
    back, kept, name = lang.money(ruling.back), lang.money(ruling.kept), facts.freelancer
    if not ruling.back and not ruling.kept:
        return lang.gettext("No money moves, because nothing was on hold.")
    if ruling.by_us and ruling.back:
        return lang.gettext("%(back)s goes back to you. We pay it, because we were late and the hold had ended.", back=back)
    if ruling.outcome is Outcome.SPLIT:
        return lang.gettext("%(back)s goes back to you and %(kept)s goes to %(name)s.", back=back, kept=kept, name=name)
    if ruling.outcome is Outcome.REFUND:
        return lang.gettext("%(back)s goes back to you.", back=back)
    return lang.gettext("%(kept)s goes to %(name)s, and nothing goes back to you.", kept=kept, name=name)


def gives_freelancer(lang: Language, facts: DisputeFacts, ruling: Ruling) -> str:
    """To the freelancer: to whom the money goes by this decision."""
    back, kept, name = lang.money(ruling.back), lang.money(ruling.kept), facts.client
    if not ruling.back and not ruling.kept:
        return lang.gettext("No money moves, because nothing was on hold.")
    if ruling.by_us and ruling.back:
        message = "%(name)s gets %(back)s back from us, because we were late. Nothing is taken from you."
        return lang.gettext(message, name=name, back=back)
    if ruling.outcome is Outcome.SPLIT:
        return lang.gettext("%(kept)s is yours and %(back)s goes back to %(name)s.", back=back, kept=kept, name=name)
    if ruling.outcome is Outcome.REFUND:
        return lang.gettext("%(back)s goes back to %(name)s.", back=back, name=name)
    return lang.gettext("%(kept)s is yours.", kept=kept)


def gives(to_client: bool) -> Sentence:
    return gives_client if to_client else gives_freelancer


def with_fee(to_client: bool) -> Sentence:
    """What of our fee goes back with it, and what the client gets in all; nothing where there is no fee."""
    return fee_client if to_client else fee_freelancer


def fee_client(lang: Language, facts: DisputeFacts, ruling: Ruling) -> str:
    """To the client: our fee that comes back too, and all of it together."""
    if not ruling.fee:
        return ""
    message = "Our fee for it, %(fee)s, goes back to you too: that is %(total)s in all."
    return lang.gettext(message, fee=lang.money(ruling.fee), total=lang.money(ruling.in_all))


def fee_freelancer(lang: Language, facts: DisputeFacts, ruling: Ruling) -> str:
    """To the freelancer: our fee goes back to the client too, and is not theirs to pay."""
    if not ruling.fee:
        return ""
    message = "Our fee for it, %(fee)s, goes back to %(name)s too: that is %(total)s in all. We pay the fee back, not you."
    return lang.gettext(message, fee=lang.money(ruling.fee), total=lang.money(ruling.in_all), name=facts.client)


def says(to_client: bool) -> Sentence:
    """To whom the money goes, with our fee."""

    def say(lang: Language, facts: DisputeFacts, ruling: Ruling) -> str:
        return " ".join(text for text in (
            gives(to_client)(lang, facts, ruling), with_fee(to_client)(lang, facts, ruling)
        ) if text)

    return say


def cited_words(lang: Language, ruling: Ruling) -> str:
    """The words that a decision rests on."""
    if ruling.term is not None:
        number, text = ruling.term.number, ruling.term.text or ""
        return lang.gettext("We rest this on term %(number)s of your contract: %(text)s", number=number, text=text)
    if ruling.clause is not None:
        number, heading = ruling.clause.number, ruling.clause.heading_in(lang.code)
        return lang.gettext("We rest this on rule %(number)s, %(heading)s.", number=number, heading=heading)
    return ""


def _reasons(lang: Language, ruling: Ruling) -> str:
    return in_paragraphs(cited_words(lang, ruling), lang.gettext("Our reasons:"), ruling.reasons)


def decided(facts: DisputeFacts, ruling: Ruling, due_at: datetime, *, to_client: bool) -> Compose:
    """To one side: what we decided, why, and what they can do until when."""

    def compose(lang: Language, person: Person) -> Text:
        day = lang.last_day(due_at, person.zone)
        first = lang.gettext("We decided the dispute %(ref)s.", ref=facts.ref)
        then = lang.gettext(
            "If you both accept this, it is done at once. Otherwise it is done after %(day)s. Until then you can ask once "
            "that somebody else reviews it (our promises %(first)s and %(second)s).", day=day,
            **facts.numbers("dispute_acceptance", "review_ask"),
        )
        body = in_paragraphs(f"{first} {says(to_client)(lang, facts, ruling)}", about(lang, facts), _reasons(lang, ruling), then)
        return Text(lang.gettext("We decided a dispute"), body, in_paragraphs(first, then))

    return compose


def reminder(facts: DisputeFacts, due_at: datetime) -> Compose:
    """To a side that has said nothing to our decision yet: until when it can, and what follows if it does not."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "You have not said anything yet to our decision in the dispute %(ref)s. Until %(day)s you can accept it, or ask once "
            "that somebody else reviews it.", ref=facts.ref, day=lang.last_day(due_at, person.zone))
        then = lang.gettext("If you do neither, it is carried out after that (our promises %(first)s and %(second)s).",
                            **facts.numbers("dispute_acceptance", "review_ask"))
        return Text(lang.gettext("Our decision waits for what you say to it"),
                    in_paragraphs(first, about(lang, facts), then), in_paragraphs(first, then))

    return compose


def review_asked(
    facts: DisputeFacts, reason: str, answer_by: datetime, *, asked_by: str, by_reader: bool, of_silence: bool = False
) -> Compose:
    """To who asked: a receipt. To the other side: that it was asked, in the words in which it was asked. `of_silence`: who asks
    did not answer in time."""

    def compose(lang: Language, person: Person) -> Text:
        if of_silence and by_reader:
            subject = lang.gettext("We have your request for a review")
            first = lang.gettext("You did not answer the dispute %(ref)s in time. Somebody now looks at whether the money goes "
                                 "back.", ref=facts.ref)
        elif of_silence:
            subject = lang.gettext("Somebody looks at a dispute")
            first = lang.gettext("%(name)s did not answer the dispute %(ref)s in time, and asked that somebody looks at whether "
                                 "the money goes back.", name=asked_by, ref=facts.ref)
        elif by_reader:
            subject = lang.gettext("We have your request for a review")
            first = lang.gettext("Somebody else reviews the decision in the dispute %(ref)s.", ref=facts.ref)
        else:
            subject = lang.gettext("The decision in a dispute is reviewed")
            first = lang.gettext("%(name)s asked that somebody else reviews the decision in the dispute %(ref)s.",
                                 name=asked_by, ref=facts.ref)
        then = lang.gettext("You hear from us by %(day)s (our promise %(number)s). Until then no money moves.",
                            day=lang.last_day(answer_by, person.zone), **facts.numbers("review_answer"))
        return Text(subject, in_paragraphs(first, about(lang, facts), then, reason), in_paragraphs(first, then))

    return compose


def carried_out(facts: DisputeFacts, ruling: Ruling, because: str, *, to_client: bool) -> Compose:
    """To one side: the decision is carried out. `because`: accepted (by both), time (nobody asked for a review), or silence."""
    if because == "silence":
        return _unanswered(facts, ruling, to_client=to_client)

    def compose(lang: Language, _person: Person) -> Text:
        why = {
            "accepted": lang.gettext("You both accepted the decision in the dispute %(ref)s, so it is done.", ref=facts.ref),
            "time": lang.gettext("The time to ask for a review of the decision in the dispute %(ref)s has passed, so it is "
                                 "done.", ref=facts.ref),
        }[because]
        first = says(to_client)(lang, facts, ruling)
        over = lang.gettext("The dispute has ended.")
        return Text(lang.gettext("A dispute has ended"), in_paragraphs(f"{why} {over}", first, about(lang, facts)),
                    f"{why} {over}")

    return compose


def _unanswered(facts: DisputeFacts, ruling: Ruling, *, to_client: bool) -> Compose:
    """To one side: nobody answered or asked for a review, and what was on hold went back to the client."""

    def compose(lang: Language, _person: Person) -> Text:
        first = says(to_client)(lang, facts, ruling)
        if not ruling.back:
            first = lang.gettext("Nothing was on hold for this dispute any more, so no money goes back.")
        why = lang.gettext(
            "The dispute %(ref)s was not answered in time (our promises %(first)s and %(second)s).", ref=facts.ref,
            **facts.numbers("dispute_answer", "dispute_refund_delay"),
        )
        back = lang.gettext("What was on hold goes back to you.") if to_client else (
            lang.gettext("What was on hold goes back to the client."))
        over = lang.gettext("The dispute has ended.")
        return Text(lang.gettext("A dispute has ended"), in_paragraphs(first, f"{why} {over}", about(lang, facts)),
                    in_paragraphs(f"{why} {over}", back if ruling.back else first))

    return compose


def reviewed(facts: DisputeFacts, ruling: Ruling, *, changed: bool, to_client: bool) -> Compose:
    """To one side: what somebody else decided in the review, and that it is done."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("Somebody else looked at the dispute %(ref)s again and changed the decision.", ref=facts.ref)
        if not changed:
            first = lang.gettext("Somebody else looked at the dispute %(ref)s again. The decision stands.", ref=facts.ref)
        done = lang.gettext("It is carried out now, and the dispute has ended.")
        body = in_paragraphs(f"{first} {says(to_client)(lang, facts, ruling)}", done, about(lang, facts), _reasons(lang, ruling))
        return Text(lang.gettext("A dispute was reviewed"), body, in_paragraphs(first, done))

    return compose
