"""Correcting the words of a decision that stands: a new statement supersedes the old one, and nothing more is taken.

What the decision rests on (facts, days, what it is about, exhibits, the reason) needs a second person; the words beside it are
corrected by whoever has the decision in hand or signed it. The time to appeal begins anew (DESIGN 2.2).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.queries import handle_of
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.hands import ELSEWHERE, OutOfReach, holder_of_item
from portal.cases.models import Case, ClockResult
from portal.cases.operations import close_item, open_item, open_item_of, take_item
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import canonical, written_reason
from portal.core.work import Work
from portal.enforcement.anew import supersede
from portal.enforcement.corrected import (
    ANSWERED,
    CORRECTED,
    DROPPED,
    Correction,
    Why,
    corrected_record,
    gather_correction,
    waiting_correction,
)
from portal.enforcement.correcting_messages import corrected_text
from portal.enforcement.decision import require_opened
from portal.enforcement.desk import SIGNED_ALREADY, locked_action, require_free, take_turn
from portal.enforcement.ending import require_in_hand
from portal.enforcement.issuing import cite, sign
from portal.enforcement.members import told_of
from portal.enforcement.models import Action, Proposal, SignatureAs
from portal.enforcement.queries import signatures_of, statement_of
from portal.enforcement.telling import outside_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import tell
from portal.rulebook.queries import promise

STALE = N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept.")


def correct_action(work: Work, *, action_ref: str, version: int, fields: dict[str, Any], reason: str) -> dict[str, Any]:
    """Corrects the words of an action, or puts the correction before a second person where it changes what it rests on.

    `fields`: those of the form that are corrected (`corrected.CORRECTABLE`). `reason`: what was corrected and why; the person
    reads it. Errors: `reason_missing`, `stale`, `waiting` while another correction waits, `unopened`, those of
    `gather_correction` and `require_in_hand`. Sources: DESIGN 2.2, 2.3; promise "co_signature".
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    person_id = require_amender(work, action, case)
    text = written_reason(reason)
    if action.version != version:
        raise Conflict("stale", STALE)
    if waiting_correction(work.db, action) is not None:
        message = N_("Another correction of this letter waits for a second person. Sign or return that one first.")
        raise Conflict("waiting", message)
    take_turn(work, action)
    found = gather_correction(work.db, action, fields, work.now, work.country)
    require_opened(work.db, found.decision, person_id)
    if found.needs_second:
        return _put_before_second(work, action, case, found, person_id, text)
    return _carry_out(work, action, case, found, Why(text, handle_of(work.db, person_id)), [])


def require_amender(work: Work, action: Action, case: Case) -> UUID:
    """The acting reviewer: one who signed the action, or has it in hand. Errors: those of `require_in_hand`."""
    person_id = require_free(work, case)
    require_apart(work, action, person_id)
    if person_id not in {signature.person_id for signature in signatures_of(work.db, action.id)}:
        require_in_hand(work, case)
    return person_id


def require_apart(work: Work, action: Action, person_id: UUID) -> None:
    """Errors: `answered_appeal` for whoever answered an appeal against the action: they stand for no letter of it."""
    if any(person_id in by(work.db, action) for by in ANSWERED):
        message = N_("You answered an appeal against this decision. Somebody else has to stand for its letter.")
        raise NotAllowed("answered_appeal", message)


def _put_before_second(
    work: Work, action: Action, case: Case, found: Correction, person_id: UUID, reason: str
) -> dict[str, Any]:
    """The correction as it was sent, for a second person, who has the promised time. Until then the letter stays as it is."""
    revision = _last_revision(work, action) + 1
    body = canonical({"fields": found.fields, "reason": reason})
    proposal = Proposal(action_id=action.id, revision=revision, person_id=person_id, body=body, sha256="")
    proposal.sha256 = body_digest(proposal)
    time = promise(work, "co_signature")
    clock = start_clock(
        work, "co_signature", action.ref, case=case, length=time.length, unit=time.unit, promise_id=time.clause_version_id
    )
    open_item(work, case, "cosignature", action.ref, clock.due_at, clause_id=found.decision.clause.clause_id)
    action.version += 1
    record(work, "action.correction_proposed", action.ref, case_ref=case.ref, rows=[add(work, proposal)],
           corrected=list(found.changed))
    return {"action": action.ref, "waits": True}


def _last_revision(work: Work, action: Action) -> int:
    """The newest revision there is, also of a correction that was returned."""
    newest = select(func.max(Proposal.revision)).where(Proposal.action_id == action.id)
    return max(action.revision, work.db.scalar(newest) or 0)


