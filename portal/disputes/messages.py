"""What both sides of a dispute are told. Mails name the dispute and the promise only; the inbox says everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.accounts.models import Person
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.text import in_paragraphs
from portal.disputes.shortfall import Shortfall
from portal.notices.operations import Compose, Text
from portal.rulebook.queries import Promise


class OfMilestone(Protocol):
    """What is about one milestone of a contract."""

    @property
    def contract_title(self) -> str: ...

    @property
    def milestone(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as both sides may know it: they see what the other has written."""

    ref: str
    contract_title: str
    milestone: int
    client: str
    freelancer: str
    amount: Money
    held: Money
    held_until: datetime
    term_number: str
    term_text: str
    agreed: str
    happened: str
    answer_by: datetime
    promised: Mapping[str, Promise]
    answer: str = ""
    short: Shortfall | None = None

    def numbers(self, *names: str) -> dict[str, str]:
        """The published numbers of promises, as sentences name them: `number`, or `first` and `second`."""
        keys = ("number",) if len(names) == 1 else ("first", "second")
        return {key: self.promised[name].number for key, name in zip(keys, names, strict=True)}


@dataclass(frozen=True, slots=True)
class HeldBefore:
    """What a hold of ours gave way to a dispute: because of which decision it was held, how much, what is left of it."""

    action_ref: str
    taken: Money
    left: Money | None
    until: datetime


def about(lang: Language, facts: OfMilestone) -> str:
    """Which milestone of which contract it is about."""
    return lang.gettext(
        "It is about milestone %(number)s of the contract “%(title)s”.", number=facts.milestone, title=facts.contract_title
    )


def _their_words(lang: Language, facts: DisputeFacts) -> str:
    return in_paragraphs(
        lang.gettext("The words of the contract: %(number)s. %(text)s", number=facts.term_number, text=facts.term_text),
        lang.gettext("What was agreed, as %(name)s wrote it:", name=facts.client), facts.agreed,
        lang.gettext("What happened, as %(name)s wrote it:", name=facts.client), facts.happened,
    )


def _files(lang: Language, lines: Sequence[str]) -> str:
    """What came with it, one line for each file."""
    first = lang.gettext("Files that came with it; both sides can open them on the page of the dispute:")
    return "\n".join([first, *lines]) if lines else ""


def _held(lang: Language, facts: DisputeFacts, person: Person, before: Sequence[HeldBefore] = ()) -> str:
    paid_out = facts.short is None or facts.short.paid_out
    if not facts.held:
        if paid_out:
            return lang.gettext("No money could be put on hold: what was paid for this milestone is no longer there.")
        return lang.gettext("No money could be put on hold: nothing of what was paid for this milestone is free any more.")
    now = lang.gettext(
        "%(amount)s of this milestone is on hold until %(day)s at the latest. No other money is held for this.",
        amount=lang.money(facts.held), day=lang.last_day(facts.held_until, person.zone),
    )
    gone = ""
    if facts.short and paid_out:
        gone = lang.gettext("%(amount)s of what is contested had been paid out before and cannot be put on hold.",
                            amount=lang.money(facts.short.amount))
    elif facts.short:
        gone = lang.gettext("%(amount)s of what is contested was not free any more and cannot be put on hold.",
                            amount=lang.money(facts.short.amount))
    return in_paragraphs(now, gone, *(gave_way(lang, one, person) for one in before))


def gave_way(lang: Language, before: HeldBefore, person: Person) -> str:
    """To the freelancer: what of our own hold has ended for the claim of a client, and what of it stays."""
    first = lang.gettext(
        "%(amount)s of it was on hold because of our decision %(ref)s. That hold has ended: a client's own claim comes before "
        "ours.", amount=lang.money(before.taken), ref=before.action_ref,
    )
    left = lang.gettext(
        "%(amount)s stays on hold because of that decision, until %(day)s at the latest as before.",
        amount=lang.money(before.left), day=lang.last_day(before.until, person.zone),
    ) if before.left is not None else lang.gettext("Nothing of this milestone is on hold because of that decision any more.")
    return f"{first} {left}"


