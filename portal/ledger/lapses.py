"""What happens to a hold by itself: when its time has run out it ends, and both sides hear of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.clocks import on_due
from portal.cases.models import Case, Clock, ClockResult, LegalOrder
from portal.contracts.models import Contract, Milestone
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.holds import end_hold
from portal.ledger.messages import EndedHold, Whose, hold_expired
from portal.ledger.models import Claim, Claimant, Hold, HoldEnd
from portal.log.models import Event
from portal.log.operations import Row, record
from portal.notices.models import Notice
from portal.notices.operations import tell
from portal.notices.queries import not_held_back

BANK = "chargeback.received"
"""The kind of event by which money is on hold because a bank calls it back."""


@on_due("hold")
def hold_runs_out(work: Work, clock: Clock) -> None:
    """The published consequence of a hold's limit: it ends, the claim lives on (promises hold, dispute_hold): a promise kept."""
    clock.result = ClockResult.KEPT
    hold = work.db.scalars(select(Hold).where(Hold.ref == clock.subject_ref)).one()
    expire_hold(work, hold)


def expire_hold(work: Work, hold: Hold) -> None:
    """Ends a hold because its time or ours has run out, and tells both sides; nothing when it has ended already."""
    event_id = new_id()
    rows = end_hold(work, hold, HoldEnd.EXPIRED, event_id=event_id)
    if not rows:
        return
    if hold.order_id is not None:
        _end_block(work, hold, hold.order_id, rows, event_id)
        return
    claim = work.db.get_one(Claim, hold.claim_id)
    case_ref = work.db.scalars(select(Case.ref).where(Case.id == claim.case_id)).one()
    rows += _tell_both(work, hold, claim, case_ref, event_id) if hold.amount_minor else []
    record(work, "hold.expired", hold.ref, case_ref=case_ref, rows=rows, event_id=event_id, claim=claim.ref)


def _end_block(work: Work, hold: Hold, order_id: UUID, rows: list[Row], event_id: UUID) -> None:
    """What a law or an order asked for ends with the decision that names it, which tells of it as far as it may."""
    order = work.db.get_one(LegalOrder, order_id)
    case_ref = work.db.scalars(select(Case.ref).where(Case.id == order.case_id)).one()
    record(work, "hold.expired", hold.ref, case_ref=case_ref, rows=rows, event_id=event_id, order=order.ref)


def _tell_both(work: Work, hold: Hold, claim: Claim, case_ref: str, event_id: UUID) -> list[Row]:
    contract = work.db.get_one(Contract, claim.contract_id)
    milestone = work.db.get_one(Milestone, claim.milestone_id) if claim.milestone_id else None
    cause = work.db.get_one(Event, hold.cause_event_id)
    facts = EndedHold(
        hold.ref, Money(hold.amount_minor, hold.currency), contract.title, milestone.number if milestone else None,
        Whose.OURS if claim.claimant == Claimant.PLATFORM else Whose.BANK if cause.kind == BANK else Whose.CLIENT,
    )
    told: list[Row] = list(tell(
        work, event_id=event_id, kind="hold_ended", recipients=holders_of(work.db, hold.account_id, MONEY),
        account_id=hold.account_id, about_ref=hold.ref, target="/me/funds", case_ref=case_ref,
        compose=hold_expired(facts, to_holder=True),
    ))
    ours = facts.whose is Whose.OURS
    told += tell(
        work, event_id=event_id, kind="hold_ended", account_id=contract.client_id, about_ref=hold.ref, case_ref=case_ref,
        recipients=_heard(work, contract, cause) if ours else holders_of(work.db, contract.client_id, MONEY),
        target=_cause_page(work, contract, cause), compose=hold_expired(facts, to_holder=False),
    )
    return told


def _heard(work: Work, contract: Contract, cause: Event) -> list[Person]:
    """Who of the client's people was told of our decision, and so of the hold and its day (DESIGN 2.7): nobody else is,
    nobody whose notice was held back, and nobody who does not look after its money."""
    heard = set(work.db.scalars(select(Notice.recipient_id).where(
        Notice.about_ref == cause.subject_ref, Notice.account_id == contract.client_id, Notice.not_before <= work.now,
        not_held_back())))
    return [person for person in holders_of(work.db, contract.client_id, MONEY) if person.id in heard]


def _cause_page(work: Work, contract: Contract, cause: Event) -> str:
    """Where the client reads about what caused the hold: their dispute, the chargeback of their bank, or the other side."""
    pages = {"dispute.opened": f"/disputes/{cause.subject_ref}", BANK: f"/chargebacks/{cause.subject_ref}"}
    return pages.get(cause.kind, f"/collaborators/{account_by_id(work.db, contract.freelancer_id).ref}")
