"""What the person reads about an appeal: the receipt, our question, a delay of ours, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.accounts.models import Person
from portal.appeals.models import AppealOutcome
from portal.core.i18n import N_, Language
from portal.core.money import Money
from portal.enforcement.ends_first_messages import ends_first_lines
from portal.enforcement.overturning_messages import Lines
from portal.enforcement.own_ends_messages import given_back_line
from portal.notices.operations import Compose, Text

ANSWERS = {
    AppealOutcome.UPHELD: N_("We looked at your appeal against our decision %(action)s. The decision stands."),
    AppealOutcome.PARTIALLY_REVERSED: N_(
        "We looked at your appeal against our decision %(action)s. We changed the "
        "decision."
    ),
}
FURTHER = N_("You can turn to a certified out-of-court body or to a court. Our answer names our reasons for them too.")
ANEW = N_(
    "If you find something new that shows otherwise, you can have your appeal opened again once, at least until the end of "
    "%(day)s."
)


IF_LATE = {
    "paused": N_("If we are late, what we took away is paused until we have answered."),
    "lead": N_(
        "The rule protects people's safety: if we are late, nothing is paused, and a lead or an outside reviewer has to decide."
    ),
}
"""What follows if we are late (`pauses.if_late`)."""


def filed_text(
    appeal_ref: str, action_ref: str, filed_at: datetime, answer_by: datetime, exhibits: int, *, if_late: str,
    ends_first: datetime | None, zone: str,
) -> Compose:
    """The receipt: the reference, when it arrived, how many exhibits, and the day by which we answer; `if_late`: of `IF_LATE`;
    `ends_first`: when what was decided ends, in its own zone, where that is before that day."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your appeal (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(
            N_("Your appeal %(ref)s against our decision %(action)s arrived on %(at)s."),
            ref=appeal_ref, action=action_ref, at=lang.instant(filed_at, person.zone),
        )
        shown = lang.ngettext(N_("It has %(num)s exhibit."), N_("It has %(num)s exhibits."), exhibits)
        day = lang.last_day(answer_by, person.zone)
        until = lang.gettext(N_("Somebody who had no part in the decision answers you by the end of %(day)s."), day=day)
        sooner, late = ends_first_lines(ends_first, zone, lang), [lang.gettext(IF_LATE[if_late])] if if_late else []
        more = lang.gettext(N_("You can add something, or withdraw it, at any time until then."))
        opening = f"{first} {shown}" if exhibits else first
        return Text(subject, "\n\n".join([opening, *sooner, until, *late, more]), "\n\n".join([first, *sooner, until]))

    return compose


def opened_text(appeal_ref: str, action_ref: str, overturned_ref: str, answer_by: datetime, why: str) -> Compose:
    """Somebody else looks at a decision again, because of what became of another one; `why` says what (a catalogue key)."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We look at our decision %(action)s again"), action=action_ref)
        first = lang.gettext(why, action=action_ref, before=overturned_ref)
        then = lang.gettext(
            N_("So somebody else looks at all of it again and answers by the end of %(day)s. You need not ask (%(review)s)."),
            day=lang.last_day(answer_by, person.zone), review=appeal_ref,
        )
        more = lang.gettext(N_("You can add something until then. It never gets worse for you by this."))
        return Text(subject, "\n\n".join([first, then, more]), f"{first}\n\n{then}")

    return compose


def asked_text(appeal_ref: str, question: str, until: datetime) -> Compose:
    """Our question in an appeal: while we wait for the person, our own time to answer stands still."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have a question about your appeal (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(N_("Before we answer your appeal, we need to know something from you."))
        day = lang.gettext(
            N_(
                "Please answer by the end of %(day)s. Until you answer, our own time stands "
                "still; after that day it goes on."
            ),
            day=lang.last_day(until, person.zone),
        )
        return Text(subject, "\n\n".join([first, question, day]), "\n\n".join([first, day]))

    return compose


