"""Reading what we owe people and did not send in time: every payout that is overdue, by account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.hands import is_tied
from portal.cases.models import Clock
from portal.core.money import Money
from portal.ledger.models import Payout, PayoutState

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Late:
    """One payout that was not sent in time: whose, how much, when it was asked for, and by when we promised to send it."""

    ref: str
    amount: Money
    account_ref: str
    account_name: str
    requested_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """All that is overdue now. `lines`: at most `MOST_LISTED`, who waits longest first and all of an account together; `apart`:
    how many of the same are not shown to this reader; `totals`: of everything, by currency."""

    number: int
    accounts: int
    totals: tuple[Money, ...]
    lines: tuple[Late, ...]
    apart: int


# Bare, as in its partial index: a value that is bound misses it.
_OVERDUE = Payout.state == literal_column(f"'{PayoutState.OVERDUE}'")
_CLOCK = and_(Clock.subject_ref == Payout.ref, Clock.kind == "payout")
_TOTALS = select(Payout.currency, func.sum(Payout.amount_minor), func.count()).where(_OVERDUE).group_by(
    Payout.currency).order_by(Payout.currency)
_ACCOUNTS = select(func.count(Payout.account_id.distinct())).where(_OVERDUE)
_LINES = (
    select(Payout, Account, Clock.due_at).join(Account, Payout.account_id == Account.id).join(Clock, _CLOCK).where(_OVERDUE)
    .order_by(func.min(Clock.due_at).over(partition_by=Payout.account_id), Payout.account_id, Clock.due_at, Payout.id)
    .limit(MOST_LISTED)
)


def owed(session: Session, person_id: UUID) -> Owed:
    """What is overdue, for this member of staff: counted whole, listed without accounts to which something ties them.

    Source: DESIGN 4, promise `payout` (`shown_overdue`)."""
    sums = session.execute(_TOTALS).all()
    rows: list[tuple[Any, ...]] = [tuple(row) for row in session.execute(_LINES)]
    accounts = {account.id for _, account, _ in rows}
    near = {one for one in accounts if is_tied(session, person_id, {one})} if is_tied(session, person_id, accounts) else set()
    shown = tuple(_late(*row) for row in rows if row[1].id not in near)
    return Owed(
        sum(number for _, _, number in sums), session.scalar(_ACCOUNTS) or 0,
        tuple(Money(int(minor), currency) for currency, minor, _ in sums), shown, len(rows) - len(shown),
    )


def _late(payout: Payout, account: Account, due_at: datetime) -> Late:
    return Late(
        payout.ref, Money(payout.amount_minor, payout.currency), account.ref, account.name, payout.requested_at, due_at)
