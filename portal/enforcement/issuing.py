"""Putting a decision into effect: everything that one issue writes, in one act and one event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select

from portal.accounts.queries import handle_of, person_by_id
from portal.cases.models import Draft, WorkItem
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import canonical, sha256
from portal.core.work import Work
from portal.enforcement.decision import Decision
from portal.enforcement.desk import back_to_queue
from portal.enforcement.models import (
    Action,
    ActionStatus,
    Citation,
    Measure,
    Nature,
    Restriction,
    Signature,
    SignatureAs,
    Statement,
)
from portal.enforcement.ordering import begin_silence, start_order
from portal.enforcement.returning import rely_on
from portal.enforcement.statement import Signed, build_record
from portal.enforcement.telling import tell_all
from portal.enforcement.timing import start_end, start_review, stop_all
from portal.ledger.holds import open_claim_and_hold
from portal.ledger.models import Claimant
from portal.ledger.queries import funds
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

DRAFT_FORM = "action"
OWN = ("action", "cosignature")
HANDLED = (*OWN, "question", "report")


def cite(work: Work, decision: Decision) -> Citation:
    """Writes the citation of this revision, before the status may leave draft (a trigger looks it up)."""
    fields, action = decision.fields, decision.action
    citation = Citation(
        action_id=action.id, revision=action.revision, clause_version_id=decision.clause.id,
        conduct_from=fields.conduct_from, conduct_to=fields.conduct_to, no_exhibit=fields.no_exhibit,
        objects=canonical([each.named for each in fields.objects]),
        exhibits=canonical(list(fields.exhibits)), facts=fields.facts, why=fields.why, sha256="",
    )
    citation.sha256 = body_digest(citation)
    return add(work, citation)


def sign(work: Work, action: Action, person_id: UUID, signed_as: SignatureAs, reason: str | None = None) -> list[Row]:
    """Puts a signature under an action; who has signed so already, signs once."""
    if action.revision > 1:
        known = select(Signature.id).where(
            Signature.action_id == action.id, Signature.person_id == person_id, Signature.signed_as == signed_as
        )
        if work.db.scalar(known) is not None:
            return []
    digest = sha256(reason) if reason else None
    return [add(work, Signature(action_id=action.id, person_id=person_id, signed_as=signed_as, reason_sha256=digest))]


def put_into_effect(
    work: Work, decision: Decision, *, issuer_id: UUID, cosigner_id: UUID | None, rows: list[Row], **said: Any
) -> dict[str, Any]:
    """Issues the action: instants, restrictions, hold, statement, notices, clocks; one event vouches for all of it.

    `rows`: what the act wrote before (citation, signatures). The statement is in the same transaction as the effect, so
    nothing takes effect unsaid (DESIGN 2.2).
    """
    with work.db.no_autoflush:
        done = _put_into_effect(work, decision, issuer_id, cosigner_id, rows, said)
    if decision.action.nature != Nature.CONDUCT:
        back_to_queue(work, decision.action, issuer_id)
    return done


def _put_into_effect(
    work: Work, decision: Decision, issuer_id: UUID, cosigner_id: UUID | None, rows: list[Row], said: dict[str, Any]
) -> dict[str, Any]:
    """Everything was read and checked before; what is written here goes to the database in few flushes."""
    action, event_id = decision.action, new_id()
    money = funds(work.db, decision.account.id, work.now)
    written: list[Row] = [*rows, *_restrict(work, decision), *rely_on(work, decision.leads, action, issuer_id)]
    claim_ref, held, decision = _hold(work, decision, event_id)
    _set_instants(work, decision)
    signed = Signed(
        handle_of(work.db, issuer_id), handle_of(work.db, cosigner_id) if cosigner_id else None,
        person_by_id(work.db, issuer_id).language,
    )
    text = build_record(work.db, decision, signed, money, claim_ref, work.marketplace)
    written += [*held, _state(work, action, text, signed.language), *begin_silence(work, decision)]
    if action.nature != Nature.CONDUCT:
        work.db.flush()  # a trigger looks the second signature up
    action.status, action.version = ActionStatus.ISSUED, action.version + 1
    work.db.flush()
    notices = tell_all(work, decision, event_id)
    record(
        work, "action.issued", action.ref, case_ref=decision.case.ref, event_id=event_id, measure=action.measure,
        rows=[(action, "issued"), *written, *notices], **said,
    )
    _run_out(work, decision)
    _clear_desk(work, decision)
    return {"action": action.ref, "notices": len(notices)}


def _set_instants(work: Work, decision: Decision) -> None:
    action, fields, times = decision.action, decision.fields, decision.times
    action.measure, action.interim, action.source = fields.measure, fields.interim, decision.source
    action.automated_detection, action.automated_decision = fields.automated_detection, fields.automated_decision
    action.issued_at, action.effective_at, action.ends_at = work.now, times.effective_at, times.ends_at
    action.occurrence = decision.permitted.occurrence
    replaced = decision.replaces if not _decides(decision) else _interim_in_effect(work, decision)
    if replaced is not None:
        action.supersedes_id = replaced.id
        stop_all(work, replaced)


_CASE_ID: BindParameter[UUID] = bindparam("case_id")
_TAKEN = select(Action.supersedes_id).where(Action.supersedes_id.is_not(None), Action.case_id == _CASE_ID)
_INTERIM = select(Action).where(
    Action.case_id == _CASE_ID, Action.interim, Action.status == ActionStatus.ISSUED, Action.ends_at > bindparam("now"),
    Action.reversed_at.is_(None), Action.lifted_at.is_(None), Action.id != bindparam("action_id"), Action.id.not_in(_TAKEN),
).order_by(Action.id.desc()).limit(1)
_HANDLED = select(WorkItem).where(
    WorkItem.case_id == _CASE_ID, WorkItem.kind.in_(bindparam("kinds", expanding=True)), WorkItem.closed_at.is_(None)
).with_for_update()
_DRAFTS = delete(Draft).where(Draft.form == DRAFT_FORM, Draft.subject_ref == bindparam("subject_ref")).execution_options(
    synchronize_session=False
)


def _interim_in_effect(work: Work, decision: Decision) -> Action | None:
    """The interim action of this case that the full one replaces."""
    given = {"case_id": decision.case.id, "now": work.now, "action_id": decision.action.id}
    return work.db.scalars(_INTERIM, given).one_or_none()


def _restrict(work: Work, decision: Decision) -> list[Row]:
    times = decision.times
    return [
        add(work, Restriction(
            action_id=decision.action.id, kind=kind, scope=scope, partial=partial, starts_at=times.effective_at,
            ends_at=times.ends_at, review_at=times.review_at,
        ))
        for kind, scope, partial in decision.takes
    ]


def _hold(work: Work, decision: Decision, event_id: UUID) -> tuple[str | None, list[Row], Decision]:
    """Opens the claim and the hold; the decision goes on with what was really held and until when."""
    plan = decision.hold
    if plan is None:
        return None, [], decision
    claim, hold, rows = open_claim_and_hold(
        work, event_id=event_id, case=decision.case, contract=plan.contract, milestone=plan.milestone,
        freelancer_account_id=decision.account.id, claimant=Claimant.PLATFORM, claimant_account_id=None,
        clause_version_id=decision.clause.id, contract_term_id=None, amount=plan.claimed, hold_length=plan.promise.length,
        hold_unit=plan.promise.unit, promise_id=plan.promise.clause_version_id, zone=decision.zone,
    )
    cleared = min(plan.cleared.amount_minor, hold.amount_minor)
    really = replace(
        plan, there=Money(hold.amount_minor, hold.currency), cleared=Money(cleared, hold.currency), until=hold.expires_at
    )
    return claim.ref, rows, replace(decision, hold=really)


def _state(work: Work, action: Action, text: dict[str, Any], code: str) -> Statement:
    statement = Statement(action_id=action.id, n=1, language=code, record=canonical(text), sha256="")
    statement.sha256 = body_digest(statement)
    return add(work, statement)


def _run_out(work: Work, decision: Decision) -> None:
    """Starts the clock at whose end the action ends, or is reviewed. A warning takes nothing away and simply runs out."""
    action, times = decision.action, decision.times
    if decision.order is not None:
        start_order(work, decision)
    elif times.review_at is not None:
        start_review(work, action, decision.case, times.review_at, decision.zone)
    elif times.ends_at is not None and decision.fields.measure is not Measure.WARNING:
        start_end(work, action, decision.case, times.ends_at, decision.zone)


def _decides(decision: Decision) -> bool:
    """Whether it decides what was reported: about conduct, and in full."""
    return decision.action.nature == Nature.CONDUCT and not decision.fields.interim


def _clear_desk(work: Work, decision: Decision) -> None:
    """Nothing of this decision waits any more: its items are closed, its drafts are gone.

    One that is not about conduct answers no report and no question: what it took over waits again afterwards.
    """
    kinds = HANDLED if decision.action.nature == Nature.CONDUCT else OWN
    for item in work.db.scalars(_HANDLED, {"case_id": decision.case.id, "kinds": kinds}):
        item.closed_at, item.close_reason, item.version = work.now, "decided", item.version + 1
    work.db.execute(_DRAFTS, {"subject_ref": decision.action.ref})
