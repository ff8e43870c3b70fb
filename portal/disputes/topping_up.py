"""Money of a contested milestone that comes back (a payout failed, a law or an order lets it go): the claim that came too late
for it holds it now.

It is the same money, no later earning (DESIGN 2.5). What was decided or offered was about what was on hold then, and stays so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.models import Case
from portal.contracts.models import Contract, Earning, Milestone
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.decided import held_for_bank_from, held_from
from portal.disputes.messages import CameBack, held_after_all
from portal.disputes.models import UNDECIDED, Dispute
from portal.disputes.offers import open_offers
from portal.ledger.holds import end_hold, held_pots, held_until, is_since, pots_under
from portal.ledger.models import Claim, Claimant, Hold, HoldEnd
from portal.ledger.money_back import held_of, on_money_back
from portal.ledger.rules import Draw, Pot, draw_paid, total
from portal.ledger.successors import follow
from portal.log.operations import Row, record
from portal.notices.operations import tell


@dataclass(frozen=True, slots=True)
class Lacking:
    """An open claim of a client or their bank that may lack something, its hold, and what it is about: the money that comes back
    and that it is about is `back`, by earning."""

    hold: Hold
    claim: Claim
    milestone: Milestone
    contract: Contract
    about: Dispute | Chargeback
    back: dict[UUID, int]

    @property
    def page(self) -> str:
        return f"/{'disputes' if isinstance(self.about, Dispute) else 'chargebacks'}/{self.about.ref}"

    def drawn(self, held: Iterable[Pot], came: Iterable[Pot]) -> list[Draw]:
        """What is on hold for it afterwards: of what is now, and of what came back of that, as much as the claim."""
        pots = [*held, *(replace(one, amount_minor=min(one.amount_minor, self.back[one.earning_id])) for one in came
                         if one.earning_id in self.back and one.earning_id < self.claim.id)]
        return draw_paid(_merged(pots), self.claim.amount_minor)

    def more(self, drawn: Sequence[Draw]) -> Money:
        """By how much that is more than what is on hold for it now."""
        return Money(max(total(drawn) - self.hold.amount_minor, 0), self.hold.currency)


@dataclass(frozen=True, slots=True)
class HeldAgain:
    """So much of what comes back goes on hold for a dispute, or for a chargeback, of that reference."""

    amount: Money
    contract_title: str
    ref: str


@on_money_back
def hold_what_came_back(work: Work, came_back: Mapping[UUID, int]) -> None:
    """Holds of what came back, by earning, as much as each open claim of a client or their bank still lacks, the oldest first."""
    for one in _lacking(work.db, came_back, work.now, lock=True):
        _top_up(work, one)


def would_be_held(session: Session, holds: Collection[Hold], now: datetime) -> list[HeldAgain]:
    """What goes on hold at once for a client or their bank when these holds end: what rests on no claim (a law or an order asks
    for it) comes back then. Reads only."""
    back, found = held_of(session, [one.id for one in holds if one.claim_id is None]), list[HeldAgain]()
    for one in _lacking(session, {pot.earning_id: pot.amount_minor for pot in _merged(back)}, now):
        more = one.more(one.drawn(held_of(session, [one.hold.id]), _merged(back)))
        found += [HeldAgain(more, one.contract.title, one.about.ref)] if more else []
    return found


def _lacking(session: Session, came_back: Mapping[UUID, int], now: datetime, *, lock: bool = False) -> Iterator[Lacking]:
    """The open claims that what comes back may be about, the oldest first; one at a time, so that each sees what became of the
    one before. `lock`: as `_about`."""
    query = select(Hold, Claim, Milestone, Contract).join(Claim, Hold.claim_id == Claim.id).join(
        Milestone, Claim.milestone_id == Milestone.id
    ).join(Contract, Claim.contract_id == Contract.id).where(
        Hold.ended_at.is_(None), Claim.ended_at.is_(None), Claim.claimant == Claimant.COUNTERPART,
        Milestone.id.in_(select(Earning.milestone_id).where(Earning.id.in_(list(came_back)))),
    ).order_by(Hold.id)
    for hold, claim, milestone, contract in session.execute(query).all():
        about, since = _about(session, claim, lock=lock), _since(session, claim, milestone, now)
        until = held_until(session, milestone, Claimant.COUNTERPART, hold.expires_at, now, since)
        if about is not None and until is not None and hold.expires_at > now:
            on_it = session.scalars(select(Earning.id).where(
                Earning.milestone_id == milestone.id, Earning.id.in_(list(came_back))))
            theirs = {key: came_back[key] for key in on_it if is_since(key, since)}
            yield Lacking(hold, claim, milestone, contract, about, theirs)


def _about(session: Session, claim: Claim, *, lock: bool) -> Dispute | Chargeback | None:
    """The dispute or chargeback whose claim it is; None for one about which somebody has decided or offered.

    `lock`: the dispute is locked, and nobody decides meanwhile about what was on hold before."""
    called = session.scalars(select(Chargeback).where(Chargeback.claim_id == claim.id)).one_or_none()
    if called is not None:
        return called
    query = select(Dispute).where(Dispute.claim_id == claim.id, Dispute.state.in_(UNDECIDED))
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    dispute = session.scalars(query).one_or_none()
    return dispute if dispute is not None and not open_offers(session, dispute.id) else None


def _since(session: Session, claim: Claim, milestone: Milestone, now: datetime) -> UUID | None:
    """From which earning on money is on hold for a claim: what comes back of older ones is not for it."""
    dispute = session.scalars(select(Dispute).where(Dispute.claim_id == claim.id)).one_or_none()
    if dispute is None:
        return held_for_bank_from(session, milestone, now)
    return held_from(session, milestone, now, dispute.id)


def _top_up(work: Work, one: Lacking) -> None:
    hold, claim, event_id = one.hold, one.claim, new_id()
    pots, home = held_pots(work, hold)
    came = pots_under(work, one.contract, one.milestone, hold.currency)
    drawn = one.drawn(pots, came)
    more = one.more(drawn)
    if not more:
        return
    home |= {pot.earning_id: pot.book_id for pot in came}
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
    after, written = follow(work, hold, drawn, home, event_id=event_id, until=hold.expires_at)
    rows += [*written, *_tell(work, after, one, more, event_id)]
    case_ref = work.db.get_one(Case, claim.case_id).ref
    record(work, "hold.topped_up", after.ref, case_ref=case_ref, rows=rows, event_id=event_id, before=hold.ref,
           more_minor=more.amount_minor)


def _merged(pots: Iterable[Pot]) -> list[Pot]:
    """One pot for each earning, of all that these have of it."""
    sums: dict[UUID, Pot] = {}
    for one in pots:
        before = sums[one.earning_id].amount_minor if one.earning_id in sums else 0
        sums[one.earning_id] = replace(one, amount_minor=before + one.amount_minor)
    return list(sums.values())


def _tell(work: Work, hold: Hold, one: Lacking, more: Money, event_id: UUID) -> list[Row]:
    """One notice to each of either side who looks after its money."""
    contract, case_ref, rows = one.contract, work.db.get_one(Case, one.claim.case_id).ref, list[Row]()
    facts = CameBack(
        contract.title, one.milestone.number, account_by_id(work.db, contract.client_id).name, more,
        Money(hold.amount_minor, hold.currency), hold.expires_at,
    )
    for account_id, to_client in contract.each_side:
        rows += tell(
            work, event_id=event_id, kind="hold_topped_up", recipients=holders_of(work.db, account_id, MONEY),
            account_id=account_id, about_ref=hold.ref, target=one.page, case_ref=case_ref,
            compose=held_after_all(facts, to_client=to_client),
        )
    return rows
