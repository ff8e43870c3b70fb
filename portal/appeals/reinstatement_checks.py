"""What `flask verify` proves of requests to come back: told of, heard, answered in time or back, refused only by others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import CTE, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_models import (
    GRANTS,
    ITEM,
    LIVE,
    Reinstatement,
    ReinstatementDecision,
    ReinstatementMessage,
    ReinstatementOutcome,
    ReinstatementState,
    ReinstatementWord,
)
from portal.cases.models import Clock, WorkItem
from portal.core.clock import deadline, last_day, local_day
from portal.enforcement.models import Action, Signature
from portal.enforcement.timing import OPENED, OPENS, REINSTATEMENT
from portal.log.models import Event
from portal.notices.models import Notice
from portal.rulebook.promised import promise_on

ANSWERED = (ReinstatementState.GRANTED, ReinstatementState.CONDITIONAL, ReinstatementState.DECLINED)
DAY = timedelta(days=1)


def those_who_can_ask_are_told(session: Session) -> Iterator[str]:
    """Whoever can ask to come back from a day on was told so when it came, where they had not asked before."""
    told = exists().where(Notice.event_id == Event.id, Notice.kind == "reinstatement_opens")
    asked = exists().where(
        Action.ref == Event.subject_ref, Reinstatement.action_id == Action.id, Reinstatement.filed_at < Event.at,
        or_(Reinstatement.ended_at.is_(None), Reinstatement.ended_at >= Event.at),
    )
    silent = select(Event.subject_ref).where(Event.kind == OPENED, ~told, ~asked)
    yield from (f"action {ref}: nobody was told that one can ask to come back" for ref in session.scalars(silent))


def reinstatements_are_heard(session: Session) -> Iterator[str]:
    """Each request that was sent has what was said and a receipt, and waits for us by its clock until it is answered or over, no
    longer than its termination; then nothing of it waits."""
    sent = select(Reinstatement.ref).where(Reinstatement.state != ReinstatementState.DRAFT)
    said = exists().where(
        ReinstatementMessage.request_id == Reinstatement.id, ReinstatementMessage.kind == ReinstatementWord.FILED
    )
    receipt = exists().where(Notice.about_ref == Reinstatement.ref, Notice.kind == "reinstatement_filed",
                             Notice.recipient_id == Reinstatement.person_id)
    waits = exists().where(
        WorkItem.subject_ref == Reinstatement.ref, WorkItem.kind == ITEM, WorkItem.closed_at.is_(None)
    )
    clock = exists().where(
        Clock.subject_ref == Reinstatement.ref, Clock.due_at == Reinstatement.answer_by, Clock.ended_at.is_(None)
    )
    runs = exists().where(Clock.subject_ref == Reinstatement.ref, Clock.ended_at.is_(None))
    ended = exists().where(Action.id == Reinstatement.action_id, or_(Action.lifted_at.is_not(None),
                                                                      Action.reversed_at.is_not(None)))
    live = Reinstatement.state.in_(LIVE)
    for what, query in (
        ("was sent and nothing was said in it", sent.where(~said)),
        ("was sent without a receipt", sent.where(~receipt)),
        ("is not answered and does not wait for us by its clock", sent.where(live, or_(~waits, ~clock))),
        ("is over and still waits", sent.where(~live, or_(waits, runs))),
        ("waits, and its termination has ended", sent.where(live, ended)),
    ):
        yield from (f"request {ref} to come back {what}" for ref in session.scalars(query.order_by(Reinstatement.ref)))


def reinstatements_are_refused_by_others(session: Session) -> Iterator[str]:
    """Who signed a termination or what it replaced, or said no before after one of them, said neither no nor yes under
    conditions."""
    other, before, reached = aliased(ReinstatementDecision), aliased(Reinstatement), _reached()
    by = ReinstatementDecision.decided_by
    less = (
        select(Reinstatement.ref).join(ReinstatementDecision, ReinstatementDecision.request_id == Reinstatement.id)
        .join(reached, reached.c.request_id == Reinstatement.id)
        .where(ReinstatementDecision.outcome != ReinstatementOutcome.GRANTED)
    )
    signed = less.join(Signature, and_(Signature.action_id == reached.c.action_id, Signature.person_id == by))
    twice = less.join(before, and_(before.action_id == reached.c.action_id, before.id < Reinstatement.id)).join(
        other, and_(other.request_id == before.id, other.decided_by == by)
    )
    for what, query in (("signed the termination or what it replaced", signed), ("had said no before", twice)):
        found = session.scalars(query.distinct().order_by(Reinstatement.ref))
        yield from (f"request {ref} to come back was answered with less than yes by somebody who {what}" for ref in found)


def _reached() -> CTE:
    """Each request with its termination and, one after the other, the full decisions that this one replaced."""
    after, replaced = aliased(Action), aliased(Action)
    reached = select(Reinstatement.id.label("request_id"), Reinstatement.action_id).cte("reached", recursive=True)
    return reached.union(
        select(reached.c.request_id, replaced.id).join(after, after.id == reached.c.action_id)
        .join(replaced, replaced.id == after.supersedes_id).where(replaced.interim.is_(False))
    )


def answers_say_what_they_are(session: Session) -> Iterator[str]:
    """A request that was answered has its record with the same outcome, and no other has one; a yes under conditions names them,
    and a no a day that was promised."""
    rows = session.execute(
        select(Reinstatement, ReinstatementDecision)
        .outerjoin(ReinstatementDecision, ReinstatementDecision.request_id == Reinstatement.id).order_by(Reinstatement.id)
    )
    for request, decision in rows:
        if (decision.outcome if decision else None) != (request.state if request.state in ANSWERED else None):
            yield f"request {request.ref} to come back and its answer say different things"
        elif decision is not None and decision.record is not None and not _complete(decision):
            yield f"request {request.ref} to come back was answered without its conditions or its day"
        elif request.next_on is not None and not _promised(session, request):
            yield f"request {request.ref} to come back names a day for the next one that was not promised"


def _complete(decision: ReinstatementDecision) -> bool:
    record = json.loads(decision.record or "{}")
    under = decision.outcome == ReinstatementOutcome.CONDITIONAL
    declined = decision.outcome == ReinstatementOutcome.DECLINED
    return bool(record.get("reasons")) and bool(record.get("conditions")) == under and bool(record.get("next_on")) == declined


def _promised(session: Session, request: Reinstatement) -> bool:
    at, zone = request.ended_at or request.created_at, zone_of(session, request.account_id)
    time = promise_on(session, REINSTATEMENT, local_day(at, "UTC"))
    return time is not None and request.next_on is not None and (
        request.next_on <= last_day(deadline(at, time.length, time.unit, zone), zone) + DAY
    )


def granted_means_back(session: Session) -> Iterator[str]:
    """What was granted, or not answered in time, ended the termination: at that instant, or when our answer was due."""
    granted = select(Reinstatement.ref).join(Action, Action.id == Reinstatement.action_id).where(
        Reinstatement.state.in_(GRANTS), or_(Action.lifted_at.is_(None), Action.lifted_at != Reinstatement.ended_at)
    )
    yield from (f"request {ref} to come back was granted and the termination was not lifted" for ref in session.scalars(granted))
    due = select(func.max(Clock.due_at)).where(Clock.subject_ref == Reinstatement.ref).correlate(Reinstatement).scalar_subquery()
    lapsed = select(Reinstatement.ref).join(Action, Action.id == Reinstatement.action_id).where(
        Reinstatement.state == ReinstatementState.LAPSED, or_(Action.lifted_at.is_(None), Action.lifted_at > due)
    )
    yield from (f"request {ref} to come back was not answered in time, and the termination goes on" for ref in session.scalars(
        lapsed))


def nobody_asks_before_the_day(session: Session) -> Iterator[str]:
    """Nobody's request was taken before its day, and nobody who can ask again waits without a clock that says so."""
    before = aliased(Reinstatement)
    early = select(Reinstatement.ref, before.next_on, Reinstatement.filed_at, Reinstatement.account_id).join(
        before, and_(before.action_id == Reinstatement.action_id, before.n < Reinstatement.n, before.next_on.is_not(None))
    ).where(Reinstatement.filed_at.is_not(None))
    for ref, day, at, account_id in session.execute(early):
        if at and day and local_day(at, zone_of(session, account_id)) < day:
            yield f"request {ref} to come back was taken before the day that the no before it named"
    clock = exists().where(Clock.subject_ref == Action.ref, Clock.kind == OPENS, Clock.started_at == Reinstatement.ended_at)
    silent = select(Reinstatement.ref).join(Action, Action.id == Reinstatement.action_id).where(
        Reinstatement.state == ReinstatementState.DECLINED, ~clock
    )
    yield from (f"request {ref} to come back was declined, and no day is kept on which one can ask again"
                for ref in session.scalars(silent))


PROVES = {
    4: (those_who_can_ask_are_told, nobody_asks_before_the_day),
    8: (reinstatements_are_refused_by_others, answers_say_what_they_are),
    10: (reinstatements_are_heard,),
    12: (granted_means_back,),
}
