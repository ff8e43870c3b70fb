"""What of a contested amount could not be put on hold, and whether it had simply been paid out before.

Whatever else the rest is not free for (what a law or an order asks for, silent or not, a bank's chargeback, a correction), the
same is said of all of it, so that nobody learns of an order here. Sources: DESIGN 2.5, 2.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.contracts.models import Earning
from portal.core.money import Money
from portal.disputes.fees import fees_of, gone_of
from portal.disputes.models import Dispute
from portal.ledger.models import Book, BookKind, Hold, Transfer


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
    return Shortfall(gone, paid_out=not gone or _elsewhere(session, dispute) == 0)


def _elsewhere(session: Session, dispute: Dispute) -> int:
    """What of the milestone's money stood neither free, nor on hold for this dispute, nor with whom it was paid to."""
    mine = select(Book.id).join(Earning, Book.earning_id == Earning.id).where(Earning.milestone_id == dispute.milestone_id)
    free = mine.where(Book.kind == BookKind.EARNING)
    others = mine.join(Hold, Book.hold_id == Hold.id).where(or_(Hold.claim_id.is_(None), Hold.claim_id != dispute.claim_id))
    corrected = select(Book.id).where(Book.kind == BookKind.ADJUSTED, Book.owner_id.is_(None))
    held = _moved(session, dispute, Transfer.credit_id.in_(others)) - _moved(session, dispute, Transfer.debit_id.in_(others))
    return held + _moved(session, dispute, Transfer.debit_id.in_(free), Transfer.credit_id.in_(corrected))


def _moved(session: Session, dispute: Dispute, *criteria: ColumnElement[bool]) -> int:
    """What moved so before the dispute was opened, in minor units."""
    return int(session.scalar(select(func.sum(Transfer.amount_minor)).where(Transfer.id < dispute.id, *criteria)) or 0)
