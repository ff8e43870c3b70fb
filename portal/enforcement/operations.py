"""Account actions from the first draft to issue: start, save, propose, co-sign, return, issue, discard.

Each is an operation of `portal.act`. Until issue nobody outside the desk hears of any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from portal.cases.clocks import start_clock, stop_clock
from portal.cases.drafts import save_draft
from portal.cases.models import Case, ClockResult
from portal.cases.operations import case_by_ref, close_item, open_item
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean, written_reason
from portal.core.work import Work
from portal.enforcement import closed, lapses, needing, places
from portal.enforcement.amending import start_amendment
from portal.enforcement.asking import answer_question, ask_first
from portal.enforcement.before import require_other_hands
from portal.enforcement.correcting import correct_action, require_apart, return_correction, sign_correction
from portal.enforcement.decision import Decision, check_measure, gather, require_opened
from portal.enforcement.desk import (
    back_to_queue,
    give_back,
    locked_action,
    require_free,
    require_hands,
    require_not_closed,
    require_proposer,
    require_second,
    require_status,
    take_turn,
)
from portal.enforcement.ending import lift_action, withdraw_action
from portal.enforcement.extending import propose_extension, return_extension, sign_extension
from portal.enforcement.fields import draft_body
from portal.enforcement.issuing import DRAFT_FORM, cite, put_into_effect, sign
from portal.enforcement.looking_again import keep_parts
from portal.enforcement.members import require_member
from portal.enforcement.models import ActionStatus, Nature, Proposal, SignatureAs
from portal.enforcement.natures import MEASURES
from portal.enforcement.ordering import PROMISE as LAW
from portal.enforcement.ordering import name_order
from portal.enforcement.parting import lift_part
from portal.enforcement.preview import preview
from portal.enforcement.proposals import proposal_of
from portal.enforcement.protecting import PROMISE as PROTECTION
from portal.enforcement.protecting import whom_to_protect
from portal.enforcement.queries import permitted
from portal.enforcement.reviewing_orders import confirm_order, end_silence, keep_silence
from portal.enforcement.shortening import shorten_action
from portal.enforcement.starting import begin_action, put_on_desk, rule_to_cite
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import CitedClause, promise

__all__ = [
    "answer_question", "ask_first", "closed", "co_sign", "confirm_order", "correct_action", "discard_action", "end_silence",
    "issue_action", "keep_parts", "keep_silence", "lapses", "lift_action", "lift_part", "needing", "places", "preview",
    "propose_action", "propose_extension", "return_action", "return_correction", "return_extension", "save_action_draft",
    "shorten_action", "sign_correction", "sign_extension", "start_action", "start_amendment", "withdraw_action",
]


PROMISED = {Nature.PROTECTIVE: PROTECTION, Nature.LEGAL: LAW}
"""The promise of ours that a decision rests on which is not about conduct."""


def start_action(
    work: Work, *, case_ref: str, clause_version_id: UUID, nature: str = "conduct", member_id: UUID | None = None
) -> dict[str, Any]:
    """Starts an action in a case, clause first; what the clause permits follows from it. Whoever starts has it in hand.

    `member_id`: the one member of an account with several whom it is about; None: the whole account.

    Errors: `no_clause`, `unknown_nature`, `closed`, `draft_open` when one is being written already, those of `to_renew`,
    `require_member` and `require_hands`.
    """
    work.require(Permission.WORK_CASE)
    case = case_by_ref(work, case_ref)
    person_id = require_hands(work, case)
    require_not_closed(case)
    if nature not in {Nature.CONDUCT, *PROMISED}:
        raise RuleBroken("unknown_nature", N_("Choose what kind of decision this is."), field="nature")
    clause = rule_to_cite(work, clause_version_id, PROMISED.get(Nature(nature)))
    if nature == Nature.PROTECTIVE:
        member_id = whom_to_protect(work.db, case.id, member_id, work.now)
    if member_id is not None:
        require_member(work.db, case.about_account_id, UUID(str(member_id)))
    first = _mildest(work, case, clause, nature)
    action = begin_action(work, case, first, nature=nature, member_id=member_id)
    put_on_desk(work, case, action, clause, person_id, {"clause_version_id": str(clause.id)})
    return {"action": action.ref}


def _mildest(work: Work, case: Case, clause: CitedClause, nature: str) -> str:
    """With what a draft begins: the first measure that is permitted."""
    return MEASURES[0] if nature != Nature.CONDUCT else permitted(work.db, case, clause, work.now).measures[0]


def save_action_draft(
    work: Work, *, action_ref: str, fields: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Keeps what the reviewer has typed; the answer names the version that it is now.

    Errors: `not_draft`, `unknown_field`, those of `require_hands` and `save_draft`.
    """
    work.require(Permission.WORK_CASE)
    action, case = locked_action(work, action_ref)
    require_hands(work, case)
    require_status(action, ActionStatus.DRAFT)
    draft = save_draft(work, DRAFT_FORM, action.ref, draft_body(fields), version)
    return {"action": action.ref, "saved_at": draft.saved_at, "version": draft.version}


