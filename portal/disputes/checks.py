"""What `flask verify` proves of disputes: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.disputes.models import Dispute
from portal.ledger.models import Claim, Hold

Check = Callable[[Session], Iterator[str]]


def claims_fit_their_dispute(session: Session) -> Iterator[str]:
    """A dispute and its claim name the same milestone, term and amount, and the amount was agreed for the milestone."""
    rows = session.execute(
        select(Dispute, Claim, Milestone).join(Claim, Dispute.claim_id == Claim.id)
        .join(Milestone, Dispute.milestone_id == Milestone.id).order_by(Dispute.id)
    )
    for dispute, claim, milestone in rows:
        said = (dispute.milestone_id, dispute.contract_term_id, dispute.amount_minor, dispute.currency)
        if said != (claim.milestone_id, claim.contract_term_id, claim.amount_minor, claim.currency):
            yield f"dispute {dispute.ref} and its claim {claim.ref} say different things"
        if dispute.amount_minor > milestone.amount_minor or dispute.contract_id != milestone.contract_id:
            yield f"dispute {dispute.ref} asks for more than its milestone, or for another contract's"


def one_open_dispute_each(session: Session) -> Iterator[str]:
    """At most one open dispute for each milestone."""
    rows = session.execute(
        select(Contract.ref, Milestone.number).join(Contract, Milestone.contract_id == Contract.id)
        .join(Dispute, Dispute.milestone_id == Milestone.id).where(Dispute.ended_at.is_(None))
        .group_by(Contract.ref, Milestone.number).having(func.count() > 1)
    )
    yield from (f"milestone {number} of contract {ref} has more than one open dispute" for ref, number in rows)


def ended_disputes_hold_nothing(session: Session) -> Iterator[str]:
    """When a dispute has ended, so have its claim and its hold."""
    rows = session.execute(
        select(Dispute.ref, Hold.ref).join(Hold, Hold.claim_id == Dispute.claim_id)
        .where(Dispute.ended_at.is_not(None), Hold.ended_at.is_(None)).order_by(Dispute.id)
    )
    yield from (f"dispute {ref} has ended and hold {hold} has not" for ref, hold in rows)


CHECKS: tuple[Check, ...] = (claims_fit_their_dispute, one_open_dispute_each, ended_disputes_hold_nothing)
