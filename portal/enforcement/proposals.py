"""What was put before a second person, and what they wrote when they gave it back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.enforcement.models import Action, ActionStatus, Proposal
from portal.log.models import Event


def proposal_of(session: Session, action: Action) -> tuple[Proposal, dict[str, Any]]:
    """What was last put before a second person: the row and the form as it was sent. Errors: `NotFound`."""
    row = session.scalars(
        select(Proposal).where(Proposal.action_id == action.id).order_by(Proposal.revision.desc()).limit(1)
    ).one_or_none()
    if row is None or row.body is None:
        raise NotFound
    return row, json.loads(row.body)


def waiting_proposal(session: Session, action: Action) -> tuple[Proposal, dict[str, Any]]:
    """What waits for a second person. Errors: `not_proposed` for what was signed or returned meanwhile, `erased`."""
    if action.status != ActionStatus.PROPOSED:
        message = N_("This decision is not waiting for that any more. Reload the page to see what happened.")
        raise Conflict("not_proposed", message, status=action.status)
    try:
        return proposal_of(session, action)
    except NotFound:
        raise Conflict("erased", N_("This proposal is no longer on record.")) from None


def last_return(session: Session, action_ref: str) -> str | None:
    """Why the action was last returned to its proposer, in the second person's words."""
    payload = session.scalar(
        select(Event.payload).where(Event.subject_ref == action_ref, Event.kind == "action.returned")
        .order_by(Event.at.desc(), Event.id.desc()).limit(1)
    )
    return json.loads(payload).get("reason") if payload else None
