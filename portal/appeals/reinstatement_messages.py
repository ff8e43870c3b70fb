"""What a person reads of their request to come back. Those they work with read of the effect alone."""

from __future__ import annotations

from datetime import date, datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text

LATE = N_("We did not answer your request to come back in the time that we promised. That is our fault.")
FURTHER = N_("You can turn to a court or another body as well. This answer takes nothing of that away.")
EITHER = N_("An appeal against the decision is something else. It stays possible as long as the letter says.")
MAIL_UNDER = N_(
    "You asked to come back, and we say yes, under conditions. It counts from now on. Please read the conditions: they stand "
    "behind the link."
)
CONDITIONS = N_(
    "Whoever decides about this account later reads these conditions. Not keeping one closes nothing by itself: a rule has to "
    "apply, and we ask you first."
)


def opened_text(action_ref: str) -> Compose:
    """The day has come: one can ask to come back."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("From today on you can ask to come back (%(ref)s)"), ref=action_ref)
        first = lang.gettext(N_("The day named in our decision %(ref)s has come: you can ask to come back."), ref=action_ref)
        how = lang.gettext(N_(
            "Tell us what has happened since and what would be different, and add files if you like. Somebody who had no part in "
            "the decision answers, with reasons. Until you ask, the decision stays as it is."
        ))
        return Text(subject, f"{first}\n\n{how}", f"{first}\n\n{how}")

    return compose


def filed_text(ref: str, action_ref: str, at: datetime, answer_by: datetime, exhibits: int, *, safety: bool) -> Compose:
    """The receipt: reference, time, what we have, by when we answer, and what follows if we are late."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your request to come back (%(ref)s)"), ref=ref)
        first = lang.gettext(
            N_("It arrived on %(at)s. It is about our decision %(action)s."), at=lang.instant(at, person.zone), action=action_ref
        )
        shown = lang.ngettext(N_("It has %(num)s exhibit."), N_("It has %(num)s exhibits."), exhibits)
        day = lang.last_day(answer_by, person.zone)
        until = lang.gettext(N_("Somebody who had no part in the decision answers you by the end of %(day)s."), day=day)
        more = lang.gettext(N_("You can add something, or withdraw it, at any time until then."))
        opening = f"{first} {shown}" if exhibits else first
        body = [opening, until, late_line(lang, safety=safety), more, lang.gettext(EITHER)]
        return Text(subject, "\n\n".join(body), f"{first} {until}")

    return compose


def late_line(lang: Language, *, safety: bool) -> str:
    """What follows if we are late."""
    usual = N_("If we are late, the decision ends and you are back.")
    careful = N_("The rule protects people's safety: if we are late, a lead takes over. If they are late too, the decision ends.")
    return lang.gettext(careful if safety else usual)


def added_text(ref: str, answer_by: datetime) -> Compose:
    """The receipt for something that was added."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have what you added to your request to come back (%(ref)s)"), ref=ref)
        body = lang.gettext(
            N_("It is on record with your request. We answer by the end of %(day)s."), day=lang.last_day(answer_by, person.zone)
        )
        return Text(subject, body, body)

    return compose


def asked_text(ref: str, question: str, until: datetime) -> Compose:
    """Our question: while we wait for the person, our own time stands still."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have a question about your request to come back (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("Before we answer your request, we need to know something from you."))
        day = lang.gettext(
            N_("Please answer by the end of %(day)s. Until you answer, our own time stands still; after that day it goes on."),
            day=lang.last_day(until, person.zone),
        )
        return Text(subject, "\n\n".join([first, question, day]), "\n\n".join([first, day]))

    return compose


def withdrawn_text(ref: str) -> Compose:
    """The receipt for taking it back."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("You took back your request to come back (%(ref)s)"), ref=ref)
        body = lang.gettext(N_("We do not go on with it. The decision stays as it is. You can ask again on any day."))
        return Text(subject, body, body)

    return compose


def granted_text(ref: str, conditions: str, inner: Compose) -> Compose:
    """They are back: why, under which conditions, and what is given back. `inner`: what is read of a decision that is lifted."""

    def compose(lang: Language, person: Person) -> Text:
        lifted = inner(lang, person)
        subject = lang.gettext(N_("Yes: you are back (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("You asked to come back, and we say yes. This counts from now on."))
        under = lang.gettext(N_("Under these conditions:")) + "\n" + conditions if conditions else ""
        what = lang.gettext(CONDITIONS)
        parts = [first, *([under, what] if under else []), lifted.body]
        return Text(subject, "\n\n".join(parts), lang.gettext(MAIL_UNDER) if under else first)

    return compose


def declined_text(ref: str, action_ref: str, reasons: str, next_on: date) -> Compose:
    """Not now: why, and from which day one can ask again."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Our answer to your request to come back (%(ref)s)"), ref=ref)
        no = N_("You asked to come back. Our answer is no for now: our decision %(action)s stays.")
        first = lang.gettext(no, action=action_ref)
        why = lang.gettext(N_("Our reasons:")) + "\n" + reasons
        again = lang.gettext(N_("You can ask again from %(day)s on. Somebody else answers then."), day=lang.day(next_on))
        mail = lang.gettext(N_("We have answered your request to come back %(ref)s."), ref=ref)
        return Text(subject, "\n\n".join([first, why, again, lang.gettext(EITHER), lang.gettext(FURTHER)]), mail)

    return compose


def lapsed_text(ref: str, inner: Compose) -> Compose:
    """We were late: the termination ended. `inner`: what is read of a decision that has ended."""

    def compose(lang: Language, person: Person) -> Text:
        ended = inner(lang, person)
        subject = lang.gettext(N_("We were late, so you are back (%(ref)s)"), ref=ref)
        first = lang.gettext(LATE)
        return Text(subject, f"{first}\n\n{ended.body}", f"{first}\n\n{ended.mail_body}")

    return compose


def late_text(ref: str, answer_by: datetime, *, lead: bool) -> Compose:
    """We were late under a safety rule: a lead answers, a little later, where one has it; else we do."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We are late with your request to come back (%(ref)s)"), ref=ref)
        then = lang.gettext(
            N_("The rule protects people's safety, so a lead answers by the end of %(day)s. If they are late too, you are back.")
            if lead else
            N_("The rule protects people's safety, so the decision goes on until we answer, by the end of %(day)s. If we are "
               "late again, you are back."),
            day=lang.last_day(answer_by, person.zone),
        )
        text = f"{lang.gettext(LATE)}\n\n{then}"
        return Text(subject, text, text)

    return compose
