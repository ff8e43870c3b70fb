"""The statement of reasons as a letter: the frozen record with its instants, days and amounts as values again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from portal.core.clock import deadline
from portal.core.i18n import LANGUAGES, N_, Language
from portal.core.labels import label
from portal.core.money import Money
from portal.enforcement.awaited_messages import WHY
from portal.enforcement.ends_first import sooner
from portal.enforcement.ends_first_messages import ends_first_lines
from portal.enforcement.models import Action, ActionStatus, Nature, RestrictionKind
from portal.enforcement.rules import Span, tells_counterparts, waits_to_begin
from portal.enforcement.taken_words import CALLED, heading, named
from portal.rulebook.clause_data import in_language
from portal.verification.rules import KINDS
from portal.web.shell.context import written_in
from portal.web.shell.letter_words import (
    BACK,
    BACK_OF_A_MEMBER,
    CLOSED,
    CLOSED_UNTIL_ASKED,
    COMPARED,
    EXCEPTIONS,
    FIXED,
    LEFT_OUT,
    NO_EXHIBIT,
    QUOTED,
    SAYS,
)

INSTANTS = frozenset({
    "issued_at", "effective_at", "ends_at", "review_at", "starts_at", "until", "appeal_until_at_least", "come_back_from",
    "at", "ends_at_before", "usual", "given_back", "asked_at",
})
DAYS = frozenset({"conduct_from", "conduct_to", "version", "dated_on", "order_ends_on"})

# What has become of an action by now; "superseded": another decision replaced it; "replaced" is said of an earlier letter.
# "between": nothing of it applies today, and what is left of it begins on a later day.
Effect = Literal[
    "ahead", "between", "in_effect", "paused", "ended", "lifted", "overturned", "withdrawn", "replaced", "superseded",
]
NOW_OR_AHEAD: tuple[Effect, ...] = ("in_effect", "ahead", "between")


@dataclass(frozen=True, slots=True)
class Voice:
    """How a letter speaks: in the reader's language, with days and times in the letter's own zone."""

    lang: Language
    zone: str

    def back(self, letter: Mapping[str, Any]) -> Mapping[str, str]:
        """From when each thing that is taken away is there again."""
        return BACK_OF_A_MEMBER if letter.get("member") else BACK

    def named(self, scopes: Iterable[str]) -> str:
        """What these are called, within a sentence."""
        return named(scopes, self.lang)

    def heading(self, scope: str) -> str:
        """What one of them is called, where it stands alone."""
        return heading(scope, self.lang)

    def holds(self, one: Mapping[str, Any]) -> bool:
        """Whether a restriction of the letter is money on hold."""
        return holds_money(one)

    def closed(self, letter: Mapping[str, Any]) -> str:
        """What is said of the date of a termination."""
        return CLOSED_UNTIL_ASKED if (letter.get("redress") or {}).get("come_back_from") else CLOSED

    def gettext(self, text: str, **params: Any) -> str:
        return self.lang.gettext(text, **params)

    def written_in(self, letter: Mapping[str, Any]) -> str:
        """That what the reviewer wrote stays in its own language; empty for who reads that language."""
        if not written_in(self.lang, letter["language"]):
            return ""
        message = N_("What the reviewer wrote stays here as it was written, in %(language)s.")
        return self.lang.gettext(message, language=self.lang.called(letter["language"]))

    def day(self, value: date | datetime) -> str:
        return self.lang.day(value, self.zone)

    def last_day(self, value: datetime) -> str:
        return self.lang.last_day(value, self.zone)

    def first_day(self, value: datetime) -> str:
        return self.lang.first_day(value, self.zone)

    def until(self, value: datetime) -> str:
        return self.lang.until(value, self.zone)

    def ends_first(self, letter: Mapping[str, Any]) -> str:
        """That what was decided ends before an appeal that is sent at once is answered; empty where it does not."""
        answer, order, issued_at = letter["promise"], letter.get("order"), letter["issued_at"]
        due = deadline(issued_at, answer["length"], answer["unit"], self.zone)
        looked_at = order is not None and not order["order_ends_on"]
        ends_at = sooner(letter["measure"], letter["ends_at"], due, since=issued_at, looked_at=looked_at)
        return " ".join(ends_first_lines(ends_at, self.zone, self.lang))

    def fixed(self, text: str) -> str:
        """A sentence of ours that was frozen in another language, in the reader's; any other text as it was frozen."""
        return fixed(text, self.lang)

    def instant(self, value: datetime) -> str:
        return self.lang.instant(value, self.zone)

    def money(self, amount: Money) -> str:
        return self.lang.money(amount)

    def told_others(self, letter: Mapping[str, Any]) -> bool:
        """Whether people with a contract are told of it."""
        return tells_others(letter)

    def told_as(self, letter: Mapping[str, Any]) -> str:
        """How its rules are called to others, where one of them goes by its group there; "" where all go by their numbers."""
        rules = [one["rule"] for one in (letter, *letter.get("more", []))]
        if not any(rule.get("told_as") for rule in rules):
            return ""
        return self.lang.listed(list(dict.fromkeys(
            in_language(tuple(rule["told_as"].items()), self.lang.code) if rule.get("told_as")
            else self.gettext("rule %(number)s", number=rule["number"]) for rule in rules
        )))

    def numbers(self, letter: Mapping[str, Any]) -> str:
        """The numbers of the rules that are applied: "4.2 and 5.1"."""
        return self.lang.listed([one["rule"]["number"] for one in (letter, *letter.get("more", []))])

    def exception(self, letter: Mapping[str, Any]) -> str:
        """Why the usual notice is not given, as a sentence; empty where it is."""
        named = EXCEPTIONS.get((letter.get("notice_exception") or {}).get("kind", ""), "")
        return self.gettext(named) if named else ""

    def source(self, letter: Mapping[str, Any]) -> str:
        """How what the letter is about came to us: what a law or an order asks for began with it, whatever the case held."""
        if letter.get("nature") == Nature.LEGAL:
            return self.gettext(N_("a law or an order"))
        return label(self.lang, "ReportSource", letter["detection"]["source"])

    def compared(self, one: Mapping[str, Any]) -> str:
        """What of the account is the same as of one that we closed, where the decision relies on that."""
        sentence = COMPARED[one["kind"]]
        return self.gettext(sentence)

    def no_exhibit(self, letter: Mapping[str, Any]) -> str:
        """Why no exhibit is shown; empty when exhibits are."""
        reason = why_no_exhibit(letter)
        return self.gettext(reason) if reason else ""

    def left_out(self, letter: Mapping[str, Any]) -> list[str]:
        """What the letter leaves out, each with its reason."""
        return [self.gettext(LEFT_OUT[ground]) for ground in (letter.get("left_out") or {}).get("grounds", ())]

    def exhibit_kind(self, one: Mapping[str, Any]) -> str:
        """What an exhibit is: a message, a contract, a document."""
        return label(self.lang, "ExhibitKind", one["kind"])

    def quoted(self, one: Mapping[str, Any]) -> str:
        """Whose words an exhibit quotes, as they stand before them."""
        return self.gettext(QUOTED.get(one.get("kind") or "", SAYS))

    def kind(self, one: Mapping[str, Any]) -> str:
        """What kind of restriction one is: of visibility, money, service or the account. Source: DSA 17(3)."""
        return label(self.lang, "RestrictionKind", one["kind"])

    def resting(self, letter: Mapping[str, Any]) -> str:
        """What of a letter rests on its identity check, and was not given back, within a sentence; empty where nothing does."""
        rests = [one["scope"] for one in letter["restrictions"] if one.get("rests_on") and not one.get("given_back")]
        return self.named(rests)

    def check_kind(self, check: Mapping[str, Any]) -> str:
        """What is to be shown."""
        kind = KINDS[check["kind"]]
        return self.gettext(kind)

    def check_end(self, letter: Mapping[str, Any]) -> str:
        """Why something ended with the identity check that it rested on."""
        why, ref = WHY[letter["changed"]["check"]["why"]], letter["changed"]["check"]["ref"]
        return self.gettext(why, check=ref)

    def copied(self, one: Mapping[str, Any]) -> str:
        """That we put the words of an exhibit on record ourselves; empty for what was written to us or agreed on."""
        return self.gettext(N_("as copied by us")) if one.get("copied") else ""

    def withheld(self, one: Mapping[str, Any]) -> str:
        """Why the words of an exhibit are withheld; empty when they are shown."""
        reason = NO_EXHIBIT.get(one.get("ground") or "", "")
        return self.gettext(reason) if reason else ""

    def first_effect(self, letter: Mapping[str, Any]) -> Effect:
        """What holds on the day of issue: a termination has its notice period, a restriction may begin on a later day."""
        return "ahead" if letter["effective_at"] > letter["issued_at"] else "in_effect"


