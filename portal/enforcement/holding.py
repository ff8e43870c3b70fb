"""Money that an action holds: what may be held, what is there, and what the person's money looks like afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import contract_by_ref, milestone_of, milestones_of
from portal.core.clock import deadline
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.enforcement.fields import HoldWish
from portal.ledger.claims import MORE_THAN_CONTRACT, agreed_in
from portal.ledger.models import Book, BookKind, Claim, Hold, Transfer
from portal.ledger.queries import Funds
from portal.ledger.rules import Draw, Pot, draw, total
from portal.ledger.successors import held_times
from portal.rulebook.queries import CitedClause, Promise

MOST_HOLDS = 2
HELD_TWICE = N_("Money of this milestone was on hold for us and then held once more. There is no third time.")
ALL_HELD_TWICE = N_(
    "Money of each milestone of this contract was on hold for us and then held once more. There is no third time."
)
NOTHING_THERE = N_(
    "Nothing of this milestone is there to be held: it was paid out, went back, or is on hold already. Leave this empty."
)
NOTHING_IN_CONTRACT = N_(
    "Nothing of this contract is there to be held: it was paid out, went back, is on hold already, or we held it twice. Leave "
    "this empty."
)


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """What would be held: the claim, the part of it that is there now, and until when. Without a milestone it is on the contract.

    `held_before`: how often the platform held money of one of these milestones already. `moved`: the hold of the decision that
    this one replaces, where it goes on: as much or less, until the same day. `besides`: milestones of the contract whose money
    is left alone, because it was held twice. `paid_out`: what of the claim had been paid out before.
    """

    contract: Contract
    milestone: Milestone | None
    claimed: Money
    there: Money
    cleared: Money
    until: datetime
    promise: Promise
    clause_version_id: UUID
    held_before: int = 0
    moved: Hold | None = None
    besides: frozenset[UUID] = frozenset()
    paid_out: Money | None = None

    @property
    def number(self) -> int | None:
        """The number of the milestone; None for a claim on the whole contract."""
        return self.milestone.number if self.milestone is not None else None


@dataclass(frozen=True, slots=True)
class Freed:
    """A hold that ends: how much of it has cleared and how much is still being cleared, in minor units."""

    hold_ref: str
    currency: str
    cleared_minor: int
    clearing_minor: int


def plan_hold(
    session: Session, clause: CitedClause, account: Account, wish: HoldWish, promise: Promise, zone: str, now: datetime,
    country: str, freed: Hold | None = None,
) -> HoldPlan:
    """What a hold of that amount would hold. Source: DESIGN 2.5.

    A second hold for the same milestone is its one extension, which a second person signs; there is no third: of a contract
    that is claimed as a whole, money of such a milestone is left alone. `freed`: the hold of the decision that is replaced,
    which ends first, and goes on where the claim is the same or less of it.
    Errors: `not_monetary`, `other_currency`, `more_than_milestone`, `more_than_contract`, `held_twice`, `nothing_there`;
    `NotFound` for one that is not the account's own.
    """
    contract, milestone = _place(session, clause, account, wish)
    goes_on = freed if freed is not None and _same_place(session, freed, contract, milestone) else None
    goes_on = goes_on if goes_on is not None and wish.amount.amount_minor <= goes_on.amount_minor else None
    currency, times = wish.amount.currency, held_times(session, _named(session, contract, milestone, wish.amount.currency))
    besides = frozenset(key for key, count in times.items() if count >= MOST_HOLDS) if goes_on is None else frozenset()
    if besides and besides == set(times):
        raise RuleBroken("held_twice", HELD_TWICE if milestone is not None else ALL_HELD_TWICE, field="hold_amount_minor")
    where = set(times) - besides if goes_on is None else milestones_in(session, goes_on)
    drawn = draw(_pots(session, where, freed), wish.amount.amount_minor)
    if not drawn:
        raise RuleBroken("nothing_there", NOTHING_THERE if milestone is not None else NOTHING_IN_CONTRACT,
                         field="hold_amount_minor")
    until = goes_on.expires_at if goes_on is not None else deadline(now, promise.length, promise.unit, zone, country)
    there = Money(total(drawn), currency)
    return HoldPlan(
        contract, milestone, wish.amount, there, Money(_cleared(session, drawn, now), currency), until, promise, clause.id,
        0 if goes_on is not None else max(times[key] for key in _milestones_of(session, drawn)), goes_on, besides,
        Money(_paid_out(session, list(times)), currency),
    )


def _place(
    session: Session, clause: CitedClause, account: Account, wish: HoldWish
) -> tuple[Contract, Milestone | None]:
    """What is claimed of, where the rule permits that. Errors: those of `plan_hold` about the claim itself."""
    if not clause.data.monetary:
        message = N_("Under this rule no money can be held. Only rules that say so permit it.")
        raise RuleBroken("not_monetary", message, field="hold_amount_minor")
    contract = contract_by_ref(session, wish.contract_ref)
    if contract.freelancer_id != account.id:
        raise NotFound
    milestone = milestone_of(session, contract.id, wish.milestone) if wish.milestone is not None else None
    _check_agreed(session, contract, milestone, wish)
    return contract, milestone


def _check_agreed(session: Session, contract: Contract, milestone: Milestone | None, wish: HoldWish) -> None:
    """Errors: `other_currency`, `more_than_milestone`, `more_than_contract`; `NotFound` without a milestone in that currency."""
    agreed = agreed_in(session, contract, wish.amount.currency).amount_minor if milestone is None else milestone.amount_minor
    if (milestone is not None and milestone.currency != wish.amount.currency) or not agreed:
        raise RuleBroken("other_currency", N_("The amount is in another currency."), field="hold_currency")
    if wish.amount.amount_minor > agreed and milestone is not None:
        message = N_("This is more than was agreed for the milestone.")
        raise RuleBroken("more_than_milestone", message, field="hold_amount_minor")
    if wish.amount.amount_minor > agreed:
        raise RuleBroken("more_than_contract", MORE_THAN_CONTRACT, field="hold_amount_minor")


def _same_place(session: Session, hold: Hold, contract: Contract, milestone: Milestone | None) -> bool:
    claim = session.get_one(Claim, hold.claim_id)
    return (claim.contract_id, claim.milestone_id) == (contract.id, milestone.id if milestone is not None else None)


def _named(session: Session, contract: Contract, milestone: Milestone | None, currency: str) -> list[UUID]:
    """The milestones whose money a claim names: one, or all of the contract in that currency."""
    found = [milestone] if milestone is not None else milestones_of(session, contract.id)
    return [one.id for one in found if one.currency == currency]


def held_before(session: Session, milestone_ids: Sequence[UUID]) -> int:
    """How often the platform held money of the one of these milestones of which it did so most."""
    return max(held_times(session, milestone_ids).values(), default=0)


def milestones_in(session: Session, hold: Hold) -> tuple[UUID, ...]:
    """Of which milestones a hold holds money now."""
    return tuple(session.scalars(_IN, {"hold_id": hold.id}))


def free_of(session: Session, contract: Contract, milestone: Milestone | None, currency: str) -> Money:
    """What a claim on this milestone, or on the whole contract, could hold at this moment."""
    return Money(total(_pots(session, _named(session, contract, milestone, currency))), currency)


_MILESTONES = Earning.milestone_id.in_(bindparam("milestones", expanding=True))
_POTS = select(Book.balance_minor, Earning).join(Earning, Book.earning_id == Earning.id).where(
    _MILESTONES, Book.balance_minor > 0,
    or_(Book.kind == BookKind.EARNING, and_(Book.kind == BookKind.HELD, Book.hold_id == bindparam("freed_id", type_=Uuid()))),
)
_IN = select(Earning.milestone_id).distinct().join(Book, Book.earning_id == Earning.id).where(
    Book.kind == BookKind.HELD, Book.hold_id == bindparam("hold_id"), Book.balance_minor > 0
)
_SOURCE, _GOAL = aliased(Book), aliased(Book)
_MOVED = select(func.sum(Transfer.amount_minor)).join(_SOURCE, Transfer.debit_id == _SOURCE.id).join(
    _GOAL, Transfer.credit_id == _GOAL.id
)
_LEFT = _MOVED.join(Earning, _SOURCE.earning_id == Earning.id).where(
    _MILESTONES, _SOURCE.kind == BookKind.EARNING, _GOAL.kind == BookKind.PAYOUT
)
_CAME_BACK = _MOVED.join(Earning, _GOAL.earning_id == Earning.id).where(
    _MILESTONES, _GOAL.kind == BookKind.EARNING, _SOURCE.kind == BookKind.PAYOUT
)


def _pots(session: Session, milestones: Collection[UUID], freed: Hold | None = None) -> list[Pot]:
    """What of the earnings of these milestones is in the freelancer's own books; `freed`: a hold that ends first."""
    found: dict[UUID, Pot] = {}
    given = {"milestones": list(milestones), "freed_id": freed.id if freed is not None else None}
    for balance, earning in session.execute(_POTS, given):
        before = found[earning.id].amount_minor if earning.id in found else 0
        found[earning.id] = Pot(earning.id, earning.id, before + (balance or 0), earning.released_at)
    return list(found.values())


