"""Amounts of money: whole minor units of one currency, never a float, never signed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, get_currency_symbol

from portal.core.errors import RuleBroken

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_AMOUNT = re.compile(r"(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,4})?")
LONGEST = 40
_MARKED = re.compile(r"([^\d.,+-]*)(.*?)([^\d.,]*)", re.ASCII)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents) of one ISO 4217 currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount_minor, int) or not _CURRENCY.match(self.currency):
            raise ValueError("money is a whole number of minor units and a three-letter currency")

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
        return Decimal(self.amount_minor).scaleb(-get_currency_precision(self.currency))


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before the number, the number, and what stands after it."""
    plain = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    found = _MARKED.fullmatch(plain) if len(plain) <= LONGEST else None
    return (found[1].upper(), found[2], found[3].upper()) if found else ("", "", "")


def parse_money(text: str, currency: str) -> Money:
    """Reads an amount as people type it ("400", "400.50", "1,200.00") in that currency.

    A comma only groups thousands: "17,50" could be 17.50 or 1,750 and is asked about, never guessed.
    Errors: `not_an_amount` when it is no number, has more decimals than the currency, or is not above zero;
    `other_currency` when another currency's sign or code stands beside it.
    """
    before, cleaned, after = _parts(text)
    own = {"", currency, get_currency_symbol(currency, "en"), get_currency_symbol(currency, "en")[-1]}
    if _AMOUNT.fullmatch(cleaned) and not {before, after} <= own:
        message = "This amount is in another currency. Write it in %(currency)s."
        raise RuleBroken("other_currency", message, currency=currency)
    if not _AMOUNT.fullmatch(cleaned):
        raise RuleBroken("not_an_amount", "Write the amount in numbers with a point before the cents, for example 400.00.")
    value = Decimal(cleaned.replace(",", "")).scaleb(get_currency_precision(currency))
    if value != value.to_integral_value() or value <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.")
    return Money(int(value), currency)
