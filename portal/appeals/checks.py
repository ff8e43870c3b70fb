"""What `flask verify` proves of appeals: each function names the rows that break a promise of DESIGN 2, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.models import LIVE, Appeal, AppealDecision, AppealMessage, AppealOutcome, AppealState, AppealWord
from portal.cases.models import Clock, WorkItem
from portal.enforcement.changing import TOLD_OUTSIDE
from portal.enforcement.models import Action, ChangeKind, Restriction, RestrictionChange, Signature
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Notice

Check = Callable[[Session], Iterator[str]]


def somebody_else_decided(session: Session) -> Iterator[str]:
    """Who signed an action, refused an appeal against it or decided one before has since only overturned it in full."""
    other, earlier = aliased(Appeal), aliased(AppealDecision)
    less = select(Appeal.ref).join(AppealDecision, AppealDecision.appeal_id == Appeal.id).where(
        AppealDecision.outcome != AppealOutcome.REVERSED
    )
    refused = select(Appeal.ref).where(Appeal.refused_by.is_not(None))
    signed, by = Signature.action_id == Appeal.action_id, AppealDecision.decided_by
    twice = and_(other.action_id == Appeal.action_id, other.id != Appeal.id)
    before = and_(earlier.appeal_id == Appeal.id, earlier.n < AppealDecision.n, earlier.decided_by == by)
    found = (
        ("decided by somebody who signed the action", less.join(Signature, and_(signed, Signature.person_id == by))),
        ("decided by somebody who had refused it", less.join(other, and_(twice, other.refused_by == by))),
        ("decided twice by the same person", less.join(earlier, before)),
        ("refused by somebody who signed the action", refused.join(
            Signature, and_(signed, Signature.person_id == Appeal.refused_by))),
        ("refused twice by the same person", refused.join(other, and_(twice, other.refused_by == Appeal.refused_by))),
    )
    for what, query in found:
        yield from (f"appeal {ref} was {what}" for ref in session.scalars(query.distinct().order_by(Appeal.ref)))


def decided_says_how(session: Session) -> Iterator[str]:
    """A decided appeal has a newest decision with the same outcome, and nothing of it waits any more."""
    newer = aliased(AppealDecision)
    newest = select(func.max(newer.n)).where(newer.appeal_id == Appeal.id).correlate(Appeal).scalar_subquery()
    rows = session.execute(
        select(Appeal, AppealDecision.outcome)
        .outerjoin(AppealDecision, and_(AppealDecision.appeal_id == Appeal.id, AppealDecision.n == newest))
        .where(Appeal.state == AppealState.DECIDED).order_by(Appeal.id)
    )
    for appeal, outcome in rows:
        if outcome != appeal.outcome:
            yield f"appeal {appeal.ref} and its decision say different things"
    waiting = select(Appeal.ref).join(WorkItem, WorkItem.subject_ref == Appeal.ref).where(
        Appeal.state.not_in(LIVE), WorkItem.closed_at.is_(None)
    )
    yield from (f"appeal {ref} is over and still waits in the queue" for ref in session.scalars(waiting))


def overturned_means_undone(session: Session) -> Iterator[str]:
    """An overturned action is reversed: nothing of it restricts, its own holds have ended."""
    overturned = select(Appeal.action_id).where(Appeal.outcome == AppealOutcome.REVERSED)
    missed = select(Action.ref).where(Action.id.in_(overturned), Action.reversed_at.is_(None))
    yield from (f"action {ref} was overturned and is not reversed" for ref in session.scalars(missed))
    undone = aliased(RestrictionChange)
    still = (
        select(Action.ref).join(Restriction, Restriction.action_id == Action.id)
        .outerjoin(undone, and_(
            undone.restriction_id == Restriction.id, undone.kind.in_((ChangeKind.REVERSED, ChangeKind.LIFTED)),
            undone.at <= Action.reversed_at,
        ))
        .where(Action.reversed_at.is_not(None), undone.id.is_(None),
               func.coalesce(Restriction.ends_at, Restriction.review_at) > Action.reversed_at)
    )
    yield from (f"action {ref} is reversed and a restriction of it is not" for ref in session.scalars(still.distinct()))
    held = (
        select(Action.ref, Hold.ref).join(Event, and_(Event.subject_ref == Action.ref, Event.kind == "action.issued"))
        .join(Hold, Hold.cause_event_id == Event.id).where(Action.reversed_at.is_not(None), Hold.ended_at.is_(None))
    )
    yield from (f"action {ref} is reversed and its hold {hold} has not ended" for ref, hold in session.execute(held))


def corrections_reach_those_told(session: Session) -> Iterator[str]:
    """Each notice about an overturned action that was due by then has a correction, and nobody else got one."""
    correction = aliased(Notice)
    missing = (
        select(Notice.id, Action.ref).join(Event, Notice.event_id == Event.id)
        .join(Action, and_(Action.ref == Event.subject_ref, Event.kind == "action.issued"))
        .outerjoin(correction, and_(correction.corrects_id == Notice.id, correction.created_at >= Action.reversed_at))
        .where(Action.reversed_at.is_not(None), Notice.kind.in_(TOLD_OUTSIDE), Notice.not_before <= Action.reversed_at,
               correction.id.is_(None))
    )
    yield from (f"notice {key} about action {ref} was not corrected" for key, ref in session.execute(missing))
    original = aliased(Notice)
    astray = (
        select(Notice.id).join(original, Notice.corrects_id == original.id)
        .where(Notice.recipient_id != original.recipient_id)
    )
    yield from (f"notice {key} corrects what somebody else was told" for key in session.scalars(astray))


def filed_appeals_have_a_clock(session: Session) -> Iterator[str]:
    """Every appeal that waits has what was filed on record, and our promise to answer ran for it."""
    said = select(AppealMessage.appeal_id).where(AppealMessage.kind == AppealWord.FILED)
    empty = select(Appeal.ref).where(Appeal.state != AppealState.DRAFT, Appeal.id.not_in(said))
    yield from (f"appeal {ref} was filed and nothing was said in it" for ref in session.scalars(empty))
    runs = select(Clock.subject_ref).where(Clock.kind == "appeal_answer")
    still = select(Appeal.ref).where(Appeal.state.in_(LIVE), Appeal.ref.not_in(runs))
    yield from (f"appeal {ref} waits and no promise runs for it" for ref in session.scalars(still))


CHECKS: tuple[Check, ...] = (
    somebody_else_decided, decided_says_how, overturned_means_undone, corrections_reach_those_told,
    filed_appeals_have_a_clock,
)
