"""How a running contract goes on when one side becomes unavailable: finish, hand over or settle; both have to agree.

Nothing moves money here: what is released stays released, delivered work keeps its clock at the marketplace, and what is
paid in and not released is the client's own. What both agreed is kept as it was chosen, for both, and the marketplace is told
to carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.money import require_money_role
from portal.accounts.queries import account_by_id, people_of, person_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.accounts.throttles import count_try
from portal.contracts import running_messages as messages
from portal.contracts.choice_models import ChoiceEnd, ContractChoice, Way
from portal.contracts.models import Contract, Earning, Milestone, MilestoneState
from portal.contracts.queries import milestones_of, paid_in_for
from portal.contracts.rules import PAID_IN, is_paid_in
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotFound, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT, clean
from portal.core.work import Work
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell
from portal.notices.outgoing import answered, tell_marketplace
from portal.notices.outgoing_queries import answered_at

CANNOT_FINISH = N_("One of the two accounts was closed, so no work can be finished here. Choose another way.")
Closed = Callable[[Session, UUID, UUID, datetime], bool]
CLOSED: list[Closed] = []


def closes(ask: Closed) -> Closed:
    """Names what a room above knows: whether an account was closed for good, as far as another side may know of it.

    It is asked with the account, the side that asks, and the moment.
    """
    CLOSED.append(ask)
    return ask


def can_finish(session: Session, contract: Contract, side: UUID, now: datetime) -> bool:
    """Whether work under a contract can go on one day, as that side may know it: neither account was closed."""
    return not any(
        ask(session, account_id, side, now) for account_id in contract.sides for ask in CLOSED
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A milestone and where its money is: `earned` was released; `kept`, paid in and not released, is the client's own."""

    milestone: Milestone
    earned: Money
    kept: Money

    @property
    def amount(self) -> Money:
        return Money(self.milestone.amount_minor, self.milestone.currency)


def parts_of(session: Session, contract: Contract) -> list[Part]:
    """The milestones of a contract, each with what of it was released and what is kept for it, in a few queries.

    What is kept is less what was released and our fee for it: both were taken from what the client paid in. Where we were told of
    the payments it is no more than the books still have: what went back, or waits for a bank, is not kept any more.
    """
    listed = milestones_of(session, contract.id)
    sums = select(
        Earning.milestone_id, func.sum(Earning.amount_minor), func.sum(Earning.amount_minor + Earning.fee_minor)
    ).where(Earning.milestone_id.in_([one.id for one in listed])).group_by(Earning.milestone_id)
    released = {key: (int(earned), int(taken)) for key, earned, taken in session.execute(sums)}
    there = paid_in_for(session, [one.id for one in listed])
    return [
        Part(one, Money(earned, one.currency), Money(
            max(0, min(one.amount_minor - taken, there.get(one.id, one.amount_minor)))
            if is_paid_in(one.state, there.get(one.id)) else 0, one.currency))
        for one in listed for earned, taken in [released.get(one.id, (0, 0))]
    ]


def kept_of(parts: list[Part]) -> Money | None:
    """What is paid in and not released, all together; None where the contract has no milestone, or several currencies."""
    currencies = {part.kept.currency for part in parts}
    if len(currencies) != 1:
        return None
    return Money(sum(part.kept.amount_minor for part in parts), currencies.pop())


def paid_ahead(session: Session, contract: Contract) -> bool:
    """Whether money was paid in for work that is not released, be it that it went back since."""
    listed = [one for one in milestones_of(session, contract.id) if one.state != MilestoneState.RELEASED]
    told = paid_in_for(session, [one.id for one in listed])
    return any(one.state in PAID_IN or one.id in told for one in listed)


def choices_of(session: Session, contract_id: UUID) -> list[ContractChoice]:
    """What both sides chose, the first one first."""
    query = select(ContractChoice).where(ContractChoice.contract_id == contract_id)
    return list(session.scalars(query.order_by(ContractChoice.chosen_at, ContractChoice.id)))


def newest_agreed(choices: Iterable[ContractChoice]) -> ContractChoice | None:
    """What both sides agreed on last: of the two choices, which are the same, the one that made it count."""
    agreed = [one for one in choices if one.end_kind == ChoiceEnd.AGREED and one.ended_at is not None]
    return max(agreed, key=lambda one: (one.ended_at, one.chosen_at, one.id), default=None)


def agreed_on(
    session: Session, contract: Contract, choices: Iterable[ContractChoice], side: UUID, now: datetime
) -> ContractChoice | None:
    """What counts between both, as that side may know it: to finish counts no more while one of the accounts is closed."""
    agreed = newest_agreed(choices)
    gone = agreed is not None and agreed.way == Way.FINISH and not can_finish(session, contract, side, now)
    return None if gone else agreed


