"""Bank chargebacks: never both refunded and given back, never anybody's debt, and nothing to do with anybody's standing.

Source: DESIGN 2.5, issue "The money"; promise chargeback_hold.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import account_by_id, person_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.hands import CONFLICTED
from portal.cases.models import Case, PartySide
from portal.cases.operations import close_item, open_case, open_case_about, open_item
from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import contract_by_ref, earned_on, lock_milestone, locked_milestone_of
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.text import canonical, clean_line
from portal.core.work import Work
from portal.disputes import chargeback_messages as words
from portal.disputes.chargeback_losses import give_back, release
from portal.disputes.chargeback_models import Chargeback, ChargebackStage, Dossier, Stage
from portal.disputes.chargeback_queries import ENDED, gone_of_called, paid_in_of, refunded_before, rest_of, words_for_bank
from portal.disputes.closing import close_dispute
from portal.disputes.decided import held_for_bank_from
from portal.disputes.dossier import dossier_of
from portal.disputes.matter import locked_matter
from portal.disputes.models import ClosedBecause, Dispute
from portal.disputes.queries import open_dispute_on, paid_by_client
from portal.disputes.telling import held_before, instead_of, zone_of
from portal.ledger.claims import NewClaim
from portal.ledger.escrow import funded_on
from portal.ledger.models import Claim, Claimant, Hold
from portal.ledger.operations import call_escrow, end_call, make_way, open_claim_and_hold
from portal.ledger.queries import hold_of_claim
from portal.ledger.refund_standing import stopped_by
from portal.ledger.reported import check_amount, check_day, check_same
from portal.ledger.stopping import end_stops, stop_refunds, unsent_refunds
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import tell
from portal.notices.outgoing import answered, tell_marketplace
from portal.rulebook.queries import promise

OPEN = N_("A bank calls this milestone back already. Report first how that ended: won or lost.")
DECIDED = N_(
    "The bank has decided about this chargeback already: %(end)s. If it took the payment up once more, report that as another "
    "chargeback, with an id of its own.")


def record_chargeback(
    work: Work, *, external_id: str, contract_ref: str, milestone_number: int, amount_minor: int, currency: str,
    received_at: datetime, reason: str, answer_days: int = 7,
) -> dict[str, Any]:
    """Puts a bank's chargeback on record: what is still there of that milestone is held, an open dispute of ours is closed.

    What was paid in and nobody earned comes first, then what goes back to the client and was not sent yet: that is stopped until
    the bank has decided. Amount in minor units; `answer_days`: how long the bank waits for us. The same facts again change
    nothing. Errors: `external_id_reused`, `not_an_amount`, `other_currency`, `released_later` for an instant to come,
    `before_account`, `not_paid` where nothing was paid in or released, `called_back` while another one runs (conflict),
    `NotFound`. Promise: chargeback_hold.
    """
    work.require(Permission.LOAD_FACTS)
    contract = contract_by_ref(work.db, contract_ref)
    milestone = locked_milestone_of(work.db, contract.id, milestone_number)
    known = work.db.scalars(select(Chargeback).where(Chargeback.external_id == external_id)).one_or_none()
    if known is not None:
        return _same(work, known, milestone, Money(amount_minor, currency), received_at)
    amount = Money(amount_minor, currency)
    _check(work, contract, milestone, amount, received_at)
    return _put(work, contract, milestone, amount, external_id, received_at, clean_line(reason, limit=200), answer_days)


def _same(work: Work, known: Chargeback, milestone: Milestone, amount: Money, received_at: datetime) -> dict[str, Any]:
    check_same(work, {
        "milestone": known.milestone_id, "amount_minor": known.amount_minor, "currency": known.currency,
        "received_at": known.received_at,
    }, {"milestone": milestone.id, "amount_minor": amount.amount_minor, "currency": amount.currency, "received_at": received_at},
        key="id", code="external_id_reused")
    return {"chargeback": known.ref}


def _check(work: Work, contract: Contract, milestone: Milestone, amount: Money, received_at: datetime) -> None:
    check_amount(milestone, amount.amount_minor, amount.currency)
    check_day(work, contract.client_id, received_at, "received_at")
    if not earned_on(work.db, milestone) and not funded_on(work.db, milestone):
        raise RuleBroken("not_paid", N_("No payment for this milestone is on record. Report its funding or its earning first."),
                         field="milestone")
    running = select(Chargeback.id).where(Chargeback.milestone_id == milestone.id, Chargeback.ended_at.is_(None))
    if work.db.scalar(running) is not None:
        raise Conflict("called_back", OPEN)


def _put(
    work: Work, contract: Contract, milestone: Milestone, amount: Money, external_id: str, received_at: datetime, reason: str,
    answer_days: int,
) -> dict[str, Any]:
    event_id, key, ref = new_id(), new_id(), new_ref("X")
    contested = open_dispute_on(work.db, milestone.id)
    case, unsent = _case(work, contract, contested), unsent_refunds(work, milestone.id)
    rows = close_dispute(work, locked_matter(work, contested.ref), ClosedBecause.CHARGED_BACK, event_id) if contested else []
    paid_in, called = call_escrow(work, milestone, amount, received_at, key, event_id)
    stopped = stop_refunds(work, unsent, amount - paid_in, ref)
    released = paid_by_client(work.db, milestone).amount_minor
    claimed = Money(min((amount - paid_in - stopped).amount_minor, released), amount.currency)
    since = held_for_bank_from(work.db, milestone, work.now)
    gave, moved = make_way(work, milestone, claimed, event_id, since) if claimed else ([], [])
    claim, hold, held = _hold(work, case, contract, milestone, claimed, event_id, since) if claimed else (None, None, [])
    row = add(work, Chargeback(
        id=key, ref=ref, external_id=external_id, case_id=case.id, contract_id=contract.id, milestone_id=milestone.id,
        claim_id=claim.id if claim else None, amount_minor=amount.amount_minor, claimed_minor=claimed.amount_minor,
        currency=amount.currency, received_at=received_at, reason=reason,
    ))
    work.db.flush()
    rows += [row, _stage(work, row, Stage.RECEIVED), *moved, *held, *called]
    open_item(work, case, "chargeback", row.ref, deadline(work.now, answer_days, "days", "UTC"), stake=amount)
    facts = facts_of_call(work, row, hold, contested.ref if contested else None)
    facts = replace(facts, gave_way=tuple(held_before(work, one) for one in gave))
    rows += _tell(work, row, event_id, "chargeback_received", facts, words.received)
    record(work, "chargeback.received", row.ref, case_ref=case.ref, rows=rows, event_id=event_id, reason=reason,
           amount_minor=amount.amount_minor, claimed_minor=claimed.amount_minor, paid_in_minor=paid_in.amount_minor,
           stopped_minor=stopped.amount_minor, instead_of=instead_of(gave))
    return {"chargeback": row.ref, "case": case.ref}


def _case(work: Work, contract: Contract, contested: Dispute | None) -> Case:
    """The case of the dispute that it ends, else the open one between both, else a new one: a place for the facts, no charge."""
    if contested is not None:
        return work.db.get_one(Case, contested.case_id)
    return open_case_about(work, contract.freelancer_id, contract.client_id) or open_case(
        work, contract.freelancer_id, [(contract.client_id, PartySide.COUNTERPART)]
    )


def _hold(
    work: Work, case: Case, contract: Contract, milestone: Milestone, claimed: Money, event_id: UUID, since: UUID | None
) -> tuple[Claim, Hold, list[Row]]:
    """Holds what is there of that milestone; a claim of our own has given way to it, as it does to a dispute."""
    limit = promise(work, "chargeback_hold")
    new = NewClaim(case, contract, milestone, Claimant.COUNTERPART, claimed, clause_version_id=limit.clause_version_id)
    return open_claim_and_hold(work, new, limit, zone_of(work, contract.freelancer_id), event_id=event_id, since=since)


def _stage(work: Work, row: Chargeback, stage: Stage) -> ChargebackStage:
    return add(work, ChargebackStage(chargeback_id=row.id, stage=stage, at=work.now))


def facts_of_call(work: Work, row: Chargeback, hold: Hold | None, dispute_ref: str | None = None) -> words.CalledBack:
    contract = work.db.get_one(Contract, row.contract_id)
    held = hold.amount_minor if hold is not None and hold.ended_at is None else 0
    paid_in, stopped = paid_in_of(work.db, row), Money(stopped_by(work.db, row.ref), row.currency)
    rest, before, said = rest_of(work.db, row), refunded_before(work.db, row), len(words_for_bank(work.db, row.id))
    return words.CalledBack(
        row.ref, contract.title, work.db.get_one(Milestone, row.milestone_id).number,
        account_by_id(work.db, contract.client_id).name, account_by_id(work.db, contract.freelancer_id).name,
        Money(row.amount_minor, row.currency), before, rest - before, stopped, paid_in,
        Money(held, row.currency), gone_of_called(work.db, row), hold.expires_at if hold else None,
        dispute_ref, reason=row.reason, said=said, unheard=said > 0 and not reached(work, row, Stage.CONTESTED),
        owners=frozenset(one.id for one in holders_of(work.db, contract.freelancer_id)),
    )


def _tell(work: Work, row: Chargeback, event_id: UUID, kind: str, facts: words.CalledBack, compose: Any) -> list[Row]:
    """One notice to each side, leading to the chargeback's page."""
    contract, case_ref, rows = work.db.get_one(Contract, row.contract_id), work.db.get_one(Case, row.case_id).ref, list[Row]()
    for account_id, to_client in contract.each_side:
        rows += tell(
            work, event_id=event_id, kind=kind, recipients=holders_of(work.db, account_id, MONEY), account_id=account_id,
            about_ref=row.ref, target=f"/chargebacks/{row.ref}", case_ref=case_ref,
            compose=compose(facts, to_client=to_client),
        )
    return rows


