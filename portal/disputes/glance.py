"""The money of a case at a glance: each claim, what is on hold for it, how it ended, and what each decision would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.contracts.models import Contract, Milestone
from portal.core.money import Money
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargeback_queries import loss_of, paid_in_of
from portal.disputes.fees import fees_of, gone_of
from portal.disputes.models import Dispute
from portal.ledger.models import Book, BookKind, Claim, Hold, HoldEnd, Transfer
from portal.ledger.refund_models import Refund
from portal.ledger.refund_standing import WENT_BACK, standings_of, stopped_by


class Back(NamedTuple):
    """What goes back to a client, in minor units: what was sent, what is still to be, what their bank calls back or gave."""

    sent: int
    going: int
    at_bank: int


NOTHING = Back(0, 0, 0)


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One claim of a case, or what a bank calls back of what was only paid in or goes back already. `gone`: what of it was not
    free any more when it was claimed; `fee`: our fee for what was put on hold, which goes back with it; `paid_in`, `stopped`:
    what waits for the bank besides, of what was paid in and of refunds; `loss`: what the bank gave back and is our own loss.
    `refunded`: what went back to the client, `going` what is still to be sent, `at_bank` what of it their bank calls or gave."""

    open: bool
    title: str
    milestone: int | None
    claimant: str | None
    cause_ref: str
    claimed: Money
    first_held: Money
    held: Money
    until: datetime | None
    end: str | None
    refunded: Money
    going: Money
    at_bank: Money
    late: bool
    gone: Money
    fee: Money
    paid_in: Money
    stopped: Money
    loss: Money


@dataclass(frozen=True, slots=True)
class _Bank:
    """A chargeback of a case, and what of it is neither claimed nor on hold."""

    row: Chargeback
    title: str
    number: int
    client: str
    paid_in: Money
    stopped: Money
    loss: Money


def money_of_case(session: Session, case_id: UUID) -> list[MoneyLine]:
    """Every claim of a case, the oldest first, then what banks call back of what nobody earned: a few queries, however many
    claims, and a few for each chargeback and for each dispute for which nothing could be put on hold."""
    claims = list(session.scalars(select(Claim).where(Claim.case_id == case_id).order_by(Claim.id)))
    keys = [one.id for one in claims]
    holds: dict[UUID, list[Hold]] = {}
    for hold in session.scalars(select(Hold).where(Hold.claim_id.in_(keys)).order_by(Hold.id)):
        if hold.claim_id is not None:
            holds.setdefault(hold.claim_id, []).append(hold)
    titles = dict(session.execute(select(Contract.id, Contract.title).where(
        Contract.id.in_([one.contract_id for one in claims]))).all())
    numbers = dict(session.execute(select(Milestone.id, Milestone.number).where(
        Milestone.id.in_([one.milestone_id for one in claims if one.milestone_id]))).all())
    names = dict(session.execute(select(Account.id, Account.name).where(
        Account.id.in_([one.claimant_account_id for one in claims if one.claimant_account_id]))).all())
    back, causes = _refunded(session, keys), _causes(session, keys)
    fees, banks = fees_of(session, [listed[0].id for listed in holds.values()]), _banks(session, case_id)
    at_banks = {one.row.claim_id: one for one in banks if one.row.claim_id is not None}
    return [
        *(_line(one, holds.get(one.id, []), titles[one.contract_id], numbers.get(one.milestone_id) if one.milestone_id else None,
                names.get(one.claimant_account_id) if one.claimant_account_id else None, causes.get(one.id, ""),
                back.get(one.id, NOTHING), fees, at_banks.get(one.id))
          for one in claims),
        *(_unclaimed_line(one) for one in banks if one.row.claim_id is None),
    ]


