"""Reading money: what an account has pending, available, held and paid out, and why each amount is held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.models import Case, LegalOrder
from portal.contracts.models import Contract, ContractTerm, Earning, Milestone
from portal.core.database import KEYS
from portal.core.money import Money
from portal.ledger.models import Book, BookKind, Claim, Hold, Movement, Transfer
from portal.ledger.movements import newest_of_each
from portal.log.models import Event
from portal.rulebook.models import ClauseVersion

LAW = "law"


@dataclass(frozen=True, slots=True)
class HoldView:
    """One amount on hold, as its owner sees it. `rests_on` is the number of a contract's term, or of a clause.

    Where `claimant` is `LAW` nobody claims it: `claimant_name` made the law or the order, `rests_on` is its provision.
    """

    ref: str
    claim_ref: str
    amount: Money
    claimed: Money
    currency: str
    contract_ref: str
    contract_title: str
    milestone_number: int | None
    milestone_title: str | None
    claimant: str
    claimant_name: str | None
    rests_on: str
    rests_on_term: bool
    until: datetime
    dispute_ref: str | None
    cause_ref: str
    case_ref: str
    being_released: bool
    chargeback_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Funds:
    """An account's money in one currency. What was on hold until a time that is over counts as if it were released: whoever asks
    for it ends that hold first.

    `paid_out` counts what is `under_way` too. As a client: `refunded` went back to it, `escrow` is what it paid in for
    milestones and nobody has earned yet, `called` what of that its bank calls back and has not decided about.
    """

    currency: str
    pending: Money
    available: Money
    held: Money
    paid_out: Money
    under_way: Money
    refunded: Money
    escrow: Money
    called: Money
    holds: tuple[HoldView, ...]
    next_clearing_at: datetime | None


_Claimant = aliased(Account)
_HOLDS = (
    select(Hold, Claim, Contract, Milestone, _Claimant.name, ContractTerm.number, ClauseVersion.number, Event, Case.ref)
    .join(Claim, Hold.claim_id == Claim.id).join(Contract, Claim.contract_id == Contract.id)
    .join(Event, Hold.cause_event_id == Event.id).join(Case, Claim.case_id == Case.id)
    .outerjoin(Milestone, Claim.milestone_id == Milestone.id)
    .outerjoin(_Claimant, Claim.claimant_account_id == _Claimant.id)
    .outerjoin(ContractTerm, Claim.contract_term_id == ContractTerm.id)
    .outerjoin(ClauseVersion, Claim.clause_version_id == ClauseVersion.id)
    .where(Hold.ended_at.is_(None)).order_by(Hold.id)
)
_BLOCKS_OF_ACCOUNT = (
    select(Hold, LegalOrder, Event.subject_ref, Case.ref).join(LegalOrder, Hold.order_id == LegalOrder.id)
    .join(Event, Hold.cause_event_id == Event.id).join(Case, LegalOrder.case_id == Case.id)
    .where(Hold.ended_at.is_(None), Hold.account_id == bindparam("account_id")).order_by(Hold.id)
)
_HOLDS_OF_ACCOUNT = _HOLDS.where(Hold.account_id == bindparam("account_id"))
_PENDING = (
    select(Book.currency, func.sum(Book.balance_minor).label("pending"), func.min(Earning.clears_at).label("next_clearing_at"))
    .join(Book, and_(Book.earning_id == Earning.id, Book.kind == BookKind.EARNING))
    .where(Earning.account_id == bindparam("account_id"), Earning.clears_at > bindparam("now"), Book.balance_minor > 0)
    .group_by(Book.currency)
)
_CLEARED = case((Earning.clears_at <= bindparam("now"), Book.balance_minor))
_RUN_OUT = (
    select(Book.currency, func.sum(Book.balance_minor), func.sum(_CLEARED))
    .join(Hold, Book.hold_id == Hold.id).join(Earning, Book.earning_id == Earning.id)
    .where(Hold.account_id == bindparam("account_id"), Hold.ended_at.is_(None), Hold.expires_at <= bindparam("now"),
           Book.kind == BookKind.HELD, Book.balance_minor > 0).group_by(Book.currency)
)
"""What is still in the books of holds whose time is over, and what of it has cleared."""
_CALLED = select(Book.currency, func.sum(Book.balance_minor)).where(
    Book.owner_id == bindparam("account_id"), Book.kind == BookKind.CALLED, Book.balance_minor > 0
).group_by(Book.currency)
_Goal = aliased(Book)
_REFUNDING = (Book.kind == BookKind.HELD, _Goal.kind == BookKind.REFUND)


def funds(session: Session, account_id: UUID, now: datetime) -> list[Funds]:
    """What an account has, a line for each currency. A hold past its time is shown as being released.

    Read from the newest movements and what is not cleared yet: it costs the same however much has happened.
    """
    mine = {"account_id": account_id, "now": now}
    waits = {row.currency: row for row in session.execute(_PENDING, mine)}
    holds = [_view(*row, now) for row in session.execute(_HOLDS_OF_ACCOUNT, mine)]
    holds += [_blocked(*row, now) for row in session.execute(_BLOCKS_OF_ACCOUNT, {"account_id": account_id})]
    called = dict(session.execute(_CALLED, mine).all())
    over = session.execute(_RUN_OUT, mine).all() if any(one.being_released for one in holds) else ()
    freed = {currency: (int(held), int(cleared or 0)) for currency, held, cleared in over}
    found = (
        _purse(one, waits.get(one.currency), holds, int(called.get(one.currency) or 0), *freed.get(one.currency, (0, 0)))
        for one in newest_of_each(session, account_id)
    )
    return [one for one in found if _says_something(one)]


def _says_something(one: Funds) -> bool:
    return any((one.pending, one.available, one.held, one.paid_out, one.refunded, one.escrow, one.called))


def _purse(last: Movement, waits: Any, holds: list[HoldView], called: int, over: int, cleared: int) -> Funds:
    """`over`: what of it was on hold until now, of which so much has `cleared`."""
    pending = int(waits.pending) if waits else 0
    parts = {
        "pending": pending + over - cleared, "available": last.free_minor - pending + cleared, "held": last.held_minor - over,
        "under_way": last.under_way_minor, "paid_out": last.under_way_minor + last.paid_minor,
        "refunded": last.refunded_minor, "escrow": last.escrow_minor - called, "called": called,
    }
    return Funds(
        last.currency, **{name: Money(amount, last.currency) for name, amount in parts.items()},
        holds=tuple(hold for hold in holds if hold.currency == last.currency and hold.amount),
        next_clearing_at=waits.next_clearing_at if waits else None,
    )


def holds_of(session: Session, now: datetime, *criteria: ColumnElement[bool]) -> list[HoldView]:
    """Open holds that match, oldest first, each with its claim and cause."""
    return [_view(*row, now) for row in session.execute(_HOLDS.where(*criteria))]


def _view(
    hold: Hold, claim: Claim, contract: Contract, milestone: Milestone | None, claimant: str | None, term: str | None,
    clause: str | None, cause: Event, case_ref: str, now: datetime,
) -> HoldView:
    return HoldView(
        ref=hold.ref, claim_ref=claim.ref, amount=Money(hold.amount_minor, hold.currency),
        claimed=Money(claim.amount_minor, claim.currency), currency=hold.currency, contract_ref=contract.ref,
        contract_title=contract.title, milestone_number=milestone.number if milestone else None,
        milestone_title=milestone.title if milestone else None, claimant=claim.claimant, claimant_name=claimant,
        rests_on=term or clause or "", rests_on_term=term is not None, until=hold.expires_at,
        dispute_ref=cause.subject_ref if cause.kind == "dispute.opened" else None, cause_ref=cause.subject_ref,
        case_ref=case_ref, being_released=hold.expires_at <= now,
        chargeback_ref=cause.subject_ref if cause.kind == "chargeback.received" else None,
    )


def _blocked(hold: Hold, order: LegalOrder, cause_ref: str, case_ref: str, now: datetime) -> HoldView:
    amount = Money(hold.amount_minor, hold.currency)
    return HoldView(
        ref=hold.ref, claim_ref=order.ref, amount=amount, claimed=Money(order.amount_minor or 0, hold.currency),
        currency=hold.currency, contract_ref="", contract_title="", milestone_number=None, milestone_title=None, claimant=LAW,
        claimant_name=order.authority, rests_on=order.provision, rests_on_term=False, until=hold.expires_at, dispute_ref=None,
        cause_ref=cause_ref, case_ref=case_ref, being_released=hold.expires_at <= now,
    )


def holds_of_case(session: Session, case_id: UUID, now: datetime) -> list[HoldView]:
    """The open holds on claims of one case."""
    return holds_of(session, now, Claim.case_id == case_id)


_CAUSED = select(Hold).where(Hold.cause_event_id == bindparam("event_id")).order_by(Hold.id)


def holds_caused_by(session: Session, event_id: UUID) -> list[Hold]:
    """Every hold that this event caused, open or ended."""
    return list(session.scalars(_CAUSED, {"event_id": event_id}))


_CASES = select(Claim.case_id).join(Hold, Hold.claim_id == Claim.id).where(Hold.account_id.in_(KEYS), Hold.ended_at.is_(None))


def cases_of_holds(session: Session, account_ids: Collection[UUID]) -> set[UUID]:
    """The cases of what is on hold of these accounts' money: what is due there can release or refund it."""
    return set(session.scalars(_CASES, {"ids": list(account_ids)})) if account_ids else set()


