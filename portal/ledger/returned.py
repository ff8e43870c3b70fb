"""Money that could not reach its owner is somebody's work at the desk, until the next report about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, people_of
from portal.cases.models import Case, WorkItem
from portal.cases.operations import close_item, open_case, open_item
from portal.contracts.models import Contract
from portal.core.clock import deadline
from portal.core.errors import existing
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.adjustment_models import Adjustment
from portal.ledger.models import Destination, Payout
from portal.ledger.refund_models import Refund
from portal.rulebook.queries import promise

RETURNED = "money_returned"
"""The kind of work, as the queue calls it; its subject is the payout or the refund."""
REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Returned:
    """A payout or a refund that came back: whose money, where it was to go (a payout), of which contract (a refund)."""

    ref: str
    account: Account
    amount: Money
    case_ref: str
    failed_at: datetime
    due_at: datetime
    closed_at: datetime | None
    hint: str | None
    contract: Contract | None
    state: str


def put_to_work(work: Work, subject_ref: str, account_id: UUID, amount: Money) -> datetime:
    """Money of an account could not reach it: that waits for a member of staff from now on. By when somebody looks after it.

    It is the time in which we promise to pay out. The case is a place for it and holds nothing against anybody: no other side
    is a party of it, so that no report about the account joins it.
    """
    time, people = promise(work, "payout"), people_of(work.db, account_id)
    due_at = deadline(work.now, time.length, time.unit, people[0].zone if people else "UTC", work.country)
    open_item(work, case_of_money(work, account_id), RETURNED, subject_ref, due_at, stake=amount)
    work.db.flush()
    return due_at


def case_of_money(work: Work, account_id: UUID) -> Case:
    """The case in which money of that account came back, or was to be corrected, before; else a new one."""
    query = select(Case).where(Case.about_account_id == account_id, Case.closed_at.is_(None), of_money(account_id))
    known = work.db.scalars(query.order_by(Case.id.desc()).limit(1).with_for_update()).one_or_none()
    return known or open_case(work, account_id, [])


def of_money(account_id: UUID) -> ColumnElement[bool]:
    """That a case of the query, about this account, is such a place."""
    corrected = WorkItem.subject_ref.in_(select(Adjustment.ref).where(Adjustment.account_id == account_id))
    return exists().where(WorkItem.case_id == Case.id, or_(WorkItem.kind == RETURNED, corrected))


def is_settled(work: Work, subject_ref: str) -> None:
    """The marketplace has said something newer about it: nobody has to look after it any more."""
    close_item(work, subject_ref, RETURNED, REPORTED)


def asked_again(work: Work, account_id: UUID) -> None:
    """The account has asked for a payout again: what came back before is on its way with it, or theirs to ask for."""
    open_ones = select(WorkItem.subject_ref).join(Payout, Payout.ref == WorkItem.subject_ref).where(
        Payout.account_id == account_id, WorkItem.kind == RETURNED, WorkItem.closed_at.is_(None)
    )
    for ref in work.db.scalars(open_ones.order_by(WorkItem.id)).all():
        is_settled(work, ref)


def looked_after_by(session: Session, refs: Iterable[str | None]) -> dict[str, datetime]:
    """By when somebody looks after what came back, by reference; nothing where nobody has to."""
    query = select(WorkItem.subject_ref, WorkItem.due_at).where(
        WorkItem.subject_ref.in_([ref for ref in refs if ref]), WorkItem.kind == RETURNED, WorkItem.closed_at.is_(None)
    )
    return {ref: due_at for ref, due_at in session.execute(query)}


def came_back(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, list[tuple[Money, datetime]]]:
    """What did not arrive and is still looked after, by whose it is: how much, and by when somebody does; the nearest first."""
    query = select(Case.about_account_id, WorkItem.stake_minor, WorkItem.stake_currency, WorkItem.due_at).join(
        Case, WorkItem.case_id == Case.id
    ).where(Case.about_account_id.in_(list(account_ids)), WorkItem.kind == RETURNED, WorkItem.closed_at.is_(None))
    found: dict[UUID, list[tuple[Money, datetime]]] = {}
    for account_id, minor, currency, due_at in session.execute(query.order_by(WorkItem.due_at, WorkItem.id)):
        found.setdefault(account_id, []).append((Money(minor, currency), due_at))
    return found


def returned_money(session: Session, ref: str) -> Returned:
    """What came back, the newest time. Errors: `NotFound` for what never did."""
    query = select(WorkItem, Case.ref).join(Case, WorkItem.case_id == Case.id).where(
        WorkItem.subject_ref == ref, WorkItem.kind == RETURNED
    )
    found = existing(session.execute(query.order_by(WorkItem.id.desc()).limit(1)).one_or_none())
    item, case_ref = found
    payout = session.scalars(select(Payout).where(Payout.ref == ref)).one_or_none()
    row = payout or session.scalars(select(Refund).where(Refund.ref == ref)).one()
    return Returned(
        ref, account_by_id(session, row.account_id), Money(row.amount_minor, row.currency), case_ref, item.created_at,
        item.due_at, item.closed_at, session.get_one(Destination, payout.destination_id).hint if payout else None,
        session.get_one(Contract, row.contract_id) if isinstance(row, Refund) else None, row.state,
    )
