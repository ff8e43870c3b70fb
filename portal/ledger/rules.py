"""The arithmetic of money: what is drawn from where, when it clears, who may be paid where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.ledger.models import HoldEnd


@dataclass(frozen=True, slots=True)
class Pot:
    """Money in one book that belongs to one earning of a contract; `whole_minor` of it was earned, and `fee_minor` taken."""

    book_id: UUID
    earning_id: UUID
    amount_minor: int
    released_at: datetime
    whole_minor: int = 1
    fee_minor: int = 0
    contract_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """An amount taken out of one pot."""

    pot: Pot
    amount_minor: int


def oldest_first(pots: Iterable[Pot]) -> list[Pot]:
    """The order in which money is drawn: what was released first, goes first (DESIGN 2.5)."""
    return sorted(pots, key=lambda pot: (pot.released_at, pot.earning_id))


def draw(pots: Iterable[Pot], wanted_minor: int) -> list[Draw]:
    """Takes up to that amount out of the pots, oldest first; less when there is less."""
    drawn: list[Draw] = []
    left = wanted_minor
    for pot in oldest_first(pots):
        taken = min(left, pot.amount_minor)
        if taken > 0:
            drawn.append(Draw(pot, taken))
            left -= taken
    return drawn


def fee_share(pot: Pot, amount_minor: int) -> int:
    """The part of our fee that belongs to so much of an earning, rounded down to a minor unit; all of it at the most."""
    return min(pot.fee_minor * amount_minor // pot.whole_minor, pot.fee_minor)


def fee_of_refund(refunded: Iterable[Draw], before: Mapping[UUID, int]) -> int:
    """The part of our fee that goes back with a refund, in minor units; `before`: what of each earning went back already.

    Counted from what went back so far, so that with the last part of an earning all of its fee has gone back.
    """
    return sum(
        fee_share(one.pot, before[one.pot.earning_id] + one.amount_minor) - fee_share(one.pot, before[one.pot.earning_id])
        for one in refunded if one.pot.fee_minor
    )


def draw_paid(pots: Iterable[Pot], paid_minor: int) -> list[Draw]:
    """As `draw`, for an amount that a client paid: with our fee for it, what is taken out is at most that amount.

    The fee is counted without rounding, so that this holds whatever of an earning went back before.
    """
    drawn: list[Draw] = []
    left = paid_minor
    for pot in oldest_first(pots):
        gross = pot.whole_minor + pot.fee_minor
        taken = min(left * pot.whole_minor // gross, pot.amount_minor)
        if taken > 0:
            drawn.append(Draw(pot, taken))
            left -= -(-taken * gross // pot.whole_minor)
    return drawn


def total(parts: Iterable[Pot | Draw]) -> int:
    return sum(one.amount_minor for one in parts)


def rest(pots: Iterable[Pot], drawn: Iterable[Draw]) -> list[Draw]:
    """What remains in the pots after those draws, as draws."""
    taken = {one.pot.book_id: one.amount_minor for one in drawn}
    left = [Draw(pot, pot.amount_minor - taken.get(pot.book_id, 0)) for pot in pots]
    return [one for one in left if one.amount_minor > 0]


def refund_of(kind: HoldEnd, held_minor: int, asked_minor: int | None) -> int:
    """How much of a hold goes back to the client when it ends that way, in minor units.

    Errors: ValueError when a split does not leave both sides something, or another end names an amount.
    """
    if kind is HoldEnd.SPLIT:
        if asked_minor is None or not 0 < asked_minor < held_minor:
            raise ValueError("a split gives each side a part of what is held")
        return asked_minor
    if asked_minor is not None and (kind is not HoldEnd.REFUNDED or asked_minor != held_minor):
        raise ValueError(f"{kind} names no amount of its own")
    return held_minor if kind is HoldEnd.REFUNDED else 0


def after(start: datetime, length: int, unit: str) -> datetime:
    """The instant that many days or hours later: the same span for everybody, not rounded to the end of a day."""
    return start + (timedelta(hours=length) if unit == "hours" else timedelta(days=length))
