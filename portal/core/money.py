"""Amounts of money: whole minor units of one currency, never a float, never signed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.numbers import (
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    list_currencies,
)

from portal.core.errors import RuleBroken

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_AMOUNT = r"(?P<whole>[0-9]{1,12}|[0-9]{1,3}(?:G[0-9]{3}){1,3})(?:D(?P<part>[0-9]{1,4}))?"
"""G groups thousands and D stands before the cents; which signs those are is a matter of language."""
_NOTHING = re.compile(r"0{1,12}(?:[.,]0{1,4})?")
"""Nothing at all, whichever sign stands before its cents."""
GROUP, CENTS = 3, 2
OTHERWISE = {
    "AFN": 2, "ALL": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MGA": 2, "MMK": 2, "RSD": 2, "SOS": 2, "SYP": 2,
    "YER": 2,
}
"""Decimals by ISO 4217 of the currencies of which Unicode's data say how many are used in cash: there they have none."""
LONGEST = 40
_MARKED = re.compile(r"([^\d.,+-]*)(.*?)([^\d.,]*)", re.ASCII)


def places_of(currency: str) -> int:
    """How many decimals an amount in that currency has: by ISO 4217, which is what senders count minor units by."""
    return OTHERWISE.get(currency, get_currency_precision(currency))


def is_currency(code: str) -> bool:
    """Whether a currency has that code, or had: a mistake in one would be an amount that nobody can be paid."""
    return code in list_currencies()


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents) of one ISO 4217 currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount_minor, int) or not _CURRENCY.match(self.currency):
            raise ValueError("money is a whole number of minor units and a three-letter currency")

    @classmethod
    def of_whole(cls, units: int, currency: str) -> Money:
        """So many whole units: dollars, yen, dinars."""
        return cls(units * 10 ** places_of(currency), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise RuleBroken("other_currency", "The amount is in another currency.")
        return other.amount_minor

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-places_of(self.currency))


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before the number, the number, and what stands after it."""
    plain = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    found = _MARKED.fullmatch(plain) if len(plain) <= LONGEST else None
    return (found[1].upper(), found[2], found[3].upper()) if found else ("", "", "")


def parse_money(text: str, currency: str, lang: str = "en", *, least: int = 1) -> Money:
    """Reads an amount in that currency as people of that language type it: "1,200.00" in English, "1.200,00" in Spanish.

    The sign that groups thousands only does that: "17,50" in English could be 17.50 or 1,750 and is asked about, never
    guessed; so is "1.500", which means 1,500 where people write it the other way round. `least`, in minor units: 0 where
    nothing is an amount too. Nothing is ever rounded.
    Errors: `not_an_amount` when it is no number, has more decimals than the currency, or is not above zero;
    `two_readings` when it could be either; `other_currency` when another currency's sign or code stands beside it.
    """
    before, cleaned, after = _parts(text)
    found = _pattern(lang).fullmatch(cleaned)
    own = _names(currency, lang)
    nothing = least == 0 and _NOTHING.fullmatch(cleaned) is not None
    if found is None and not nothing:
        raise _no_amount("Write the amount in numbers with a point before the cents, for example 400.00.", currency)
    if not {before, after} <= own:
        message = "This amount is in another currency. Write it in %(currency)s."
        raise RuleBroken("other_currency", message, currency=currency)
    if found is None or nothing:
        return Money(0, currency)
    digits, part = "".join(c for c in found["whole"] if c.isdigit()), found["part"] or ""
    places = places_of(currency)
    if len(part) == GROUP > places and len(found["whole"]) <= GROUP and not digits.startswith("0"):
        message = "This can be read in two ways. If you mean %(whole)s, write it without the point."
        raise RuleBroken("two_readings", message, whole=Money(int(digits + part) * 10**places, currency))
    value = Decimal(f"{digits}.{part or 0}").scaleb(places)
    if value != value.to_integral_value() or value < least:
        raise _no_amount("Write an amount above zero, for example 400.00.", currency)
    return Money(int(value), currency)


@lru_cache
def _names(currency: str, lang: str) -> frozenset[str]:
    """What may stand beside an amount in it: its code, its sign in that language or in English, or both, as pages write them."""
    english, local = get_currency_symbol(currency, "en"), get_currency_symbol(currency, lang).upper()
    signs = {english, english[-1], local}
    return frozenset({"", currency, *signs, *(f"{sign}{currency}" for sign in signs)})


def _no_amount(message: str, currency: str) -> RuleBroken:
    """The refusal with an example that has the decimals of the currency."""
    places = places_of(currency)
    if places == CENTS:
        return RuleBroken("not_an_amount", message)
    example = Money(400 * 10**places, currency)
    message = "Write an amount above zero, with at most %(places)s decimals, for example %(example)s."
    if not places:
        message = "Write an amount above zero, without decimals, for example %(example)s."
    return RuleBroken("not_an_amount", message, places=places, example=example)


@lru_cache
def _pattern(lang: str) -> re.Pattern[str]:
    signs = {"G": re.escape(get_group_symbol(lang)), "D": re.escape(get_decimal_symbol(lang))}
    return re.compile(re.sub("[GD]", lambda sign: signs[sign[0]], _AMOUNT))


def typed_money(amount: Money, lang: str) -> str:
    """An amount as it stands in a field that people of that language change: `1750.00`, `1750,00`; `parse_money` reads it."""
    places = places_of(amount.currency)
    return format_decimal(amount.decimal, f"0.{'0' * places}" if places else "0", locale=lang)