def _banks(session: Session, case_id: UUID) -> list[_Bank]:
    """Each chargeback of a case with its contract, milestone and client."""
    rows = session.execute(
        select(Chargeback, Contract.title, Milestone.number, Account.name)
        .join(Contract, Chargeback.contract_id == Contract.id).join(Milestone, Chargeback.milestone_id == Milestone.id)
        .join(Account, Contract.client_id == Account.id).where(Chargeback.case_id == case_id).order_by(Chargeback.id)
    )
    return [
        _Bank(row, title, number, name, paid_in_of(session, row),
              Money(stopped_by(session, row.ref), row.currency), loss_of(session, row)) for row, title, number, name in rows.all()
    ]


def _unclaimed_line(one: _Bank) -> MoneyLine:
    row, nothing = one.row, Money(0, one.row.currency)
    return MoneyLine(
        row.ended_at is None, one.title, one.number, one.client, row.ref, Money(row.amount_minor, row.currency), nothing, nothing,
        None, None, nothing, nothing, nothing, late=False, gone=nothing, fee=nothing, paid_in=one.paid_in,
        stopped=one.stopped, loss=one.loss,
    )


def _line(
    claim: Claim, holds: list[Hold], title: str, number: int | None, claimant: str | None, cause: str, back: Back,
    fees: dict[UUID, int], bank: _Bank | None,
) -> MoneyLine:
    nothing = Money(0, claim.currency)
    first, newest = (holds[0], holds[-1]) if holds else (None, None)
    held = newest.amount_minor if newest is not None and newest.ended_at is None else 0
    claimed, there = Money(claim.amount_minor, claim.currency), first.amount_minor if first is not None else 0
    fee = fees.get(first.id, 0) if first is not None else 0
    return MoneyLine(
        claim.ended_at is None, title, number, claimant, cause, claimed, Money(there, claim.currency),
        Money(held, claim.currency),
        newest.expires_at if newest is not None and newest.ended_at is None else None,
        newest.end_kind if newest is not None else None, Money(back.sent, claim.currency), Money(back.going, claim.currency),
        Money(back.at_bank, claim.currency),
        late=newest is not None and newest.end_kind == HoldEnd.EXPIRED and claim.ended_at is None,
        gone=gone_of(claimed, there, fee), fee=Money(fee, claim.currency), paid_in=bank.paid_in if bank else nothing,
        stopped=bank.stopped if bank else nothing, loss=bank.loss if bank else nothing,
    )


def _refunded(session: Session, keys: list[UUID]) -> dict[UUID, Back]:
    """By claim, what went back to the client, what is still to be sent, and what of it a bank calls back or gave."""
    rows = session.execute(
        select(Hold.claim_id, Book.id, func.sum(Transfer.amount_minor))
        .join(Book, (Book.hold_id == Hold.id) & (Book.kind == BookKind.REFUND))
        .join(Transfer, Transfer.credit_id == Book.id).where(Hold.claim_id.in_(keys), WENT_BACK).group_by(Hold.claim_id, Book.id)
    ).all()
    refunds = session.scalars(select(Refund).where(Refund.book_id.in_([book for _, book, _ in rows]))).all()
    standings, back = standings_of(session, refunds), dict[UUID, Back]()
    known = {one.book_id: standings[one.id] for one in refunds}
    for key, book, total in rows:
        one = known.get(book)
        parts = Back(one.sent, one.to_send, one.waits + one.lost) if one is not None else Back(int(total), 0, 0)
        if key is not None:
            back[key] = Back(*map(sum, zip(back.get(key, NOTHING), parts, strict=True)))
    return back


def _causes(session: Session, keys: list[UUID]) -> dict[UUID, str]:
    """The dispute or chargeback that a claim is about, by its reference."""
    found = dict(session.execute(select(Dispute.claim_id, Dispute.ref).where(Dispute.claim_id.in_(keys))).all())
    banks = session.execute(select(Chargeback.claim_id, Chargeback.ref).where(Chargeback.claim_id.in_(keys))).all()
    return found | {key: ref for key, ref in banks if key is not None}