def open_ways(agreed: ContractChoice | None) -> frozenset[Way]:
    """What both can still agree on, beside what counts between them: where they chose to finish, another way."""
    if agreed is None:
        return frozenset(Way)
    return frozenset(Way) - {Way.FINISH} if agreed.way == Way.FINISH else frozenset()


def choices_beside(session: Session, account_id: UUID) -> list[tuple[Contract, ContractChoice]]:
    """What both sides of an account's running contracts chose and did not take back, the first one first."""
    query = select(Contract, ContractChoice).join(ContractChoice, ContractChoice.contract_id == Contract.id).where(
        or_(Contract.client_id == account_id, Contract.freelancer_id == account_id), Contract.ended_on.is_(None),
        or_(ContractChoice.ended_at.is_(None), ContractChoice.end_kind == ChoiceEnd.AGREED),
    )
    found = session.execute(query.order_by(ContractChoice.chosen_at, ContractChoice.id))
    return [(contract, choice) for contract, choice in found]


def choose_way(work: Work, *, contract_ref: str, way: str, release_minor: int | None = None, words: str = "") -> dict[str, Any]:
    """One side of an open contract chooses how it goes on; when the other side's open choice is the same, it is agreed.

    `release_minor`: only for "settle", in minor units, at most what is paid in and not released. A new choice of a side
    takes its earlier one back. That both agreed to finish binds nobody to wait for it without end: they can still agree on
    another way, which then counts instead. Errors: `not_your_money` for members who only work, unless they choose "finish";
    `contract_over`, `agreed`, `cannot_finish` where an account was closed (conflicts), `unknown_way`, `too_much`,
    `too_many`, text limits, `NotFound`.
    """
    work.require(Permission.CHOOSE_WAY)
    contract, side = _own(work, contract_ref)
    kept = kept_of(parts_of(work.db, contract))
    chosen = _checked(way, release_minor, kept)
    if chosen is not Way.FINISH:
        require_money_role(work, side)
    if chosen is Way.FINISH and not can_finish(work.db, contract, side, work.now):
        raise Conflict("cannot_finish", CANNOT_FINISH, field="way")
    before = choices_of(work.db, contract.id)
    if chosen not in open_ways(agreed_on(work.db, contract, before, side, work.now)):
        raise Conflict("agreed", N_("You have both agreed on this already. Reload the page to see how."))
    count_try(work, "contract_choice", f"{contract.ref} {side}")
    ended = [end_choice(work, one, ChoiceEnd.TAKEN_BACK) for one in before if one.ended_at is None and one.by_account_id == side]
    work.db.flush()
    row = _put(work, contract, side, chosen, kept, release_minor, clean(words, limit=TEXT_LIMIT, field="words"))
    theirs = next((one for one in before if one.ended_at is None and one.by_account_id != side), None)
    if theirs is None or (theirs.way, theirs.release_minor) != (row.way, row.release_minor):
        return _tell_chosen(work, contract, side, row, ended)
    work.db.flush()
    agreed = [end_choice(work, one, ChoiceEnd.AGREED) for one in (theirs, row)]
    instead = [told for one in before if one.end_kind == ChoiceEnd.AGREED for told in answered(work, one.ref)]
    return _tell_agreed(work, contract, row, [row, *ended, *agreed, *instead])


def take_way_back(work: Work, *, contract_ref: str) -> dict[str, Any]:
    """A side takes its open choice back. Errors: `nothing_chosen` (conflict), `NotFound`."""
    work.require(Permission.CHOOSE_WAY)
    contract, side = _own(work, contract_ref)
    mine = [one for one in choices_of(work.db, contract.id) if one.ended_at is None and one.by_account_id == side]
    if not mine:
        raise Conflict("nothing_chosen", N_("You have no open choice here. Reload the page to see what changed."))
    rows = [end_choice(work, one, ChoiceEnd.TAKEN_BACK) for one in mine]
    record(work, "contract.choice_taken_back", contract.ref, rows=rows)
    return {"contract": contract.ref}


def _own(work: Work, contract_ref: str) -> tuple[Contract, UUID]:
    """The contract, locked, and the actor's side of it. Errors: `NotFound` for strangers, `contract_over`."""
    query = select(Contract).where(Contract.ref == contract_ref).with_for_update()
    contract = work.db.scalars(query).one_or_none()
    sides = contract.sides if contract is not None else ()
    mine = next((side for side in sides if side in work.actor.account_ids), None)
    if contract is None or mine is None:
        raise NotFound
    if contract.ended_on is not None:
        raise Conflict("contract_over", N_("This contract has ended. There is nothing to choose any more."))
    return contract, mine


def _checked(way: str, release_minor: int | None, kept: Money | None) -> Way:
    if way not in set(Way):
        raise RuleBroken("unknown_way", N_("Choose how this contract goes on."), field="way")
    if way == Way.SETTLE and (kept is None or release_minor is None or not 0 <= release_minor <= kept.amount_minor):
        raise RuleBroken("too_much", N_("This is more than is paid in and not released."), field="amount")
    if way != Way.SETTLE and release_minor is not None:
        raise RuleBroken("other_amount", N_("Only settling names an amount."), field="amount")
    return Way(way)


