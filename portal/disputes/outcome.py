"""How a dispute was decided, as both sides and the desk read it: the newest decision, what was said to it, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import handle_of
from portal.accounts.roles import holds_role
from portal.cases.models import Clock
from portal.core.access import Actor
from portal.disputes.matter import acceptances_of, decisions_of, matter_of, reviews_of
from portal.disputes.models import SILENCE, Dispute, DisputeDecision, DisputeReview, DisputeState
from portal.disputes.queries import CLIENT, FREELANCER
from portal.disputes.ruling import Ruling, ruling_of


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision: the row, what it says, and the handles of who made and who read it ("": nobody made it)."""

    row: DisputeDecision
    ruling: Ruling
    handle: str
    reader: str | None

    @property
    def by_silence(self) -> bool:
        """Whether it is what our promise says where nobody answers."""
        return self.row.n == SILENCE


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """Where a decided dispute stands. The keys of `accepted` (when) and `reviews` are sides: client, freelancer."""

    decisions: tuple[Decided, ...]
    accepted: dict[str, datetime]
    reviews: dict[str, DisputeReview]
    accept_by: datetime | None
    review_by: datetime | None
    can_accept: bool
    can_ask: bool

    @property
    def newest(self) -> Decided:
        return self.decisions[-1]

    @property
    def changed(self) -> bool:
        """Whether the review gives other amounts than the first decision."""
        said = {(one.row.outcome, one.row.refund_minor) for one in self.decisions}
        return len(said) > 1


def outcome_of(session: Session, dispute: Dispute, actor: Actor) -> OutcomeView | None:
    """How a dispute was decided by somebody, or what of it somebody reviews; None before that, and for one that ended in
    another way."""
    if dispute.state in (DisputeState.SETTLED, DisputeState.CLOSED):
        return None
    matter, rows = matter_of(session, dispute), decisions_of(session, dispute.id)
    reviewed = reviews_of(session, dispute.id)
    if not [row for row in rows if row.n != SILENCE or reviewed]:
        return None
    sides = {matter.contract.client_id: CLIENT, matter.contract.freelancer_id: FREELANCER}
    accepted = {sides[one.account_id]: one.accepted_at for one in acceptances_of(session, rows[0].id)}
    reviews = {sides[one.account_id]: one for one in reviewed}
    own = next((account_id for account_id in sides if account_id in actor.account_ids), None)
    mine, owns = (sides[own], holds_role(session, own, actor.person_id)) if own is not None else (None, False)
    free = mine is not None and dispute.ended_at is None and mine not in accepted
    due = dict(session.execute(
        select(Clock.kind, Clock.due_at).where(Clock.subject_ref == dispute.ref, Clock.ended_at.is_(None))
    ).all())
    return OutcomeView(
        tuple(Decided(row, ruling_of(session, matter, row), handle_of(session, row.decided_by) if row.decided_by else "",
                      handle_of(session, row.read_by) if row.read_by else None) for row in rows),
        accepted, reviews, due.get("dispute_acceptance"), due.get("review_answer"),
        can_accept=free and not reviews, can_ask=free and owns and mine not in reviews,
    )