def fixed(text: str, lang: Language) -> str:
    """A sentence of ours in the reader's language, in whichever it was frozen; what somebody wrote as they wrote it."""
    return next((lang.gettext(ours) for ours in FIXED if text in {one.gettext(ours) for one in LANGUAGES}), text)


def voice(letter: Mapping[str, Any], lang: Language) -> Voice:
    """The voice of that letter to a reader of that language."""
    return Voice(lang, letter["zone"])


def read(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a statement with instants, days and amounts as values; everything else as it was frozen."""
    return {name: _value(name, value) for name, value in record.items()}


def _value(name: str, value: Any) -> Any:
    match value:
        case str() if name in INSTANTS:
            return datetime.fromisoformat(value)
        case str() if name in DAYS:
            return date.fromisoformat(value)
        case {"amount_minor": int(amount), "currency": str(currency)}:
            return Money(amount, currency)
        case dict():
            return read(value)
        case list():
            return [_value(name, one) for one in value]
    return value


def holds_money(one: Mapping[str, Any]) -> bool:
    """Whether a restriction of a letter is money on hold: its scope is a claim, or nothing where an order asks for it."""
    return one["kind"] == RestrictionKind.MONETARY and one["scope"] not in CALLED


def tells_others(record: Mapping[str, Any]) -> bool:
    """Whether people with a contract are told of the action that this record is about."""
    taken = record.get("restrictions", [])
    scopes = [one["scope"] for one in taken if not holds_money(one)]
    return bool(record) and tells_counterparts(record["measure"], scopes, holds=any(map(holds_money, taken)))


def why_no_exhibit(record: Mapping[str, Any]) -> str:
    """The published reason why no exhibit is shown, as a sentence of the catalogue; empty when exhibits are."""
    return NO_EXHIBIT.get(record.get("no_exhibit") or "", "")


def effect_of(
    action: Action, now: datetime, *, in_effect: bool, superseded: bool = False, spans: Iterable[Span] = ()
) -> Effect:
    """What became of an action: `in_effect` if standing counts it, `superseded` by another, `spans`: times of what it takes."""
    if action.status == ActionStatus.WITHDRAWN:
        return "withdrawn"
    if action.reversed_at is not None:
        return "overturned"
    if action.lifted_at is not None:
        return "lifted"
    if superseded:
        return "superseded"
    if action.effective_at is not None and now < action.effective_at:
        return "ahead"
    if in_effect:
        return "in_effect"
    times = list(spans)
    over = bool(times) and all(span.over_at is not None and span.over_at <= now for span in times)
    if over or action.ends_at is None or action.ends_at <= now:
        return "ended"
    return "between" if waits_to_begin(times, now) else "paused"
