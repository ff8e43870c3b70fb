"""What the two sides of a contract have open in it when one of them is told of an action: disputes, money kept apart.

Both sides know all of it; it is part of what the action means for their contract and money, and nothing else is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, Person
from portal.accounts.roles import MONEY
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import paid_in_for
from portal.contracts.rules import is_paid_in
from portal.core.database import KEYS
from portal.core.i18n import N_, Language
from portal.core.money import Money
from portal.disputes.contesting import Disputable, Windows, windows_in
from portal.disputes.models import Dispute
from portal.ledger.models import Hold


@dataclass(frozen=True, slots=True)
class HeldOn:
    """Money of one contract that is on hold, as both of its sides may know; without a milestone it is claimed of all of it."""

    contract_id: UUID
    amount: Money
    milestone: int | None
    until: datetime

    def line(self, lang: Language, zone: str) -> str:
        """How much is on hold until when at the latest."""
        said = {"amount": lang.money(self.amount), "until": lang.until(self.until, zone)}
        if self.milestone is None:
            return lang.gettext(N_("%(amount)s of this contract is on hold until %(until)s at the latest."), **said)
        message = N_("%(amount)s of milestone %(number)s is on hold until %(until)s at the latest.")
        return lang.gettext(message, number=self.milestone, **said)


@dataclass(frozen=True, slots=True)
class StillHeld:
    """Money of a contract that stays on hold for a decision of which what people were told has ended."""

    ref: str
    title: str
    amount: Money
    until: datetime

    def line(self, lang: Language, zone: str) -> str:
        """How much, of what, and until when at the latest."""
        message = N_("%(amount)s of “%(title)s” stays on hold because of our decision, until %(until)s at the latest.")
        return lang.gettext(message, amount=lang.money(self.amount), title=self.title, until=lang.until(self.until, zone))


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that goes on, between two accounts, and what is on hold for it; nothing where its hold is over."""

    ref: str
    contract_id: UUID
    title: str
    sides: frozenset[UUID]
    held: Money | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Money that was paid in for milestones of one contract and is not paid out yet."""

    milestones: tuple[int, ...]
    amount: Money


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is open in some contracts, by contract; and when that was looked at. `money`: who looks after the money of either
    side of each: amounts are told to nobody else."""

    disputes: dict[UUID, list[OpenDispute]]
    kept: dict[UUID, list[Kept]]
    windows: dict[UUID, Windows]
    now: datetime
    money: Mapping[UUID, Set[UUID]] = field(default_factory=dict)

    def tells(self, contract_id: UUID, reader: Person) -> bool:
        """Whether somebody reads what moves in a contract, as on its page: those who only work do not."""
        return reader.id in self.money.get(contract_id, ())

    def lines(self, contract_id: UUID, lang: Language, reader: Person) -> list[str]:
        """What is said of one contract to whoever may read it, in the language and the time zone of theirs."""
        if not self.tells(contract_id, reader):
            return []
        disputed = [goes_on(one, lang) for one in self.disputes.get(contract_id, ())]
        kept = [_kept_line(one, lang) for one in self.kept.get(contract_id, ())]
        return [*disputed, *self._windows(contract_id, lang, reader.zone), *kept]

    def _windows(self, contract_id: UUID, lang: Language, zone: str) -> list[str]:
        """What can be contested in that time zone, where the last day ends; or that the time for it is over."""
        windows = self.windows.get(contract_id, Windows())
        known = sorted([*windows.open, *windows.over], key=lambda one: one.milestone.number)
        can = [_contestable_line(one, lang, zone) for one in known if self.now < one.until_in(zone)]
        return can or _over_lines(known, lang, zone)


NOTHING = Stakes({}, {}, {}, datetime.min.replace(tzinfo=UTC))


_DISPUTES = (
    select(Dispute.ref, Contract.id, Contract.title, Contract.client_id, Contract.freelancer_id, Hold.amount_minor,
           Hold.currency)
    .join(Contract, Dispute.contract_id == Contract.id)
    .outerjoin(Hold, (Hold.claim_id == Dispute.claim_id) & Hold.ended_at.is_(None))
    .where(Dispute.ended_at.is_(None)).order_by(Dispute.opened_at, Dispute.id)
)
_KEPT = (
    select(Milestone.id, Milestone.contract_id, Milestone.currency, Milestone.number, Milestone.amount_minor, Milestone.state)
    .join(Contract, Milestone.contract_id == Contract.id)
    .where(~select(Earning.id).where(Earning.milestone_id == Milestone.id).exists())
    .order_by(Milestone.currency, Milestone.number)
)
_ACCOUNT_ID: BindParameter[UUID] = bindparam("account_id")
_OF_ACCOUNT = or_(Contract.client_id == _ACCOUNT_ID, Contract.freelancer_id == _ACCOUNT_ID)
_THESE = Contract.id.in_(KEYS)
_DISPUTES_OF_ACCOUNT, _DISPUTES_OF_THESE = _DISPUTES.where(_OF_ACCOUNT), _DISPUTES.where(_THESE)
_KEPT_OF_ACCOUNT, _KEPT_OF_THESE = _KEPT.where(_OF_ACCOUNT), _KEPT.where(_THESE)


def stakes_of_account(session: Session, account_id: UUID, told: Sequence[Contract], now: datetime) -> Stakes:
    """What is open in all contracts of an account, on either side: a few queries, however many they are.

    `told`: the contracts whose other sides are told; a client among them reads what they can contest.
    """
    kept = session.execute(_KEPT_OF_ACCOUNT, {"account_id": account_id})
    clients = [one for one in told if one.freelancer_id == account_id]
    there = _there(session, kept.all())
    found = disputes_of_account(session, account_id)
    return _stakes(found, there, windows_in(session, clients, "UTC", now), now, _look_after(session, told))