def _cleared(session: Session, drawn: Sequence[Draw], now: datetime) -> int:
    """What of it has been cleared, in minor units."""
    return sum(one.amount_minor for one in drawn if session.get_one(Earning, one.pot.earning_id).clears_at <= now)


def _milestones_of(session: Session, drawn: Sequence[Draw]) -> set[UUID]:
    return {session.get_one(Earning, one.pot.earning_id).milestone_id for one in drawn}


def _paid_out(session: Session, milestones: Sequence[UUID]) -> int:
    """What of the earnings of these milestones went to places for payouts and did not come back, in minor units."""
    left, back = (session.scalar(query, {"milestones": list(milestones)}) for query in (_LEFT, _CAME_BACK))
    return int(left or 0) - int(back or 0)


def money_record(
    funds: Sequence[Funds], plan: HoldPlan | None, claim_ref: str | None, freed: Sequence[Freed] = ()
) -> dict[str, Any]:
    """The person's money as the statement shows it: what stays available, and each hold with its cause and its end.

    `funds` are as they stood before this action's own hold, which is added here: preview and issue agree. `freed`: what the
    decision holds that ends with this one, as far as it still does.
    """
    available, pending, held = [], [], []
    for each in funds:
        ours = plan if plan is not None and plan.there.currency == each.currency else None
        cleared = ours.cleared.amount_minor if ours else 0
        clearing = ours.there.amount_minor - cleared if ours else 0
        cleared -= sum(one.cleared_minor for one in freed if one.currency == each.currency)
        clearing -= sum(one.clearing_minor for one in freed if one.currency == each.currency)
        available.append(_amount(each.available.amount_minor - cleared, each.currency))
        pending.append(_amount(each.pending.amount_minor - clearing, each.currency))
        for view in each.holds:
            if view.being_released or view.ref in {one.hold_ref for one in freed}:
                continue
            held.append(_held(view.amount, view.claim_ref, view.contract_title, view.contract_ref, view.until, False))
    if plan is not None:
        held.append(_held(plan.there, claim_ref, plan.contract.title, plan.contract.ref, plan.until, True) | _claimed(plan))
    return {"available": available, "pending": pending, "held": held}


def _amount(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}


def _held(amount: Money, claim: str | None, title: str, contract: str, until: datetime, ours: bool) -> dict[str, Any]:
    return {
        "amount": _amount(amount.amount_minor, amount.currency), "claim": claim, "contract": contract,
        "contract_title": title, "until": until, "because_of_this_action": ours,
    }


def _claimed(plan: HoldPlan) -> dict[str, Any]:
    """What of the claim is not on hold, and how much of that had been paid out; nothing where all of it is."""
    gone, currency = plan.claimed.amount_minor - plan.there.amount_minor, plan.there.currency
    if not gone:
        return {}
    paid_out = min(gone, plan.paid_out.amount_minor if plan.paid_out is not None else 0)
    parts = {"claimed": plan.claimed.amount_minor, "paid_out": paid_out, "not_free": gone - paid_out}
    return {name: _amount(minor, currency) for name, minor in parts.items() if minor}
