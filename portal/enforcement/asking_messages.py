"""What the person reads of our question before a decision, and of their answer."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text
from portal.rulebook.queries import CitedClause


def question_text(case_ref: str, clause: CitedClause, question: str, answer_by: datetime) -> Compose:
    """Our question before a decision, in the reviewer's own words, with the rule and the last day for an answer."""

    def compose(lang: Language, person: Person) -> Text:
        day = lang.last_day(answer_by, person.zone)
        subject = lang.gettext(N_("We have a question for you (%(ref)s)"), ref=case_ref)
        first = lang.gettext(N_("Nothing has been decided. Before we decide anything, we want to hear from you."))
        about = lang.gettext(
            N_("Our question is about rule %(number)s, %(heading)s."), number=clause.number,
            heading=clause.heading_in(lang.code),
        )
        until = lang.gettext(N_("Please answer by the end of %(day)s."), day=day)
        return Text(subject, "\n\n".join([first, about, question, until]), "\n\n".join([first, about, until]))

    return compose


def answer_received_text(case_ref: str, by: Person | None) -> Compose:
    """The receipt for an answer; the others who were asked read whose it is."""

    def compose(lang: Language, person: Person) -> Text:
        if by is not None and by.id != person.id:
            subject = lang.gettext(N_("We have the answer of %(name)s (%(ref)s)"), name=by.name, ref=case_ref)
            body = lang.gettext(
                N_("The answer of %(name)s is on record. A person reads it before anything is decided."), name=by.name
            )
            return Text(subject, body, body)
        subject = lang.gettext(N_("We have your answer (%(ref)s)"), ref=case_ref)
        body = lang.gettext(N_("Your answer is on record. A person reads it before anything is decided."))
        return Text(subject, body, body)

    return compose