def locked_chargeback(work: Work, chargeback_ref: str) -> Chargeback:
    """The chargeback and its milestone, locked: the milestone first, as whoever reports of its refunds does."""
    named = Chargeback.ref == chargeback_ref
    lock_milestone(work.db, existing(work.db.scalar(select(Chargeback.milestone_id).where(named))))
    return work.db.scalars(select(Chargeback).where(named).with_for_update()).one()


def reached(work: Work, row: Chargeback, stage: Stage) -> bool:
    query = select(ChargebackStage.id).where(ChargebackStage.chargeback_id == row.id, ChargebackStage.stage == stage)
    return work.db.scalar(query) is not None


def contest_chargeback(work: Work, *, chargeback_ref: str, words_read: int | None = None) -> dict[str, Any]:
    """Answers the bank with what is on record: a frozen dossier, which both sides can read from the same act on.

    The marketplace is told all of it, because the answer goes to the bank through it.
    By a reviewer who is tied to no side, or as the marketplace reports it. `words_read`: how often the freelancer had written for
    the bank when the reviewer read what is sent. Errors: `contested`, `bank_decided`, `words_added` (conflicts), `conflicted`,
    `NotFound`.
    """
    row = locked_chargeback(work, chargeback_ref)
    if row.ended_at is not None:
        raise Conflict("bank_decided", N_("The bank has decided already. Reload the page to see how."))
    if reached(work, row, Stage.CONTESTED):
        raise Conflict("contested", N_("The bank was answered already. Reload the page to see what was sent."))
    said = dossier_of(work.db, row)
    if words_read not in (None, len(said["freelancer"])):
        raise Conflict("words_added", N_("The freelancer wrote more for the bank meanwhile. It stands below now: read it first."))
    dossier = Dossier(chargeback_id=row.id, language=_language(work, row), made_at=work.now, record=canonical(said), sha256="")
    dossier.sha256 = body_digest(dossier)
    event_id, hold = new_id(), hold_of_claim(work.db, row.claim_id) if row.claim_id else None
    rows: list[Row] = [add(work, dossier), _stage(work, row, Stage.CONTESTED)]
    close_item(work, row.ref, "chargeback", "contested")
    rows += _tell(work, row, event_id, "chargeback_contested", facts_of_call(work, row, hold), words.contested)
    rows += tell_marketplace(work, event_id=event_id, kind="chargeback.contested", about_ref=row.ref, data={
        "chargeback": row.ref, "id": row.external_id, "dossier": said,
    })
    record(work, "chargeback.contested", row.ref, case_ref=work.db.get_one(Case, row.case_id).ref, rows=rows, event_id=event_id)
    return {"chargeback": row.ref}


