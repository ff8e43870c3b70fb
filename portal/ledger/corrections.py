"""Reading corrections of money: which wait for a second person, and what became of the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import handle_of
from portal.cases.hands import is_tied
from portal.cases.models import Clock
from portal.contracts.models import Contract, Milestone
from portal.core.money import Money
from portal.ledger.adjustment_models import Adjustment, AdjustmentOutcome, AdjustmentSignature

SIGNING = "correction_signature"
"""The clock of the second person."""
_CLOCKS = and_(Clock.subject_ref == Adjustment.ref, Clock.kind == SIGNING)


def has_lapsed(session: Session, ref: str) -> bool:
    """Whether the time for a second signature under a correction is over, and nobody had given it."""
    query = select(Clock.id).where(Clock.subject_ref == ref, Clock.kind == SIGNING, Clock.ended_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction with the names of what it is about, and the handles of who proposed and answered it; `answer_by`: until when
    it can be signed, and `lapsed`: whether nobody did, at `answered_at`."""

    row: Adjustment
    amount: Money
    account: str
    contract: str
    contract_ref: str
    milestone_number: int
    proposed_by: str
    answered_by: str | None
    outcome: str | None
    answered_at: datetime | None
    answer_by: datetime | None
    lapsed: bool

    @property
    def again(self) -> bool:
        """Whether it moved nothing and can be written anew."""
        return self.lapsed or self.outcome == AdjustmentOutcome.RETURNED

    def mine(self, person_id: UUID) -> bool:
        """Whether that person proposed it, and so cannot answer it."""
        return self.row.proposed_by == person_id


def corrections(session: Session, person_id: UUID, *, waiting: bool, limit: int = 50) -> list[Correction]:
    """Those that wait, the oldest first; or those that were answered or lapsed, the newest first.

    Without those of contracts to whose sides something ties this member of staff, who does not learn of them.
    """
    query = (
        select(Adjustment, AdjustmentSignature, Clock, Account.name, Contract, Milestone.number)
        .join(Account, Adjustment.account_id == Account.id).join(Milestone, Adjustment.milestone_id == Milestone.id)
        .join(Contract, Milestone.contract_id == Contract.id).outerjoin(Clock, _CLOCKS)
        .outerjoin(AdjustmentSignature, AdjustmentSignature.adjustment_id == Adjustment.id)
    )
    if waiting:
        query = query.where(AdjustmentSignature.id.is_(None), Clock.ended_at.is_(None)).order_by(
            Adjustment.proposed_at, Adjustment.id)
    else:
        over = func.coalesce(AdjustmentSignature.signed_at, Clock.ended_at)
        query = query.where(over.is_not(None)).order_by(over.desc(), Adjustment.id.desc())
    listed: list[tuple[Any, ...]] = [tuple(row) for row in session.execute(query.limit(limit))]
    rows = [(found, (found[0].account_id, found[4].client_id)) for found in listed]
    tied = is_tied(session, person_id, {side for _, sides in rows for side in sides})
    return [_shown(session, *found) for found, sides in rows if not (tied and is_tied(session, person_id, sides))]


def _shown(
    session: Session, row: Adjustment, signature: AdjustmentSignature | None, clock: Clock | None, account: str,
    contract: Contract, number: int,
) -> Correction:
    over = clock is not None and clock.ended_at is not None
    by, outcome, at = (None, None, clock.ended_at if clock else None) if signature is None else (
        handle_of(session, signature.signed_by), signature.outcome, signature.signed_at)
    return Correction(
        row, Money(row.amount_minor, row.currency), account, contract.title, contract.ref, number,
        handle_of(session, row.proposed_by) or "–", by, outcome, at, clock.due_at if clock and not over else None,
        over and signature is None,
    )
