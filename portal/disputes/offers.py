"""Offers to settle: which are open, and ending them when the dispute or its hold ends in another way."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.clocks import stop_clock
from portal.cases.models import ClockResult
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.models import Dispute, OfferEnd, SettlementOffer
from portal.ledger.models import Hold
from portal.log.operations import Row


def offers_of(session: Session, dispute_id: UUID) -> list[SettlementOffer]:
    """Every offer to settle a dispute, the first one first."""
    query = select(SettlementOffer).where(SettlementOffer.dispute_id == dispute_id)
    return list(session.scalars(query.order_by(SettlementOffer.offered_at, SettlementOffer.id)))


def open_offers(session: Session, dispute_id: UUID) -> list[SettlementOffer]:
    """The offers that can still be accepted: at most one of each side."""
    query = select(SettlementOffer).where(SettlementOffer.dispute_id == dispute_id, SettlementOffer.ended_at.is_(None))
    return list(session.scalars(query.order_by(SettlementOffer.id)))


def can_be_settled(dispute: Dispute, hold: Hold) -> bool:
    """Whether both sides can still agree about money: the dispute is open and something is on hold for it."""
    return dispute.ended_at is None and hold.ended_at is None and hold.amount_minor > 0


def parts_of(offer: SettlementOffer, hold: Hold) -> tuple[Money, Money]:
    """What would go back to the client and what would go to the freelancer, of what is on hold."""
    return Money(offer.refund_minor, offer.currency), Money(hold.amount_minor - offer.refund_minor, offer.currency)


def end_offer(work: Work, offer: SettlementOffer, kind: OfferEnd) -> list[Row]:
    """Ends one offer, in the acting person's name unless it ended by itself; the rows for the event."""
    by_nobody = kind in (OfferEnd.LAPSED, OfferEnd.OVERTAKEN)
    stop_clock(work, offer.ref, "settlement_offer", ClockResult.VOID)
    offer.ended_at, offer.end_kind, offer.ended_by = work.now, kind, None if by_nobody else work.actor.person_id
    return [(offer, "ended")]


def end_offers(work: Work, dispute: Dispute) -> list[Row]:
    """The dispute or its hold ended in another way: no offer can be accepted any more."""
    return [row for one in open_offers(work.db, dispute.id) for row in end_offer(work, one, OfferEnd.OVERTAKEN)]
