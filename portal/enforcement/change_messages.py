"""What people read when something becomes of an action after it was issued: overturned, changed, paused, resumed.

Counterparts read `Outside` only. An appeal is never mentioned here: that has words of its own, if the person wants it (DESIGN
2.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.accounts.models import Person
from portal.core.i18n import N_, Language
from portal.core.money import Money
from portal.enforcement.member_messages import member_standing
from portal.enforcement.messages import HAS_CHANGED, UNTOLD, Outside, called
from portal.enforcement.models import Measure, Nature
from portal.enforcement.nature_messages import NAMED, WRONG, WRONG_OF_A_MEMBER
from portal.enforcement.rules import Remains, State
from portal.enforcement.stakes import OpenDispute, goes_on
from portal.notices.operations import Compose, Text

UNAVAILABLE = (Measure.SUSPENSION, Measure.TERMINATION)
WITH_IT = N_("Our decision %(ref)s replaced it and rests on the same. It is overturned with it.")
CONTESTED = N_("%(amount)s stays on hold, because the other side of that contract contests it.")
ELSEWHERE = N_("%(amount)s stays on hold for another reason.")
REMAINS = {
    State.WARNED: N_("A warning still applies. It takes nothing away. Your page shows it."),
    State.RESTRICTED: N_(
        "Another decision still restricts a part of your account. Your page shows which "
        "one, and until when."
    ),
    State.SUSPENDED: N_("Another decision still suspends your account. Your page shows which one, and until when."),
    State.TERMINATED: N_("Another decision still closes your account. Your page shows which one."),
}


@dataclass(frozen=True, slots=True)
class FreedHold:
    """Money that the action held and that is available again, as both sides of its contract may know."""

    ref: str
    contract_id: UUID
    contract_title: str
    other_account_id: UUID
    milestone: int | None
    amount: Money


@dataclass(frozen=True, slots=True)
class KeptHold:
    """Money of the person that stays on hold: `contested` by the other side of a contract, or for another reason."""

    amount: Money
    contested: bool


def rule_name(outside: Outside, lang: Language) -> str:
    """What the rules are called outside: their numbers, or their category where the clause says so."""
    return lang.listed([called(clause, lang) for clause in outside.clauses])


def our_decision(outside: Outside, lang: Language) -> str:
    """A decision within a sentence to its person: with the rule that it applies, or with what it is where it applies none."""
    named = NAMED.get(Nature(outside.nature), N_("our decision %(ref)s under rule %(number)s, %(heading)s"))
    return lang.gettext(
        named, ref=outside.action_ref, number=outside.clause.number, heading=outside.clause.heading_in(lang.code)
    )


def overturned_text(
    outside: Outside, error: str, freed: Sequence[FreedHold], kept: Sequence[KeptHold], left: Remains, *, appeal_ref: str,
    with_it: Sequence[str] = (),
) -> Compose:
    """To the person: the decision is overturned, what our error was, that we are sorry, what was undone, what remains."""

    def compose(lang: Language, person: Person) -> Text:
        ref, clause = outside.action_ref, outside.clause
        subject = lang.gettext(N_("We were wrong. Our decision %(ref)s is overturned."), ref=ref)
        wrong = WRONG.get(Nature(outside.nature), N_(
            "Our decision %(ref)s under rule %(number)s, %(heading)s, was wrong. It is "
            "overturned from this moment on."
        ))
        wrong = WRONG_OF_A_MEMBER if outside.member and outside.nature in WRONG else wrong
        first = lang.gettext(wrong, ref=ref, number=clause.number, heading=clause.heading_in(lang.code))
        sorry = lang.gettext(N_("We are sorry. You should not have had to go through this."))
        ours = lang.gettext(N_("This was our error:")) + "\n" + error
        effects = [lang.gettext(N_(
            "It no longer counts, and what it took away is given "
            "back."
        )), *money_lines(freed, kept, lang)]
        effects += [lang.gettext(WITH_IT, ref=one) for one in with_it]
        body = [first, ours, sorry, " ".join(effects), standing_line(outside, left, lang), lang.gettext(
            N_(
                "Everybody whom we told of the decision is told that it was wrong. The appeal: "
                "%(appeal)s."
            ), appeal=appeal_ref
        )]
        return Text(subject, "\n\n".join(body), "\n\n".join([first, sorry]))

    return compose


def money_lines(freed: Sequence[FreedHold], kept: Sequence[KeptHold], lang: Language) -> list[str]:
    """What of the person's money is free again, and what stays on hold."""
    of_contract = N_("%(amount)s of “%(title)s” is no longer on hold.")
    other = N_("%(amount)s is no longer on hold because of it.")
    lines = [
        lang.gettext(of_contract if each.contract_title else other, amount=lang.money(each.amount), title=each.contract_title)
        for each in freed
    ]
    return lines + [
        lang.gettext(CONTESTED if each.contested else ELSEWHERE, amount=lang.money(each.amount)) for each in kept
    ]


