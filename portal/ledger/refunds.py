"""What goes back to a client: the marketplace is asked to send it the way they paid, and reports what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id, people_of
from portal.cases.models import WorkItem
from portal.contracts.models import Contract, Milestone
from portal.core.access import Permission
from portal.core.errors import Conflict, existing
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Move
from portal.ledger.messages import RefundFacts, refund_failed, refund_sent
from portal.ledger.models import Book
from portal.ledger.refund_models import REFUND_STEPS, Refund, RefundState
from portal.ledger.returned import RETURNED, is_settled, put_to_work
from portal.log.operations import Row, add, record
from portal.notices.operations import tell
from portal.notices.outgoing import answered, tell_marketplace


def refund_due(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], event_id: UUID) -> list[Row]:
    """Asks the marketplace to send a client what these moves brought into their `refund` book; the rows for the event."""
    refund = put_refund(work, book, milestone_id, moves, RefundState.DUE)
    contract = work.db.get_one(Contract, refund.contract_id)
    milestone = work.db.get_one(Milestone, milestone_id) if milestone_id else None
    told = tell_marketplace(work, event_id=event_id, kind="refund.due", about_ref=refund.ref, data={
        "refund": refund.ref, "account": account_by_id(work.db, refund.account_id).external_id,
        "contract": contract.external_id, "milestone": milestone.number if milestone else None,
        "amount": {"amount_minor": refund.amount_minor, "currency": refund.currency}, "due_at": work.now,
    })
    return [refund, (refund, "changed"), *told]


def put_refund(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], state: RefundState) -> Refund:
    """The row of what these moves brought into a client's book."""
    assert book.owner_id is not None and book.contract_id is not None, "what goes back is a client's, of a contract"
    refund = add(work, Refund(
        ref=new_ref("F"), book_id=book.id, account_id=book.owner_id, contract_id=book.contract_id, milestone_id=milestone_id,
        amount_minor=sum(amount for _source, goal, amount in moves if goal == book.id), currency=book.currency, state=state,
        changed_at=work.now, version=1,
    ))
    work.db.flush()
    return refund


def mark_refund(work: Work, *, refund_ref: str, state: str) -> dict[str, Any]:
    """What became of a refund, as the marketplace says: sent, or failed (it is still the client's). Its client is told.

    A failed one waits for a member of staff until the next report (`returned`). The same state again changes nothing.
    Errors: `Conflict` for a step that is not possible, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    refund = _locked(work, refund_ref)
    goal = RefundState(state)
    if goal == refund.state:
        return {"refund": refund.ref}
    if goal not in REFUND_STEPS[RefundState(refund.state)]:
        raise Conflict("refund_moved", "This refund has moved on. Reload the page to see what changed.")
    event_id, due_at = new_id(), None
    refund.state, refund.changed_at, refund.version = goal, work.now, refund.version + 1
    is_settled(work, refund.ref)
    if goal is RefundState.FAILED:
        due_at = put_to_work(work, refund.ref, refund.account_id, Money(refund.amount_minor, refund.currency))
    rows = [(refund, "changed"), *answered(work, refund.ref), *tell_refund(work, refund, event_id, due_at)]
    record(work, f"refund.{goal}", refund.ref, rows=rows, event_id=event_id)
    return {"refund": refund.ref}


def refunds_nobody_has(session: Session) -> list[str]:
    """Failed refunds that never were anybody's work: they failed before that was asked of the desk."""
    put_before = exists().where(WorkItem.subject_ref == Refund.ref, WorkItem.kind == RETURNED)
    return list(session.scalars(select(Refund.ref).where(Refund.state == RefundState.FAILED, ~put_before).order_by(Refund.id)))


def look_after_refund(work: Work, *, refund_ref: str) -> dict[str, Any]:
    """A failed refund that nobody has waits for a member of staff from now on; its client reads by when on their page.

    Nothing happens to one that somebody has, or that did not fail. Errors: `NotFound`.
    """
    work.require(Permission.RUN_CLOCKS)
    refund = _locked(work, refund_ref)
    if refund_ref in refunds_nobody_has(work.db):
        put_to_work(work, refund.ref, refund.account_id, Money(refund.amount_minor, refund.currency))
        record(work, "refund.looked_after", refund.ref)
    return {"refund": refund.ref}


def _locked(work: Work, refund_ref: str) -> Refund:
    return existing(work.db.scalars(select(Refund).where(Refund.ref == refund_ref).with_for_update()).one_or_none())


def tell_refund(work: Work, refund: Refund, event_id: UUID, due_at: datetime | None = None) -> list[Row]:
    """Tells a client that money was sent back to them, or could not be; `due_at`: by when somebody looks after that."""
    contract = work.db.get_one(Contract, refund.contract_id)
    facts = RefundFacts(refund.ref, Money(refund.amount_minor, refund.currency), contract.title, due_at)
    sent = refund.state == RefundState.SENT
    return list(tell(
        work, event_id=event_id, kind="refund_sent" if sent else "refund_failed", account_id=refund.account_id,
        recipients=people_of(work.db, refund.account_id), about_ref=refund.ref, target="/me/funds",
        compose=refund_sent(facts) if sent else refund_failed(facts),
    ))
