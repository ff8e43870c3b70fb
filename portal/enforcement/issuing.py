"""Putting a decision into effect: everything that one issue writes, in one act and one event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select

from portal.accounts.queries import handle_of, person_by_id
from portal.cases.hands import ACTED_FIRST
from portal.cases.models import Draft, WorkItem
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.prepared import Kept
from portal.core.text import canonical, sha256
from portal.core.work import Work
from portal.enforcement.awaited import rest_on_check
from portal.enforcement.decision import Decision
from portal.enforcement.desk import back_to_queue, to_be_decided
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
from portal.enforcement.ordering import begin_silence, block_money, start_order
from portal.enforcement.replacing import answered_before, end_replaced, heard_before, is_paused, tell_left
from portal.enforcement.resting import Rule
from portal.enforcement.returning import rely_on
from portal.enforcement.statement import Signed, build_record
from portal.enforcement.succession import is_replaced
from portal.enforcement.telling import tell_all
from portal.enforcement.timing import start_closing, start_end, start_parts, start_review
from portal.ledger.claims import NewClaim
from portal.ledger.holds import open_claim_and_hold
from portal.ledger.models import Claimant
from portal.ledger.queries import funds
from portal.ledger.successors import move_hold
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

DRAFT_FORM = "action"
OWN = ("action", "cosignature")
HANDLED = (*OWN, "question", "report", ACTED_FIRST)


def cite(work: Work, decision: Decision) -> list[Row]:
    """Writes the citations of this revision, before the status may leave draft (a trigger looks for one)."""
    citations = [add(work, _citation(decision.action, rule)) for rule in decision.rules]
    work.db.flush()
    return list(citations)


def _citation(action: Action, rule: Rule) -> Citation:
    cited = rule.cited
    citation = Citation(
        action_id=action.id, revision=action.revision, clause_version_id=rule.clause.id,
        conduct_from=cited.conduct_from, conduct_to=cited.conduct_to, no_exhibit=cited.no_exhibit,
        objects=canonical([each.named for each in cited.objects]),
        exhibits=canonical(list(cited.exhibits)), facts=cited.facts, why=cited.why, sha256="",
    )
    citation.sha256 = body_digest(citation)
    return citation


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
    elif decision.fields.interim:
        to_be_decided(work, decision.case, decision.action, decision.rules[0].clause.clause_id, issuer_id)
    return done


def _put_into_effect(
    work: Work, decision: Decision, issuer_id: UUID, cosigner_id: UUID | None, rows: list[Row], said: dict[str, Any]
) -> dict[str, Any]:
    """Everything was read and checked before; what is written here goes to the database in few flushes."""
    action, event_id = decision.action, new_id()
    heard, answered, paused = heard_before(work, decision), answered_before(work, decision), is_paused(work, decision.replaces)
    written: list[Row] = [*rows, *end_replaced(work, decision, event_id), *_restrict(work, decision)]
    written += rely_on(work, decision.leads, action, issuer_id)
    money = funds(work.db, decision.account.id, work.now)
    claim_ref, held, decision = _hold(work, decision, event_id)
    held += block_money(work, decision, event_id)
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
    if decision.replaces is not None:
        is_replaced(work.db, decision.replaces.id)
    notices = tell_all(work, decision, event_id, heard, answered)
    notices += tell_left(work, decision, event_id, heard, notices, paused)
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
    action.supersedes_id = decision.replaces.id if decision.replaces is not None else None


_CASE_ID: BindParameter[UUID] = bindparam("case_id")
_HANDLED = select(WorkItem).where(
    WorkItem.case_id == _CASE_ID, WorkItem.kind.in_(bindparam("kinds", expanding=True)), WorkItem.closed_at.is_(None)
).with_for_update()
_DRAFTS = Kept(delete(Draft).where(Draft.form == DRAFT_FORM, Draft.subject_ref == bindparam("subject_ref")))


def _restrict(work: Work, decision: Decision) -> list[Row]:
    rows = list[Row]()
    for one in decision.takes:
        row = add(work, Restriction(
            action_id=decision.action.id, kind=one.kind, scope=one.scope, partial=one.partial, starts_at=one.starts_at,
            ends_at=one.ends_at, review_at=one.review_at,
        ))
        rows += rest_on_check(work, row, one.check)
    return rows


def _hold(work: Work, decision: Decision, event_id: UUID) -> tuple[str | None, list[Row], Decision]:
    """Opens the claim and the hold; the decision goes on with what was really held and until when."""
    plan = decision.hold
    if plan is None:
        return None, [], decision
    new = NewClaim(
        decision.case, plan.contract, plan.milestone, Claimant.PLATFORM, plan.claimed, clause_version_id=plan.clause_version_id
    )
    claim, hold, rows = move_hold(work, plan.moved, new, event_id=event_id) if plan.moved is not None else open_claim_and_hold(
        work, new, plan.promise, decision.zone, event_id=event_id, besides=plan.besides
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
    if decision.fields.measure is Measure.TERMINATION and action.member_id is None:
        start_closing(work, action, decision.case, decision.zone)
    if decision.order is not None:
        start_order(work, decision)
        start_parts(work, action, decision.case, decision.takes, decision.zone)
    elif times.review_at is not None:
        start_review(work, action, decision.case, times.review_at, decision.zone)
    elif times.ends_at is not None and decision.fields.measure is not Measure.WARNING:
        start_end(work, action, decision.case, times.ends_at, decision.zone)
        start_parts(work, action, decision.case, decision.takes, decision.zone)


def _clear_desk(work: Work, decision: Decision) -> None:
    """Nothing of this decision waits any more: its items are closed, its drafts are gone.

    One that is not about conduct answers no report and no question: what it took over waits again afterwards.
    """
    kinds = HANDLED if decision.action.nature == Nature.CONDUCT else OWN
    for item in work.db.scalars(_HANDLED, {"case_id": decision.case.id, "kinds": kinds}):
        item.closed_at, item.close_reason, item.version = work.now, "decided", item.version + 1
    _DRAFTS.carry_out(work.db, {"subject_ref": decision.action.ref})
