"""Reading disputes: what both sides see, what a case holds, what can still be disputed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.accounts.roles import reads_papers
from portal.cases.models import Case, Clock, Message, MessageKind, Report
from portal.contracts.models import Contract, ContractTerm, Earning, Milestone, MilestoneState
from portal.contracts.queries import last_release, paid_on
from portal.core.access import Actor
from portal.core.clock import end_of_day, local_day
from portal.core.errors import existing
from portal.core.money import Money
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargeback_queries import at_the_bank, given_back_by_bank
from portal.disputes.decided import fresh_from, newest_final
from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.messages import DisputeFacts
from portal.disputes.models import ANSWERABLE, Dispute, DisputeState
from portal.disputes.pressure import SAID
from portal.disputes.shortfall import shortfall_of
from portal.ledger.models import Book, BookKind, Claim, Entry, Hold, Transfer
from portal.ledger.queries import hold_of_claim, refunded_on
from portal.ledger.refund_models import Refund
from portal.ledger.refund_standing import WENT_BACK
from portal.log.models import Event
from portal.rulebook.queries import promises

CLIENT, FREELANCER = "client", "freelancer"
"""The house book from which the platform itself pays a client back, after it was late: what it owes, and why."""


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute as a party reads it; `side` is the reader's own. Both sides see what the other has written: their owners
    do (`papers`), and who looks after the money of a side reads what it is about and what moves.

    `can_contest`: the reader did not answer in time and can ask that somebody else reviews the refund that follows.
    """

    dispute: Dispute
    side: str
    case_ref: str
    contract: Contract
    milestone: Milestone
    term: ContractTerm
    client: Account
    freelancer: Account
    amount: Money
    hold: Hold
    held: Money
    refund_at: datetime | None
    decide_by: datetime | None
    can_answer: bool
    can_withdraw: bool
    can_contest: bool
    papers: bool

    @property
    def own_account_id(self) -> UUID:
        """The account on the reader's side."""
        return self.contract.client_id if self.side == CLIENT else self.contract.freelancer_id

    @property
    def first_held(self) -> Money:
        """What could be put on hold for it."""
        return Money(self.hold.amount_minor, self.hold.currency)


def dispute_by_ref(session: Session, ref: str) -> Dispute:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Dispute).where(Dispute.ref == ref)).one_or_none())


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which disputes an actor may read: staff all, people those of their accounts, a link's session those of its case."""
    if actor.is_staff:
        return true()
    sides = or_(Contract.client_id.in_(actor.account_ids), Contract.freelancer_id.in_(actor.account_ids))
    mine = Dispute.contract_id.in_(select(Contract.id).where(sides))
    if actor.case_ref is None:
        return mine
    return mine & Dispute.case_id.in_(select(Case.id).where(Case.ref == actor.case_ref))


def disputes_of_case(session: Session, case_id: UUID) -> list[Dispute]:
    return list(session.scalars(select(Dispute).where(Dispute.case_id == case_id).order_by(Dispute.opened_at, Dispute.id)))


def disputes_of_account(session: Session, account_id: UUID) -> list[Dispute]:
    """Every dispute on a contract of this account, on either side, newest first."""
    sides = or_(Contract.client_id == account_id, Contract.freelancer_id == account_id)
    return list(session.scalars(
        select(Dispute).join(Contract, Dispute.contract_id == Contract.id).where(sides)
        .order_by(Dispute.opened_at.desc(), Dispute.id.desc())
    ))


def open_dispute_on(session: Session, milestone_id: UUID) -> Dispute | None:
    """The dispute on a milestone that has not ended, if there is one."""
    query = select(Dispute).where(Dispute.milestone_id == milestone_id, Dispute.ended_at.is_(None))
    return session.scalars(query).one_or_none()


def contested_since(session: Session, milestone_id: UUID, at: datetime, actor: Actor) -> Dispute | None:
    """The newest dispute on a milestone, opened since an instant, that the actor may read."""
    query = select(Dispute).where(Dispute.milestone_id == milestone_id, Dispute.opened_at >= at, visible_to(actor))
    return session.scalars(query.order_by(Dispute.opened_at.desc(), Dispute.id.desc()).limit(1)).one_or_none()


def final_dispute_on(session: Session, milestone_id: UUID) -> Dispute | None:
    """The dispute, decided or settled, about all that was released on a milestone: nothing of it can be contested anew."""
    return newest_final(session, milestone_id) if fresh_from(session, milestone_id) is None else None


