"""Reading corrections of money: which wait for a second person, and what became of the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import handle_of
from portal.cases.hands import is_tied
from portal.contracts.models import Contract, Milestone
from portal.core.money import Money
from portal.ledger.adjustment_models import Adjustment, AdjustmentSignature


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction with the names of what it is about, and the handles of who proposed and answered it."""

    row: Adjustment
    amount: Money
    account: str
    contract: str
    milestone_number: int
    proposed_by: str
    answered_by: str | None
    outcome: str | None
    answered_at: datetime | None

    def mine(self, person_id: UUID) -> bool:
        """Whether that person proposed it, and so cannot answer it."""
        return self.row.proposed_by == person_id


def corrections(session: Session, person_id: UUID, *, waiting: bool, limit: int = 50) -> list[Correction]:
    """Those that wait, the oldest first; or those that were answered, the newest first.

    Without those of contracts to whose sides something ties this member of staff, who does not learn of them.
    """
    query = (
        select(Adjustment, AdjustmentSignature, Account.name, Contract.title, Milestone.number, Contract.client_id)
        .join(Account, Adjustment.account_id == Account.id).join(Milestone, Adjustment.milestone_id == Milestone.id)
        .join(Contract, Milestone.contract_id == Contract.id)
        .outerjoin(AdjustmentSignature, AdjustmentSignature.adjustment_id == Adjustment.id)
    )
    if waiting:
        query = query.where(AdjustmentSignature.id.is_(None)).order_by(Adjustment.proposed_at, Adjustment.id)
    else:
        query = query.where(AdjustmentSignature.id.is_not(None)).order_by(
            AdjustmentSignature.signed_at.desc(), AdjustmentSignature.id.desc()
        )
    listed: list[tuple[Any, ...]] = [tuple(row) for row in session.execute(query.limit(limit))]
    rows = [(found, (found[0].account_id, client_id)) for *found, client_id in listed]
    tied = is_tied(session, person_id, {side for _, sides in rows for side in sides})
    return [_shown(session, *found) for found, sides in rows if not (tied and is_tied(session, person_id, sides))]


def _shown(
    session: Session, row: Adjustment, signature: AdjustmentSignature | None, account: str, contract: str, number: int
) -> Correction:
    return Correction(
        row, Money(row.amount_minor, row.currency), account, contract, number, handle_of(session, row.proposed_by) or "–",
        handle_of(session, signature.signed_by) if signature else None, signature.outcome if signature else None,
        signature.signed_at if signature else None,
    )
