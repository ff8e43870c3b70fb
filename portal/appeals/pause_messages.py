"""What a person reads of their request that a decision waits for the answer to their appeal. Clients read of the effect alone."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.notices.operations import Compose, Text

RESUMES = N_("If we then say that the decision stands, it applies again, and its last day stays the same.")


def asked_text(ref: str, action_ref: str, answer_by: datetime, *, safety: bool) -> Compose:
    """The receipt: that it is here, by when we answer, and what follows if we are late."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your request for a pause (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("You asked that our decision %(action)s waits until your appeal is answered."), action=action_ref)
        until = lang.gettext(N_("We answer this by the end of %(day)s."), day=lang.last_day(answer_by, person.zone))
        late = N_("If we are late, the decision is paused until your appeal is answered.")
        if safety:
            late = N_("The rule protects people's safety: if we are late, a lead or an outside reviewer decides in its place.")
        return Text(subject, "\n\n".join([first, until, lang.gettext(late)]), f"{first} {until}")

    return compose


def granted_text(ref: str, action_ref: str, reasons: str, *, paused: bool) -> Compose:
    """It waits: nothing of it applies until the appeal is answered."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Yes: our decision waits (%(ref)s)"), ref=ref)
        first = lang.gettext(
            N_("Our decision %(action)s has no effect from now on, until your appeal is answered.")
            if paused else N_("Nothing of our decision %(action)s takes anything away at the moment."), action=action_ref
        )
        why = [lang.gettext(N_("Our reasons:")) + "\n" + reasons] if reasons else []
        return Text(subject, "\n\n".join([first, *([lang.gettext(RESUMES)] if paused else []), *why]), first)

    return compose


def refused_text(ref: str, action_ref: str, reasons: str, *, again: bool) -> Compose:
    """It goes on; `again`: it can be asked once that somebody else decides."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("Our answer to your request for a pause (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("Our decision %(action)s goes on while your appeal waits."), action=action_ref)
        why = lang.gettext(N_("Our reasons:")) + "\n" + reasons
        then = lang.gettext(
            N_("You can ask once that somebody else decides about the pause. Your appeal is not touched by this.")
            if again else N_("Two people have looked at the pause. Your appeal is not touched by this.")
        )
        mail = lang.gettext(N_("We have answered your request for a pause %(ref)s."), ref=ref)
        return Text(subject, "\n\n".join([first, why, then]), mail)

    return compose


def lapsed_text(ref: str, action_ref: str, *, paused: bool) -> Compose:
    """We were late: it is paused."""

    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("We were late, so our decision waits (%(ref)s)"), ref=ref)
        if not paused:
            subject = lang.gettext(N_("We were late with your request for a pause (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("We did not answer your request for a pause in the time that we promised. That is our fault."))
        now = lang.gettext(
            N_("Our decision %(action)s has no effect from now on, until your appeal is answered.")
            if paused else N_("Nothing of our decision %(action)s takes anything away at the moment."), action=action_ref
        )
        more = [lang.gettext(RESUMES)] if paused else []
        return Text(subject, "\n\n".join([first, now, *more]), f"{first}\n\n{now}")

    return compose


def late_text(ref: str, answer_by: datetime, *, lead: bool) -> Compose:
    """We were late under a safety rule: by when a lead decides, where one has it; else we do."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We are late with your request for a pause (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("We did not answer your request for a pause in the time that we promised. That is our fault."))
        then = lang.gettext(
            N_("The rule protects people's safety, so the decision goes on; a lead decides by %(at)s.") if lead else
            N_("The rule protects people's safety, so the decision goes on. You have our answer by %(at)s."),
            at=lang.last_day(answer_by, person.zone),
        )
        return Text(subject, f"{first}\n\n{then}", f"{first}\n\n{then}")

    return compose
