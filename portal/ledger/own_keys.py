"""What the marketplace itself calls what the ledger is about: its ids, its keys, and when it says that something happened.

For its accountant, who compares the ledger with books of their own. These are ids and keys alone, and no name of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.contracts.models import Contract, Earning, Milestone
from portal.core.money import Money
from portal.ledger.escrow import return_key
from portal.ledger.models import Book, Funding, Hold, Payout
from portal.ledger.refund_models import EscrowReturn, Refund
from portal.ledger.refund_standing import standings_of

PORTION = 1_000
Told = tuple[str, datetime]
"""The key under which something was reported, and when it happened."""
Notes = dict[str, Any]


def of_books(session: Session) -> dict[UUID, Notes]:
    """By book of an account: whose it is, of which contract and milestone, for which hold or payout; of what goes back to a
    client also how much of it was sent."""
    notes = {row.id: {name: value for name, value in zip(_NAMES, row[1:], strict=True) if value is not None}
             for row in session.execute(_BOOKS)}
    refunds = select(Refund, Milestone.number).outerjoin(Milestone, Refund.milestone_id == Milestone.id).order_by(Refund.id)
    for part in session.execute(refunds.execution_options(yield_per=PORTION)).partitions():
        standings = standings_of(session, [refund for refund, _ in part])
        for refund, number in part:
            more = {"milestone": number, "refund": refund.ref, "sent": Money(standings[refund.id].sent, refund.currency)}
            notes[refund.book_id] |= {name: value for name, value in more.items() if value is not None}
    return notes


@dataclass(frozen=True, slots=True)
class Reports:
    """What was reported: by the key of the entry that it made, and chargebacks, which make several, by our reference."""

    by_entry: Mapping[str, Told] = field(default_factory=dict)
    called: Mapping[str, Told] = field(default_factory=dict)

    def of(self, source_key: str, ref: str) -> Notes:
        found = self.by_entry.get(source_key) or self.called.get(ref)
        return {"key": found[0], "happened": found[1].isoformat()} if found else {}


def of_entries(session: Session, called: Mapping[str, Told]) -> Reports:
    """All reports on record."""
    earned = session.execute(select(Earning.id, Earning.source_key, Earning.released_at))
    paid_in = session.execute(select(Funding.id, Funding.source_key, Funding.funded_at))
    returned = session.execute(select(EscrowReturn.source_key, EscrowReturn.returned_at))
    found: dict[str, Told] = {f"earning:{one}": (key, at) for one, key, at in earned}
    found |= {f"funding:{one}": (key, at) for one, key, at in paid_in}
    found |= {return_key(key): (key, at) for key, at in returned}
    return Reports(found, called)


_NAMES = ("account", "contract", "milestone", "hold", "payout")
_EARNED, _PAID_IN = aliased(Milestone), aliased(Milestone)
_BOOKS = (
    select(
        Book.id, Account.external_id, Contract.external_id, func.coalesce(_EARNED.number, _PAID_IN.number), Hold.ref, Payout.ref
    )
    .join(Account, Book.owner_id == Account.id).outerjoin(Contract, Book.contract_id == Contract.id)
    .outerjoin(Earning, Book.earning_id == Earning.id).outerjoin(_EARNED, Earning.milestone_id == _EARNED.id)
    .outerjoin(_PAID_IN, Book.milestone_id == _PAID_IN.id).outerjoin(Hold, Book.hold_id == Hold.id)
    .outerjoin(Payout, Book.payout_id == Payout.id)
)
