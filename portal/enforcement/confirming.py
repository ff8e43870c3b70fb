"""Confirming interim measures of one file together: one act for each, as if each had been issued in its editor."""

from __future__ import annotations

from typing import Any

from portal.cases.queries import draft_and_version
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.desk import locked_action, require_status
from portal.enforcement.issuing import DRAFT_FORM
from portal.enforcement.many_models import BatchConfirmation
from portal.enforcement.many_queries import batch_of
from portal.enforcement.models import ActionStatus
from portal.enforcement.operations import issue_alone, ready
from portal.log.operations import add


def confirm_interim(work: Work, *, batch_ref: str, action_ref: str, version: int, draft: int) -> dict[str, Any]:
    """Issues one interim action of a file, with the draft that the acting reviewer saw: `draft` is its version.

    It has its own statement, event and notices; that it was confirmed together with others is on record. Every rule of
    `issue_action` holds. Errors: `not_interim` for everything that is not: it is opened and decided by itself; `NotFound`
    for an action of another file; `stale` when the draft or the action changed; those of `issue_action`.
    """
    work.require(Permission.DECIDE)
    action, _case = locked_action(work, action_ref)
    batch, person_id = batch_of(work.db, action.id), require_person(work.actor)
    if batch is None or batch.ref != batch_ref:
        raise NotFound
    require_status(action, ActionStatus.DRAFT)
    fields, kept = draft_and_version(work.db, person_id, DRAFT_FORM, action.ref)
    if fields is None or kept != draft:
        raise Conflict("stale", N_("This draft was changed meanwhile. It is shown as it is now."))
    decision, person_id = ready(work, action_ref, version, fields)
    if not decision.fields.interim:
        message = N_("Only what is acted on first is confirmed together. Open this one and decide it.")
        raise RuleBroken("not_interim", message, field="interim")
    confirmed = add(work, BatchConfirmation(
        batch_id=batch.id, action_id=action.id, interim=True, person_id=person_id, at=work.now
    ))
    return issue_alone(work, decision, person_id, [confirmed], together=batch.ref)
