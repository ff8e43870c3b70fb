"""Reading contracts: who is a counterpart of whom, what was agreed, and an account's record of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.contracts.models import Contract, ContractTerm, Earning, Milestone
from portal.contracts.rules import is_completed, whole_years
from portal.core.clock import before, local_day
from portal.core.errors import existing
from portal.core.money import Money
from portal.rulebook.queries import promises


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """What an account has done here: years since it joined, contracts completed, and their share of those that ended."""

    years: int
    completed: int
    ended: int
    share_completed: int | None


PaidIn = Callable[[Session, Collection[UUID]], Mapping[UUID, int]]
_PAID_IN: list[PaidIn] = []


def tells_paid_in(told: PaidIn) -> PaidIn:
    """Names the function of a room above that knows what is paid in for milestones and not released, in minor units."""
    _PAID_IN.append(told)
    return told


def paid_in_for(session: Session, milestone_ids: Collection[UUID]) -> dict[UUID, int]:
    """What the books say is paid in for these milestones and not released; one of whose payments we were not told is missing."""
    return {key: minor for told in _PAID_IN for key, minor in told(session, milestone_ids).items()}


_BY_REF = select(Contract).where(Contract.ref == bindparam("ref"))


def contract_by_ref(session: Session, ref: str) -> Contract:
    """Errors: `NotFound`."""
    return existing(session.scalars(_BY_REF, {"ref": ref}).one_or_none())


def contract_by_external_id(session: Session, external_id: str) -> Contract:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Contract).where(Contract.external_id == external_id)).one_or_none())


def terms_of(session: Session, contract_id: UUID) -> list[ContractTerm]:
    """What both sides agreed to, in the order in which it was put on record."""
    return list(session.scalars(
        select(ContractTerm).where(ContractTerm.contract_id == contract_id).order_by(ContractTerm.ordinal)
    ))


def milestones_of(session: Session, contract_id: UUID) -> list[Milestone]:
    return list(session.scalars(
        select(Milestone).where(Milestone.contract_id == contract_id).order_by(Milestone.number)
    ))


def locked_milestones_of(session: Session, contract_id: UUID) -> list[Milestone]:
    """The same, locked for this act: nobody pays for one of them meanwhile."""
    query = select(Milestone).where(Milestone.contract_id == contract_id).order_by(Milestone.number).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


_MILESTONE = select(Milestone).where(
    Milestone.contract_id == bindparam("contract_id"), Milestone.number == bindparam("number")
)


def milestone_of(session: Session, contract_id: UUID, number: int) -> Milestone:
    """Errors: `NotFound`."""
    return existing(session.scalars(_MILESTONE, {"contract_id": contract_id, "number": number}).one_or_none())


def locked_milestone_of(session: Session, contract_id: UUID, number: int) -> Milestone:
    """The same, locked for this act. Errors: `NotFound`."""
    locked = _MILESTONE.with_for_update()
    return existing(session.scalars(locked, {"contract_id": contract_id, "number": number}).one_or_none())


def lock_milestone(session: Session, milestone_id: UUID) -> None:
    """Whoever does something about the money of a milestone waits for whoever does so already."""
    session.execute(select(Milestone.id).where(Milestone.id == milestone_id).with_for_update())


def earned_on(session: Session, milestone: Milestone) -> Money:
    """What was released to the freelancer on a milestone so far."""
    total = session.scalar(select(func.sum(Earning.amount_minor)).where(Earning.milestone_id == milestone.id))
    return Money(int(total or 0), milestone.currency)


def paid_on(session: Session, milestone: Milestone) -> Money:
    """What its client paid for what was released on a milestone so far: the freelancer's part and the marketplace's fee."""
    total = session.scalar(
        select(func.sum(Earning.amount_minor + Earning.fee_minor)).where(Earning.milestone_id == milestone.id)
    )
    return Money(int(total or 0), milestone.currency)


def last_release(session: Session, milestone: Milestone) -> datetime | None:
    """When money of a milestone was last released."""
    return session.scalars(
        select(Earning.released_at).where(Earning.milestone_id == milestone.id).order_by(Earning.released_at.desc()).limit(1)
    ).one_or_none()


def contracts_of(session: Session, account_id: UUID) -> list[Contract]:
    """Every contract of an account, on either side, newest first."""
    return list(session.scalars(
        select(Contract)
        .where(or_(Contract.client_id == account_id, Contract.freelancer_id == account_id))
        .order_by(Contract.started_on.desc(), Contract.id.desc())
    ))


def near_since(session: Session, now: datetime) -> date:
    """The day on which a contract has to have ended, or later, for its sides to be told of each other.

    As our promise `tell_clients` says today; where none is published, only those with an open contract are told.
    """
    time = promises(session, local_day(now, "UTC")).get("tell_clients")
    return before(local_day(now, "UTC"), time.length, time.unit) if time is not None else local_day(now, "UTC")


_SIDE: BindParameter[UUID] = bindparam("account_id")
_NEAR = select(Contract).where(
    or_(Contract.client_id == _SIDE, Contract.freelancer_id == _SIDE),
    or_(Contract.ended_on.is_(None), Contract.ended_on >= bindparam("since")),
).order_by(Contract.started_on, Contract.id)


def counterparts_of(
    session: Session, account_id: UUID, now: datetime
) -> list[tuple[UUID, list[Contract]]]:
    """The other accounts with a contract that is open or ended lately (`near_since`), each with those contracts.

    Source: DESIGN 2.7, promise `tell_clients`; the same in both directions.
    """
    since = near_since(session, now)
    found: dict[UUID, list[Contract]] = defaultdict(list)
    for contract in session.scalars(_NEAR, {"account_id": account_id, "since": since}):
        found[contract.other_side(account_id)].append(contract)
    return list(found.items())


def record_of(session: Session, account_id: UUID, now: datetime) -> WorkRecord:
    """How long an account is here and how its contracts ended; the share is in whole per cent, None before the first."""
    mine = or_(Contract.client_id == account_id, Contract.freelancer_id == account_id)
    ended: dict[UUID, date | None] = {}
    states: dict[UUID, list[str]] = defaultdict(list)
    rows = session.execute(
        select(Contract.id, Contract.ended_on, Milestone.state).outerjoin(Milestone, Milestone.contract_id == Contract.id)
        .where(mine, Contract.ended_on.is_not(None))
    )
    for key, ended_on, state in rows:
        ended[key] = ended_on
        states[key] += [state] if state is not None else []
    completed = sum(is_completed(day, states[key]) for key, day in ended.items())
    years = whole_years(account_by_id(session, account_id).joined_on, local_day(now, "UTC"))
    return WorkRecord(years, completed, len(ended), round(100 * completed / len(ended)) if ended else None)
