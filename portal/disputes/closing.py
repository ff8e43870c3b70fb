"""Closing a dispute without an outcome: its claim ends, what is on hold is free again, nothing of it waits any more."""

from __future__ import annotations

from uuid import UUID

from portal.core.work import Work
from portal.disputes.executing import end_everything
from portal.disputes.matter import Matter
from portal.disputes.models import ClosedBecause, DisputeState
from portal.disputes.proposing import drop_proposal
from portal.ledger.models import Claim, HoldEnd
from portal.ledger.operations import end_claim, end_hold
from portal.log.operations import Row


def close_dispute(work: Work, matter: Matter, because: ClosedBecause, event_id: UUID) -> list[Row]:
    """Ends it; the rows for the event, which the caller records and tells both sides of. No outcome stands afterwards."""
    dispute = matter.dispute
    rows = end_hold(work, matter.hold, HoldEnd.RELEASED, event_id=event_id)
    rows += end_claim(work, work.db.get_one(Claim, dispute.claim_id), because.value)
    dispute.state, dispute.closed_because, dispute.outcome = DisputeState.CLOSED, because, None
    dispute.refund_minor, dispute.decided_at, dispute.ended_at = None, None, work.now
    dispute.version += 1
    work.db.flush()
    rows += [*drop_proposal(work, dispute), *end_everything(work, matter, because.value)]
    return [(dispute, "ended"), (dispute, "closed"), *rows]
