"""What of a contested amount could not be put on hold, and whether it had simply been paid out before.

Whatever else the rest is not free for (what a law or an order asks for, silent or not, a bank's chargeback, a correction), the
same is said of all of it, so that nobody learns of an order here. Sources: DESIGN 2.5, 2.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from portal.contracts.models import Earning, Milestone
from portal.core.money import Money
from portal.disputes.decided import fresh_from, held_from
from portal.disputes.fees import fees_of, gone_of, would_be_gone
from portal.disputes.models import Dispute
from portal.ledger.holds import can_be_held
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold, Transfer


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What could not be put on hold. `paid_out`: all of it had been paid out before, nothing of it was bound elsewhere."""

    amount: Money
    paid_out: bool

    def __bool__(self) -> bool:
        return bool(self.amount)


def shortfall_of(session: Session, dispute: Dispute, hold: Hold) -> Shortfall:
    """What of a contested amount is neither on hold nor our own fee, which goes back with it; as it was on the opening."""
    claimed = Money(dispute.amount_minor, dispute.currency)
    gone = gone_of(claimed, hold.amount_minor, fees_of(session, [hold.id]).get(hold.id, 0))
    others, then = or_(Hold.claim_id.is_(None), Hold.claim_id != dispute.claim_id), Transfer.id < dispute.id
    books = _books(dispute.milestone_id, fresh_from(session, dispute.milestone_id, dispute.id))
    there = _elsewhere(session, books, others, then) + _left(session, _free(books), then)
    return Shortfall(gone, not gone or there == 0)


def would_be_short(session: Session, milestone: Milestone, claimed: Money, now: datetime) -> Shortfall:
    """The same of an amount that a client is about to contest, as they read it afterwards: what we hold there gives way."""
    gone = would_be_gone(session, milestone, claimed, now)
    ours = select(Claim.id).where(Claim.claimant == Claimant.PLATFORM)
    others = or_(Hold.claim_id.is_(None), Hold.claim_id.not_in(ours))
    since = held_from(session, milestone, now)
    lasts, books = can_be_held(session, milestone, now, since), _books(milestone.id, fresh_from(session, milestone.id))
    bound = _left(session, _free(books), true()) - _left(session, _free(_books(milestone.id, since)), true())
    return Shortfall(gone, not gone or (lasts and bound + _elsewhere(session, books, others, true()) == 0))


def _books(milestone_id: UUID, since: UUID | None) -> Select[UUID]:
    return select(Book.id).join(Earning, Book.earning_id == Earning.id).where(
        Earning.milestone_id == milestone_id, true() if since is None else Earning.id >= since)


def _free(books: Select[UUID]) -> Select[UUID]:
    return books.where(Book.kind == BookKind.EARNING)


def _elsewhere(session: Session, books: Select[UUID], others: ColumnElement[bool], then: ColumnElement[bool]) -> int:
    """What of a milestone's money stood neither free, nor on hold for its client, nor with whom it was paid to."""
    held = books.join(Hold, Book.hold_id == Hold.id).where(others)
    corrected = select(Book.id).where(Book.kind == BookKind.ADJUSTED, Book.owner_id.is_(None))
    taken = _moved(session, then, Transfer.debit_id.in_(_free(books)), Transfer.credit_id.in_(corrected))
    return _left(session, held, then) + taken


def _left(session: Session, books: Select[UUID], then: ColumnElement[bool]) -> int:
    """What stood in these books, in minor units."""
    return _moved(session, then, Transfer.credit_id.in_(books)) - _moved(session, then, Transfer.debit_id.in_(books))


def _moved(session: Session, *criteria: ColumnElement[bool]) -> int:
    """What moved so, in minor units."""
    return int(session.scalar(select(func.sum(Transfer.amount_minor)).where(*criteria)) or 0)
