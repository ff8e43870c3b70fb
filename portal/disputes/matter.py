"""A dispute with what surrounds it, locked for an act or read for a page, and who may do what with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.money import require_money_role
from portal.accounts.roles import require_owner
from portal.cases.drawing import eligible, give_to_one_of
from portal.cases.hands import CONFLICTED, signs
from portal.cases.models import Case, WorkItem
from portal.cases.operations import open_item_of
from portal.contracts.models import Contract
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, require_person
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.work import Work
from portal.disputes.models import (
    Dispute,
    DisputeAcceptance,
    DisputeDecision,
    DisputeProposal,
    DisputeReview,
    DisputeState,
    ProposalEnd,
)
from portal.disputes.telling import tell_side, zone_of
from portal.ledger.models import Hold, HoldEnd
from portal.ledger.queries import hold_of_claim
from portal.notices.models import Notice
from portal.notices.operations import Compose

DECIDED = N_("Somebody else has decided this. Reload the page to see how.")
OVER = N_("This dispute has ended. Reload the page to see what changed.")


@dataclass(frozen=True, slots=True)
class Matter:
    """A dispute, its contract, its case and the newest hold of its claim."""

    dispute: Dispute
    contract: Contract
    case: Case
    hold: Hold

    @property
    def paid_by_us(self) -> bool:
        """The hold's time ran out before the decision was carried out: what goes back to the client, we pay."""
        return self.hold.end_kind == HoldEnd.EXPIRED

    def side_of(self, account_ids: frozenset[UUID]) -> UUID:
        """The account on whose side somebody with these accounts stands. Errors: `NotFound` for strangers."""
        for account_id in self.contract.sides:
            if account_id in account_ids:
                return account_id
        raise NotFound


def tell_both(work: Work, matter: Matter, event_id: UUID, kind: str, words: Callable[..., Compose]) -> list[Notice]:
    """One notice to each side; `words` makes its text, given whether that side is the client (`to_client`)."""
    told: list[Notice] = []
    for account_id, to_client in matter.contract.each_side:
        text = words(to_client=to_client)
        told += tell_side(work, event_id, kind, account_id, matter.case, matter.dispute.ref, text)
    return told


def matter_of(session: Session, dispute: Dispute) -> Matter:
    """What surrounds a dispute, read without a lock."""
    return Matter(
        dispute, session.get_one(Contract, dispute.contract_id), session.get_one(Case, dispute.case_id),
        hold_of_claim(session, dispute.claim_id),
    )


def locked_matter(work: Work, dispute_ref: str) -> Matter:
    """A dispute locked for this act; `act` has locked its case before. Errors: `NotFound`."""
    query = select(Dispute).where(Dispute.ref == dispute_ref).with_for_update()
    dispute = existing(work.db.scalars(query.execution_options(populate_existing=True)).one_or_none())
    return matter_of(work.db, dispute)


def own_matter(work: Work, dispute_ref: str, permission: Permission) -> tuple[Matter, UUID]:
    """The dispute of an account that the actor owns, locked, and that account: its owners alone read and say what is written
    in it. Errors: `NotFound`, also for a link of another case; `owners_only` for other members."""
    matter, side = _own_side(work, dispute_ref, permission)
    require_owner(work, side)
    return matter, side


def _own_side(work: Work, dispute_ref: str, permission: Permission) -> tuple[Matter, UUID]:
    work.require(permission)
    matter = locked_matter(work, dispute_ref)
    if Role.LINK in work.actor.roles and work.actor.case_ref != matter.case.ref:
        raise NotFound
    return matter, matter.side_of(work.actor.account_ids)


def own_money(work: Work, dispute_ref: str, permission: Permission) -> tuple[Matter, UUID]:
    """As `own_matter`, for a step by which money of that account is given up or taken, also by an agreement: its owners take it,
    and who looks after its money.

    Errors: `NotFound`, also for a link of another case; `not_your_money` for members who only work.
    """
    matter, side = _own_side(work, dispute_ref, permission)
    require_money_role(work, side)
    return matter, side


def decisions_of(session: Session, dispute_id: UUID) -> list[DisputeDecision]:
    """The decisions of a dispute, the first one first."""
    query = select(DisputeDecision).where(DisputeDecision.dispute_id == dispute_id).order_by(DisputeDecision.n)
    return list(session.scalars(query))


def reviews_of(session: Session, dispute_id: UUID) -> list[DisputeReview]:
    """Who asked for the review of the decision, the first one first."""
    query = select(DisputeReview).where(DisputeReview.dispute_id == dispute_id)
    return list(session.scalars(query.order_by(DisputeReview.asked_at, DisputeReview.id)))