def ready(work: Work, action_ref: str, version: int, fields: dict[str, Any]) -> tuple[Decision, UUID]:
    """The decision that a reviewer wants to make, checked.

    Errors: `not_draft`, `stale`, those of `require_hands`, `gather`, `require_opened` and `require_other_hands`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_status(action, ActionStatus.DRAFT)
    person_id = require_hands(work, case)
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    decision = gather(work.db, action, fields, work.now, work.country)
    require_other_hands(decision.before, person_id)
    require_opened(work.db, decision, person_id)
    return decision, person_id


def issue_action(work: Work, *, action_ref: str, version: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Decides alone: the action is issued, said and in effect in one act.

    Errors: those of `gather` and `check_measure` (`needs_cosignature` for what one person may not do), `stale`,
    `not_draft`, `conflicted`. Sources: DESIGN 2.1-2.5, DSA 17, P2B 4.
    """
    decision, person_id = ready(work, action_ref, version, fields)
    return issue_alone(work, decision, person_id)


def issue_alone(work: Work, decision: Decision, person_id: UUID, more: Sequence[Row] = (), **said: Any) -> dict[str, Any]:
    """Puts a decision that is `ready` into effect with one signature; its event also vouches for `more`.

    Errors: those of `check_measure`.
    """
    check_measure(decision, alone=True)
    decision.action.revision += 1
    rows: list[Row] = [*cite(work, decision), *more]
    rows += sign(work, decision.action, person_id, SignatureAs.PROPOSER)
    rows += sign(work, decision.action, person_id, SignatureAs.ISSUER)
    return put_into_effect(work, decision, issuer_id=person_id, cosigner_id=None, rows=rows, **said)


def propose_action(work: Work, *, action_ref: str, version: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Puts the decision before a second person, who has the promised time for it. Errors: as `issue_action`.

    Promise: "co_signature"; when it lapses the action is a draft again.
    """
    decision, person_id = ready(work, action_ref, version, fields)
    check_measure(decision, alone=False)
    action, case = decision.action, decision.case
    action.revision += 1
    body = draft_body(fields)
    proposal = Proposal(action_id=action.id, revision=action.revision, person_id=person_id, body=body, sha256="")
    proposal.sha256 = body_digest(proposal)
    rows: list[Row] = [*cite(work, decision), *name_order(work, decision), add(work, proposal)]
    rows += sign(work, action, person_id, SignatureAs.PROPOSER)
    action.status, action.measure, action.version = ActionStatus.PROPOSED, decision.fields.measure, action.version + 1
    save_draft(work, DRAFT_FORM, action.ref, body)
    time = promise(work, "co_signature")
    clock = start_clock(
        work, "co_signature", action.ref, case=case, length=time.length, unit=time.unit, promise_id=time.clause_version_id,
    )
    close_item(work, action.ref, "action", "proposed")
    stake = decision.hold.claimed if decision.hold is not None else None
    open_item(work, case, "cosignature", action.ref, clock.due_at, stake=stake, clause_id=decision.clause.clause_id)
    record(work, "action.proposed", action.ref, case_ref=case.ref, rows=rows, measure=action.measure)
    return {"action": action.ref}


def co_sign(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Signs what somebody else proposed, with a written reason: it is issued as proposed, after every check again.

    Errors: `own_proposal` for whoever proposed it at any time, `reason_missing`, `not_proposed`, those of `gather`,
    `require_second`, `require_opened` and `require_other_hands`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_free(work, case)
    require_status(action, ActionStatus.PROPOSED)
    person_id = require_second(work, action, case)
    text = written_reason(reason)
    proposal, fields = proposal_of(work.db, action)
    take_turn(work, action)
    decision = gather(work.db, action, fields, work.now, work.country)
    require_other_hands(decision.before, proposal.person_id, person_id)
    if decision.replaces is not None:
        require_apart(work, decision.replaces, person_id)
    require_opened(work.db, decision, person_id)
    check_measure(decision, alone=False)
    rows = sign(work, action, proposal.person_id, SignatureAs.ISSUER)
    rows += sign(work, action, person_id, SignatureAs.COSIGNER, text)
    stop_clock(work, action.ref, "co_signature", ClockResult.KEPT)
    return put_into_effect(
        work, decision, issuer_id=proposal.person_id, cosigner_id=person_id, rows=rows, reason=text
    )


def return_action(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Gives a proposal back to its proposer with a written reason.

    Errors: `not_proposed`, `reason_missing`, those of `require_second`. Who made it takes it back with `discard_action`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_free(work, case)
    require_status(action, ActionStatus.PROPOSED)
    require_second(work, action, case)
    text = written_reason(reason)
    stop_clock(work, action.ref, "co_signature", ClockResult.KEPT)
    give_back(work, action, case, "returned")
    record(work, "action.returned", action.ref, case_ref=case.ref, reason=text)
    return {"action": action.ref}


def discard_action(work: Work, *, action_ref: str, reason: str = "") -> dict[str, Any]:
    """Drops a draft, or the proposal that one made: nothing happened to the person. What waited before waits again.

    Errors: `not_draft`, those of `require_hands`; `with_somebody_else` for another's proposal.
    """
    work.require(Permission.WORK_CASE)
    action, case = locked_action(work, action_ref)
    if action.status == ActionStatus.PROPOSED:
        person_id = require_proposer(work, action, case)
    else:
        require_status(action, ActionStatus.DRAFT)
        person_id = require_hands(work, case)
    stop_clock(work, action.ref, "co_signature", ClockResult.VOID)
    action.status, action.version = ActionStatus.DISCARDED, action.version + 1
    back_to_queue(work, action, person_id)
    record(work, "action.discarded", action.ref, case_ref=case.ref, reason=clean(reason, field="reason"))
    return {"case": case.ref}
