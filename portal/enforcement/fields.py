"""Reading the decision form: what was posted becomes one typed value, or the first thing that is wrong is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from portal.cases.models import ReportSource
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import canonical, clean, clean_line, seen_length
from portal.enforcement.models import Measure
from portal.enforcement.notice import NOTICE_FIELDS, NoticeException, read_exception
from portal.enforcement.own_days import OwnDays, read_own_days, read_scope
from portal.enforcement.rules import LEAST_FACTS, LONGEST_ITEM, NO_EXHIBIT, OWN_DAYS, WHOLE, WOULD_CHANGE, Conduct

ORDER_FIELDS = (
    "order_authority", "order_reference", "order_dated_on", "order_provision", "order_territory", "order_ends_on", "silence",
    "silence_provision", "block_amount_minor", "block_currency",
)
CITED = ("clause_version_id", "conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit", "facts", "why")
"""What belongs to one rule of a decision. Of the second rule on each name ends with its number: "facts_2"."""
MOST_RULES = 5
MORE = range(2, MOST_RULES + 1)
KNOWN = frozenset({
    "measure", "interim", "ends_on", "scope", "spoke_for", "weighed", "would_change", "automated_detection", "source",
    "automated_decision", "hold_amount_minor", "hold_currency", "hold_contract_ref", "hold_milestone", "supersedes", "leads",
    "rests_on", "resting", *OWN_DAYS, *ORDER_FIELDS, *NOTICE_FIELDS, *CITED, *(f"{name}_{n}" for name in CITED for n in MORE),
})
OBJECT_KINDS = ("contract", "message", "document", "listing", "seen")
IN_WORDS = ("listing", "seen")
"""What is named in words, because it is not on file here; `seen`: what was noticed about an account that is protected."""
LONGEST_LISTING = 200
UNKNOWN_OBJECT = N_("Name a contract, a message or one of the person's own documents of this case, or a listing.")
YES = frozenset({"true", "on", "yes", "y", "1"})


@dataclass(frozen=True, slots=True)
class Object:
    """What a decision is about: a contract, a message or a document by its reference, the rest (`IN_WORDS`) by its name."""

    kind: str
    ref: str

    @property
    def named(self) -> str:
        """As forms and citations name it."""
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True)
class HoldWish:
    """The money that the reviewer wants to hold: an amount of one milestone of one contract, or of the whole contract."""

    amount: Money
    contract_ref: str
    milestone: int | None


@dataclass(frozen=True, slots=True)
class Cited:
    """One rule of a decision: which, for which days, what happened, why it falls under it, what it is about and what shows it.

    `n`: the first, second, ... of the decision.
    """

    n: int
    clause_version_id: UUID
    conduct_from: date
    conduct_to: date
    objects: tuple[Object, ...]
    exhibits: tuple[int, ...]
    no_exhibit: str | None
    facts: str
    why: str

    @property
    def conduct(self) -> Conduct:
        """What this rule is applied to."""
        return Conduct(self.conduct_from, self.conduct_to, frozenset(each.named for each in self.objects))


@dataclass(frozen=True, slots=True)
class Fields:
    """The decision form, read. `cited`: its rules, at least one. `supersedes`: the decision that it is to replace.

    `own`: days of single things that a restriction takes away, and the identity check that some of them rest on.
    """

    measure: Measure
    interim: bool
    ends_on: date | None
    scope: tuple[str, ...]
    cited: tuple[Cited, ...]
    spoke_for: str
    weighed: str
    would_change: tuple[str, ...]
    automated_detection: bool
    automated_decision: bool
    source: str | None
    hold: HoldWish | None
    supersedes: str | None
    exception: NoticeException | None
    leads: tuple[str, ...] = ()
    own: OwnDays = field(default_factory=OwnDays)

    @property
    def clause_version_id(self) -> UUID:
        """The rule that stands first."""
        return self.cited[0].clause_version_id


def draft_body(fields: Mapping[str, Any]) -> str:
    """The form as a draft keeps it. Errors: `unknown_field`; text limits of `core.text.clean`."""
    for name, value in fields.items():
        if name not in KNOWN:
            raise RuleBroken("unknown_field", N_("This form has no field named %(name)s."), field=name, name=name)
        for item in value if isinstance(value, list) else [value]:
            if item is not None and not isinstance(item, (str, bool, int)):
                raise RuleBroken("not_text", N_("Write this as text."), field=name)
            clean(str(item), field=name)
    return canonical(fields)


def read_fields(fields: Mapping[str, Any]) -> Fields:
    """Reads the posted form. Errors: `RuleBroken` with a code, a sentence and the field, for the first thing wrong."""
    draft_body(fields)
    cited, measure, interim = tuple(_cited(fields)), _measure(fields), _flag(fields, "interim")
    scope = read_scope(_list(fields, "scope"))
    return Fields(
        cited=cited, measure=measure, interim=interim, own=read_own_days(fields, measure, scope, interim=interim),
        ends_on=_day(fields, "ends_on", needed=False), scope=scope, spoke_for=_text(fields, "spoke_for"),
        weighed=_text(fields, "weighed"), would_change=_would_change(fields),
        automated_detection=_flag(fields, "automated_detection"),
        automated_decision=_flag(fields, "automated_decision"), source=_source(fields), hold=_hold(fields),
        supersedes=_text(fields, "supersedes") or None, exception=_exception(fields),
        leads=tuple(dict.fromkeys(_list(fields, "leads"))),
    )


def _exception(fields: Mapping[str, Any]) -> NoticeException | None:
    """Why the usual notice is not given. Errors: those of `read_exception`; `notice_of_nothing` for another measure."""
    found = read_exception(fields)
    if found is not None and _measure(fields) is not Measure.TERMINATION:
        message = N_("Only the end of an account has a notice period. Leave this empty.")
        raise RuleBroken("notice_of_nothing", message, field="notice_exception")
    return found


def _cited(fields: Mapping[str, Any]) -> Iterator[Cited]:
    """The rules of the form, the first one first. Errors: at the fields of the rule; `same_rule` for a version named twice."""
    seen = set[UUID]()
    for n in (1, *MORE):
        own = fields if n == 1 else {name: fields.get(f"{name}_{n}") for name in CITED}
        if n > 1 and not any(own.values()):
            continue
        try:
            one = _one_rule(n, own)
            if one.clause_version_id in seen:
                message = N_("This rule stands here already. Add what happened to it, or leave this one out.")
                raise RuleBroken("same_rule", message, field="clause_version_id")
        except RuleBroken as error:
            error.field = f"{error.field}_{n}" if n > 1 else error.field
            raise
        seen.add(one.clause_version_id)
        yield one


def _one_rule(n: int, own: Mapping[str, Any]) -> Cited:
    first, last = _period(own)
    exhibits, no_exhibit = _shown(own)
    return Cited(n, _clause(own), first, last, _objects(own), exhibits, no_exhibit, _facts(own), _why(own))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str):
        raise RuleBroken("not_text", N_("Write this as text."), field=name)
    return clean(value, field=name)


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    return str(fields.get(name)).lower() in YES


def _list(fields: Mapping[str, Any], name: str) -> list[str]:
    value = fields.get(name) or []
    items = value if isinstance(value, list) else [value]
    return [clean(str(item), field=name) for item in items if str(item).strip()]


def _measure(fields: Mapping[str, Any]) -> Measure:
    name = _text(fields, "measure")
    if name not in set(Measure):
        message = N_("Choose what should follow: a warning, a restriction, a suspension or a termination.")
        raise RuleBroken("unknown_measure", message, field="measure")
    return Measure(name)


def _day(fields: Mapping[str, Any], name: str, *, needed: bool) -> date | None:
    text = _text(fields, name)
    if not text and not needed:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field=name) from None


def _period(fields: Mapping[str, Any]) -> tuple[date, date]:
    first, last = _day(fields, "conduct_from", needed=True), _day(fields, "conduct_to", needed=True)
    assert first is not None
    assert last is not None
    if last < first:
        raise RuleBroken("period_reversed", N_("The last day of what happened is before its first day."), field="conduct_to")
    return first, last


def _clause(fields: Mapping[str, Any]) -> UUID:
    try:
        return UUID(_text(fields, "clause_version_id"))
    except ValueError:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id") from None


def _facts(fields: Mapping[str, Any]) -> str:
    facts = _text(fields, "facts")
    if (length := seen_length(facts)) < LEAST_FACTS:
        message = N_("Say what happened, with days and amounts: at least %(least)s characters, you wrote %(length)s.")
        raise RuleBroken("facts_too_short", message, field="facts", least=LEAST_FACTS, length=length)
    return facts


def _why(fields: Mapping[str, Any]) -> str:
    why = _text(fields, "why")
    if not why:
        raise RuleBroken("why_missing", N_("Say why what happened falls under this rule."), field="why")
    return why


def _would_change(fields: Mapping[str, Any]) -> tuple[str, ...]:
    typed = [clean(item, limit=LONGEST_ITEM, field="would_change") for item in _list(fields, "would_change")]
    listed = tuple(dict.fromkeys(typed))
    least, most = WOULD_CHANGE
    if not least <= len(listed) <= most:
        message = N_("Name %(least)s to %(most)s things that would change this decision; you named %(count)s.")
        raise RuleBroken("would_change", message, field="would_change", least=least, most=most, count=len(listed))
    return listed


def _source(fields: Mapping[str, Any]) -> str | None:
    name = _text(fields, "source")
    if name and name not in set(ReportSource):
        raise RuleBroken("unknown_source", N_("Choose from the list what this case began with."), field="source")
    return name or None


def _objects(fields: Mapping[str, Any]) -> tuple[Object, ...]:
    objects = tuple(_object(text) for text in dict.fromkeys(_list(fields, "objects")))
    if not objects:
        message = N_("Name at least one contract, message, document or listing that this is about.")
        raise RuleBroken("no_object", message, field="objects")
    return objects


def _object(text: str) -> Object:
    kind, _, ref = text.partition(":")
    if kind not in OBJECT_KINDS or not ref:
        raise RuleBroken("unknown_object", UNKNOWN_OBJECT, field="objects")
    return Object(kind, clean_line(ref, limit=LONGEST_LISTING if kind in IN_WORDS else 24, field="objects"))


def _shown(fields: Mapping[str, Any]) -> tuple[tuple[int, ...], str | None]:
    texts, reason = _list(fields, "exhibits"), _text(fields, "no_exhibit") or None
    if any(not text.isascii() or not text.isdigit() or len(text) > 6 for text in texts):
        raise RuleBroken("unknown_exhibit", N_("Choose exhibits of this case by their number."), field="exhibits")
    if reason is not None and reason not in NO_EXHIBIT:
        raise RuleBroken("unknown_reason", N_("Choose from the list why no exhibit can be shown."), field="no_exhibit")
    if not texts and reason is None:
        message = N_("Choose an exhibit, or a reason from the list why none can be shown.")
        raise RuleBroken("no_exhibit", message, field="exhibits")
    return tuple(sorted({int(text) for text in texts})), reason


def _hold(fields: Mapping[str, Any]) -> HoldWish | None:
    amount = str(fields.get("hold_amount_minor") or "").strip()
    if not amount:
        return None
    currency, milestone = _text(fields, "hold_currency").upper(), str(fields.get("hold_milestone") or "").strip()
    named = [] if milestone == WHOLE else [milestone]
    plain_numbers = all(text.isascii() and text.isdigit() and len(text) < 16 for text in (amount, *named))
    if not plain_numbers or int(amount) == 0 or len(currency) != 3 or not currency.isalpha() or not currency.isascii():
        message = N_("Give the amount to hold in whole cents above zero, its currency and its milestone or contract.")
        raise RuleBroken("not_an_amount", message, field="hold_amount_minor")
    return HoldWish(Money(int(amount), currency), _text(fields, "hold_contract_ref"), int(milestone) if named else None)
