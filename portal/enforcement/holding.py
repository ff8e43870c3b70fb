"""Money that an action holds: what may be held, what is there, and what the person's money looks like afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import contract_by_ref, milestone_of
from portal.core.clock import deadline
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.enforcement.fields import HoldWish
from portal.ledger.following import extended_before
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold
from portal.ledger.queries import Funds
from portal.rulebook.queries import CitedClause, Promise

MOST_HOLDS = 2
_HELD_BEFORE = (
    select(func.count()).select_from(Hold).join(Claim, Hold.claim_id == Claim.id)
    .where(
        Claim.milestone_id == bindparam("milestone_id"), Claim.claimant == Claimant.PLATFORM, Hold.amount_minor > 0,
        Hold.successor_of_id.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """What would be held: the claim, the part of it that is there now, and until when.

    `held_before`: how often the platform held money of that milestone already. `moved`: the hold of the decision that this
    one replaces, where it goes on: as much or less, until the same day.
    """

    contract: Contract
    milestone: Milestone
    claimed: Money
    there: Money
    cleared: Money
    until: datetime
    promise: Promise
    clause_version_id: UUID
    held_before: int = 0
    moved: Hold | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """A hold that ends: how much of it has cleared and how much is still being cleared, in minor units."""

    hold_ref: str
    currency: str
    cleared_minor: int
    clearing_minor: int


def plan_hold(
    session: Session, clause: CitedClause, account: Account, wish: HoldWish, promise: Promise, zone: str, now: datetime,
    country: str, moved: Hold | None = None,
) -> HoldPlan:
    """What a hold of that amount would hold. Source: DESIGN 2.5.

    A second hold for the same milestone is its one extension, which a second person signs; there is no third. `moved`: the
    hold on it of the decision that is replaced, which ends first.
    Errors: `not_monetary`, `other_currency`, `more_than_milestone`, `held_twice`, `nothing_there`; `NotFound` for one
    that is not the account's own.
    """
    if not clause.data.monetary:
        message = N_("Under this rule no money can be held. Only rules that say so permit it.")
        raise RuleBroken("not_monetary", message, field="hold_amount_minor")
    contract = contract_by_ref(session, wish.contract_ref)
    if contract.freelancer_id != account.id:
        raise NotFound
    milestone = milestone_of(session, contract.id, wish.milestone)
    if milestone.currency != wish.amount.currency:
        raise RuleBroken("other_currency", N_("The amount is in another currency."), field="hold_currency")
    if wish.amount.amount_minor > milestone.amount_minor:
        message = N_("This is more than was agreed for the milestone.")
        raise RuleBroken("more_than_milestone", message, field="hold_amount_minor")
    goes_on = moved if moved is not None and wish.amount.amount_minor <= moved.amount_minor else None
    before = 0 if goes_on is not None else held_before(session, milestone)
    if before >= MOST_HOLDS:
        message = N_("Money of this milestone was on hold for us and then held once more. There is no third time.")
        raise RuleBroken("held_twice", message, field="hold_amount_minor")
    there, cleared = (min(wish.amount.amount_minor, part) for part in _there(session, milestone, now, moved))
    if not there:
        message = N_(
            "Nothing of this milestone is there to be held: it was paid out, went back, or is on hold already. Leave this empty."
        )
        raise RuleBroken("nothing_there", message, field="hold_amount_minor")
    until = goes_on.expires_at if goes_on is not None else deadline(now, promise.length, promise.unit, zone, country)
    currency = milestone.currency
    return HoldPlan(
        contract, milestone, wish.amount, Money(there, currency), Money(cleared, currency), until, promise, clause.id, before,
        goes_on,
    )


def held_before(session: Session, milestone: Milestone) -> int:
    """How often the platform held money of a milestone, under whatever rule; a hold that was made longer was held once more.

    A hold of nothing held nothing, and what was left of one after a counterpart's own claim is no new one.
    """
    return (session.scalar(_HELD_BEFORE, {"milestone_id": milestone.id}) or 0) + extended_before(session, milestone.id)


def free_of(session: Session, milestone: Milestone, now: datetime) -> Money:
    """What a claim on this milestone could hold at this moment."""
    return Money(_there(session, milestone, now)[0], milestone.currency)


_CLEARED = case((Earning.clears_at <= bindparam("now"), Book.balance_minor), else_=0)
_SUMS = select(func.sum(Book.balance_minor), func.sum(_CLEARED)).join(Earning, Book.earning_id == Earning.id).where(
    Earning.milestone_id == bindparam("milestone_id")
)
_THERE = _SUMS.where(Book.kind == BookKind.EARNING)
_THERE_AFTER = _SUMS.where(or_(
    Book.kind == BookKind.EARNING, and_(Book.kind == BookKind.HELD, Book.hold_id == bindparam("freed_id"))
))


def _there(session: Session, milestone: Milestone, now: datetime, freed: Hold | None = None) -> tuple[int, int]:
    """What of a milestone's earnings is still in the freelancer's own books, and the cleared part, in minor units.

    `freed`: a hold that ends first.
    """
    given: dict[str, Any] = {"milestone_id": milestone.id, "now": now}
    if freed is None:
        row = session.execute(_THERE, given).one()
    else:
        row = session.execute(_THERE_AFTER, given | {"freed_id": freed.id}).one()
    return int(row[0] or 0), int(row[1] or 0)


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
            if view.ref in {one.hold_ref for one in freed}:
                continue
            held.append(_held(view.amount, view.claim_ref, view.contract_title, view.contract_ref, view.until, False))
    if plan is not None:
        held.append(_held(plan.there, claim_ref, plan.contract.title, plan.contract.ref, plan.until, True))
    return {"available": available, "pending": pending, "held": held}


def _amount(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}


def _held(amount: Money, claim: str | None, title: str, contract: str, until: datetime, ours: bool) -> dict[str, Any]:
    return {
        "amount": _amount(amount.amount_minor, amount.currency), "claim": claim, "contract": contract,
        "contract_title": title, "until": until, "because_of_this_action": ours,
    }
