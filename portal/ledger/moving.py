"""A hold that goes on under another decision: the same money, or less of it, for a new claim and until the same day."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select

from portal.cases.models import Case
from portal.contracts.models import Contract, Milestone
from portal.core.ids import new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.following import go_on_counting
from portal.ledger.holds import begin_hold, pots_under
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold
from portal.ledger.rules import draw
from portal.log.operations import Row, add

_HELD = select(Book.earning_id).where(Book.hold_id == bindparam("hold_id"), Book.kind == BookKind.HELD)


def move_hold(
    work: Work, old: Hold, *, event_id: UUID, case: Case, contract: Contract, milestone: Milestone | None,
    clause_version_id: UUID, amount: Money,
) -> tuple[Claim, Hold, list[Row]]:
    """Holds, for a new claim, at most as much of the same earnings as a hold of ours that this act has ended.

    Without a milestone the claim is on the whole contract.

    It ends when the old one would have ended, so nothing is held longer, and it is no further hold of that milestone
    (DESIGN 2.5). Errors: ValueError for more than the old one held, and while that has not ended.
    """
    if amount.amount_minor > old.amount_minor or amount.currency != old.currency or old.ended_at is None:
        raise ValueError("a hold that moves holds at most what it held")
    claim = add(work, Claim(
        ref=new_ref("L"), case_id=case.id, contract_id=contract.id, milestone_id=milestone.id if milestone else None,
        claimant=Claimant.PLATFORM, claimant_account_id=None, clause_version_id=clause_version_id, contract_term_id=None,
        amount_minor=amount.amount_minor, currency=amount.currency,
    ))
    work.db.flush()
    held = set(work.db.scalars(_HELD, {"hold_id": old.id}))
    pots = [one for one in pots_under(work, contract, milestone, amount.currency) if one.earning_id in held]
    hold, rows = begin_hold(
        work, draw(pots, amount.amount_minor), event_id=event_id, claim_id=claim.id, account_id=old.account_id,
        cause_event_id=event_id, currency=amount.currency, expires_at=old.expires_at, successor_of_id=old.id,
    )
    go_on_counting(work, old, hold)
    return claim, hold, [claim, *rows]