def view_of(session: Session, ref: str, actor: Actor) -> DisputeView:
    """A dispute with everything around it. Errors: `NotFound` for anyone who has no part in it; `owners_only` for members of a
    side who neither own its account nor look after its money."""
    client, freelancer = aliased(Account), aliased(Account)
    row = existing(session.execute(
        select(Dispute, Contract, Milestone, ContractTerm, client, freelancer, Case.ref)
        .join(Contract, Dispute.contract_id == Contract.id).join(Milestone, Dispute.milestone_id == Milestone.id)
        .join(ContractTerm, Dispute.contract_term_id == ContractTerm.id).join(Case, Dispute.case_id == Case.id)
        .join(client, Contract.client_id == client.id).join(freelancer, Contract.freelancer_id == freelancer.id)
        .where(Dispute.ref == ref, visible_to(actor))
    ).one_or_none())
    dispute, contract, milestone, term, its_client, its_freelancer, case_ref = row
    hold = hold_of_claim(session, dispute.claim_id)
    due = _running(session, ref)
    owns, works = contract.client_id in actor.account_ids, contract.freelancer_id in actor.account_ids
    side = CLIENT if owns else FREELANCER if works else "staff"
    papers = reads_papers(session, contract.client_id if owns else contract.freelancer_id, actor) if owns or works else True
    return DisputeView(
        dispute, side, case_ref, contract, milestone, term, its_client, its_freelancer,
        Money(dispute.amount_minor, dispute.currency), hold,
        Money(hold.amount_minor if hold.ended_at is None else 0, hold.currency),
        due.get("dispute_refund"), due.get("dispute_decision"),
        can_answer=works and papers and dispute.answerable,
        can_withdraw=owns and dispute.undecided and actor.case_ref is None,
        can_contest=works and papers and dispute.state == DisputeState.UNANSWERED and hold.ended_at is None
        and bool(hold.amount_minor), papers=papers,
    )


def _running(session: Session, ref: str) -> dict[str, datetime]:
    rows = session.execute(select(Clock.kind, Clock.due_at).where(Clock.subject_ref == ref, Clock.ended_at.is_(None)))
    return dict(rows.all())


def going_back(session: Session, refs: Collection[str]) -> dict[str, datetime]:
    """By the reference of a dispute that was not answered in time: when what is on hold for it goes back."""
    runs = select(Clock.subject_ref, Clock.due_at).where(
        Clock.kind == "dispute_refund", Clock.subject_ref.in_(refs), Clock.ended_at.is_(None)
    )
    return dict(session.execute(runs).all()) if refs else {}


def answerable(session: Session, refs: Collection[str]) -> set[str]:
    """Which of these disputes still take an answer."""
    waiting = select(Dispute.ref).where(Dispute.ref.in_(refs), Dispute.state.in_(ANSWERABLE), Dispute.ended_at.is_(None))
    return set(session.scalars(waiting)) if refs else set()


def facts_of(session: Session, dispute: Dispute, now: datetime) -> DisputeFacts:
    """What the notices of a dispute are written from, with our promises as they stand now."""
    contract, milestone = session.get_one(Contract, dispute.contract_id), session.get_one(Milestone, dispute.milestone_id)
    term, hold = session.get_one(ContractTerm, dispute.contract_term_id), hold_of_claim(session, dispute.claim_id)
    return DisputeFacts(
        ref=dispute.ref, contract_title=contract.title, milestone=milestone.number,
        client=session.get_one(Account, contract.client_id).name,
        freelancer=session.get_one(Account, contract.freelancer_id).name,
        amount=Money(dispute.amount_minor, dispute.currency),
        held=Money(hold.amount_minor if hold.ended_at is None else 0, hold.currency), held_until=hold.expires_at,
        term_number=term.number, term_text=term.text or "", agreed=dispute.agreed or "", happened=dispute.happened or "",
        answer_by=dispute.answer_by, answer=dispute.answer or "", short=shortfall_of(session, dispute, hold),
        promised=promises(session, local_day(now, "UTC")),
    )


def released_at(session: Session, milestone: Milestone) -> datetime | None:
    """When a milestone was released: its money's last release, else the end of the day that the marketplace names."""
    if milestone.state != MilestoneState.RELEASED and last_release(session, milestone) is None:
        return None
    day = milestone.released_on
    return last_release(session, milestone) or (end_of_day(day, "UTC") if day else None)


