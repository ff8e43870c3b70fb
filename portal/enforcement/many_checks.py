"""What `flask verify` proves of files that proposed many decisions: whole, and together only what is interim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import local_day
from portal.enforcement.many_models import Batch, BatchConfirmation, BatchLine
from portal.enforcement.models import Action, Signature, SignatureAs
from portal.enforcement.rules import interim_end
from portal.log.models import Event
from portal.rulebook.queries import promises

FINISHED = "batch.finished"


def together_is_interim(session: Session) -> Iterator[str]:
    """What was confirmed together with others is interim, came with that file, and is signed by whoever confirmed it."""
    rows = session.execute(
        select(BatchConfirmation, Action, BatchLine.batch_id, Signature.person_id)
        .join(Action, BatchConfirmation.action_id == Action.id)
        .outerjoin(BatchLine, BatchLine.action_id == Action.id)
        .outerjoin(Signature, (Signature.action_id == Action.id) & (Signature.signed_as == SignatureAs.ISSUER))
        .order_by(BatchConfirmation.id)
    )
    for confirmed, action, batch_id, issuer_id in rows:
        if not action.interim or not confirmed.interim or not _short(session, action):
            yield f"action {action.ref} was confirmed together with others and is not interim"
        if batch_id != confirmed.batch_id:
            yield f"action {action.ref} was confirmed with a file that it did not come with"
        if issuer_id != confirmed.person_id or confirmed.at != action.issued_at:
            yield f"action {action.ref} was confirmed together with others by somebody who did not issue it then"


def _short(session: Session, action: Action) -> bool:
    """Whether it ends as our promise says; a day in hours is the same in every zone, one in days is not, so up to a day later."""
    if action.issued_at is None or action.ends_at is None:
        return False
    known = promises(session, local_day(action.issued_at, "UTC")).get("interim")
    latest = interim_end(known, action.issued_at, "UTC")
    return action.ends_at <= (latest if known is None or known.unit == "hours" else latest + timedelta(days=1))


def files_became_drafts_whole(session: Session) -> Iterator[str]:
    """Each file whose lines were all begun still has as many actions, and no file has more than it has lines."""
    begun = select(BatchLine.batch_id, func.count().label("lines")).group_by(BatchLine.batch_id).subquery()
    finished = select(Event.subject_ref).where(Event.kind == FINISHED)
    rows = session.execute(
        select(Batch.ref, Batch.lines, begun.c.lines, Batch.ref.in_(finished))
        .outerjoin(begun, begun.c.batch_id == Batch.id).order_by(Batch.id)
    )
    for ref, lines, found, whole in rows:
        if (found or 0) > lines or (whole and found != lines):
            yield f"file {ref} proposed {lines} decisions, and {found or 0} were begun"
