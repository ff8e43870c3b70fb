"""What was decided on a milestone, or settled by both, is not contested anew; what is released after that is another matter.

Sources: terms 8.2 (30 days from the release), 8.3 (what both agree counts), DESIGN 2.5.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from portal.contracts.models import Earning, Milestone
from portal.disputes.models import SILENCE, Dispute, DisputeDecision, DisputeState
from portal.ledger.holds import can_be_held
from portal.ledger.models import Claim, Claimant, Hold


def newest_final(session: Session, milestone_id: UUID, before: UUID | None = None) -> Dispute | None:
    """The newest dispute on a milestone that somebody decided, or both settled; `before`: of those before that dispute.

    What a bank ended before it was carried out does not count: if the payment stands, it can be contested here again. Nor does
    a refund because nobody answered, unless somebody reviewed it. What both agreed counts (terms 8.3).
    """
    decided = select(DisputeDecision.id).where(DisputeDecision.dispute_id == Dispute.id, DisputeDecision.n != SILENCE)
    query = select(Dispute).where(
        Dispute.milestone_id == milestone_id, Dispute.state != DisputeState.CLOSED,
        or_(Dispute.state == DisputeState.SETTLED, decided.exists()), true() if before is None else Dispute.id < before,
    )
    return session.scalars(query.order_by(Dispute.id.desc()).limit(1)).one_or_none()


def fresh_from(session: Session, milestone_id: UUID, before: UUID | None = None) -> UUID | None:
    """The first release on a milestone since the newest dispute that was decided or settled there (`before` another one): only
    from it on can be contested, and be held for that. None where none was, or nothing was released since."""
    final = newest_final(session, milestone_id, before)
    if final is None:
        return None
    since = select(Earning.id).where(Earning.milestone_id == milestone_id, Earning.id > final.id)
    return session.scalar(since.order_by(Earning.id).limit(1))


def held_from(session: Session, milestone: Milestone, now: datetime, before: UUID | None = None) -> UUID | None:
    """The release from which on money is held for a client's claim: all that can be contested, as long as the time for holds of
    it runs, which they share; once that is over, what was released since it was contested last. `before`: as `fresh_from`.

    Nothing of that was ever contested, so it has a time of its own. Source: DESIGN 2.5. Promise: dispute_hold.
    """
    since = fresh_from(session, milestone.id, before)
    if can_be_held(session, milestone, now, since):
        return since
    contested = session.scalar(
        select(Claim.id).join(Hold, Hold.claim_id == Claim.id).where(
            Claim.milestone_id == milestone.id, Claim.claimant == Claimant.COUNTERPART, Hold.amount_minor > 0,
            Hold.expires_at <= now,
        ).order_by(Claim.id.desc()).limit(1)
    )
    later = select(Earning.id).where(Earning.milestone_id == milestone.id, Earning.id > contested)
    return session.scalar(later.order_by(Earning.id).limit(1)) or since


def held_for_bank_from(session: Session, milestone: Milestone, now: datetime) -> UUID | None:
    """The release from which on money is held while a bank decides: None for all of it, as long as the time for holds there runs.

    Once that is over, what was released since it was decided or contested is held all the same: it has a time of its own, and a
    bank that calls it back does not free what a dispute about it holds. Promise: chargeback_hold.
    """
    return None if can_be_held(session, milestone, now) else held_from(session, milestone, now)
