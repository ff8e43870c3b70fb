"""What `flask verify` proves of requests for a pause: heard, answered in time or paused, refused only by somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.models import LIVE, Appeal
from portal.appeals.pause_models import PAUSES, PauseAnswer, PauseOutcome, PauseRequest
from portal.cases.models import Clock, WorkItem
from portal.enforcement.changing import running
from portal.enforcement.models import Action, ChangeKind, RestrictionChange, Signature
from portal.enforcement.queries import restrictions_of
from portal.enforcement.succession import stands_for
from portal.log.models import Event
from portal.notices.models import Notice

GRANTED = ("pause.granted", "pause.lapsed")


def pauses_are_heard(session: Session) -> Iterator[str]:
    """Each request for a pause has a receipt, and waits for us by its clock until it is answered, no longer than its appeal; then
    nothing of it waits."""
    told = exists().where(Event.subject_ref == PauseRequest.ref, Event.kind == "pause.asked", Notice.event_id == Event.id)
    unheard = select(PauseRequest.ref).where(~told)
    yield from (f"request {ref} for a pause has no receipt" for ref in session.scalars(unheard))
    answered = exists().where(PauseAnswer.request_id == PauseRequest.id)
    waits = exists().where(WorkItem.subject_ref == PauseRequest.ref, WorkItem.closed_at.is_(None))
    clock = exists().where(Clock.subject_ref == PauseRequest.ref)
    runs = exists().where(Clock.subject_ref == PauseRequest.ref, Clock.ended_at.is_(None))
    lost = select(PauseRequest.ref).where(~answered, or_(~waits, ~clock))
    yield from (f"request {ref} for a pause is not answered and does not wait for us" for ref in session.scalars(lost))
    still = select(PauseRequest.ref).where(answered, or_(waits, runs))
    yield from (f"request {ref} for a pause is answered and still waits" for ref in session.scalars(still))
    over = select(PauseRequest.ref).join(Appeal, PauseRequest.appeal_id == Appeal.id).where(~answered, Appeal.state.not_in(LIVE))
    yield from (f"request {ref} for a pause waits, and its appeal does not" for ref in session.scalars(over))


def pauses_are_refused_by_others(session: Session) -> Iterator[str]:
    """Who signed a decision, or refused a pause of it before, refused none."""
    other = aliased(PauseAnswer)
    refused = select(PauseRequest.ref).join(PauseAnswer, PauseAnswer.request_id == PauseRequest.id).where(
        PauseAnswer.outcome == PauseOutcome.REFUSED
    )
    signed = refused.join(Appeal, PauseRequest.appeal_id == Appeal.id).join(
        Signature, and_(Signature.action_id == Appeal.action_id, Signature.person_id == PauseAnswer.answered_by)
    )
    twice = refused.join(other, and_(
        other.request_id == PauseRequest.contests_id, other.answered_by == PauseAnswer.answered_by
    ))
    for what, query in (("signed the decision", signed), ("had refused it before", twice)):
        yield from (f"request {ref} for a pause was refused by somebody who {what}" for ref in session.scalars(query.distinct()))


def granted_means_paused(session: Session) -> Iterator[str]:
    """What was granted, or not answered in time, paused whatever of the decision could pause; and it resumed with the answer to
    the appeal at the earliest."""
    rows = session.execute(
        select(PauseRequest, PauseAnswer, Appeal, Event.id).join(PauseAnswer, PauseAnswer.request_id == PauseRequest.id)
        .join(Appeal, PauseRequest.appeal_id == Appeal.id)
        .outerjoin(Event, and_(Event.subject_ref == PauseRequest.ref, Event.kind.in_(GRANTED)))
        .where(PauseAnswer.outcome.in_(PAUSES)).order_by(PauseRequest.id)
    )
    for request, answer, appeal, event_id in rows:
        paused = session.scalars(select(RestrictionChange.restriction_id).where(
            RestrictionChange.cause_event_id == event_id, RestrictionChange.kind == ChangeKind.PAUSED
        )).all()
        action = stands_for(session, session.get_one(Action, appeal.action_id))
        pairs = restrictions_of(session, [action.id])[action.id]
        then = [(row, span) for row, span in pairs if not span.paused(answer.answered_at)]
        if not paused and running(then, answer.answered_at):
            yield f"request {request.ref} for a pause was granted, and nothing is paused"
        early = select(func.count()).select_from(RestrictionChange).where(
            RestrictionChange.restriction_id.in_(paused), RestrictionChange.kind == ChangeKind.RESUMED,
            RestrictionChange.at > answer.answered_at,
        )
        filed_at = appeal.filed_at or appeal.created_at
        if appeal.state in LIVE and filed_at <= request.asked_at and session.scalar(early):
            yield f"request {request.ref} for a pause was granted, and the decision applies before its appeal is answered"


PROVES = {8: (pauses_are_refused_by_others,), 10: (pauses_are_heard,), 12: (granted_means_paused,)}
