"""Operations for tests: a hold of the platform on a milestone, and its end, each under an event of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.cases.operations import open_case
from portal.contracts.queries import contract_by_ref, milestone_of, terms_of
from portal.core.access import Role
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.claims import NewClaim
from portal.ledger.models import Claim, Claimant, Hold, HoldEnd
from portal.ledger.operations import (
    end_claim,
    end_hold,
    hold_ends_of_event,
    make_way,
    open_claim_and_hold,
    propose_adjustment,
    sign_adjustment,
)
from portal.log.operations import record
from portal.rulebook.models import Clause, ClauseVersion
from portal.rulebook.queries import promise
from tests.factories.market import Market, Staff, Story


def hold_money(
    work: Work, *, contract_ref: str, number: int | None, amount_minor: int, currency: str = "USD"
) -> dict[str, Any]:
    """The platform claims money of a milestone (or of the whole contract) under clause 6.4 and holds what is there."""
    contract = contract_by_ref(work.db, contract_ref)
    case, event_id, limit = open_case(work, contract.freelancer_id, []), new_id(), promise(work, "hold")
    clause = select(ClauseVersion).join(Clause).where(Clause.key == "payment-for-nothing")
    claim, hold, rows = open_claim_and_hold(work, NewClaim(
        case, contract, milestone_of(work.db, contract.id, number) if number else None, Claimant.PLATFORM,
        Money(amount_minor, currency),
        clause_version_id=work.db.scalars(clause.order_by(ClauseVersion.id.desc()).limit(1)).one().id,
    ), limit, "UTC", event_id=event_id)
    record(work, "action.issued", claim.ref, case_ref=case.ref, rows=rows, event_id=event_id)
    return {"hold": hold.ref, "held": hold.amount_minor, "event": str(event_id)}


def contest_money(work: Work, *, contract_ref: str, number: int, amount_minor: int) -> dict[str, Any]:
    """The client claims money of a milestone by the contract's third term; what we hold there gives way."""
    contract = contract_by_ref(work.db, contract_ref)
    case, event_id, limit = open_case(work, contract.freelancer_id, []), new_id(), promise(work, "dispute_hold")
    milestone = milestone_of(work.db, contract.id, number)
    live = select(Claim).where(
        Claim.milestone_id == milestone.id, Claim.claimant == Claimant.COUNTERPART, Claim.ended_at.is_(None)
    )
    ended = [row for claim in work.db.scalars(live).all() for row in end_claim(work, claim, "over")]
    gave, moved = make_way(work, milestone, Money(amount_minor, milestone.currency), event_id)
    claim, hold, rows = open_claim_and_hold(work, NewClaim(
        case, contract, milestone, Claimant.COUNTERPART, Money(amount_minor, milestone.currency),
        contract_term_id=terms_of(work.db, contract.id)[-1].id,
    ), limit, "UTC", event_id=event_id)
    record(work, "dispute.opened", claim.ref, case_ref=case.ref, rows=[*ended, *moved, *rows], event_id=event_id)
    after = [one.successor.ref if one.successor else "" for one in gave]
    return {"hold": hold.ref, "held": hold.amount_minor, "gave": [one.hold.ref for one in gave], "after": after}


def let_go(work: Work, *, hold_ref: str, kind: str, refund_minor: int | None = None) -> dict[str, Any]:
    """Ends a hold in one of the four ways."""
    hold, event_id = work.db.scalars(select(Hold).where(Hold.ref == hold_ref)).one(), new_id()
    refund = Money(refund_minor, hold.currency) if refund_minor is not None else None
    rows = end_hold(work, hold, HoldEnd(kind), event_id=event_id, refund=refund)
    record(work, "hold.ended", hold.ref, rows=rows, event_id=event_id)
    return {"rows": len(rows)}


def reverse(work: Work, *, cause: Any) -> dict[str, Any]:
    """Ends what one event held."""
    event_id = new_id()
    rows = hold_ends_of_event(work, cause, event_id=event_id)
    record(work, "action.reversed", "A-TEST", rows=rows, event_id=event_id)
    return {"rows": len(rows)}


def correct(market: Market, story: Story, amount_minor: int = 500, kind: str = "taken", **other: Any) -> str:
    """A lead proposes a correction of the first milestone, and Ola signs it."""
    lead = market.staff(f"Lou{market.key()} Vance", Role.LEAD)
    told = {"contract_ref": story.contract.ref, "milestone_number": 1, "kind": kind} | other
    return correct_by(market, lead, story.ola, amount_minor, "USD", **told)


def correct_by(market: Market, lead: Staff, second: Staff, amount_minor: int, currency: str, **told: Any) -> str:
    """A correction that `lead` proposes and `second` signs."""
    reason = "The milestone was put on record with a wrong amount."
    asked = told | {"amount_minor": amount_minor, "currency": currency, "reason": reason}
    made = market.do(propose_adjustment, lead.actor, **asked)
    market.do(sign_adjustment, second.actor, adjustment_ref=made["adjustment"], outcome="signed")
    return str(made["adjustment"])


def touch(work: Work, **_references: Any) -> dict[str, Any]:
    """An act that only settles what is due in the cases and accounts that it names."""
    return {}
