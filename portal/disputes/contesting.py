"""What a client can contest now, of one contract or of many: a few queries, however many contracts and milestones there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Earning, Milestone, MilestoneState
from portal.contracts.queries import near_since, paid_in_for
from portal.core.clock import deadline, end_of_day
from portal.core.database import KEYS
from portal.core.money import Money
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargeback_queries import called_back
from portal.disputes.models import Dispute
from portal.disputes.queries import contestable_on, final_dispute_on, open_dispute_on, released_at
from portal.disputes.rules import kept_apart, window_ends
from portal.rulebook.promised import window_promise
from portal.rulebook.queries import Promise


@dataclass(frozen=True, slots=True)
class Disputable:
    """A milestone that a client can dispute now, for at most `paid`, until an instant: the end of the window from its release."""

    milestone: Milestone
    paid: Money
    until: datetime
    released_at: datetime
    window: Promise

    def until_in(self, zone: str) -> datetime:
        """The same in another time zone, where its last day ends."""
        return deadline(self.released_at, self.window.length, self.window.unit, zone)


@dataclass(frozen=True, slots=True)
class Windows:
    """The milestones of one contract that its client can dispute now, and those whose time for that is over and that nobody
    contested, by number."""

    open: list[Disputable] = field(default_factory=list)
    over: list[Disputable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """A milestone with what one query says of it: released and paid so far, and whether it was ever contested."""

    milestone: Milestone
    earned: Money
    paid: Money
    released_at: datetime | None
    contested_ever: bool


_CONTESTED_EVER = or_(
    exists().where(Dispute.milestone_id == Milestone.id), exists().where(Chargeback.milestone_id == Milestone.id)
)
_MILESTONES = (
    select(Milestone, func.sum(Earning.amount_minor), func.sum(Earning.amount_minor + Earning.fee_minor),
           func.max(Earning.released_at), _CONTESTED_EVER)
    .outerjoin(Earning, Earning.milestone_id == Milestone.id)
    .where(Milestone.contract_id.in_(KEYS)).group_by(Milestone.id).order_by(Milestone.number)
)


def _known(session: Session, contracts: Sequence[Contract]) -> Iterator[_Known]:
    """Every milestone of these contracts, by number, in one query."""
    for milestone, earned, paid, released, contested in session.execute(_MILESTONES, {"ids": [one.id for one in contracts]}):
        currency = milestone.currency
        yield _Known(milestone, Money(int(earned or 0), currency), Money(int(paid or 0), currency),
                     released or _named_release(milestone), bool(contested))


def _named_release(milestone: Milestone) -> datetime | None:
    """The end of the day on which the marketplace says that a milestone was released."""
    day = milestone.released_on if milestone.state == MilestoneState.RELEASED else None
    return end_of_day(day, "UTC") if day else None


def windows_in(session: Session, contracts: Sequence[Contract], zone: str, now: datetime) -> dict[UUID, Windows]:
    """By contract: what its client can dispute now, and what not any more. Only what was ever contested is looked at closely."""
    found = {one.id: Windows() for one in contracts}
    for known in _known(session, contracts) if contracts else ():
        if known.released_at is None:
            continue
        window, until = window_of(session, known.released_at, zone)
        if until is None or (now >= until and known.contested_ever):
            continue
        paid = contestable_on(session, known.milestone) if known.contested_ever else known.paid
        if paid and not (known.contested_ever and _contested(session, known.milestone.id)):
            listed = found[known.milestone.contract_id]
            (listed.open if now < until else listed.over).append(Disputable(
                known.milestone, paid, until, known.released_at, window))
    return found


def disputable_in(
    session: Session, contracts: Sequence[Contract], zone: str, now: datetime
) -> dict[UUID, list[Disputable]]:
    """By contract: the milestones that its client can dispute now, by number."""
    return {key: windows.open for key, windows in windows_in(session, contracts, zone, now).items()}


def disputable(session: Session, contract: Contract, zone: str, now: datetime) -> Iterable[Disputable]:
    """The milestones of a contract that its client can dispute now, by number."""
    return disputable_in(session, [contract], zone, now)[contract.id]


def too_late(session: Session, milestone: Milestone, zone: str, now: datetime) -> bool:
    """Whether the time to contest a milestone is over."""
    released = released_at(session, milestone)
    until = window_of(session, released, zone)[1] if released is not None else None
    return until is not None and now >= until


def window_of(session: Session, released: datetime, zone: str) -> tuple[Promise, datetime | None]:
    """The time in which what was released then can be contested, and its end."""
    window = window_promise(session, "dispute_window", released, released, zone)
    return window, window_ends(released, window.length, window.unit, zone)


def _contested(session: Session, milestone_id: UUID) -> bool:
    """Whether a milestone is contested now, or was and somebody decided, or a bank decides about it. What a bank gave back is no
    longer paid."""
    found = open_dispute_on(session, milestone_id) or final_dispute_on(session, milestone_id)
    return bool(found or called_back(session, milestone_id))


def unreleased_in(session: Session, contracts: Sequence[Contract]) -> dict[UUID, list[Milestone]]:
    """By contract: the milestones for which the client's money is kept, by number: they cannot be disputed yet."""
    found: dict[UUID, list[Milestone]] = {one.id: [] for one in contracts}
    known = list(_known(session, contracts))
    there = paid_in_for(session, [one.milestone.id for one in known])
    for milestone, earned in ((one.milestone, one.earned) for one in known):
        if kept_apart(milestone.state, earned, there.get(milestone.id)):
            found[milestone.contract_id].append(milestone)
    return found


def contestable(
    session: Session, client_ids: Collection[UUID], zone: str, now: datetime, contract_ids: Collection[UUID] | None = None
) -> bool:
    """Whether these accounts, as clients, can dispute any milestone now (with `contract_ids`: of these contracts)."""
    since = near_since(session, now)
    query = select(Contract).where(
        Contract.client_id.in_(client_ids), or_(Contract.ended_on.is_(None), Contract.ended_on >= since))
    if contract_ids is not None:
        query = query.where(Contract.id.in_(contract_ids))
    contracts = list(session.scalars(query))
    return any(disputable_in(session, contracts, zone, now).values()) if contracts else False
