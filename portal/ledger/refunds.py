"""What goes back to a client: the marketplace is asked to send it the way they paid, and reports what became of it.

Each sending has a reference of the marketplace's own: a report that comes again, late or before an earlier one ends in the same
state (`Standing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.models import WorkItem
from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import lock_milestone
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Move
from portal.ledger.messages import RefundFacts, refund_failed, refund_sent
from portal.ledger.models import Book
from portal.ledger.refund_models import Refund, RefundReport, RefundState, RefundStop, Standing
from portal.ledger.refund_standing import settle_book, standing_of
from portal.ledger.returned import RETURNED, is_settled, put_to_work
from portal.log.operations import Row, add, record
from portal.notices.operations import tell
from portal.notices.outgoing import answered, tell_marketplace

CameBack = Callable[[Work, Refund, UUID], Sequence[Row]]
CAME_BACK: list[CameBack] = []


def on_refund_back(stops: CameBack) -> CameBack:
    """Names a function of a room above: whether a bank calls back what came back of a refund's sending, so that it is not sent
    anew. It gets the key of the event, and answers with the rows for it."""
    CAME_BACK.append(stops)
    return stops


def refund_due(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], event_id: UUID) -> list[Row]:
    """Asks the marketplace to send a client what these moves brought into their `refund` book; the rows for the event."""
    refund = _put(work, book, milestone_id, moves, RefundState.DUE)
    return [refund, (refund, "changed"), *ask_to_send(work, refund, refund.amount_minor, event_id)]


def ask_to_send(work: Work, refund: Refund, amount_minor: int, event_id: UUID) -> list[Row]:
    """Asks the marketplace to send so much of a refund now; the rows for the event."""
    data = instruction(work, refund, amount_minor) | {"due_at": work.now}
    return tell_marketplace(work, event_id=event_id, kind="refund.due", about_ref=refund.ref, data=data)


def instruction(work: Work, refund: Refund, amount_minor: int) -> dict[str, Any]:
    """What every message about a refund says: which one, whose, of what, and how much of it the message is about."""
    contract = work.db.get_one(Contract, refund.contract_id)
    milestone = work.db.get_one(Milestone, refund.milestone_id) if refund.milestone_id else None
    return {
        "refund": refund.ref, "account": account_by_id(work.db, refund.account_id).external_id,
        "contract": contract.external_id, "milestone": milestone.number if milestone else None,
        "amount": {"amount_minor": amount_minor, "currency": refund.currency},
    }


def refund_sent_already(
    work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], event_id: UUID, reference: str
) -> list[Row]:
    """The marketplace has sent a client what these moves brought into their book, under that reference; they are told."""
    refund = _put(work, book, milestone_id, moves, RefundState.SENT)
    report = add(work, RefundReport(refund_id=refund.id, reference=reference, state=RefundState.SENT))
    work.db.flush()
    return [refund, (refund, "changed"), report, (report, "part"), *_tell(work, refund, event_id)]


def _put(work: Work, book: Book, milestone_id: UUID | None, moves: Sequence[Move], state: RefundState) -> Refund:
    assert book.owner_id is not None and book.contract_id is not None, "what goes back is a client's, of a contract"
    refund = add(work, Refund(
        ref=new_ref("F"), book_id=book.id, account_id=book.owner_id, contract_id=book.contract_id, milestone_id=milestone_id,
        amount_minor=sum(amount for _source, goal, amount in moves if goal == book.id), currency=book.currency, state=state,
        changed_at=work.now, version=1,
    ))
    work.db.flush()
    return refund


def mark_refund(
    work: Work, *, refund_ref: str, state: str, reference: str, amount_minor: int | None = None
) -> dict[str, Any]:
    """What became of one sending of a refund, as the marketplace says: sent, or failed (it is still the client's).

    `reference` is the marketplace's own of that sending: the same when it fails, another one when the money is sent anew. So the
    same reports end in the same state, however often and in whatever order they come. `amount_minor`: how much was sent; without
    it, what the newest message asked for: all of it, or what was left once a part was stopped. The client is told when where it
    stands changes; a failed one waits for a member of staff until it is sent (`returned`). Stopped: the marketplace knows that
    it is not to be sent. What was sent although a bank calls it back stays sent, and is our own loss once the bank gives it
    back; what comes back of that is not sent anew. Errors: `Conflict` for another state, `not_an_amount` for none or more than
    the refund, `reference_reused` for a sending that is on record with another amount, `amount_needed` where it is not on record
    what we asked for, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    refund, goal = _locked(work, refund_ref), RefundState(state)
    if goal is RefundState.DUE:
        raise Conflict("refund_moved", N_("This refund has moved on. Reload the page to see what changed."))
    if goal is RefundState.STOPPED:
        return _knows(work, refund)
    if amount_minor is not None and not 0 < amount_minor <= refund.amount_minor:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount_minor")
    before = standing_of(work.db, refund, reference)
    _check_same(refund, before, reference, amount_minor)
    if {(reference, goal), (reference, RefundState.FAILED)} & {(one, how) for one, how, _ in before.told}:
        return {"refund": refund.ref}
    event_id, asked = new_id(), _asked(work, refund, amount_minor) if goal is RefundState.SENT else None
    rows = _put_report(work, refund, before, reference, goal, amount_minor or asked or None)
    rows += answered(work, refund.ref)
    if goal is RefundState.FAILED:
        rows += [row for stops in CAME_BACK for row in stops(work, refund, event_id)]
    after = standing_of(work.db, refund)
    rows += settle_book(work, refund, after, event_id)
    if after.state != refund.state:
        refund.state, refund.changed_at, refund.version = after.state, work.now, refund.version + 1
        rows += [(refund, "changed"), *_follow(work, refund, event_id)]
    record(work, f"refund.{goal}", refund.ref, rows=rows, event_id=event_id)
    return {"refund": refund.ref}


def _check_same(refund: Refund, before: Standing, reference: str, amount_minor: int | None) -> None:
    """One sending has one amount, in every report of it."""
    known = {part or refund.amount_minor for one, how, part in before.told
             if one == reference and (part or how == RefundState.SENT)}
    if amount_minor is not None and known - {amount_minor}:
        message = N_("This sending is on record with %(known)s. Give another sending a reference of its own.")
        raise RuleBroken("reference_reused", message, field="reference", known=Money(known.pop(), refund.currency))


def _asked(work: Work, refund: Refund, amount_minor: int | None) -> int | None:
    """What the newest message asked for where a bank stopped some of it; versions before did not keep that."""
    stopped = select(RefundStop.id).where(RefundStop.refund_id == refund.id).limit(1)
    if refund.asked_minor is None and amount_minor is None and work.db.scalar(stopped) is not None:
        message = N_("A bank stopped a part of this refund. Write in amount_minor how much you sent.")
        raise RuleBroken("amount_needed", message, field="amount_minor")
    return refund.asked_minor


def _knows(work: Work, refund: Refund) -> dict[str, Any]:
    """The marketplace knows that a refund is stopped: it need not be told any more, unless something is to be sent again."""
    rows = answered(work, refund.ref) if refund.state == RefundState.STOPPED else []
    if rows:
        record(work, "refund.stop_known", refund.ref, rows=rows)
    return {"refund": refund.ref}


def _put_report(
    work: Work, refund: Refund, before: Standing, reference: str, goal: RefundState, amount_minor: int | None
) -> list[Row]:
    known = work.db.scalar(select(RefundReport.id).where(RefundReport.refund_id == refund.id).limit(1)) is not None
    old = [] if known else sorted((one, how, part) for one, how, part in before.told)
    reports = [
        add(work, RefundReport(refund_id=refund.id, reference=one, state=how, amount_minor=part))
        for one, how, part in [*old, (reference, goal, amount_minor)]
    ]
    work.db.flush()
    return [row for one in reports for row in (one, (one, "part"))]


def _follow(work: Work, refund: Refund, event_id: UUID) -> list[Row]:
    """What follows where a refund stands otherwise than before: it leaves the desk, or waits there, and its client is told."""
    is_settled(work, refund.ref)
    failed, due_at = refund.state == RefundState.FAILED, None
    if failed:
        left = standing_of(work.db, refund).to_send
        due_at = put_to_work(work, refund.ref, refund.account_id, Money(left, refund.currency))
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
    """A refund and its milestone, locked: the milestone first, as whoever records that a bank calls it back does."""
    named = Refund.ref == refund_ref
    milestone_id = work.db.scalar(select(Refund.milestone_id).where(named))
    if milestone_id is not None:
        lock_milestone(work.db, milestone_id)
    return existing(work.db.scalars(select(Refund).where(named).with_for_update()).one_or_none())


def _tell(work: Work, refund: Refund, event_id: UUID, due_at: datetime | None = None) -> list[Row]:
    """Tells a client that money was sent back to them, or could not be; `due_at`: by when somebody looks after that."""
    contract, standing = work.db.get_one(Contract, refund.contract_id), standing_of(work.db, refund)
    amount = standing.sent or standing.to_send or refund.amount_minor
    facts = RefundFacts(
        refund.ref, Money(amount, refund.currency), contract.title, due_at,
        also_called=Money(standing.sent_though_stopped, refund.currency), stopped=refund.state == RefundState.STOPPED,
        called=Money(standing.waits, refund.currency), by_bank=Money(standing.lost, refund.currency),
    )
    sent = refund.state == RefundState.SENT
    return list(tell(
        work, event_id=event_id, kind="refund_sent" if sent else "refund_failed", account_id=refund.account_id,
        recipients=holders_of(work.db, refund.account_id, MONEY), about_ref=refund.ref, target="/me/funds",
        compose=refund_sent(facts) if sent else refund_failed(facts),
    ))