def _language(work: Work, row: Chargeback) -> str:
    """Whose act it is. Errors: `conflicted`; those of the permissions: a reviewer's, else the marketplace's."""
    if work.actor.person_id is None:
        work.require(Permission.LOAD_FACTS)
        return "en"
    work.require(Permission.DECIDE)
    person_id = require_person(work.actor)
    if is_conflicted(work.db, person_id, row.case_id):
        raise NotAllowed("conflicted", CONFLICTED)
    return person_by_id(work.db, person_id).language


def mark_chargeback(work: Work, *, chargeback_ref: str, stage: str) -> dict[str, Any]:
    """How the bank went on, as the marketplace reports it: contested, won (the payment stands) or lost (it gives it back).

    Lost: what is on hold for it goes back, all else that the bank gives back is our own loss. Contested, once we have answered:
    our answer went to the bank. The same again changes nothing, nor does contested once the bank has decided. Errors:
    `bank_decided` (conflict) for another end, `unknown_stage`, `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    if stage not in (Stage.CONTESTED, Stage.WON, Stage.LOST):
        raise RuleBroken("unknown_stage", N_("A chargeback is contested, won or lost."), field="stage")
    row = locked_chargeback(work, chargeback_ref)
    if reached(work, row, Stage(stage)):
        passed_on = answered(work, row.ref)
        if passed_on:
            case_ref = work.db.get_one(Case, row.case_id).ref
            record(work, "chargeback.answer_passed_on", row.ref, case_ref=case_ref, rows=passed_on)
        return {"chargeback": row.ref}
    if row.ended_at is not None and stage == Stage.CONTESTED:
        return {"chargeback": row.ref}
    if row.ended_at is not None:
        raise Conflict("bank_decided", DECIDED, end=row.end_kind)
    if stage == Stage.CONTESTED:
        return contest_chargeback(work, chargeback_ref=chargeback_ref)
    _end(work, row, Stage(stage))
    return {"chargeback": row.ref}


def _end(work: Work, row: Chargeback, stage: Stage) -> None:
    event_id, hold = new_id(), hold_of_claim(work.db, row.claim_id) if row.claim_id else None
    facts, lost = facts_of_call(work, row, hold), stage is Stage.LOST
    row.ended_at, row.end_kind = work.now, stage
    if lost:
        row.taken_minor = hold.amount_minor if hold is not None and hold.ended_at is None else 0
        row.loss_minor = row.claimed_minor - row.taken_minor
    sent_already, rows = end_stops(work, row.ref, event_id, row.currency, lost=lost)
    rows += give_back(work, row, hold, event_id) if lost else release(work, row, hold, event_id)
    rest = rest_of(work.db, row) if lost else Money(0, row.currency)
    taken, loss = Money(row.taken_minor or 0, row.currency), Money(row.loss_minor or 0, row.currency) + sent_already + rest
    facts = replace(facts, stopped=facts.stopped - sent_already)
    rows += end_call(work, work.db.get_one(Milestone, row.milestone_id), row.id, event_id, lost=lost)
    rows += [_stage(work, row, stage), (row, "ended"), *answered(work, row.ref)]
    close_item(work, row.ref, "chargeback", stage.value)

    def compose(said: words.CalledBack, *, to_client: bool) -> Any:
        return words.decided(said, taken, loss, lost=lost, to_client=to_client)

    rows += _tell(work, row, event_id, "chargeback_decided", facts, compose)
    record(work, ENDED, row.ref, case_ref=work.db.get_one(Case, row.case_id).ref, rows=rows, event_id=event_id,
           end=stage, taken_minor=row.taken_minor, loss_minor=row.loss_minor, sent_already_minor=sent_already.amount_minor,
           rest_minor=rest.amount_minor)