def silence(lang: Language, facts: DisputeFacts, *, to_client: bool) -> str:
    """What follows when nobody answers."""
    if to_client:
        return lang.gettext(
            "If you do not answer by then, the dispute is closed and what is on hold is released to the other side (our promise "
            "%(number)s).", **facts.numbers("dispute_client_answer"),
        )
    return lang.gettext(
        "If you do not answer, what is on hold goes back to the client %(days)s days after that (our promises %(first)s and "
        "%(second)s).",
        days=facts.promised["dispute_refund_delay"].length, **facts.numbers("dispute_answer", "dispute_refund_delay"),
    )


def decided_by(lang: Language, facts: DisputeFacts, person: Person, decide_by: datetime) -> str:
    """Until when we decide, with the promise that says so."""
    return lang.gettext(
        "We decide by %(day)s (our promise %(number)s).", day=lang.last_day(decide_by, person.zone),
        **facts.numbers("dispute_decision"),
    )


def opened(facts: DisputeFacts, before: Sequence[HeldBefore] = (), files: Sequence[str] = ()) -> Compose:
    """To the freelancer: all of it, and what happens next. `files`: what each file shows that came with it."""

    def compose(lang: Language, person: Person) -> Text:
        day = lang.last_day(facts.answer_by, person.zone)
        first = lang.gettext("%(name)s asks for %(amount)s back.", name=facts.client, amount=lang.money(facts.amount))
        until = lang.gettext("Please answer by %(day)s. Nothing has been decided.", day=day)
        silent = f"{silence(lang, facts, to_client=False)} {lang.gettext('Until then you can still answer.')}"
        mail = lang.gettext("A client opened the dispute %(ref)s about one of your contracts.", ref=facts.ref)
        return Text(
            lang.gettext("A dispute needs your answer"),
            in_paragraphs(
                first, about(lang, facts), _their_words(lang, facts), _files(lang, files),
                _held(lang, facts, person, before), until, silent,
            ),
            in_paragraphs(mail, until, silent),
        )

    return compose


def receipt(facts: DisputeFacts, report_ref: str | None = None, files: Sequence[str] = ()) -> Compose:
    """To the client: their dispute has arrived, word for word; and the report that they sent to us alone with it."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "We have your dispute about %(amount)s. Its reference is %(ref)s.", ref=facts.ref,
            amount=lang.money(facts.amount),
        )
        then = lang.gettext(
            "We sent it to %(name)s, who has at least until %(day)s to answer. You can withdraw it at any time.",
            name=facts.freelancer, day=lang.last_day(facts.answer_by, person.zone),
        )
        also = lang.gettext(
            "You also told us that a rule may apply. This is your report %(ref)s. %(name)s does not see it.",
            ref=report_ref, name=facts.freelancer,
        ) if report_ref else ""
        mail = in_paragraphs(
            lang.gettext("We have your dispute. Its reference is %(ref)s.", ref=facts.ref),
            lang.gettext("The other side has at least until %(day)s to answer.", day=lang.last_day(facts.answer_by, person.zone)),
        )
        body = in_paragraphs(
            first, about(lang, facts), then, _held(lang, facts, person), also, _their_words(lang, facts), _files(lang, files)
        )
        return Text(lang.gettext("We have your dispute"), body, mail)

    return compose


def answered(facts: DisputeFacts, decide_by: datetime) -> Compose:
    """To the client: what the freelancer answered."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("%(name)s has answered your dispute %(ref)s:", name=facts.freelancer, ref=facts.ref)
        then = decided_by(lang, facts, person, decide_by)
        mail = lang.gettext("The dispute %(ref)s was answered.", ref=facts.ref)
        body = in_paragraphs(first, facts.answer, about(lang, facts), then)
        return Text(lang.gettext("Your dispute was answered"), body, in_paragraphs(mail, then))

    return compose