def received_text(appeal_ref: str, answer_by: datetime) -> Compose:
    """The receipt for something that was added to an appeal."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have what you added to your appeal (%(ref)s)"), ref=appeal_ref)
        body = lang.gettext(
            N_(
                "It is on record with your appeal. We answer by the end of "
                "%(day)s."
            ), day=lang.last_day(answer_by, person.zone)
        )
        return Text(subject, body, body)

    return compose


def withdrawn_text(appeal_ref: str, until: datetime) -> Compose:
    """The receipt for taking an appeal back."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("You withdrew your appeal (%(ref)s)"), ref=appeal_ref)
        body = lang.gettext(
            N_("We do not go on with it. The decision stays as it is. You can send it again until the end of %(day)s."),
            day=lang.last_day(until, person.zone),
        )
        return Text(subject, body, body)

    return compose


def paused_text(appeal_ref: str, action_ref: str) -> Compose:
    """We are late, or nobody else could look at it: what was taken away has no effect until we have answered."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Our decision %(action)s is paused"), action=action_ref)
        first = lang.gettext(
            N_(
                "We have not answered your appeal %(ref)s in the time that we promised. That is "
                "our fault."
            ), ref=appeal_ref
        )
        now = lang.gettext(N_(
            "Our decision %(action)s has no effect from now on, until you have our "
            "answer."
        ), action=action_ref)
        return Text(subject, f"{first}\n\n{now}", f"{first}\n\n{now}")

    return compose


def refused_text(appeal_ref: str, reason: str) -> Compose:
    """A late appeal whose reason was not enough, with our reason."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We cannot look at your appeal (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(N_("It came after the time to appeal, and the reason that you gave is not enough for us."))
        again = lang.gettext(N_(
            "You can appeal once more and say why we should look at it after all. Somebody "
            "else reads it."
        ))
        further = lang.gettext(FURTHER)
        return Text(subject, "\n\n".join([first, reason, again, further]), first)

    return compose


def answered_text(
    appeal_ref: str, action_ref: str, outcome: AppealOutcome, reasons: str, *, ends_at: datetime | None = None,
    ended: bool = False, freed: Sequence[Money] = (), resumes: bool = False, fell: Lines | None = None,
    given_back: Sequence[str] = (), again_until: datetime | None = None,
) -> Compose:
    """The answer when the decision stands or is changed: what holds now, why, and where else the person can turn.

    `fell`: what is said of rules that no longer stand; `given_back`: what of several things is free again; `again_until`: until
    when the appeal can at least be opened once more, where it can.
    """

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Our answer to your appeal (%(ref)s)"), ref=appeal_ref)
        first = lang.gettext(ANSWERS[outcome], action=action_ref)
        effect = _effect(lang, person, ends_at, ended=ended, resumes=resumes)
        over = N_("%(amount)s is no longer on hold because of it.")
        money = [lang.gettext(over, amount=lang.money(amount)) for amount in freed]
        free = [given_back_line(given_back, lang)] if given_back else []
        why = lang.gettext(N_("Our reasons:")) + "\n" + reasons
        rules = fell(lang) if fell is not None else []
        body = [" ".join([first, *free, *effect, *money]), *rules, why, lang.gettext(N_(
            "Our answer goes through each of your "
            "points."
        )),
                *anew_lines(again_until, lang, person), lang.gettext(FURTHER)]
        return Text(subject, "\n\n".join(body), "\n\n".join([first, *anew_lines(again_until, lang, person)]))

    return compose


def anew_lines(until: datetime | None, lang: Language, person: Person) -> list[str]:
    """That an appeal can be opened once more on new evidence, and until when at least; nothing where it cannot."""
    if until is None:
        return []
    return [lang.gettext(ANEW, day=lang.last_day(until, person.zone))]


def joined(first: Compose | None, second: Compose | None) -> Compose | None:
    """Two things that one person reads in one message; None when there is nothing to read."""
    if first is None or second is None:
        return first or second

    def compose(lang: Language, person: Person) -> Text:
        one, two = first(lang, person), second(lang, person)
        return Text(one.subject, f"{one.body}\n\n{two.body}", f"{one.mail_body}\n\n{two.mail_body}")

    return compose


def _effect(lang: Language, person: Person, ends_at: datetime | None, *, ended: bool, resumes: bool) -> list[str]:
    if ended:
        return [lang.gettext(N_("It ends now."))]
    if ends_at is None:
        return []
    if resumes:
        until = lang.until(ends_at, person.zone)
        return [lang.gettext(N_("It was paused and applies again, until %(until)s as before."), until=until)]
    return [lang.gettext(N_("It now ends with the end of %(day)s."), day=lang.last_day(ends_at, person.zone))]
