"""When a milestone can be disputed and for how much, how long an answer may take, what a decision can give to whom."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.contracts.rules import is_paid_in
from portal.core.clock import deadline
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.disputes.models import Outcome

DAY = timedelta(days=1)


def window_ends(released_at: datetime | None, length: int, unit: str, zone: str) -> datetime | None:
    """Until when a milestone can be disputed; None while it is not released. Promise: dispute_window."""
    return deadline(released_at, length, unit, zone) if released_at is not None else None


def kept_apart(state: str, earned: Money, there_minor: int | None) -> bool:
    """Whether the client's money is kept for a milestone and nothing of it was released: it is still the client's own."""
    return not earned and is_paid_in(state, there_minor)


def answer_due(informed_at: datetime | None, now: datetime, length: int, unit: str, zone: str, country: str) -> datetime:
    """When the time to answer ends: counted from the day the freelancer was informed; unknown, it has not yet started."""
    return deadline(informed_at or now, length, unit, zone, country)


def checked_refund(outcome: Outcome, refund_minor: int, held_minor: int) -> int:
    """What goes back to the client of what is (or, had we been in time, would be) on hold, in minor units.

    Errors: `too_much` above what is held; `other_amount` for a release that pays back, a refund of less than all, a
    split that leaves one side nothing. Source: DESIGN 2.5 (nothing else of the freelancer's is ever touched).
    """
    if refund_minor > held_minor:
        raise RuleBroken("too_much", N_("This is more than is on hold for this dispute."), field="amount")
    if outcome is Outcome.SPLIT and not 0 < refund_minor < held_minor:
        message = N_("A split gives each side a part. Write an amount above zero and below what is on hold.")
        raise RuleBroken("other_amount", message, field="amount")
    if outcome is not Outcome.SPLIT and refund_minor != (held_minor if outcome is Outcome.REFUND else 0):
        raise RuleBroken("other_amount", N_("Only a split names an amount of its own."), field="amount")
    return refund_minor


def needs_second_reader(amount: Money, limit: Money | None) -> bool:
    """Whether a second person reads the decision before it is made: always where no limit is published for the currency.

    Promise: second_reader.
    """
    return limit is None or amount.amount_minor > limit.amount_minor


def acceptance_due(now: datetime, length: int, unit: str, zones: list[str], country: str) -> datetime:
    """When a decision is carried out without both having accepted it: each side has its days in its own zone."""
    return max(deadline(now, length, unit, zone, country) for zone in zones)


def reminder_after(now: datetime, start: datetime, due_at: datetime) -> datetime | None:
    """When the next reminder is due after `now`: at half the time, then one day before its end; None for no more."""
    times = sorted({start + (due_at - start) / 2, due_at - DAY})
    return next((at for at in times if now < at < due_at and at > start), None)