def hold_of_claim(session: Session, claim_id: UUID) -> Hold:
    """The newest hold of a claim."""
    return session.scalars(select(Hold).where(Hold.claim_id == claim_id).order_by(Hold.id.desc()).limit(1)).one()


def refunded_on(session: Session, milestone: Milestone) -> Money:
    """What its client got back so far of what they paid for a milestone: of the earnings, and our fee for that part."""
    rows = session.execute(
        select(Earning.amount_minor, Earning.fee_minor, func.sum(Transfer.amount_minor))
        .join(Book, Book.earning_id == Earning.id).join(Transfer, Transfer.debit_id == Book.id)
        .join(_Goal, Transfer.credit_id == _Goal.id).where(Earning.milestone_id == milestone.id, *_REFUNDING)
        .group_by(Earning.id, Earning.amount_minor, Earning.fee_minor)
    )
    back = sum(int(refunded) + min(fee * int(refunded) // whole, fee) for whole, fee, refunded in rows)
    return Money(back, milestone.currency)


def refunded_of(session: Session, earning_ids: Collection[UUID]) -> dict[UUID, int]:
    """What of each of these earnings went back to the client so far, without our fee, in minor units."""
    rows = session.execute(
        select(Book.earning_id, func.sum(Transfer.amount_minor)).join(Transfer, Transfer.debit_id == Book.id)
        .join(_Goal, Transfer.credit_id == _Goal.id).where(Book.earning_id.in_(earning_ids), *_REFUNDING)
        .group_by(Book.earning_id)
    ) if earning_ids else ()
    return dict.fromkeys(earning_ids, 0) | {key: int(total) for key, total in rows if key is not None}
