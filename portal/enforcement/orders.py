"""A law or an order as the form names it, read into one value; and whether it forbids us to tell the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import clean_line
from portal.enforcement.fields import YES

LONGEST = 200
MISSING = {
    "order_authority": N_("Name the authority or the court, or the parliament that made the law."),
    "order_reference": N_("Give the reference or the title by which the order or the law is found."),
    "order_provision": N_("Name the provision that obliges us, for example its article."),
    "order_territory": N_("Say in which country or region it applies."),
    "silence_provision": N_("Name the provision that forbids us to tell the person."),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A law or an order that obliges us.

    `silence`: the provision that forbids us to tell the person, if one does; `amount`: the money that it asks us to hold.
    """

    authority: str
    reference: str
    dated_on: date
    provision: str
    territory: str
    ends_on: date | None
    silence: str | None
    amount: Money | None = None

    def record(self) -> dict[str, Any]:
        """As the statement says it. That it waited is said when it is sent."""
        stated = self.amount
        amount = {"amount_minor": stated.amount_minor, "currency": stated.currency} if stated else None
        return {
            "authority": self.authority, "reference": self.reference, "dated_on": self.dated_on, "provision": self.provision,
            "territory": self.territory, "order_ends_on": self.ends_on, "amount": amount,
        }


def read_order(fields: Mapping[str, Any], today: date) -> Order:
    """Reads the posted form. Errors: `RuleBroken` with the field, for the first thing that is missing or wrong."""
    dated_on, ends_on = _day(fields, "order_dated_on"), _day(fields, "order_ends_on")
    if dated_on is None:
        raise RuleBroken("order_missing", N_("Give the day of the order, or the day on which the law took effect."),
                         field="order_dated_on")
    if dated_on > today:
        raise RuleBroken("period_in_future", N_("What happened cannot lie in the future."), field="order_dated_on")
    if ends_on is not None and ends_on < today:
        raise RuleBroken("ends_on_past", N_("The day on which this ends has already passed."), field="order_ends_on")
    silent = str(fields.get("silence")).lower() in YES
    return Order(
        authority=_named(fields, "order_authority"), reference=_named(fields, "order_reference"), dated_on=dated_on,
        provision=_named(fields, "order_provision"), territory=_named(fields, "order_territory"), ends_on=ends_on,
        silence=_named(fields, "silence_provision") if silent else None, amount=_amount(fields),
    )


def _amount(fields: Mapping[str, Any]) -> Money | None:
    amount = str(fields.get("block_amount_minor") or "").strip()
    if not amount:
        return None
    currency = str(fields.get("block_currency") or "").strip().upper()
    digits = amount.isascii() and amount.isdigit() and len(amount) < 16 and int(amount) > 0
    if not digits or len(currency) != 3 or not currency.isalpha() or not currency.isascii():
        message = N_("Give the amount that the order states, above zero, and its currency.")
        raise RuleBroken("not_an_amount", message, field="block_amount_minor")
    return Money(int(amount), currency)


def _named(fields: Mapping[str, Any], name: str) -> str:
    text = clean_line(str(fields.get(name) or ""), limit=LONGEST, field=name)
    if not text:
        raise RuleBroken("order_missing", MISSING[name], field=name)
    return text


def _day(fields: Mapping[str, Any], name: str) -> date | None:
    text = str(fields.get(name) or "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = N_("Give this day as year, month and day, for example 2026-03-14.")
        raise RuleBroken("not_a_day", message, field=name) from None
