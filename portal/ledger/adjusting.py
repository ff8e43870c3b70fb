"""Corrections of what was released: a lead proposes with a reason, somebody else signs in time, and only then money moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import account_by_id, person_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.hands import is_tied
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item, open_item, open_item_of
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import contract_by_ref, milestone_of
from portal.core.access import Permission, Role, require_person
from portal.core.database import KEYS
from portal.core.errors import Conflict, NotAllowed, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.text import needed
from portal.core.work import Work
from portal.ledger.adjustment_models import Adjustment, AdjustmentKind, AdjustmentOutcome, AdjustmentSignature
from portal.ledger.books import Books, Move, house_book, lock_pots, post
from portal.ledger.corrections import SIGNING, has_lapsed
from portal.ledger.messages import AdjustedFacts, funds_adjusted
from portal.ledger.models import Book, BookKind
from portal.ledger.returned import case_of_money
from portal.ledger.rules import draw, oldest_first, total
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import tell
from portal.rulebook.queries import promise

LEAST_REASON = 20
SECOND = "cosignature"
"""As what the queue calls it."""
CONFLICTED = N_("You belong to an account of this contract, or to one that deals with it. Somebody else has to do this.")


def propose_adjustment(
    work: Work, *, contract_ref: str, milestone_number: int, kind: str, amount_minor: int, currency: str, reason: str
) -> dict[str, Any]:
    """A lead proposes to add money to what was released on a milestone, or to take some of it; nothing moves yet.

    Amount in minor units. It waits in the queue for a second person, for the promised time, and the person reads the reason once
    it is signed. Errors: `not_lead`, `conflicted`, `not_an_amount`, `other_currency`, `reason_missing`, `nothing_earned`,
    `not_there` for more than is free there, `NotFound`. Promise: co_signature.
    """
    work.require(Permission.DECIDE)
    if Role.LEAD not in work.actor.roles:
        raise NotAllowed("not_lead", N_("Only a lead can propose a correction of money."))
    contract = contract_by_ref(work.db, contract_ref)
    milestone, person_id = milestone_of(work.db, contract.id, milestone_number), _require_free(work, contract)
    missing = N_("Write in at least %(least)s characters why. The person reads it.")
    text = needed(reason, missing, code="reason_missing", field="reason", least=LEAST_REASON)
    if amount_minor <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount")
    if milestone.currency != currency:
        raise RuleBroken("other_currency", "The amount is in another currency.", field="amount")
    amount = Money(amount_minor, currency)
    case = case_of_money(work, contract.freelancer_id)
    _moves(work, milestone, AdjustmentKind(kind), amount)
    row = Adjustment(
        ref=new_ref("I"), account_id=contract.freelancer_id, milestone_id=milestone.id, kind=AdjustmentKind(kind),
        amount_minor=amount_minor, currency=currency, proposed_by=person_id, proposed_at=work.now, reason=text, sha256="",
        language=person_by_id(work.db, person_id).language,
    )
    row.sha256 = body_digest(row)
    add(work, row)
    _await_signature(work, case, row.ref, amount)
    record(work, "adjustment.proposed", row.ref, case_ref=case.ref, rows=[row], contract=contract.ref,
           milestone=milestone.number, way=row.kind, amount_minor=amount_minor)
    return {"adjustment": row.ref}


def _await_signature(work: Work, case: Case, ref: str, amount: Money) -> None:
    """The second person has the promised time, and finds it in the queue."""
    time = promise(work, "co_signature")
    clock = start_clock(
        work, SIGNING, ref, case=case, length=time.length, unit=time.unit, promise_id=time.clause_version_id
    )
    open_item(work, case, SECOND, ref, clock.due_at, stake=amount)
    work.db.flush()


@on_due(SIGNING)
def signature_lapsed(work: Work, clock: Clock) -> None:
    """Nobody signed in time: nothing moves, and a lead can write it again (promise co_signature)."""
    close_item(work, clock.subject_ref, SECOND, "lapsed")
    assert clock.case_id is not None, "a correction waits in a case"
    record(work, "adjustment.lapsed", clock.subject_ref, case_ref=work.db.get_one(Case, clock.case_id).ref)


def sign_adjustment(work: Work, *, adjustment_ref: str, outcome: str) -> dict[str, Any]:
    """The second person signs a correction (then it is carried out and the person is told), or returns it.

    Errors: `own_proposal`, `conflicted`, `NotFound`; conflicts: `signed_already`, `lapsed` after its time, and `not_there` where
    what was free has moved.
    """
    work.require(Permission.DECIDE)
    row = existing(work.db.scalars(select(Adjustment).where(Adjustment.ref == adjustment_ref).with_for_update()).one_or_none())
    milestone = work.db.get_one(Milestone, row.milestone_id)
    contract = work.db.get_one(Contract, milestone.contract_id)
    person_id = _require_free(work, contract)
    if person_id == row.proposed_by:
        raise NotAllowed("own_proposal", N_("You have signed this yourself. Somebody else has to be the second person."))
    if signature_of(work, row.id) is not None:
        raise Conflict("signed_already", N_("Somebody else has answered this already. Reload the page to see what changed."))
    item = open_item_of(work, row.ref, SECOND)
    if item is None and has_lapsed(work.db, row.ref):
        raise Conflict("lapsed", N_("Nobody signed this in time, so it no longer counts. A lead can propose it again."))
    signature = add(work, AdjustmentSignature(
        adjustment_id=row.id, proposed_by=row.proposed_by, signed_by=person_id, outcome=AdjustmentOutcome(outcome),
        signed_at=work.now,
    ))
    event_id = new_id()
    signed = signature.outcome == AdjustmentOutcome.SIGNED
    rows = _carry_out(work, row, contract, milestone, event_id) if signed else []
    stop_clock(work, row.ref, SIGNING, ClockResult.KEPT)
    close_item(work, row.ref, SECOND, signature.outcome)
    case_ref = work.db.get_one(Case, item.case_id).ref if item is not None else None
    record(work, f"adjustment.{signature.outcome}", row.ref, case_ref=case_ref, rows=[signature, *rows], event_id=event_id)
    return {"adjustment": row.ref}


def signature_of(work: Work, adjustment_id: UUID) -> AdjustmentSignature | None:
    """What the second person said of a correction, if anybody has."""
    query = select(AdjustmentSignature).where(AdjustmentSignature.adjustment_id == adjustment_id)
    return work.db.scalars(query).one_or_none()


def _require_free(work: Work, contract: Contract) -> UUID:
    """The acting member of staff, whom nothing ties to a side. Errors: `conflicted`. Source: DESIGN 1."""
    person_id = require_person(work.actor)
    if is_tied(work.db, person_id, contract.sides):
        raise NotAllowed("conflicted", CONFLICTED)
    return person_id


def _carry_out(work: Work, row: Adjustment, contract: Contract, milestone: Milestone, event_id: UUID) -> list[Row]:
    amount, kind = Money(row.amount_minor, row.currency), AdjustmentKind(row.kind)
    moves = _moves(work, milestone, kind, amount)
    account = account_by_id(work.db, row.account_id)
    rows = post(work, "adjustment", f"adjustment:{row.id}", event_id, row.currency, moves)
    facts = AdjustedFacts(
        row.ref, amount, kind is AdjustmentKind.ADDED, contract.title, milestone.number, row.reason or "", row.language
    )
    return [*rows, *tell(
        work, event_id=event_id, kind="funds_adjusted", recipients=holders_of(work.db, account.id, MONEY), account_id=account.id,
        about_ref=row.ref, target="/me/funds", compose=funds_adjusted(facts),
    )]


_OF_EARNINGS = Books.with_money(Book.earning_id.in_(KEYS))


def _moves(work: Work, milestone: Milestone, kind: AdjustmentKind, amount: Money) -> list[Move]:
    """What a correction moves: to the newest earning there, or out of what is free there, oldest first."""
    earned = list(work.db.scalars(select(Earning).where(Earning.milestone_id == milestone.id).order_by(Earning.released_at)))
    if not earned:
        raise RuleBroken("nothing_earned", N_("Nothing was released on this milestone yet."), field="number")
    house = house_book(work, BookKind.ADJUSTED, amount.currency)
    if kind is AdjustmentKind.ADDED:
        newest = select(Book.id).where(Book.kind == BookKind.EARNING, Book.earning_id == earned[-1].id)
        return [(house, work.db.scalars(newest).one(), amount.amount_minor)]
    pots = oldest_first(lock_pots(work, _OF_EARNINGS, ids=[one.id for one in earned]))
    if amount.amount_minor > total(pots):
        message = N_("Only %(amount)s of this milestone is free. What is on hold or paid out stays where it is.")
        raise Conflict("not_there", message, field="amount", amount=Money(total(pots), amount.currency))
    return [(one.pot.book_id, house, one.amount_minor) for one in draw(pots, amount.amount_minor)]
