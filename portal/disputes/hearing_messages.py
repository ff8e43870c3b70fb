"""What both sides are told while they are heard: reminders, our question to the client, files that the other side shows."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.clock import last_day, local_day
from portal.core.i18n import N_, Language
from portal.core.text import in_paragraphs
from portal.disputes.messages import DisputeFacts, about, decided_by, silence, still_possible
from portal.notices.operations import Compose, Text

LEFT = {
    (False, False): N_("We still have no answer from you in the dispute %(ref)s. You have until %(day)s."),
    (False, True): N_("We still have no answer from you in the dispute %(ref)s. You have until today, %(day)s."),
    (True, False): N_(
        "We still have no answer from you in the dispute %(ref)s. You have at least until %(day)s: your time to answer runs from "
        "the day on which you are informed of it."
    ),
    (True, True): N_(
        "We still have no answer from you in the dispute %(ref)s. You have at least until today, %(day)s: your time to answer "
        "runs from the day on which you are informed of it."
    ),
}
"""By whether their time may still run from a later day, and whether the last day that is certain is today."""


def reminder(facts: DisputeFacts, due_at: datetime, now: datetime, *, to_client: bool, at_least: bool) -> Compose:
    """To whoever has not answered yet. `at_least`: they were not informed yet, so their time ends later than `due_at`."""

    def compose(lang: Language, person: Person) -> Text:
        today = last_day(due_at, person.zone) == local_day(now, person.zone)
        until = lang.gettext(LEFT[at_least, today], ref=facts.ref, day=lang.last_day(due_at, person.zone))
        then = silence(lang, facts, to_client=to_client)
        body = in_paragraphs(until, about(lang, facts), then)
        subject = lang.gettext("Our question waits for your answer") if to_client else (
            lang.gettext("A dispute waits for your answer"))
        return Text(subject, body, in_paragraphs(until, then))

    return compose


def last_reminder(facts: DisputeFacts, refund_at: datetime) -> Compose:
    """To the freelancer whose time to answer has passed: what is on hold goes back soon, and what they can still do."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("We still have no answer from you in the dispute %(ref)s, and the time to answer has passed.",
                             ref=facts.ref)
        then = still_possible(lang, facts, refund_at, person)
        body = in_paragraphs(first, about(lang, facts), then)
        return Text(lang.gettext("You can still answer a dispute"), body, in_paragraphs(first, then))

    return compose


def asked(facts: DisputeFacts, question: str, due_at: datetime, *, to_client: bool) -> Compose:
    """To the client: our question. To the freelancer: that and what we asked, because both read the same."""

    def compose(lang: Language, person: Person) -> Text:
        day = lang.last_day(due_at, person.zone)
        if to_client:
            subject = lang.gettext("We have a question about your dispute")
            first = lang.gettext("Please answer our question in the dispute %(ref)s by %(day)s.", ref=facts.ref, day=day)
            then = silence(lang, facts, to_client=True)
        else:
            subject = lang.gettext("We asked the client a question")
            first = lang.gettext("We asked %(name)s a question in the dispute %(ref)s. The answer is due by %(day)s.",
                                 name=facts.client, ref=facts.ref, day=day)
            then = lang.gettext("Nothing is needed from you now. If no answer comes, the dispute is closed and the hold ends.")
        body = in_paragraphs(first, lang.gettext("Our question:"), question, then, about(lang, facts))
        return Text(subject, body, in_paragraphs(first, then))

    return compose


def question_answered(facts: DisputeFacts, answer: str, decide_by: datetime, *, to_client: bool) -> Compose:
    """To the client: a receipt. To the freelancer: what the client answered."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext("We have your answer in the dispute %(ref)s. %(name)s reads it too.", ref=facts.ref,
                             name=facts.freelancer) if to_client else (
            lang.gettext("%(name)s answered our question in the dispute %(ref)s:", name=facts.client, ref=facts.ref))
        then = decided_by(lang, facts, person, decide_by)
        if to_client:
            subject = lang.gettext("We have your answer")
            mail = lang.gettext("We have your answer to our question in the dispute %(ref)s.", ref=facts.ref)
        else:
            subject = lang.gettext("The client answered our question")
            mail = lang.gettext("The client answered our question in the dispute %(ref)s.", ref=facts.ref)
        return Text(subject, in_paragraphs(first, answer, then, about(lang, facts)), in_paragraphs(mail, then))

    return compose


def closed_unanswered(facts: DisputeFacts, *, to_client: bool) -> Compose:
    """To both: the client did not answer our question in time, so the dispute is closed and the hold ended."""

    promise = facts.numbers("dispute_client_answer")

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext(
            "You did not answer our question in the dispute %(ref)s in time, so it is closed (our promise %(number)s).",
            ref=facts.ref, **promise,
        ) if to_client else lang.gettext(
            "%(name)s did not answer our question in the dispute %(ref)s in time, so it is closed (our promise %(number)s).",
            name=facts.client, ref=facts.ref, **promise,
        )
        then = lang.gettext("Nothing is on hold for it any more. We have decided nothing about the work.")
        mail = first if to_client else (
            lang.gettext("The dispute %(ref)s is closed: the client did not answer our question in time.", ref=facts.ref))
        return Text(lang.gettext("A dispute was closed"), in_paragraphs(first, then, about(lang, facts)),
                    in_paragraphs(mail, then))

    return compose


def shown(facts: DisputeFacts, by: str, number: int, description: str, *, mine: bool) -> Compose:
    """To who showed a file: a receipt. To the other side: that it is there to be opened."""

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("Your file is exhibit %(number)s of the dispute %(ref)s. The other side can open it.",
                             number=number, ref=facts.ref) if mine else (
            lang.gettext("%(name)s added exhibit %(number)s to the dispute %(ref)s. You can open it there.", name=by,
                         number=number, ref=facts.ref))
        mail = lang.gettext("We have your file in the dispute %(ref)s. The other side can open it.", ref=facts.ref) if mine else (
            lang.gettext("The other side added a file to the dispute %(ref)s. You can open it there.", ref=facts.ref))
        return Text(lang.gettext("A file was added to a dispute"), in_paragraphs(first, description, about(lang, facts)), mail)

    return compose