def sign_correction(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Signs a correction that somebody else wrote: the new letter is made and sent, after every check again.

    Errors: `own_proposal` for whoever wrote it, or proposed or issued the decision; `not_waiting`, `reason_missing`,
    `unopened`, those of `gather_correction`. Source: DESIGN 2.3, 2.8.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    proposal, person_id = _require_second(work, action, case)
    text, kept = written_reason(reason), json.loads(proposal.body or "{}")
    take_turn(work, action)
    found = gather_correction(work.db, action, kept["fields"], work.now, work.country)
    require_opened(work.db, found.decision, person_id)
    action.revision = proposal.revision
    rows: list[Row] = [*cite(work, found.decision), *_signatures(work, action, proposal.person_id, person_id, text)]
    _out_of_queue(work, action, "signed")
    by, second = handle_of(work.db, proposal.person_id), handle_of(work.db, person_id)
    return _carry_out(work, action, case, found, Why(kept["reason"], by, second), [*rows, (action, "issued")], signed=text)


def _require_second(work: Work, action: Action, case: Case) -> tuple[Proposal, UUID]:
    """The waiting correction and the acting reviewer as its second person. Errors: `not_waiting`, `own_proposal`,
    `answered_appeal`, `with_somebody_else` while another one has it in hand."""
    person_id, proposal = require_free(work, case), waiting_correction(work.db, action)
    require_apart(work, action, person_id)
    if proposal is None:
        raise Conflict("not_waiting", N_("No correction waits here any more. Reload the page to see what happened."))
    first = {one.person_id for one in signatures_of(work.db, action.id) if one.signed_as != SignatureAs.COSIGNER}
    if person_id in {proposal.person_id, *first}:
        raise NotAllowed("own_proposal", SIGNED_ALREADY)
    item = open_item_of(work, action.ref, "cosignature")
    holder = holder_of_item(work.db, item)
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, action.ref, holder)
    if item is not None:
        take_item(work, item)
    return proposal, person_id


def _signatures(work: Work, action: Action, writer_id: UUID, second_id: UUID, reason: str) -> list[Row]:
    """Who stands for it now: whoever signed before does so once."""
    known = {signature.person_id for signature in signatures_of(work.db, action.id)}
    rows = sign(work, action, writer_id, SignatureAs.ISSUER) if writer_id not in known else []
    return rows + (sign(work, action, second_id, SignatureAs.COSIGNER, reason) if second_id not in known else [])


def return_correction(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Does not sign a correction, or takes one's own back, with a written reason: the letter stays as it is.

    Errors: `not_waiting`, `reason_missing`, those of `_require_second` for others than its writer.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    proposal = waiting_correction(work.db, action)
    own = proposal is not None and proposal.person_id == require_free(work, case)
    if not own:
        _require_second(work, action, case)
    text = written_reason(reason)
    _out_of_queue(work, action, "returned")
    action.version += 1
    record(work, DROPPED, action.ref, case_ref=case.ref, why="taken_back" if own else "returned", reason=text)
    return {"action": action.ref}


def _out_of_queue(work: Work, action: Action, why: str) -> None:
    stop_clock(work, action.ref, "co_signature", ClockResult.KEPT)
    close_item(work, action.ref, "cosignature", why)


def _carry_out(
    work: Work, action: Action, case: Case, found: Correction, why: Why, rows: list[Row], **said: Any
) -> dict[str, Any]:
    """One event: the new letter that supersedes the old one, and the notice with which the time to appeal begins anew."""
    text, event_id = corrected_record(work.db, action, found, why, work.now), new_id()
    _record, old = statement_of(work.db, action.ref)
    statement = supersede(work, old, text)
    action.version += 1
    work.db.flush()
    until = datetime.fromisoformat(text["redress"]["appeal_until_at_least"])
    notices = tell(
        work, event_id=event_id, kind="statement", recipients=told_of(work.db, action), account_id=action.account_id,
        about_ref=action.ref, case_ref=case.ref, target=f"/me/actions/{action.ref}",
        compose=corrected_text(outside_of(work.db, action), why.reason, until),
    )
    record(
        work, CORRECTED, action.ref, case_ref=case.ref, event_id=event_id, rows=[statement, *rows, *notices],
        corrected=list(found.changed), reason=why.reason, **said,
    )
    return {"action": action.ref, "waits": False}