def paid_by_client(session: Session, milestone: Milestone) -> Money:
    """What was released of a milestone and the client has not got back: not from us, and not through their bank."""
    back = refunded_on(session, milestone) + repaid_by_us(session, milestone) + given_back_by_bank(session, milestone)
    return paid_on(session, milestone) - back


def contestable_on(session: Session, milestone: Milestone) -> Money:
    """How much of a milestone its client can contest: what they paid and have not got back.

    Where what was released before was decided or settled, only what was released since: in a later part, or paid anew after
    a bank had given the payment back.
    """
    paid, fresh = paid_by_client(session, milestone), fresh_from(session, milestone.id)
    if fresh is None:
        return paid
    released = session.scalar(select(func.sum(Earning.amount_minor + Earning.fee_minor)).where(
        Earning.milestone_id == milestone.id, Earning.id >= fresh))
    back = session.scalar(
        select(func.sum(Refund.amount_minor)).join(Book, Refund.book_id == Book.id).join(Hold, Book.hold_id == Hold.id)
        .where(Refund.milestone_id == milestone.id, Hold.claim_id > fresh))
    called = session.scalar(select(func.sum(Chargeback.claimed_minor)).where(
        Chargeback.milestone_id == milestone.id, Chargeback.id > fresh, at_the_bank()))
    left = int(released or 0) - int(back or 0) - int(called or 0)
    return Money(max(min(left, paid.amount_minor), 0), milestone.currency)


def repaid_by_us(session: Session, milestone: Milestone) -> Money:
    """What the platform itself paid back to the client of a milestone, because it had decided too late."""
    goal = aliased(Book)
    total = session.scalar(
        select(func.sum(Transfer.amount_minor)).join(Entry, Transfer.entry_id == Entry.id)
        .join(goal, Transfer.credit_id == goal.id).join(Hold, goal.hold_id == Hold.id)
        .join(Claim, Hold.claim_id == Claim.id)
        .where(Entry.kind == "owed_refund", goal.kind == BookKind.REFUND, Claim.milestone_id == milestone.id)
    )
    return Money(int(total or 0), milestone.currency)


def questions_of(session: Session, dispute_id: UUID) -> list[DisputeQuestion]:
    """What we asked the client of a dispute, the first one first."""
    query = select(DisputeQuestion).where(DisputeQuestion.dispute_id == dispute_id)
    return list(session.scalars(query.order_by(DisputeQuestion.n)))


def open_question(session: Session, dispute_id: UUID) -> DisputeQuestion | None:
    """Our question to the client that still waits for its answer."""
    return next((one for one in questions_of(session, dispute_id) if one.ended_at is None), None)


def pressure_said(session: Session, dispute: Dispute, account_id: UUID) -> list[Message]:
    """What one side told us alone while the dispute went on: that they were pressured or threatened with a report."""
    said = select(Event.at).where(Event.kind == SAID, Event.subject_ref == dispute.ref)
    mine = select(Message).where(
        Message.case_id == dispute.case_id, Message.kind == MessageKind.RECORDED, Message.from_person_id.is_not(None),
        Message.from_account_id == account_id, Message.sent_at.in_(said),
    )
    return list(session.scalars(mine.order_by(Message.id)))


def refunds_on(session: Session, milestone_id: UUID) -> list[tuple[datetime, int, str]]:
    """What goes back to the client of a milestone so far, released or only paid in: since when, in minor units, and whether the
    marketplace has sent it (`RefundState`)."""
    rows = session.execute(
        select(Transfer.created_at, Transfer.amount_minor, Refund.state).join(Book, Transfer.credit_id == Book.id)
        .join(Refund, Refund.book_id == Book.id)
        .where(Book.kind == BookKind.REFUND, Refund.milestone_id == milestone_id, WENT_BACK).order_by(Transfer.id)
    )
    return [(at, amount, state) for at, amount, state in rows]


def report_with(session: Session, dispute: Dispute) -> Report | None:
    """The report that the client sent in the same step as the dispute, if there is one. Only they and we know of it."""
    return session.scalars(select(Report).where(
        Report.case_id == dispute.case_id, Report.reporter_account_id == dispute.opened_by_account_id,
        Report.received_at == dispute.opened_at,
    ).order_by(Report.id).limit(1)).one_or_none()