def stakes_in(session: Session, contracts: Sequence[Contract], clients: Sequence[Contract], now: datetime) -> Stakes:
    """The same for some contracts; of `clients` the reader is the client."""
    given = {"ids": [one.id for one in contracts]}
    disputes = session.execute(_DISPUTES_OF_THESE, given).all()
    kept = session.execute(_KEPT_OF_THESE, given).all()
    there = _there(session, kept)
    found = list(map(_dispute, disputes))
    return _stakes(found, there, windows_in(session, clients, "UTC", now), now, _look_after(session, contracts))


def disputes_of_account(session: Session, account_id: UUID) -> list[OpenDispute]:
    """The disputes about its contracts that have not ended, oldest first."""
    return list(map(_dispute, session.execute(_DISPUTES_OF_ACCOUNT, {"account_id": account_id}).all()))


def _dispute(row: Any) -> OpenDispute:
    held = Money(row.amount_minor, row.currency) if row.amount_minor else None
    return OpenDispute(row.ref, row.id, row.title, frozenset({row.client_id, row.freelancer_id}), held)


def _stakes(
    disputes: Iterable[OpenDispute], kept: Iterable[Any], windows: dict[UUID, Windows], now: datetime,
    money: Mapping[UUID, Set[UUID]],
) -> Stakes:
    by_contract: dict[UUID, list[OpenDispute]] = defaultdict(list)
    for one in disputes:
        by_contract[one.contract_id].append(one)
    return Stakes(by_contract, _kept(kept), windows, now, money)


_LOOK_AFTER = select(Member.account_id, Member.person_id).where(
    Member.account_id.in_(KEYS), Member.role.in_(MONEY), Member.ended_at.is_(None))


def _look_after(session: Session, contracts: Sequence[Contract]) -> dict[UUID, set[UUID]]:
    """By contract: who looks after the money of either side."""
    sides = {account_id for one in contracts for account_id in one.sides}
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for account_id, person_id in session.execute(_LOOK_AFTER, {"ids": list(sides)}) if sides else ():
        people[account_id].add(person_id)
    return {one.id: people[one.client_id] | people[one.freelancer_id] for one in contracts}


def _there(session: Session, rows: Sequence[Any]) -> list[tuple[UUID, str, int, int]]:
    """Of each milestone what is kept for it: no more than the books still have, where we were told of its payments."""
    there = paid_in_for(session, [row.id for row in rows])
    found = [
        (row.contract_id, row.currency, row.number, min(row.amount_minor, there.get(row.id, row.amount_minor)))
        for row in rows if is_paid_in(row.state, there.get(row.id))
    ]
    return [one for one in found if one[3]]


def _kept(rows: Iterable[Any]) -> dict[UUID, list[Kept]]:
    """Of each contract what is kept for milestones of which nothing was released, by currency."""
    parts: dict[tuple[UUID, str], list[tuple[int, int]]] = defaultdict(list)
    for contract_id, currency, number, amount in rows:
        parts[contract_id, currency].append((number, amount))
    found: dict[UUID, list[Kept]] = defaultdict(list)
    for (contract_id, currency), listed in parts.items():
        numbers, amounts = zip(*listed, strict=True)
        found[contract_id].append(Kept(numbers, Money(sum(amounts), currency)))
    return found


def goes_on(one: OpenDispute, lang: Language) -> str:
    """That a dispute is not touched by what is told, and what is on hold for it."""
    if one.held is None:
        return lang.gettext(N_("The dispute %(ref)s about “%(title)s” goes on as before."), ref=one.ref, title=one.title)
    message = N_("The dispute %(ref)s about “%(title)s” goes on as before: %(amount)s is on hold for it.")
    return lang.gettext(message, ref=one.ref, title=one.title, amount=lang.money(one.held))


def _contestable_line(one: Disputable, lang: Language, zone: str) -> str:
    """What the client of a contract can contest, and the last day for that."""
    return lang.gettext(
        N_("You can contest up to %(amount)s of milestone %(number)s until %(day)s."), amount=lang.money(one.paid),
        number=one.milestone.number, day=lang.last_day(one.until_in(zone), zone),
    )


def _over_lines(listed: Sequence[Disputable], lang: Language, zone: str) -> list[str]:
    """That the time to contest is over, since when, and what is left to whoever paid."""
    if not listed:
        return []
    return [lang.ngettext(
        N_(
            "Your time to contest milestone %(numbers)s ended on %(day)s. You can still tell us with “Report a problem” on your "
            "page, and turn to your bank."
        ),
        "Your time to contest milestones %(numbers)s has ended, for the last of them on %(day)s. You can still tell us with "
        "“Report a problem” on your page, and turn to your bank.", len(listed),
        numbers=lang.listed([str(one.milestone.number) for one in listed]),
        day=lang.last_day(max(one.until_in(zone) for one in listed), zone),
    )]


def _kept_line(one: Kept, lang: Language) -> str:
    return lang.ngettext(
        N_("%(amount)s was paid in for milestone %(numbers)s and stays kept for it."),
        "%(amount)s was paid in for milestones %(numbers)s and stays kept for them.", len(one.milestones),
        amount=lang.money(one.amount), numbers=lang.listed(list(map(str, one.milestones))),
    )
