"""What people read about an action: the person concerned, counterparts, reporters. The wording is fixed.

Counterpart texts are made from `Outside`, which carries no fact, evidence or private word: they cannot say more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Person
from portal.contracts.models import Contract
from portal.core.i18n import N_, Language
from portal.core.text import in_paragraphs
from portal.enforcement import nature_messages as other
from portal.enforcement.contract_lines import contract_line
from portal.enforcement.ends_first_messages import ends_first_lines
from portal.enforcement.member_messages import ABOUT, AS_BEFORE, ENDED_SUBJECT, member_now
from portal.enforcement.member_messages import ENDED as ENDED_MEMBER
from portal.enforcement.member_messages import LATER as MEMBER_LATER
from portal.enforcement.models import Measure, Nature
from portal.enforcement.rules import Remains
from portal.enforcement.stakes import NOTHING, HeldOn, Stakes, StillHeld
from portal.notices.operations import Compose, Text
from portal.rulebook.clause_data import in_language
from portal.rulebook.queries import CitedClause

DECIDED = N_(
    "We decided that rule %(number)s applies. This is our decision and can be contested; no court has found this."
)
DECIDED_CATEGORY = N_(
    "We decided that %(category)s applies. This is our decision and can be contested; no court has found this."
)
DECIDED_MORE = N_(
    "We decided that rules %(numbers)s apply. This is our decision and can be contested; no court has found this."
)
REPLACES = N_("It replaces our decision %(ref)s, which ends now.")
FIRST = N_("We act first here, and nothing has been decided. We ask you what happened, and then we decide.")
LETTER_SAYS = N_(
    "The letter says what happened, why we decided this, what would change it, and how you can appeal. "
    "An appeal is free, and somebody else decides it."
)
APPEAL_UNTIL = N_("You can appeal until at least %(day)s; longer if you were informed of it later.")
PAID_OUT = N_("Money that is available can be paid out at any time, whatever was decided.")
SHORTLY_AWAY = N_("%(name)s is not available for a short time. Nothing has been decided.")
SHORTLY_RESTRICTED = N_("A part of the account of %(name)s is restricted for a short time. Nothing has been decided.")
HAS_CHANGED = N_("About your work with %(name)s: something has changed")
"""The heading of all that whoever was told of a decision reads of it afterwards."""
INSTEAD = N_("This takes the place of what we told you before.")
SOONER = N_(
    "Some of it ends sooner: at once when we accept what you send for our identity check %(check)s, when we no longer ask for "
    "it, or when we are late with our answer. The letter says what."
)

NOW = {
    Measure.WARNING: N_("We have given you a warning. Your account works as before."),
    Measure.RESTRICTION: N_("A part of your account is restricted until %(until)s."),
    Measure.SUSPENSION: N_("Your account is suspended until %(until)s."),
    Measure.TERMINATION: N_("Your account will be closed on %(day)s."),
}
ENDED = {
    Measure.RESTRICTION: N_("The restriction of your account has ended."),
    Measure.SUSPENSION: N_("The suspension of your account has ended."),
}


@dataclass(frozen=True, slots=True)
class Outside:
    """All that somebody outside may learn of an action: never a fact, an exhibit, a reason or a private word.

    `zone`: where its days end, the time zone of the person concerned; whoever reads it reads the same day. `replaces`: the
    full decision that ended with this one.
    """

    action_ref: str
    account_name: str
    measure: Measure
    interim: bool
    clause: CitedClause
    effective_at: datetime
    ends_at: datetime | None
    held: HeldOn | None
    zone: str
    more: tuple[CitedClause, ...] = ()
    replaces: str | None = None
    nature: str = Nature.CONDUCT
    member: str | None = None
    at_once: bool = False

    @property
    def decided(self) -> bool:
        """Whether it says that a rule applies: neither what comes first nor what is not about conduct does."""
        return not self.interim and self.nature == Nature.CONDUCT

    @property
    def clauses(self) -> tuple[CitedClause, ...]:
        """Every rule that was applied, the first one first."""
        return (self.clause, *self.more)


def statement_text(
    outside: Outside, appeal_until: datetime, check: str | None = None, ends_first: datetime | None = None
) -> Compose:
    """To the person concerned: the answer first, the rule, where the whole letter is, and how and until when to appeal.

    `check`: the identity check with which some of it ends; `ends_first`: when it ends, if that is before we answer an appeal.
    """
    if other.is_other(outside.nature):
        return _other_statement(outside, appeal_until, check, ends_first)

    def compose(lang: Language, person: Person) -> Text:
        about = ABOUT if outside.member else N_("Our decision about your account (%(ref)s)")
        subject = lang.gettext(about, name=outside.member, account=outside.account_name, ref=outside.action_ref)
        rests = N_("It rests on rule %(number)s, %(heading)s.")
        said = [lang.gettext(rests, number=one.number, heading=one.heading_in(lang.code)) for one in outside.clauses]
        rule = " ".join([*said, *([lang.gettext(REPLACES, ref=outside.replaces)] if outside.replaces else [])])
        more, money = lang.gettext(LETTER_SAYS), lang.gettext(PAID_OUT)
        until = _appeal_lines(outside, appeal_until, ends_first, lang)
        nothing_yet = [lang.gettext(FIRST)] if outside.interim else []
        first, sooner = " ".join([what_now(outside, lang), *nothing_yet]), _sooner(check, lang)
        return Text(subject, "\n\n".join([first, rule, more, *sooner, *until, money]), "\n\n".join([first, rule, *until]))

    return compose


def _appeal_lines(outside: Outside, appeal_until: datetime, ends_first: datetime | None, lang: Language) -> list[str]:
    last = lang.gettext(APPEAL_UNTIL, day=lang.last_day(appeal_until, outside.zone))
    return [*ends_first_lines(ends_first, outside.zone, lang), last]


def _sooner(check: str | None, lang: Language) -> list[str]:
    return [lang.gettext(SOONER, check=check)] if check else []


def _other_statement(outside: Outside, appeal_until: datetime, check: str | None, ends_first: datetime | None) -> Compose:
    """The same for a decision that is not about conduct; of one that protects also how to get the account back."""

    def compose(lang: Language, person: Person) -> Text:
        nature, clause = Nature(outside.nature), outside.clause
        member, first = outside.member, what_now(outside, lang)
        subject, why = ABOUT if member else other.SUBJECT[nature], other.why(nature, lang, member)
        rests = lang.gettext(other.RESTS_ON, number=clause.number, heading=clause.heading_in(lang.code))
        back = [other.get_back(outside.ends_at, outside.zone, lang, member)] if nature == Nature.PROTECTIVE else []
        until = _appeal_lines(outside, appeal_until, ends_first, lang)
        return Text(
            lang.gettext(subject, ref=outside.action_ref, name=member, account=outside.account_name),
            "\n\n".join([
                first, why, rests, *back, lang.gettext(LETTER_SAYS), *_sooner(check, lang), *until, lang.gettext(PAID_OUT),
            ]),
            "\n\n".join([first, why, *back, *until]),
        )

    return compose


def what_now(outside: Outside, lang: Language) -> str:
    """The first sentence of everything that we write to the person about the action."""
    until = lang.until(outside.ends_at, outside.zone) if outside.ends_at else ""
    day, name = lang.day(outside.effective_at, outside.zone), outside.member
    if outside.measure is Measure.RESTRICTION and not outside.at_once:
        later = MEMBER_LATER if name else other.LATER[Nature(outside.nature)]
        return lang.gettext(later, start=day, until=until, name=name, account=outside.account_name)
    if other.is_other(outside.nature):
        return other.what_now(outside.nature, outside.measure, until, lang, name, outside.account_name)
    if name:
        return member_now(outside.measure, name, outside.account_name, lang, until=until, day=day)
    if outside.measure is Measure.TERMINATION and outside.at_once:
        return lang.gettext(N_("Your account is closed as of now. The letter says why no notice is given."))
    return lang.gettext(NOW[outside.measure], day=day, until=until)


def decided_sentence(outside: Outside, lang: Language) -> str:
    """The fixed sentence. Where a clause says so, its category stands for its number. Source: DESIGN 2.7."""
    clauses = outside.clauses
    if other.is_other(outside.nature):
        return other.fixed_sentence(outside.nature, lang)
    if any(clause.data.counterparts == "category" for clause in clauses) or len(clauses) == 1:
        return " ".join(dict.fromkeys(_decided(clause, lang) for clause in clauses))
    return lang.gettext(DECIDED_MORE, numbers=lang.listed([clause.number for clause in clauses]))


def _decided(clause: CitedClause, lang: Language) -> str:
    if clause.data.counterparts == "category":
        return lang.gettext(DECIDED_CATEGORY, category=in_language(clause.data.category, lang.code))
    return lang.gettext(DECIDED, number=clause.number)


def counterpart_text(
    outside: Outside, contracts: Sequence[Contract], stakes: Stakes = NOTHING, *, again: bool = False
) -> Compose:
    """To the other side of a contract: which rule, what it means for their contracts and money, and the clause's advice.

    `stakes`: what is open in these contracts; their own dispute and the money kept for them are named, nobody else's.
    An interim action is told as advice only, without a rule. Whose contracts have all ended needs no advice. `again`: the
    reader was told of a decision that this one replaces.
    """

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        if outside.interim:
            subject = lang.gettext(N_("Advice about your work with %(name)s"), name=name)
            away = outside.measure is Measure.SUSPENSION
            opening = lang.gettext(SHORTLY_AWAY if away else SHORTLY_RESTRICTED, name=name)
            first, mail = [opening], opening
        else:
            subject = lang.gettext(HAS_CHANGED if again else N_("About your work with %(name)s"), name=name)
            decided = decided_sentence(outside, lang)
            who = _who(outside, lang)
            if again and outside.replaces:
                who = f"{who} {lang.gettext(INSTEAD)}"
            first = [who, decided, *dict.fromkeys(_category_reason(one, lang) for one in outside.clauses)]
            mail = "\n\n".join(first[:2])
        still_open = any(contract.ended_on is None for contract in contracts)
        advice = dict.fromkeys(in_language(one.data.advice, lang.code) for one in outside.clauses) if still_open else {}
        parts = [*first, *_contract_lines(outside, contracts, stakes, lang, person), *advice]
        return Text(subject, in_paragraphs(*parts), mail)

    return compose


def _who(outside: Outside, lang: Language) -> str:
    if outside.measure is Measure.TERMINATION:
        return lang.gettext(N_("The account of %(name)s here is closed."), name=outside.account_name)
    if outside.measure is Measure.SUSPENSION and outside.ends_at is not None and other.is_other(outside.nature):
        until = lang.until(outside.ends_at, outside.zone)
        return lang.gettext(N_("%(name)s is not available until %(until)s."), name=outside.account_name, until=until)
    if outside.measure is Measure.SUSPENSION and outside.ends_at is not None:
        message = N_("%(name)s is not available until the end of %(day)s.")
        return lang.gettext(message, name=outside.account_name, day=lang.last_day(outside.ends_at, outside.zone))
    return lang.gettext(N_("A part of the account of %(name)s is restricted."), name=outside.account_name)


def _category_reason(clause: CitedClause, lang: Language) -> str:
    return in_language(clause.data.category_reason, lang.code) if clause.data.counterparts == "category" else ""


def _contract_lines(outside: Outside, contracts: Sequence[Contract], stakes: Stakes, lang: Language, reader: Person) -> list[str]:
    """What it means for each contract: open or ended, and to who looks after money, what of it is on hold or kept."""
    lines = []
    for contract in contracts:
        lines.append(contract_line(contract, lang, outside.measure, settles=bool(stakes.kept.get(contract.id))))
        if outside.held is not None and outside.held.contract_id == contract.id and stakes.tells(contract.id, reader):
            lines.append(outside.held.line(lang, outside.zone))
        lines += stakes.lines(contract.id, lang, reader)
    return lines


UNTOLD = N_(
    "Something restricts your account at the moment, and we cannot say more about it yet. You get our letter with all reasons "
    "as soon as we can send it; your time to appeal begins then."
)

MONEY_STAYS = N_("Money that it holds stays on hold until its own date.")


def ended_text(outside: Outside, left: Remains, *, holds: bool = False) -> Compose:
    """To the person: the action has ended; whether another decision still applies, and whether it still `holds` money."""

    def compose(lang: Language, person: Person) -> Text:
        who = {"name": outside.member, "account": outside.account_name}
        about = ENDED_SUBJECT if outside.member else N_("A decision about your account has ended (%(ref)s)")
        subject = lang.gettext(about, ref=outside.action_ref, **who)
        ended = other.ENDED.get(Nature(outside.nature)) or ENDED.get(outside.measure)
        ended = ENDED_MEMBER if outside.member else ended or N_("The decision about your account has ended.")
        first, free = lang.gettext(ended, **who), AS_BEFORE if outside.member else N_("You can use your account as before.")
        rest = [N_("Another decision still applies. Your page shows which one, and until when.")] if left.restricts else []
        rest += [UNTOLD] if left.silent else []
        last = " ".join(lang.gettext(line, **who) for line in [*(rest or [free]), *([MONEY_STAYS] if holds else [])])
        return Text(subject, f"{first} {last}", first)

    return compose


def available_text(outside: Outside, held: Sequence[StillHeld] = (), *, still: bool, paused: bool = False) -> Compose:
    """To those who were told: the person is available again, or this decision has ended and another one still applies.

    Who read of a pause knows that the person is available: they hear that the decision has ended. `held`: money of the
    reader's contracts that stays on hold for it; of its end they hear by itself.
    """

    def compose(lang: Language, person: Person) -> Text:
        name = outside.account_name
        subject = lang.gettext(HAS_CHANGED, name=name)
        line = N_("%(name)s is available again.")
        if still:
            line = N_("The decision about %(name)s that we told you of has ended. Another one still applies.")
        elif paused or outside.measure is Measure.RESTRICTION:
            line = N_("The decision about %(name)s that we told you of has ended.")
        first = lang.gettext(line, name=name)
        return Text(subject, in_paragraphs(first, *(one.line(lang, outside.zone) for one in held)), first)

    return compose


def called(clause: CitedClause, lang: Language) -> str:
    """What a rule is called outside: its number, or its category where the clause says so."""
    if clause.data.counterparts == "category":
        return in_language(clause.data.category, lang.code)
    return lang.gettext(N_("rule %(number)s"), number=clause.number)