def _put(
    work: Work, contract: Contract, side: UUID, way: Way, kept: Money | None, release_minor: int | None, words: str
) -> ContractChoice:
    person = person_by_id(work.db, require_person(work.actor))
    row = ContractChoice(
        ref=new_ref("N"), contract_id=contract.id, by_account_id=side, by_person_id=person.id, way=way,
        release_minor=release_minor, currency=kept.currency if kept else "USD", language=person.language, chosen_at=work.now,
        words=words, sha256="",
    )
    row.sha256 = body_digest(row)
    return add(work, row)


def end_choice(work: Work, row: ContractChoice, kind: ChoiceEnd) -> Row:
    row.ended_at, row.end_kind = work.now, kind
    return row, "ended"


def _chosen(work: Work, contract: Contract, row: ContractChoice) -> messages.Chosen:
    release = Money(row.release_minor, row.currency) if row.release_minor is not None else None
    return messages.Chosen(
        contract.title, account_by_id(work.db, contract.client_id).name, account_by_id(work.db, contract.freelancer_id).name,
        account_by_id(work.db, row.by_account_id).name, Way(row.way), release, row.words or "",
        paid_ahead(work.db, contract), frozenset(
            one.id for side in contract.sides for one in holders_of(work.db, side, MONEY)),
    )


def _tell_chosen(work: Work, contract: Contract, side: UUID, row: ContractChoice, ended: list[Row]) -> dict[str, Any]:
    event_id, compose = new_id(), messages.chosen(_chosen(work, contract, row))
    notices = tell_side(work, contract, contract.other_side(side), event_id, "contract_choice", compose)
    record(work, "contract.choice_made", contract.ref, rows=[row, *ended, *notices], event_id=event_id, way=row.way)
    return {"contract": contract.ref, "agreed": False}


def tell_side(
    work: Work, contract: Contract, account_id: UUID, event_id: UUID, kind: str, compose: Compose, after: Notice | None = None
) -> list[Row]:
    """Tells everybody of one side, on the contract's page; `after`: once that notice was sent. What of it is about money
    `compose` says only to who looks after it."""
    return list(tell(
        work, event_id=event_id, kind=kind, recipients=people_of(work.db, account_id), account_id=account_id,
        about_ref=contract.ref, target=f"/contracts/{contract.ref}", compose=compose, after=after,
    ))


def _tell_both(work: Work, contract: Contract, event_id: UUID, kind: str, compose: Compose) -> list[Row]:
    sides = contract.sides
    return [row for side in sides for row in tell_side(work, contract, side, event_id, kind, compose)]


def _tell_agreed(work: Work, contract: Contract, row: ContractChoice, rows: list[Row]) -> dict[str, Any]:
    event_id = new_id()
    rows += _tell_both(work, contract, event_id, "contract_agreed", messages.agreed(_chosen(work, contract, row)))
    release = {"amount_minor": row.release_minor, "currency": row.currency} if row.release_minor is not None else None
    rows += tell_marketplace(work, event_id=event_id, kind="contract.agreed", about_ref=row.ref, data={
        "agreement": row.ref, "contract": contract.external_id, "way": row.way, "release": release, "agreed_at": work.now,
    })
    record(work, "contract.choice_agreed", contract.ref, rows=rows, event_id=event_id, way=row.way,
           release_minor=row.release_minor)
    return {"contract": contract.ref, "agreed": True}


def mark_agreement(work: Work, *, agreement_ref: str) -> dict[str, Any]:
    """The marketplace says that it has carried out what both agreed; both are told. The same again changes nothing.

    Errors: `NotFound`, also for a choice that was never agreed.
    """
    work.require(Permission.LOAD_FACTS)
    agreed = (ContractChoice.ref == agreement_ref, ContractChoice.end_kind == ChoiceEnd.AGREED)
    row = existing(work.db.scalars(select(ContractChoice).where(*agreed)).one_or_none())
    contract, rows = work.db.get_one(Contract, row.contract_id), answered(work, row.ref)
    if rows:
        event_id = new_id()
        rows += _tell_both(work, contract, event_id, "contract_carried_out", messages.carried_out(_chosen(work, contract, row)))
        record(work, "contract.choice_carried_out", contract.ref, rows=rows, event_id=event_id)
    return {"contract": contract.ref}


def carried_out_at(session: Session, contract_id: UUID) -> datetime | None:
    """When the marketplace said that it has carried out what both agreed on last; None while it has not."""
    last = newest_agreed(choices_of(session, contract_id))
    return answered_at(session, last.ref, "contract.agreed") if last is not None else None
