"""Claims: who claims how much of a contract's money, and by which words. Holds secure them; a claim can live without one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.contracts.models import Contract, Milestone
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.models import Claim, Claimant
from portal.log.operations import Row, add

MORE_THAN_CONTRACT = N_("This is more than was agreed for the contract.")


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim that is about to be opened: who claims how much of a milestone, or (None) of a whole contract, by which words."""

    case: Case
    contract: Contract
    milestone: Milestone | None
    claimant: Claimant
    amount: Money
    clause_version_id: UUID | None = None
    contract_term_id: UUID | None = None


def open_claim(work: Work, new: NewClaim) -> Claim:
    """Puts a claim on record; a counterpart's is the client's of its contract."""
    claim = add(work, Claim(
        ref=new_ref("L"), case_id=new.case.id, contract_id=new.contract.id,
        milestone_id=new.milestone.id if new.milestone else None, claimant=new.claimant,
        claimant_account_id=new.contract.client_id if new.claimant is Claimant.COUNTERPART else None,
        clause_version_id=new.clause_version_id, contract_term_id=new.contract_term_id,
        amount_minor=new.amount.amount_minor, currency=new.amount.currency,
    ))
    work.db.flush()
    return claim


def check_claim(work: Work, new: NewClaim) -> None:
    """Errors: `not_an_amount`, `other_currency`, `more_than_milestone`, `more_than_contract`."""
    milestone, amount = new.milestone, new.amount
    if milestone is not None and milestone.contract_id != new.contract.id:
        raise ValueError("a claim is on a milestone of its contract")
    if amount.amount_minor <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount")
    if milestone is not None and milestone.currency != amount.currency:
        raise RuleBroken("other_currency", "The amount is in another currency.", field="amount")
    if milestone is not None and amount.amount_minor > milestone.amount_minor:
        raise RuleBroken("more_than_milestone", "This is more than was agreed for the milestone.", field="amount")
    if milestone is None and amount.amount_minor > agreed_in(work.db, new.contract, amount.currency).amount_minor:
        raise RuleBroken("more_than_contract", MORE_THAN_CONTRACT, field="amount")


def agreed_in(session: Session, contract: Contract, currency: str) -> Money:
    """What was agreed for all milestones of a contract in a currency."""
    query = select(func.sum(Milestone.amount_minor)).where(
        Milestone.contract_id == contract.id, Milestone.currency == currency
    )
    return Money(int(session.scalar(query) or 0), currency)


def end_claim(work: Work, claim: Claim, how: str) -> list[Row]:
    """Ends a claim that still lives; `how` is one word for the record."""
    if claim.ended_at is not None:
        return []
    claim.ended_at, claim.end_kind = work.now, how
    return [(claim, "ended")]
