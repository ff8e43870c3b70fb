"""What the person reads about an identity check. Mails name the rule and the reference only; the inbox says everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.core.text import in_paragraphs
from portal.notices.operations import Compose, Text
from portal.rulebook.queries import CitedClause
from portal.verification.rules import CODES, KINDS, NEW_REASONS


@dataclass(frozen=True, slots=True)
class Check:
    """What an identity check is about: its reference, the thing asked for, the rule, the purpose, what would do instead."""

    ref: str
    kind: str
    clause: CitedClause
    purpose: str
    alternatives: str
    new_reason: str | None = None
    new_words: str | None = None


def _lines(text: str) -> str:
    return "\n".join(f"- {line}" for line in text.split("\n") if line)


def _rule(lang: Language, check: Check) -> str:
    return lang.gettext(
        N_("It rests on rule %(number)s, %(heading)s."), number=check.clause.number,
        heading=check.clause.heading_in(lang.code),
    )


def _mail(lang: Language, first: str, check: Check) -> str:
    return in_paragraphs(first, lang.gettext(N_("It is the identity check %(ref)s."), ref=check.ref), _rule(lang, check))


def asked(check: Check, times: int) -> Compose:
    """To the person: what we ask for, under which rule, what for, what would do instead, how often we asked before."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(N_("We ask you to show us something."))
        again = lang.gettext(N_("We accepted this before. The new reason why we ask again:")) if check.new_reason else ""
        reason = lang.gettext(NEW_REASONS[check.new_reason]) if check.new_reason else ""
        often = lang.gettext(N_("We have asked for this %(times)s times before."), times=times) if times > 1 else ""
        once = lang.gettext(N_("We have asked for this once before.")) if times == 1 else ""
        then = lang.gettext(N_(
            "You get a receipt at once, and an answer within the time we promise. Nothing about your account changes by "
            "this letter."
        ))
        return Text(
            lang.gettext(N_("We ask you to show us something (%(ref)s)"), ref=check.ref),
            in_paragraphs(
                lang.gettext(N_("What we ask for: %(what)s."), what=lang.gettext(KINDS[check.kind])), _rule(lang, check),
                lang.gettext(N_("What we need it for:")), check.purpose, again, reason, check.new_words or "",
                lang.gettext(N_("Instead you can send:")), _lines(check.alternatives), often or once, then,
            ),
            _mail(lang, first, check),
        )

    return compose


def receipt(check: Check, receipt_ref: str, documents: int, sent_at: datetime, answer_by: datetime) -> Compose:
    """To the person: what they sent has arrived, and until when they have our answer."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            N_("We have what you sent. Your receipt is %(receipt)s, of %(at)s."), receipt=receipt_ref,
            at=lang.instant(sent_at, person.zone),
        )
        count = lang.ngettext("It is %(num)s document.", "They are %(num)s documents.", documents)
        until = lang.gettext(
            N_("You have our answer by the end of %(day)s. If we are late, what rests on this check no longer applies."),
            day=lang.last_day(answer_by, person.zone),
        )
        subject = lang.gettext(N_("We have what you sent (%(receipt)s)"), receipt=receipt_ref)
        return Text(subject, in_paragraphs(first, count, until), _mail(lang, first, check))

    return compose


def contested(check: Check, receipt_ref: str, sent_at: datetime, answer_by: datetime) -> Compose:
    """To the person: somebody else looks at what they sent, and until when they have the answer."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(
            N_("Somebody else of us looks at what you sent. Your receipt is %(receipt)s, of %(at)s."), receipt=receipt_ref,
            at=lang.instant(sent_at, person.zone),
        )
        until = lang.gettext(
            N_("You have our answer by the end of %(day)s. If we are late, what rests on this check no longer applies."),
            day=lang.last_day(answer_by, person.zone),
        )
        subject = lang.gettext(N_("Somebody else looks at what you sent (%(receipt)s)"), receipt=receipt_ref)
        return Text(subject, in_paragraphs(first, until), _mail(lang, first, check))

    return compose


def accepted(check: Check, until: datetime) -> Compose:
    """To the person: accepted, until when, and that we do not ask again before that without a new reason."""

    def compose(lang: Language, person: Person) -> Text:
        day = lang.last_day(until, person.zone)
        first = lang.gettext(N_("We accepted what you sent."))
        kind = lang.gettext(KINDS[check.kind])
        what = lang.gettext(N_("%(what)s: accepted until the end of %(day)s."), what=kind, day=day)
        once = lang.gettext(N_(
            "Until then we do not ask for it again without a new reason, which we would name with its rule."
        ))
        return Text(
            lang.gettext(N_("Accepted: your identity check %(ref)s"), ref=check.ref), in_paragraphs(first, what, once),
            _mail(lang, first, check),
        )

    return compose


def rejected(
    check: Check, code: str, what_to_fix: str, alternatives: str, *, talk: bool, rests: Sequence[str] = ()
) -> Compose:
    """To the person: what exactly was wrong, what to do, what would do instead; after the tries, that a person talks.

    `rests`: the decisions of which something rests on the check; it goes on.
    """

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(N_("What you sent does not yet do. You can send something else at any time."))
        person_talks = lang.gettext(N_(
            "A person will now talk with you and find another way. There is no last try: you can also send something new."
        )) if talk else ""
        meanwhile = N_("What rests on this check goes on meanwhile, and no longer than its letter says: %(refs)s.")
        goes_on = lang.gettext(meanwhile, refs=lang.listed(rests)) if rests else ""
        return Text(
            lang.gettext(N_("Please send something else for your identity check %(ref)s"), ref=check.ref),
            in_paragraphs(
                first, lang.gettext(N_("What was wrong:")), lang.gettext(CODES[code]),
                lang.gettext(N_("What to do:")), what_to_fix,
                lang.gettext(N_("Instead you can send:")), _lines(alternatives), person_talks, goes_on,
            ),
            _mail(lang, first, check),
        )

    return compose


def late(check: Check) -> Compose:
    """To the person: our promise was not kept, and what follows from it."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(N_("We promised you an answer by now, and we are late. That is our mistake."))
        then = lang.gettext(N_(
            "Nothing that rests on this check applies any more. You need to do nothing. A lead now sees to your answer."
        ))
        return Text(
            lang.gettext(N_("We are late with your identity check %(ref)s"), ref=check.ref), in_paragraphs(first, then),
            _mail(lang, first, check),
        )

    return compose


def withdrawn(check: Check, reason: str) -> Compose:
    """To the person: we no longer ask."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(N_("We no longer ask you for this. You need to do nothing."))
        return Text(
            lang.gettext(N_("We took back our request (%(ref)s)"), ref=check.ref), in_paragraphs(first, reason),
            _mail(lang, first, check),
        )

    return compose


def talked(check: Check, found: str) -> Compose:
    """To the person: what we agreed on when a person talked with them."""

    def compose(lang: Language, person: Person) -> Text:
        first = lang.gettext(N_("We talked about your identity check. This is what we found:"))
        return Text(
            lang.gettext(N_("Another way for your identity check %(ref)s"), ref=check.ref), in_paragraphs(first, found),
            _mail(lang, first, check),
        )

    return compose
