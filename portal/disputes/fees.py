"""Our fee for money that is on hold: it goes back with what is refunded, in proportion, so it is not gone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Earning, Milestone
from portal.core.money import Money
from portal.disputes.decided import held_from
from portal.ledger.giving_way import to_be_held
from portal.ledger.holds import can_be_held
from portal.ledger.models import Book, BookKind, Entry, Hold, Transfer
from portal.ledger.queries import refunded_of
from portal.ledger.refund_standing import WENT_BACK
from portal.ledger.rules import Draw, Pot, draw, fee_of_refund, fee_share, total

SET_ASIDE = "hold"


def _pots(session: Session, keys: Collection[UUID]) -> dict[UUID, list[Pot]]:
    """What was set aside for each hold, of which earning."""
    found: dict[UUID, list[Pot]] = {}
    rows = session.execute(
        select(Book.hold_id, Book.id, Transfer.amount_minor, Earning).join(Transfer, Transfer.credit_id == Book.id)
        .join(Entry, Transfer.entry_id == Entry.id).join(Earning, Book.earning_id == Earning.id)
        .where(Book.hold_id.in_(list(keys)), Book.kind == BookKind.HELD, Entry.kind == SET_ASIDE).order_by(Transfer.id)
    )
    for hold_id, book_id, amount, earning in rows:
        pot = Pot(book_id, earning.id, amount, earning.released_at, earning.amount_minor, earning.fee_minor)
        if hold_id is not None:
            found.setdefault(hold_id, []).append(pot)
    return found


def fees_of(session: Session, keys: Collection[UUID]) -> dict[UUID, int]:
    """Our fee for all that each of these holds set aside, in minor units. What of an earning went back before counts while a
    hold is open, so that this is what a refund of all of it brings."""
    found = _pots(session, keys)
    live = set(session.scalars(select(Hold.id).where(Hold.id.in_(found), Hold.ended_at.is_(None))))
    before = refunded_of(session, {one.earning_id for key in live for one in found[key]})
    return {
        key: fee_of_refund([Draw(one, one.amount_minor) for one in pots], before) if key in live
        else sum(fee_share(one, one.amount_minor) for one in pots) for key, pots in found.items()
    }


def fee_for(session: Session, hold: Hold, back: Money) -> Money:
    """Our fee for so much of what a hold set aside, drawn oldest first as a refund is; to a minor unit."""
    drawn = draw(_pots(session, [hold.id]).get(hold.id, []), back.amount_minor)
    return Money(sum(fee_share(one.pot, one.amount_minor) for one in drawn), back.currency)


def fee_back(session: Session, hold: Hold, back: Money) -> Money:
    """Our fee that goes back with a refund of so much of a hold: what moved where it was made, else exactly what will."""
    moved = _moved(session, hold)
    if sum(moved.values()) - moved.get(BookKind.FEE, 0) == back.amount_minor:
        return Money(moved.get(BookKind.FEE, 0), back.currency)
    if hold.ended_at is not None:
        return fee_for(session, hold, back)
    drawn = draw(_pots(session, [hold.id]).get(hold.id, []), back.amount_minor)
    before = refunded_of(session, {one.pot.earning_id for one in drawn})
    return Money(fee_of_refund(drawn, before), back.currency)


def _moved(session: Session, hold: Hold) -> dict[str, int]:
    """What went to the client because of this hold, by the kind of book that it came from, in minor units."""
    goal, source = aliased(Book), aliased(Book)
    rows = session.execute(
        select(source.kind, func.sum(Transfer.amount_minor)).select_from(Transfer)
        .join(goal, Transfer.credit_id == goal.id).join(source, Transfer.debit_id == source.id)
        .where(goal.hold_id == hold.id, goal.kind == BookKind.REFUND, WENT_BACK).group_by(source.kind)
    )
    return {kind: int(total) for kind, total in rows}


def would_be_gone(session: Session, milestone: Milestone, claimed: Money, now: datetime) -> Money:
    """What of an amount that a client is about to contest could not be put on hold at this moment, as they read it afterwards."""
    since = held_from(session, milestone, now)
    lasts = can_be_held(session, milestone, now, since)
    drawn = to_be_held(session, milestone, claimed, since) if lasts else []
    fee = fee_of_refund(drawn, refunded_of(session, {one.pot.earning_id for one in drawn}))
    return gone_of(claimed, total(drawn), fee)


def gone_of(claimed: Money, held_minor: int, fee_minor: int) -> Money:
    """What of a claim was not free any more: less than a minor unit for each side is rounding, not loss."""
    gone = claimed.amount_minor - held_minor - fee_minor
    return Money(gone if gone > 1 else 0, claimed.currency)