def acceptances_of(session: Session, decision_id: UUID) -> list[DisputeAcceptance]:
    """Which sides accepted a decision."""
    query = select(DisputeAcceptance).where(DisputeAcceptance.decision_id == decision_id)
    return list(session.scalars(query.order_by(DisputeAcceptance.accepted_at, DisputeAcceptance.id)))


def live_proposal(session: Session, dispute_id: UUID) -> DisputeProposal | None:
    """The decision that waits for its second reader."""
    return session.scalars(
        select(DisputeProposal).where(DisputeProposal.dispute_id == dispute_id, DisputeProposal.ended_at.is_(None))
    ).one_or_none()


def last_return(session: Session, dispute_id: UUID) -> DisputeProposal | None:
    """The newest proposal, when a second reader gave it back or had no time for it."""
    query = select(DisputeProposal).where(DisputeProposal.dispute_id == dispute_id).order_by(DisputeProposal.id.desc())
    newest = session.scalars(query.limit(1)).one_or_none()
    return newest if newest is not None and newest.end_kind in (ProposalEnd.RETURNED, ProposalEnd.LAPSED) else None


def deciders_of(session: Session, dispute_id: UUID) -> set[UUID]:
    """Everybody who made, or as second reader read, a decision of this dispute."""
    return {one for row in decisions_of(session, dispute_id) for one in (row.decided_by, row.read_by) if one is not None}


@signs
def had_a_hand(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody wrote, made, read or gave back a decision of a dispute of the case."""
    decided = exists().where(
        DisputeDecision.dispute_id == Dispute.id, Dispute.case_id == case_id,
        or_(DisputeDecision.decided_by == person_id, DisputeDecision.read_by == person_id),
    )
    proposed = exists().where(
        DisputeProposal.dispute_id == Dispute.id, Dispute.case_id == case_id,
        or_(DisputeProposal.proposed_by == person_id, DisputeProposal.ended_by == person_id),
    )
    return or_(decided, proposed)


def require_reviewer(work: Work, matter: Matter) -> UUID:
    """The acting reviewer, who may decide and with whom the dispute is, or with nobody.

    Errors: those of `require_apart`, `with_somebody_else`.
    """
    person_id = require_apart(work, matter)
    item = open_item_of(work, matter.dispute.ref, "dispute")
    if item is not None and item.assignee_id not in (None, person_id):
        raise NotAllowed("with_somebody_else", N_("Somebody else works on this dispute."))
    return person_id


def require_apart(work: Work, matter: Matter) -> UUID:
    """The acting reviewer, who is tied to no side and had no part in an earlier decision (DESIGN 2.8).

    Errors: `conflicted`, `own_decision`.
    """
    person_id = require_person(work.actor)
    if is_conflicted(work.db, person_id, matter.case.id):
        raise NotAllowed("conflicted", CONFLICTED)
    if person_id in deciders_of(work.db, matter.dispute.id):
        message = N_("You had a part in the decision that is reviewed. Somebody else has to review it.")
        raise NotAllowed("own_decision", message)
    return person_id


def stage_of(matter: Matter, version: int) -> int:
    """Which decision is due: the first (1) or the review (2), for somebody who saw it as it is now.

    Errors: `dispute_over`, `decided`, `stale` (conflicts), `not_answered` while the freelancer can still answer.
    """
    dispute = matter.dispute
    if dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    if dispute.state in (DisputeState.OPENED, DisputeState.UNANSWERED):
        raise RuleBroken("not_answered", N_("The freelancer has not answered yet and still has time for it."))
    if dispute.version != version:
        if dispute.state == DisputeState.DECIDED:
            raise Conflict("decided", DECIDED)
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    return 1 if dispute.state == DisputeState.ANSWERED else 2


def draw_reviewer(
    work: Work, matter: Matter, item: WorkItem, *, besides: UUID | None = None, start: datetime | None = None
) -> bool:
    """Gives a review at random to somebody who had no part in the decision and is tied to no side; False: nobody yet.

    `besides`: from whom it is taken. `start`: from when the clock counts that runs meanwhile. Promise: dispute_reviewer.
    """
    free = eligible(work.db, matter.case.id, deciders_of(work.db, matter.dispute.id))
    zone, stage = zone_of(work, matter.contract.freelancer_id), "to_review"
    return give_to_one_of(work, matter.case, item, free, "dispute_reviewer", zone, stage=stage, start=start, besides=besides)
