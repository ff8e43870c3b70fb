"""Languages: catalogues of sentences, and dates and amounts as the reader writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from portal.core.clock import ends_a_day, last_day, local_day, zone
from portal.core.errors import Refusal
from portal.core.money import Money, places_of, typed_money

CATALOGUES = Path(__file__).parent / "translations"
SOURCE = "en"
CODES = ("en", "es")
EARLY = 6
DAY_SKELETONS = {"en": ("EEEE d~MMMM~y", "d~MMMM"), "es": ("EEEE d~'de'~MMMM 'de'~y", "d~'de'~MMMM")}
"""How a day is written, with its year and without; "~" where a page breaks no line: what stays whole fits a phone."""


def _(text: str) -> str:
    """Marks a sentence for the catalogue where it is written; it is translated where it is shown."""
    return text


N_ = _
_LEFTWARDS = re.compile("[\u0590-\u08ff\u200f\u202b\u2067\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001eeff]")


def _apart(params: dict[str, Any]) -> dict[str, Any]:
    """What is put into a sentence; words that are written from right to left are isolated, so that they turn no amount, number or
    reference that stands beside them. Source: UAX 9, first strong isolate."""
    return {name: "\u2068" + value + "\u2069" if _turns(value) else value for name, value in params.items()}


def _turns(value: Any) -> bool:
    return isinstance(value, str) and not value.isascii() and _LEFTWARDS.search(value) is not None


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages and mails.

    `gap`: what stands between the parts of a day, a time or an amount; on a page, where they are not to be torn apart at the end
    of a line, a no-break space.
    """

    code: str
    gap: str = field(default=" ", compare=False)

    @property
    def locale(self) -> Locale:
        return _locale(self.code)

    @property
    def dir(self) -> str:
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def unbroken(self) -> Language:
        """The same language for a page: no line breaks within a day, a time or an amount."""
        return Language(self.code, "\N{NO-BREAK SPACE}")

    def _kept(self, text: str) -> str:
        return text.replace(" ", self.gap)

    @property
    def name(self) -> str:
        return (self.locale.get_display_name() or self.code).capitalize()

    def called(self, code: str) -> str:
        """What a language is called in this one: `inglés` for "en"; the code itself where it has no name."""
        try:
            return Locale.parse(code, sep="-").get_language_name(self.locale) or code
        except (ValueError, UnknownLocaleError):
            return code

    def gettext(self, message: str, **params: Any) -> str:
        """The sentence in this language with its parameters put in; English when it is not yet translated."""
        text = _sentences(self.code).get(message, message)
        return str(text) % _apart(params) if params else str(text)

    def ngettext(self, one: str, many: str, number: int, **params: Any) -> str:
        forms = _sentences(self.code).get(one)
        params = _apart({"num": number} | params)
        if isinstance(forms, tuple):
            return str(forms[_plural(self.code)(number)]) % params
        return (one if number == 1 else many) % params

    def refusal(self, error: Refusal) -> str:
        """What a refusal says in this language, its amounts and days as pages write them."""
        return self.gettext(error.message, **{name: self._written(value) for name, value in error.params.items()})

    def _written(self, value: Any) -> Any:
        if isinstance(value, Money):
            return self.money(value)
        return self.day(value) if isinstance(value, date) and not isinstance(value, datetime) else value

    def typed(self, amount: Money) -> str:
        """`1750.00`: an amount as it stands in a field that can be changed."""
        return typed_money(amount, self.code)

    def money(self, amount: Money) -> str:
        """`$400.00 USD`, `1.885,00 USD`: the one way in which an amount is written for people.

        Its code always names the currency, because a sign alone ("$", "¥") is several countries' money; so two currencies never
        read the same. A sign that is made of letters ("US$", "CHF") is left out: it would only name the currency once more.
        """
        short = _currency(self.code, amount)
        if any(letter.isalpha() for letter in short):
            short = _currency(self.code, amount, sign="")
        return self._kept(f"{short} {amount.currency}")

    def place(self, hint: str) -> str:
        """A place for payouts in this language: `… 4711`, which says no more than its last signs, is an account. What others
        called it stays as they wrote it."""
        ending = hint.removeprefix("… ")
        return hint if ending == hint else self.gettext(N_("Account ending in %(digits)s"), digits=ending)

    def listed(self, words: Sequence[str]) -> str:
        """Several of them in one sentence: "4.2, 5.1 and 7"."""
        *first, last = words
        return self.gettext(N_("%(first)s and %(last)s"), first=", ".join(first), last=last) if first else last

    def number(self, value: int) -> str:
        """`20,000`: a whole number with its digits in groups."""
        return format_decimal(value, locale=self.locale)

    def day(self, value: date | datetime, zone_name: str = "UTC") -> str:
        """`Tuesday 3 March 2026`."""
        return _date(self.code, _as_day(value, zone_name), 0).replace("~", self.gap)

    def month(self, value: date) -> str:
        """`March 2026`."""
        return self._kept(format_skeleton("yMMMM", value, locale=self.locale))

    def day_short(self, value: date | datetime, zone_name: str = "UTC") -> str:
        return _date(self.code, _as_day(value, zone_name), 1).replace("~", self.gap)

    def last_day(self, due_at: datetime, zone_name: str) -> str:
        """Until when something can be done that is due at that instant: a day, or the moment where no day ends with it."""
        return self.day(last_day(due_at, zone_name)) if ends_a_day(due_at, zone_name) else self.instant(due_at, zone_name)

    def whole_day(self, due_at: datetime, zone_name: str) -> str:
        """`last_day` for a heading: of a moment in the first hours of a day it names the day before, all of which counts.

        Such a moment is the end of a day elsewhere; the page says the moment itself beneath.
        """
        local = due_at.astimezone(zone(zone_name))
        return self.day(local.date() - timedelta(days=1)) if local.hour < EARLY else self.last_day(due_at, zone_name)

    def first_day(self, due_at: datetime, zone_name: str) -> str:
        """When what ends at that instant is over: the day after, or the moment where no day ends with it."""
        return self.day(local_day(due_at, zone_name)) if ends_a_day(due_at, zone_name) else self.instant(due_at, zone_name)

    def until(self, due_at: datetime, zone_name: str, reader_zone: str = "") -> str:
        """`the end of Monday 14 December 2026` after "until": the day in `zone_name`, else the moment in the reader's zone."""
        if ends_a_day(due_at, zone_name):
            return self.gettext("the end of %(day)s", day=self.day(last_day(due_at, zone_name)))
        return self.gettext("%(at)s", at=self.instant(due_at, reader_zone or zone_name))

    def by(self, due_at: datetime, zone_name: str) -> str:
        """`by Monday 14 December 2026, 24:00`: 24:00 is said only where the day ends there and then."""
        if ends_a_day(due_at, zone_name):
            return self.gettext("by %(day)s, 24:00", day=self.day(last_day(due_at, zone_name)))
        return self.gettext("by %(at)s", at=self.instant(due_at, zone_name))

    def at_end(self, ends_at: datetime, zone_name: str) -> str:
        """`at the end of Monday 14 December 2026`: when something happens by itself; the moment where no day ends with it."""
        if ends_a_day(ends_at, zone_name):
            return self.gettext("at the end of %(day)s", day=self.day(last_day(ends_at, zone_name)))
        return self.instant(ends_at, zone_name)

    def instant(self, value: datetime, zone_name: str = "UTC") -> str:
        """`Tuesday 3 March 2026, 14:05 your time`; the zone is named when it is not the reader's own."""
        clock = format_time(value.astimezone(zone(zone_name)), "HH:mm", locale=self.locale)
        where = self.gettext("UTC") if zone_name == "UTC" else self.gettext("your time")
        return f"{self.day(value, zone_name)}, {self._kept(f'{clock} {where}')}"

    def in_days(self, value: datetime, now: datetime) -> str:
        """`in 5 days`, `in 3 hours`, `in less than an hour`, `3 h late`."""
        return self._kept(self._in_days(value - now))

    def _in_days(self, left: timedelta) -> str:
        late, span = left < timedelta(0), abs(left)
        hours, days = int(span.total_seconds() // 3600), span.days
        if not hours:
            return self.gettext(N_("less than 1 h late")) if late else self.gettext(N_("in less than an hour"))
        if late:
            return self.gettext("%(n)s h late", n=hours) if days < 2 else self.gettext("%(n)s days late", n=days)
        if days < 1:
            return self.ngettext("in %(num)s hour", "in %(num)s hours", hours)
        return self.ngettext("in %(num)s day", "in %(num)s days", days)


def language(code: str | None) -> Language:
    """The language of that code, or English."""
    short = (code or "").replace("_", "-").split("-")[0].lower()
    return Language(short if short in CODES else SOURCE)


LANGUAGES = tuple(Language(code) for code in CODES)


def _as_day(value: date | datetime, zone_name: str) -> date:
    return value.astimezone(zone(zone_name)).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _currency(code: str, amount: Money, sign: str = "¤") -> str:
    """An amount with all decimals that its currency has, and its sign where people of that language put it."""
    pattern = _locale(code).currency_formats["standard"].pattern.replace("¤", sign).strip()
    places = places_of(amount.currency)
    exact = re.sub(r"0\.0+", f"0.{'0' * places}" if places else "0", pattern)
    return format_currency(amount.decimal, amount.currency, exact, locale=_locale(code), currency_digits=False)


@lru_cache(maxsize=4096)
def _date(code: str, day: date, skeleton: int) -> str:
    return format_date(day, DAY_SKELETONS[code][skeleton], locale=_locale(code))


@lru_cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@lru_cache
def catalogue(code: str) -> Catalog:
    """The catalogue of that language as it is stored."""
    with open(CATALOGUES / f"{code}.po", encoding="utf-8") as file:
        return read_po(file, locale=code)


@lru_cache
def _sentences(code: str) -> dict[str, Any]:
    if code == SOURCE:
        return {}
    return {
        (m.id[0] if isinstance(m.id, tuple) else str(m.id)): (tuple(m.string) if m.pluralizable else m.string)
        for m in catalogue(code)
        if m.id and m.string and (not m.pluralizable or all(m.string))
    }


@lru_cache
def _plural(code: str) -> Any:
    function = _locale(code).plural_form
    return lambda number: 0 if function(number) == "one" else 1
