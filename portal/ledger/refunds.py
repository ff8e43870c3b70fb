"""What goes back to a client: the marketplace is asked to send it the way they paid, and reports what became of it.

Each sending has a reference of the marketplace's own: a report that comes again, late or before an earlier one ends in the same
state (`state_after`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.models import WorkItem
from portal.contracts.models import Contract, Milestone
from portal.core.access import Permission
from portal.core.errors import Conflict, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Move
from portal.ledger.messages import RefundFacts, refund_failed, refund_sent
from portal.ledger.models import Book
from portal.ledger.refund_models import Refund, RefundReport, RefundState, state_after
from portal.ledger.returned import RETURNED, is_settled, put_to_work
from portal.log.operations import Row, add, record
from portal.notices.operations import tell
from portal.notices.outgoing import answered, tell_marketplace


def refund_due(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], event_id: UUID) -> list[Row]:
    """Asks the marketplace to send a client what these moves brought into their `refund` book; the rows for the event."""
    refund = _put(work, book, milestone_id, moves, RefundState.DUE)
    contract = work.db.get_one(Contract, refund.contract_id)
    milestone = work.db.get_one(Milestone, milestone_id) if milestone_id else None
    told = tell_marketplace(work, event_id=event_id, kind="refund.due", about_ref=refund.ref, data={
        "refund": refund.ref, "account": account_by_id(work.db, refund.account_id).external_id,
        "contract": contract.external_id, "milestone": milestone.number if milestone else None,
        "amount": {"amount_minor": refund.amount_minor, "currency": refund.currency}, "due_at": work.now,
    })
    return [refund, (refund, "changed"), *told]


def refund_sent_already(
    work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], event_id: UUID, reference: str
) -> list[Row]:
    """The marketplace has sent a client what these moves brought into their book, under that reference; they are told."""
    refund = _put(work, book, milestone_id, moves, RefundState.SENT)
    report = add(work, RefundReport(refund_id=refund.id, reference=reference, state=RefundState.SENT))
    return [refund, (refund, "changed"), report, *_tell(work, refund, event_id)]


def _put(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], state: RefundState) -> Refund:
    assert book.owner_id is not None and book.contract_id is not None, "what goes back is a client's, of a contract"
    refund = add(work, Refund(
        ref=new_ref("F"), book_id=book.id, account_id=book.owner_id, contract_id=book.contract_id, milestone_id=milestone_id,
        amount_minor=sum(amount for _source, goal, amount in moves if goal == book.id), currency=book.currency, state=state,
        changed_at=work.now, version=1,
    ))
    work.db.flush()
    return refund


def mark_refund(work: Work, *, refund_ref: str, state: str, reference: str) -> dict[str, Any]:
    """What became of one sending of a refund, as the marketplace says: sent, or failed (it is still the client's).

    `reference` is the marketplace's own of that sending: the same when it fails, another one when the money is sent anew. So the
    same reports end in the same state, however often and in whatever order they come. The client is told when that changes; a
    failed one waits for a member of staff until it is sent (`returned`). Errors: `Conflict` for another state, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    refund, goal = _locked(work, refund_ref), RefundState(state)
    if goal is RefundState.DUE:
        raise Conflict("refund_moved", N_("This refund has moved on. Reload the page to see what changed."))
    before = _told(work, refund, reference)
    if {(reference, goal), (reference, RefundState.FAILED)} & before:
        return {"refund": refund.ref}
    rows, event_id = _put_report(work, refund, before, reference, goal), new_id()
    after = state_after({*before, (reference, goal)})
    if after != refund.state:
        refund.state, refund.changed_at, refund.version = after, work.now, refund.version + 1
        rows += [(refund, "changed"), *_follow(work, refund, event_id)]
    record(work, f"refund.{goal}", refund.ref, rows=[*rows, *answered(work, refund.ref)], event_id=event_id)
    return {"refund": refund.ref}


def _told(work: Work, refund: Refund, reference: str) -> set[tuple[str, str]]:
    """What was reported of a refund so far; of one from before reports had references, where it stands: failed under none, and
    sent under the first that is named now, so that money which comes back from that sending is not taken for another one's."""
    query = select(RefundReport.reference, RefundReport.state).where(RefundReport.refund_id == refund.id)
    found = {(one, state) for one, state in work.db.execute(query)}
    if found or refund.state == RefundState.DUE:
        return found
    return {(reference if refund.state == RefundState.SENT else "", refund.state)}


def _put_report(work: Work, refund: Refund, before: set[tuple[str, str]], reference: str, goal: RefundState) -> list[Row]:
    known = work.db.scalar(select(RefundReport.id).where(RefundReport.refund_id == refund.id).limit(1)) is not None
    new = [(reference, goal)] if known else [*sorted(before), (reference, goal)]
    return [add(work, RefundReport(refund_id=refund.id, reference=one, state=how)) for one, how in new]


def _follow(work: Work, refund: Refund, event_id: UUID) -> list[Row]:
    """What follows where a refund stands otherwise than before: it leaves the desk, or waits there, and its client is told."""
    is_settled(work, refund.ref)
    failed, due_at = refund.state == RefundState.FAILED, None
    if failed:
        due_at = put_to_work(work, refund.ref, refund.account_id, Money(refund.amount_minor, refund.currency))
    return _tell(work, refund, event_id, due_at)


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


def _tell(work: Work, refund: Refund, event_id: UUID, due_at: datetime | None = None) -> list[Row]:
    """Tells a client that money was sent back to them, or could not be; `due_at`: by when somebody looks after that."""
    contract = work.db.get_one(Contract, refund.contract_id)
    facts = RefundFacts(refund.ref, Money(refund.amount_minor, refund.currency), contract.title, due_at)
    sent = refund.state == RefundState.SENT
    return list(tell(
        work, event_id=event_id, kind="refund_sent" if sent else "refund_failed", account_id=refund.account_id,
        recipients=holders_of(work.db, refund.account_id, MONEY), about_ref=refund.ref, target="/me/funds",
        compose=refund_sent(facts) if sent else refund_failed(facts),
    ))
