"""Reading money: what an account has pending, available, held and paid out, and why each amount is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.models import Case, Clock
from portal.contracts.models import Contract, ContractTerm, Earning, Milestone
from portal.core.money import Money
from portal.ledger.models import Book, BookKind, Claim, Destination, Entry, Hold, Payout, PayoutState, Transfer
from portal.log.models import Event
from portal.rulebook.models import ClauseVersion


@dataclass(frozen=True, slots=True)
class HoldView:
    """One amount on hold, as its owner sees it. `rests_on` is the number of a contract's term, or of a clause."""

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


@dataclass(frozen=True, slots=True)
class Funds:
    """An account's money in one currency. `refunded` is what was refunded to it as a client."""

    currency: str
    pending: Money
    available: Money
    held: Money
    paid_out: Money
    refunded: Money
    holds: tuple[HoldView, ...]
    next_clearing_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout with the place that it goes to, and until when we promised to send it (None once that is over)."""

    payout: Payout
    amount: Money
    hint: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """What went back to a client: of which milestone, when, by which dispute; `by_us`: the platform itself paid it."""

    amount: Money
    at: datetime
    contract_title: str
    milestone_number: int | None
    dispute_ref: str | None
    by_us: bool


def _sums() -> Select[Any, Any, Any, Any, Any, Any]:
    def part(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, Book.balance_minor), else_=0))

    now: BindParameter[datetime] = bindparam("now")
    earning, clear = Book.kind == BookKind.EARNING, Earning.clears_at <= now
    waits = and_(earning, Earning.clears_at > now)
    return (
        select(
            Book.currency, part(waits).label("pending"), part(and_(earning, clear)).label("available"),
            part(Book.kind == BookKind.HELD).label("held"), part(Book.kind == BookKind.REFUND).label("refunded"),
            func.min(case((waits, Earning.clears_at))).label("next_clearing_at"),
        )
        .outerjoin(Earning, Book.earning_id == Earning.id)
        .where(Book.owner_id == bindparam("account_id"), Book.balance_minor > 0)
        .group_by(Book.currency)
    )


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
_HOLDS_OF_ACCOUNT = _HOLDS.where(Hold.account_id == bindparam("account_id"))
_SUMS = _sums()
_PAID = select(Payout.currency, func.sum(Payout.amount_minor)).where(
    Payout.account_id == bindparam("account_id"), Payout.state != PayoutState.FAILED
).group_by(Payout.currency)


def funds(session: Session, account_id: UUID, now: datetime) -> list[Funds]:
    """What an account has, a line for each currency. A hold past its time is shown as being released."""
    mine = {"account_id": account_id, "now": now}
    sums = {row.currency: row for row in session.execute(_SUMS, mine)}
    paid = dict(session.execute(_PAID, mine).all())
    holds = [_view(*row, now) for row in session.execute(_HOLDS_OF_ACCOUNT, mine)]
    found = []
    for currency in sorted({*sums, *paid}):
        row = sums.get(currency)
        parts = [int(part or 0) for part in (row.pending, row.available, row.held, row.refunded)] if row else [0] * 4
        pending, available, held, refunded = (Money(part, currency) for part in parts)
        found.append(Funds(
            currency, pending, available, held, Money(int(paid.get(currency, 0)), currency), refunded,
            tuple(hold for hold in holds if hold.currency == currency and hold.amount),
            row.next_clearing_at if row else None,
        ))
    return found


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
    )


def holds_of_case(session: Session, case_id: UUID, now: datetime) -> list[HoldView]:
    """The open holds on claims of one case."""
    return holds_of(session, now, Claim.case_id == case_id)


def holds_caused_by(session: Session, event_id: UUID) -> list[Hold]:
    """Every hold that this event caused, open or ended."""
    return list(session.scalars(select(Hold).where(Hold.cause_event_id == event_id).order_by(Hold.id)))


def hold_of_claim(session: Session, claim_id: UUID) -> Hold:
    """The newest hold of a claim."""
    return session.scalars(select(Hold).where(Hold.claim_id == claim_id).order_by(Hold.id.desc()).limit(1)).one()


def refunded_on(session: Session, milestone: Milestone) -> Money:
    """What of a milestone's released money was refunded to the client so far."""
    total = session.scalar(
        select(func.sum(Transfer.amount_minor))
        .join(Book, Transfer.debit_id == Book.id).join(Earning, Book.earning_id == Earning.id)
        .join(Entry, Transfer.entry_id == Entry.id)
        .where(Earning.milestone_id == milestone.id, Book.kind == BookKind.HELD, Entry.kind == "hold_end",
               Transfer.credit_id.in_(select(Book.id).where(Book.kind == BookKind.REFUND)))
    )
    return Money(int(total or 0), milestone.currency)


def destinations_of(session: Session, account_id: UUID) -> Sequence[Destination]:
    """The places on file that an account can be paid to, newest first."""
    return session.scalars(
        select(Destination).where(Destination.account_id == account_id, Destination.ended_at.is_(None))
        .order_by(Destination.on_file_since.desc(), Destination.id)
    ).all()


def payouts_of(session: Session, account_id: UUID, limit: int = 50) -> list[PayoutView]:
    """An account's payouts, newest first, each that is not sent yet with the day by which we promised to send it."""
    promised = and_(Clock.subject_ref == Payout.ref, Clock.kind == "payout", Clock.ended_at.is_(None))
    rows = session.execute(
        select(Payout, Destination.hint, Clock.due_at).join(Destination, Payout.destination_id == Destination.id)
        .outerjoin(Clock, promised)
        .where(Payout.account_id == account_id).order_by(Payout.requested_at.desc(), Payout.id.desc()).limit(limit)
    )
    return [PayoutView(payout, Money(payout.amount_minor, payout.currency), hint, due_at) for payout, hint, due_at in rows]


def refunds_of(session: Session, account_id: UUID, limit: int = 50) -> list[RefundView]:
    """What went back to an account as a client, newest first: a line for each hold that it came from."""
    cause = aliased(Event)
    rows = session.execute(
        select(
            func.sum(Transfer.amount_minor), Transfer.currency, Event.at, Contract.title, Milestone.number,
            cause.kind, cause.subject_ref, Entry.kind,
        )
        .join(Book, Transfer.credit_id == Book.id).join(Entry, Transfer.entry_id == Entry.id)
        .join(Event, Entry.cause_event_id == Event.id).join(Hold, Book.hold_id == Hold.id)
        .join(cause, Hold.cause_event_id == cause.id).join(Claim, Hold.claim_id == Claim.id)
        .join(Contract, Claim.contract_id == Contract.id).outerjoin(Milestone, Claim.milestone_id == Milestone.id)
        .where(Book.owner_id == account_id, Book.kind == BookKind.REFUND)
        .group_by(Entry.id, Transfer.currency, Event.at, Contract.title, Milestone.number, cause.kind,
                  cause.subject_ref, Entry.kind)
        .order_by(Event.at.desc(), Entry.id.desc()).limit(limit)
    )
    return [
        RefundView(Money(int(total), currency), at, title, number, ref if kind == "dispute.opened" else None,
                   entry == "owed_refund")
        for total, currency, at, title, number, kind, ref, entry in rows
    ]
