"""What `flask verify` proves of disputes: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Clock
from portal.contracts.models import Contract, Milestone
from portal.core.clock import local_day
from portal.core.money import Money
from portal.disputes.chargeback_checks import PROVES as CHARGEBACKS
from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.models import (
    REVIEW,
    SILENCE,
    ClosedBecause,
    Dispute,
    DisputeDecision,
    DisputeState,
    OfferEnd,
    SettlementOffer,
)
from portal.disputes.rules import needs_second_reader
from portal.ledger.models import Book, BookKind, Claim, Hold, Transfer
from portal.ledger.refund_standing import WENT_BACK
from portal.log.models import Event
from portal.notices.models import Notice
from portal.rulebook.queries import promises

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
    claims = session.execute(
        select(Dispute.ref, Claim.ref).join(Claim, Claim.id == Dispute.claim_id)
        .where(Dispute.ended_at.is_not(None), Claim.ended_at.is_(None)).order_by(Dispute.id)
    )
    yield from (f"dispute {ref} has ended and its claim {claim} has not" for ref, claim in claims)


def decisions_say_what_happened(session: Session) -> Iterator[str]:
    """A dispute that is decided says what its newest decision says; one that is not has no decision.

    Where both agreed, or a bank decides instead, what was decided before was never carried out. Disputes that nobody answered
    were once refunded without a decision of their own; their event says so.
    """
    newest = {row.dispute_id: row for row in session.scalars(select(DisputeDecision).order_by(DisputeDecision.n))}
    refunded = set(session.scalars(select(Event.subject_ref).where(Event.kind == "dispute.refunded")))
    for dispute in session.scalars(select(Dispute).order_by(Dispute.id)):
        row = newest.get(dispute.id)
        if row is None and dispute.ref in refunded:
            continue
        if dispute.state == DisputeState.SETTLED or dispute.closed_because == ClosedBecause.CHARGED_BACK:
            continue
        if dispute.state != DisputeState.DECIDED:
            if row is not None:
                yield f"dispute {dispute.ref} has a decision and is not decided"
        elif row is None or (row.outcome, row.refund_minor) != (dispute.outcome, dispute.refund_minor):
            yield f"dispute {dispute.ref} and its decision say different things"


def silence_decides_as_published(session: Session) -> Iterator[str]:
    """Without an answer a dispute is decided by our promise alone: after the time to answer, about what was on hold for it, and
    nobody but its review decides otherwise; an answered one never is."""
    newest: dict[UUID, Hold] = {}
    for hold in session.scalars(select(Hold).where(Hold.claim_id.in_(select(Dispute.claim_id))).order_by(Hold.id)):
        if hold.claim_id is not None:
            newest[hold.claim_id] = hold
    rows = session.execute(
        select(Dispute, DisputeDecision).join(DisputeDecision, DisputeDecision.dispute_id == Dispute.id)
        .where(or_(DisputeDecision.n == SILENCE, Dispute.answered_at.is_(None))).order_by(Dispute.id, DisputeDecision.n)
    )
    decided: set[UUID] = set()
    for dispute, row in rows:
        if row.n == SILENCE:
            decided.add(dispute.id)
            late, hold = dispute.answered_at is not None or row.decided_at < dispute.answer_by, newest[dispute.claim_id]
            free = hold.ended_at is not None and hold.ended_at < row.decided_at
            if late or row.refund_minor != (0 if free else hold.amount_minor):
                yield f"dispute {dispute.ref} was not decided by silence as published"
        elif row.n != REVIEW or dispute.id not in decided:
            yield f"dispute {dispute.ref} has no answer and was decided by more than silence and its review"


def somebody_else_reviewed(session: Session) -> Iterator[str]:
    """Nobody who made or read a decision made or read the other one of the same dispute."""
    first, second = aliased(DisputeDecision), aliased(DisputeDecision)
    rows = session.execute(
        select(Dispute.ref, first, second).join(first, (first.dispute_id == Dispute.id) & (first.n == 1))
        .join(second, (second.dispute_id == Dispute.id) & (second.n == 2)).order_by(Dispute.id)
    )
    for ref, one, other in rows:
        if {one.decided_by, one.read_by} & {other.decided_by, other.read_by} - {None}:
            yield f"dispute {ref} was reviewed by somebody who had a part in its decision"


def two_read_large_decisions(session: Session) -> Iterator[str]:
    """A decision about more than the published amount was read by a second person."""
    rows = session.execute(
        select(Dispute, DisputeDecision).join(DisputeDecision, DisputeDecision.dispute_id == Dispute.id)
        .where(DisputeDecision.read_by.is_(None), DisputeDecision.n != SILENCE).order_by(Dispute.id)
    )
    for dispute, row in rows:
        limit = promises(session, local_day(row.decided_at, "UTC"))["second_reader"].amount_in(dispute.currency)
        if needs_second_reader(Money(dispute.amount_minor, dispute.currency), limit):
            yield f"decision {row.n} of dispute {dispute.ref} was made by one person alone"


def money_went_where_decided(session: Session) -> Iterator[str]:
    """When a dispute has ended, what its client got back for it is what was decided: nothing without a refund.

    Our fee for what is refunded goes back with it, and is not part of what was decided about.
    """
    source = aliased(Book)
    paid: dict[UUID, int] = {
        row.claim_id: int(row.total) for row in session.execute(
            select(Hold.claim_id, func.sum(Transfer.amount_minor).label("total"))
            .join(Book, (Book.hold_id == Hold.id) & (Book.kind == BookKind.REFUND))
            .join(Transfer, Transfer.credit_id == Book.id).join(source, Transfer.debit_id == source.id)
            .where(source.kind != BookKind.FEE, WENT_BACK).group_by(Hold.claim_id)
        )
    }
    for dispute in session.scalars(select(Dispute).order_by(Dispute.id)):
        expected = dispute.refund_minor or 0 if dispute.ended_at is not None else 0
        if paid.get(dispute.claim_id, 0) != expected:
            yield f"dispute {dispute.ref} should pay back {expected} and paid back {paid.get(dispute.claim_id, 0)}"


def settlements_were_agreed(session: Session) -> Iterator[str]:
    """A dispute is settled when one side accepted what the other had offered, for exactly that amount; nothing else settles
    one, and no offer is open in a dispute that has ended."""
    offers: dict[UUID, list[SettlementOffer]] = {}
    for one in session.scalars(select(SettlementOffer).order_by(SettlementOffer.id)):
        offers.setdefault(one.dispute_id, []).append(one)
    for dispute in session.scalars(select(Dispute).order_by(Dispute.id)):
        mine, settled = offers.get(dispute.id, []), dispute.state == DisputeState.SETTLED
        agreed = [one for one in mine if one.end_kind == OfferEnd.ACCEPTED]
        said = [(one.refund_minor, one.ended_at) for one in agreed if one.ended_by != one.by_person_id]
        if settled != bool(agreed) or (settled and said != [(dispute.refund_minor, dispute.ended_at)]):
            yield f"dispute {dispute.ref} was not settled as one side offered and the other accepted"
        if dispute.ended_at is not None and any(one.ended_at is None for one in mine):
            yield f"dispute {dispute.ref} has ended and an offer in it is still open"


def offers_lapse_by_their_clock(session: Session) -> Iterator[str]:
    """An open offer of a settlement has a clock that runs to the moment at which it lapses."""
    runs = sa.exists().where(
        Clock.subject_ref == SettlementOffer.ref, Clock.kind == "settlement_offer", Clock.ended_at.is_(None),
        Clock.due_at == SettlementOffer.answer_by,
    )
    endless = select(SettlementOffer.ref).where(SettlementOffer.ended_at.is_(None), ~runs).order_by(SettlementOffer.id)
    yield from (f"offer {ref} is open and no clock runs to its end" for ref in session.scalars(endless))


def both_sides_were_told(session: Session) -> Iterator[str]:
    """What each side sent has its receipt, and reached the other side in the same act."""
    sent = (
        (Dispute.opened_at, ("dispute_opened", "dispute_receipt")),
        (Dispute.answered_at, ("dispute_answered", "answer_received")),
    )
    for at, kinds in sent:
        for kind in kinds:
            told = select(Notice.id).where(Notice.about_ref == Dispute.ref, Notice.kind == kind, Notice.created_at == at)
            missing = select(Dispute.ref).where(at.is_not(None), ~told.exists()).order_by(Dispute.id)
            yield from (f"dispute {ref} has no notice {kind} for what was sent" for ref in session.scalars(missing))


def answers_are_due_by_their_clock(session: Session) -> Iterator[str]:
    """The day by which the freelancer is to answer is the one on which the promise that ran last for it is due."""
    clocks: dict[str, Clock] = {}
    for clock in session.scalars(select(Clock).where(Clock.kind == "dispute_answer").order_by(Clock.created_at, Clock.id)):
        clocks[clock.subject_ref] = clock
    for dispute in session.scalars(select(Dispute).order_by(Dispute.id)):
        clock_of = clocks.get(dispute.ref)
        if clock_of is None or clock_of.due_at != dispute.answer_by:
            yield f"dispute {dispute.ref} is to be answered at another time than its promise runs out"


def questions_are_due_by_their_clock(session: Session) -> Iterator[str]:
    """Our question to the client of a dispute waits as long as its promise runs, and no longer than the dispute."""
    runs = sa.and_(Clock.subject_ref == Dispute.ref, Clock.kind == "dispute_client_answer", Clock.ended_at.is_(None))
    rows = session.execute(
        select(Dispute, DisputeQuestion, Clock.due_at).join(DisputeQuestion, DisputeQuestion.dispute_id == Dispute.id)
        .outerjoin(Clock, runs).where(DisputeQuestion.ended_at.is_(None)).order_by(Dispute.id)
    )
    for dispute, asked, due_at in rows:
        if dispute.ended_at is not None or due_at != asked.answer_by:
            yield f"question {asked.ref} of dispute {dispute.ref} waits for an answer longer or shorter than promised"


PROVES: dict[int, tuple[Check, ...]] = {
    5: (
        claims_fit_their_dispute, one_open_dispute_each, ended_disputes_hold_nothing, money_went_where_decided,
        settlements_were_agreed, offers_lapse_by_their_clock, *CHARGEBACKS,
    ),
    8: (decisions_say_what_happened, silence_decides_as_published, somebody_else_reviewed, two_read_large_decisions),
    10: (both_sides_were_told, answers_are_due_by_their_clock, questions_are_due_by_their_clock),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