def answer_receipt(facts: DisputeFacts, decide_by: datetime) -> Compose:
    """To the freelancer: their answer has arrived."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("We have your answer in the dispute %(ref)s and sent it to %(name)s.", ref=facts.ref,
                             name=facts.client)
        then = decided_by(lang, facts, person, decide_by)
        mail = lang.gettext("We have your answer in the dispute %(ref)s.", ref=facts.ref)
        return Text(lang.gettext("We have your answer"), in_paragraphs(first, then, facts.answer), in_paragraphs(mail, then))

    return compose


def still_possible(lang: Language, facts: DisputeFacts, refund_at: datetime, person: Person) -> str:
    """To who did not answer in time: what they can do until what is on hold goes back, and that it then does."""
    if not facts.held:
        return lang.gettext("You can still answer. Nothing is on hold for it any more, so nothing goes back to the client.")
    return lang.gettext(
        "You can still answer, or ask that somebody else reviews this, until %(day)s. If you do neither, what is on hold goes "
        "back to the client then (our promise %(number)s).", day=lang.last_day(refund_at, person.zone),
        **facts.numbers("dispute_refund_delay"),
    )


def unanswered(facts: DisputeFacts, refund_at: datetime, *, to_client: bool) -> Compose:
    """To both: the time to answer has passed, and when what is held goes back."""

    def compose(lang: Language, person: Person) -> Text:
        mail = first = lang.gettext("The time to answer the dispute %(ref)s has passed.", ref=facts.ref)
        if to_client:
            first = lang.gettext("%(name)s has not answered your dispute %(ref)s in time.", name=facts.freelancer,
                                 ref=facts.ref)
            then, mailed = _until_refund(lang, facts, lang.day(refund_at, person.zone))
        else:
            then = mailed = still_possible(lang, facts, refund_at, person)
        return Text(lang.gettext("A dispute was not answered in time"), in_paragraphs(first, about(lang, facts), then),
                    in_paragraphs(mail, mailed))

    return compose


def _until_refund(lang: Language, facts: DisputeFacts, day: str) -> tuple[str, str]:
    """To the client: when what is on hold comes back; and the same for a mail, which names nobody."""
    if not facts.held:
        nothing = lang.gettext("An answer can still arrive. Nothing is on hold for it, so nothing goes back to you.")
        return nothing, nothing
    return lang.gettext(
        "What is on hold goes back to you on %(day)s, unless an answer arrives before, or %(name)s asks that somebody else "
        "reviews this.", day=day, name=facts.freelancer,
    ), lang.gettext(
        "What is on hold goes back to you on %(day)s, unless an answer or a request for a review arrives before.", day=day,
    )


def withdrawn(facts: DisputeFacts, *, to_client: bool) -> Compose:
    """To both: the client took the dispute back."""

    def compose(lang: Language, _person: Person) -> Text:
        if to_client:
            mail = first = lang.gettext("You withdrew your dispute %(ref)s.", ref=facts.ref)
        else:
            first = lang.gettext("%(name)s withdrew the dispute %(ref)s.", name=facts.client, ref=facts.ref)
            mail = lang.gettext("The client withdrew the dispute %(ref)s.", ref=facts.ref)
        then = lang.gettext("Nothing is on hold for it any more.")
        return Text(lang.gettext("A dispute was withdrawn"), in_paragraphs(first, about(lang, facts), then),
                    in_paragraphs(mail, then))

    return compose


@dataclass(frozen=True, slots=True)
class CameBack:
    """Money of a contested milestone that came back: `more` of it is on hold from now on, `held` in all."""

    contract_title: str
    milestone: int
    client: str
    more: Money
    held: Money
    until: datetime


def held_after_all(facts: CameBack, *, to_client: bool) -> Compose:
    """To both: what could not be put on hold before is on hold now. From where it came back nobody reads here: an order may
    forbid to tell, so the words are the same for all (DESIGN 2.7)."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            "More of this milestone's money is free again, so %(more)s of it is on hold now: %(held)s in all, until %(day)s at "
            "the latest.", more=lang.money(facts.more), held=lang.money(facts.held), day=lang.last_day(facts.until, person.zone))
        then = "" if to_client else lang.gettext(
            "It is what %(name)s had claimed and what was not there then. Nothing beyond that is on hold.", name=facts.client)
        subject = lang.gettext("More of a contested amount is on hold")
        mail = lang.gettext("What could not be put on hold for a dispute before is on hold now. In the portal you see how much.")
        return Text(subject, in_paragraphs(first, about(lang, facts), then), mail)

    return compose
