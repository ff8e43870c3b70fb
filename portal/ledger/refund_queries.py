"""Reading refunds: what goes back to a client, of which milestone, and what became of each sending."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import WorkItem
from portal.contracts.models import Contract, Milestone
from portal.core.database import KEYS
from portal.core.money import Money
from portal.ledger.models import Book, BookKind, Claim, Entry, Hold, Transfer
from portal.ledger.refund_models import Refund, RefundState, Standing
from portal.ledger.refund_standing import WENT_BACK, standings_of
from portal.ledger.returned import RETURNED
from portal.log.models import Event


@dataclass(frozen=True, slots=True)
class RefundView:
    """What goes back to a client: of which milestone, since when, by which dispute; `by_us`: the platform itself paid it.

    `state`, `changed_at`: what the marketplace, which sends it, has reported, and since when. `ref` is missing for what
    went into the books before the marketplace was asked by messages. `waits`: what of it is stopped because the client's bank
    calls it back; `by_bank`: what of it the bank gave back instead; `sent`, `left`: what was sent, and what is still to be.
    """

    amount: Money
    at: datetime
    contract_title: str
    milestone_number: int | None
    dispute_ref: str | None
    by_us: bool
    ref: str | None
    state: RefundState
    changed_at: datetime
    hold_id: UUID | None
    waits: Money
    by_bank: Money
    sent: Money
    left: Money


_BACK_BY = aliased(Event)
_WENT_BACK = (
    select(
        func.sum(Transfer.amount_minor), Transfer.currency, Event.at, Contract.title, Milestone.number,
        _BACK_BY.kind, _BACK_BY.subject_ref, Entry.kind, Refund.ref, Refund.state, Refund.changed_at, Book.hold_id, Entry.id,
    )
    .join(Book, Transfer.credit_id == Book.id).join(Entry, Transfer.entry_id == Entry.id)
    .join(Event, Entry.cause_event_id == Event.id).join(Contract, Book.contract_id == Contract.id)
    .outerjoin(Hold, Book.hold_id == Hold.id).outerjoin(_BACK_BY, Hold.cause_event_id == _BACK_BY.id)
    .outerjoin(Claim, Hold.claim_id == Claim.id).outerjoin(Refund, Refund.book_id == Book.id)
    .outerjoin(Milestone, Milestone.id == func.coalesce(Refund.milestone_id, Claim.milestone_id))
    .where(Book.owner_id == bindparam("account_id"), Book.kind == BookKind.REFUND, WENT_BACK)
    .group_by(Entry.id, Transfer.currency, Event.at, Contract.title, Milestone.number, _BACK_BY.kind, _BACK_BY.subject_ref,
              Entry.kind, Refund.ref, Refund.state, Refund.changed_at, Book.hold_id)
    .order_by(Event.at.desc(), Entry.id.desc())
)
_NOT_SENT = _WENT_BACK.where(Refund.state != RefundState.SENT)
_HOW_MANY = select(func.count()).select_from(_WENT_BACK.order_by(None).subquery())


LISTED = 50
"""How many of the newest refunds are listed."""


def refunds_of(session: Session, account_id: UUID, limit: int = LISTED) -> list[RefundView]:
    """What goes back to an account as a client, newest first, with whether it was sent: a line for each time.

    So many of the newest, and every older one that is not sent."""
    given = {"account_id": account_id}
    rows = [*session.execute(_WENT_BACK.limit(limit), given), *session.execute(_NOT_SENT, given)]
    found = sorted({(row[2], row[12], row[8], row[11]): row for row in rows}.items(), key=lambda one: one[0][:2], reverse=True)
    refunds = session.scalars(select(Refund).where(Refund.ref.in_([row[8] for _, row in found if row[8]]))).all()
    standings = standings_of(session, refunds)
    standing = {one.ref: standings[one.id] for one in refunds}
    return [
        RefundView(Money(int(total), currency), at, title, number, ref if kind == "dispute.opened" else None,
                   entry == "owed_refund", refund, RefundState(state or RefundState.DUE), changed_at or at, hold_id,
                   *_parts(standing.get(refund), int(total), currency))
        for _, (total, currency, at, title, number, kind, ref, entry, refund, state, changed_at, hold_id, _key) in found
    ]


def refunds_besides(session: Session, account_id: UUID, listed: int) -> int:
    """How many lines there are of what went back to an account besides those that are listed: none where that are few."""
    if listed < LISTED:
        return 0
    return int(session.scalar(_HOW_MANY, {"account_id": account_id}) or 0) - listed


def refunds_to_send(session: Session, account_ids: Collection[UUID]) -> dict[UUID, list[Money]]:
    """What is still to be sent back to each of these accounts, by currency, without what came back and somebody looks after."""
    rows = session.scalars(_TO_SEND, {"ids": list(account_ids)}).all() if account_ids else []
    standings, found = standings_of(session, rows) if rows else {}, dict[UUID, dict[str, Money]]()
    for row in rows:
        sums, left = found.setdefault(row.account_id, {}), Money(standings[row.id].to_send, row.currency)
        sums[row.currency] = sums[row.currency] + left if row.currency in sums else left
    return {account_id: list(sums.values()) for account_id, sums in found.items()}


_CARED_FOR = exists().where(WorkItem.subject_ref == Refund.ref, WorkItem.kind == RETURNED, WorkItem.closed_at.is_(None))
_TO_SEND = select(Refund).where(
    Refund.account_id.in_(KEYS), Refund.state.in_((RefundState.DUE, RefundState.FAILED)), ~_CARED_FOR
).order_by(Refund.currency, Refund.id)


def _parts(standing: Standing | None, total: int, currency: str) -> Iterator[Money]:
    """What of a refund waits for a bank, was given back by one, was sent, and is left to be."""
    parts = (standing.waits, standing.lost, standing.sent, standing.to_send) if standing else (0, 0, 0, total)
    yield from (Money(min(minor, total), currency) for minor in parts)