def standing_line(outside: Outside, left: Remains, lang: Language) -> str:
    """What the standing of an account is now, or that of the member whom the decision was about, as far as they may be told."""
    said = member_standing(left.said, outside.member, outside.account_name, lang) if outside.member else None
    if said is None:
        said = lang.gettext(REMAINS.get(left.said, N_("Your account is in good standing. You can use all of it again.")))
    if not left.silent:
        return said
    return lang.gettext(UNTOLD) if left.said is State.GOOD else f"{said} {lang.gettext(UNTOLD)}"


def correction_text(
    outside: Outside, freed: Sequence[FreedHold], left: Remains, *, disputes: Sequence[OpenDispute] = ()
) -> Compose:
    """To everybody who was told of the action, and to nobody else: it was wrong, and what holds now.

    `disputes`: the reader's own with that account; they go on, whatever became of the action.
    Those who heard of no rule (an interim action, or one that is not about conduct) do not now.
    """

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        subject = lang.gettext(N_("A correction: about your work with %(name)s"), name=name)
        wrong = lang.gettext(
            N_("We told you that %(rule)s applies to %(name)s. That was our mistake. The decision is overturned."),
            rule=rule_name(outside, lang), name=name,
        )
        first = [wrong] if outside.decided else []
        first += [_now(outside, lang, left)] if outside.measure in UNAVAILABLE else []
        first = first or [lang.gettext(N_("What we told you about %(name)s was our mistake. It is overturned."), name=name)]
        money = _no_longer_held(freed, lang)
        ongoing = [goes_on(each, lang) for each in disputes]
        return Text(subject, "\n\n".join([*first, *money, *ongoing]), "\n\n".join(first))

    return compose


def _no_longer_held(freed: Sequence[FreedHold], lang: Language) -> list[str]:
    line = N_("%(amount)s of “%(title)s” is no longer on hold because of it.")
    return [lang.gettext(line, amount=lang.money(each.amount), title=each.contract_title) for each in freed]


def _now(outside: Outside, lang: Language, left: Remains) -> str:
    if left.unavailable:
        return lang.gettext(N_("%(name)s is still not available, for another reason."), name=outside.account_name)
    return lang.gettext(N_("%(name)s is available again. You can work together as before."), name=outside.account_name)


def report_corrected_text(outside: Outside) -> Compose:
    """To somebody who reported and was told that the rule applied: we looked again, and it did not."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("A correction: what became of your report"))
        body = lang.gettext(
            N_("We told you that %(rule)s applied. We looked at it again: it did not. That was our mistake."),
            rule=rule_name(outside, lang),
        )
        return Text(subject, body, body)

    return compose


def paused_outside_text(outside: Outside, left: Remains) -> Compose:
    """To those who were told: the decision has no effect for now."""

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        subject = lang.gettext(HAS_CHANGED, name=name)
        line = N_("%(name)s is available for now. The decision that we told you of has no effect at the moment.")
        if left.unavailable or outside.measure not in UNAVAILABLE:
            line = N_("The decision about %(name)s that we told you of has no effect at the moment.")
        text = lang.gettext(line, name=name)
        return Text(subject, text, text)

    return compose


def applies_outside_text(outside: Outside, ends_at: datetime | None) -> Compose:
    """To those who were told: the decision is in effect, and until when; after a pause, or with an earlier end."""

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        subject = lang.gettext(HAS_CHANGED, name=name)
        if outside.measure not in UNAVAILABLE:
            text = lang.gettext(N_("The decision about %(name)s that we told you of is in effect."), name=name)
        elif ends_at is None:
            text = lang.gettext(N_("%(name)s is not available."), name=name)
        else:
            text = lang.gettext(N_("%(name)s is not available until the end of %(day)s."), name=name,
                                day=lang.last_day(ends_at, outside.zone))
        return Text(subject, text, text)

    return compose


def freed_outside_text(outside: Outside, freed: Sequence[FreedHold]) -> Compose:
    """To the other side of a contract: money of it is no longer on hold because of the decision."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(HAS_CHANGED, name=outside.account_name)
        lines = _no_longer_held(freed, lang)
        first = lang.gettext(N_(
            "The decision about %(name)s that we told you of was "
            "changed."
        ), name=outside.account_name)
        return Text(subject, "\n\n".join([first, *lines]), first)

    return compose


COUNTED = {
    "": N_("Our decision %(ref)s counted our decision %(before)s, which is overturned. So it went too far."),
    "taken_back": N_("Our decision %(ref)s counted our decision %(before)s, which we have taken back. So it went too far."),
    "a_rule": N_("Our decision %(ref)s counted our decision %(before)s, of which a rule no longer stands. So it went too far."),
}
"""Why a later decision is made smaller, by what became of the one that it counted."""


def reduced_text(outside: Outside, overturned_ref: str, review_ref: str, how: str = "") -> Compose:
    """To the person: a later decision counted one that no longer counts; what it took too much is given back at once."""
    counted = COUNTED[how]

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("Our decision %(ref)s is made smaller"), ref=outside.action_ref)
        first = lang.gettext(counted, ref=outside.action_ref, before=overturned_ref)
        rest = lang.gettext(N_(
            "What it took too much is given back now. Somebody else looks at all of it again; you need not ask (%(review)s)."
        ), review=review_ref)
        return Text(subject, f"{first}\n\n{rest}", first)

    return compose
