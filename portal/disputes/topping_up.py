"""Money of a contested milestone that comes back (a payout failed, a law or an order lets it go): the claim that came too late
for it holds it now.

It is the same money, no later earning (DESIGN 2.5). What was decided or offered was about what was on hold then, and stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.models import Case
from portal.contracts.models import Contract, Earning, Milestone
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.decided import fresh_from, held_for_bank_from
from portal.disputes.messages import CameBack, held_after_all
from portal.disputes.models import UNDECIDED, Dispute
from portal.disputes.offers import open_offers
from portal.ledger.holds import end_hold, held_pots, held_until, is_since, pots_under
from portal.ledger.models import Claim, Claimant, Hold, HoldEnd
from portal.ledger.money_back import on_money_back
from portal.ledger.rules import Pot, draw_paid, total
from portal.ledger.successors import follow
from portal.log.operations import Row, record
from portal.notices.operations import tell


@on_money_back
def hold_what_came_back(work: Work, came_back: Mapping[UUID, int]) -> None:
    """Holds of what came back, by earning, as much as each open claim of a client or their bank still lacks, the oldest first."""
    query = select(Hold, Claim, Milestone).join(Claim, Hold.claim_id == Claim.id).join(
        Milestone, Claim.milestone_id == Milestone.id
    ).where(
        Hold.ended_at.is_(None), Claim.ended_at.is_(None), Claim.claimant == Claimant.COUNTERPART,
        Milestone.id.in_(select(Earning.milestone_id).where(Earning.id.in_(list(came_back)))),
    ).order_by(Hold.id)
    for hold, claim, milestone in work.db.execute(query).all():
        about, since = _about(work, claim), _since(work, claim, milestone)
        until = held_until(work.db, milestone, Claimant.COUNTERPART, hold.expires_at, work.now, since)
        theirs = {key: minor for key, minor in came_back.items() if is_since(key, since)}
        if about is not None and until is not None and hold.expires_at > work.now:
            _top_up(work, hold, claim, milestone, theirs, about)


def _about(work: Work, claim: Claim) -> str | None:
    """The page of the dispute or chargeback whose claim it is; None for one about which somebody has decided or offered.

    The dispute is locked: nobody decides meanwhile about what was on hold before."""
    called = work.db.scalars(select(Chargeback).where(Chargeback.claim_id == claim.id)).one_or_none()
    if called is not None:
        return f"/chargebacks/{called.ref}"
    query = select(Dispute).where(Dispute.claim_id == claim.id, Dispute.state.in_(UNDECIDED)).with_for_update()
    dispute = work.db.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return f"/disputes/{dispute.ref}" if dispute is not None and not open_offers(work.db, dispute.id) else None


def _since(work: Work, claim: Claim, milestone: Milestone) -> UUID | None:
    """From which earning on a claim is about a milestone: a dispute after a decision is about what was released since."""
    dispute = work.db.scalars(select(Dispute).where(Dispute.claim_id == claim.id)).one_or_none()
    if dispute is None:
        return held_for_bank_from(work.db, milestone, work.now)
    return fresh_from(work.db, milestone.id, dispute.id)


def _top_up(work: Work, hold: Hold, claim: Claim, milestone: Milestone, back: Mapping[UUID, int], page: str) -> None:
    contract, event_id = work.db.get_one(Contract, claim.contract_id), new_id()
    pots, home = held_pots(work, hold)
    for one in pots_under(work, contract, milestone, hold.currency):
        if one.earning_id in back and one.earning_id < claim.id:
            home[one.earning_id] = one.book_id
            pots.append(replace(one, amount_minor=min(one.amount_minor, back[one.earning_id])))
    drawn = draw_paid(_merged(pots), claim.amount_minor)
    more = total(drawn) - hold.amount_minor
    if more <= 0:
        return
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
    after, written = follow(work, hold, drawn, home, event_id=event_id, until=hold.expires_at)
    rows += [*written, *_tell(work, after, claim, contract, milestone, Money(more, hold.currency), page, event_id)]
    case_ref = work.db.get_one(Case, claim.case_id).ref
    record(work, "hold.topped_up", after.ref, case_ref=case_ref, rows=rows, event_id=event_id, before=hold.ref, more_minor=more)


def _merged(pots: list[Pot]) -> Iterator[Pot]:
    """One pot for each earning, of what is on hold of it and what came back."""
    sums: dict[UUID, int] = {}
    for one in pots:
        sums[one.earning_id] = sums.get(one.earning_id, 0) + one.amount_minor
    for one in {pot.earning_id: pot for pot in pots}.values():
        yield replace(one, amount_minor=sums[one.earning_id])


def _tell(
    work: Work, hold: Hold, claim: Claim, contract: Contract, milestone: Milestone, more: Money, page: str, event_id: UUID
) -> list[Row]:
    """One notice to each of either side who looks after its money."""
    case_ref, rows = work.db.get_one(Case, claim.case_id).ref, list[Row]()
    facts = CameBack(
        contract.title, milestone.number, account_by_id(work.db, contract.client_id).name, more,
        Money(hold.amount_minor, hold.currency), hold.expires_at,
    )
    for account_id, to_client in contract.each_side:
        rows += tell(
            work, event_id=event_id, kind="hold_topped_up", recipients=holders_of(work.db, account_id, MONEY),
            account_id=account_id, about_ref=hold.ref, target=page, case_ref=case_ref,
            compose=held_after_all(facts, to_client=to_client),
        )
    return rows
