"""What `flask verify` proves of decisions that we ended ourselves: lifted early, or taken back before they took effect."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Clock
from portal.enforcement.models import Action, ActionStatus, ChangeKind, Measure, Nature, Restriction, RestrictionChange
from portal.enforcement.timing import OPENED, OPENS, REVIEW
from portal.enforcement.unsent import COUNTERPART, REPORTER
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Informed, Notice
from portal.notices.queries import not_held_back

BEGINS_LATER = (Measure.TERMINATION, Measure.RESTRICTION)
LIFTED, WITHDRAWN = "action.lifted", "action.withdrawn"
Issued, Ended = aliased(Event), aliased(Event)
_ENDED = (
    select(Action, Ended.at).join(Ended, and_(Ended.subject_ref == Action.ref, Ended.kind.in_((LIFTED, WITHDRAWN))))
    .join(Issued, and_(Issued.subject_ref == Action.ref, Issued.kind == "action.issued")).order_by(Action.id)
)
"""Each action that we ended ourselves, with the instant, and beside it the event that issued it."""


def ended_early_takes_nothing(session: Session) -> Iterator[str]:
    """Nothing of an action that was lifted or taken back restricts from then on; what we ended ourselves holds nothing."""
    over, at = aliased(RestrictionChange), func.coalesce(Action.withdrawn_at, Action.lifted_at)
    still = (
        select(Action.ref).join(Restriction, Restriction.action_id == Action.id)
        .outerjoin(over, and_(
            over.restriction_id == Restriction.id, over.kind.in_((ChangeKind.LIFTED, ChangeKind.REVERSED)), over.at <= at,
        ))
        .where(at.is_not(None), over.id.is_(None), func.coalesce(Restriction.ends_at, Restriction.review_at) > at)
    )
    yield from (f"action {ref} was ended early and a restriction of it was not" for ref in session.scalars(still.distinct()))
    unmarked = _ENDED.where(Action.lifted_at.is_(None), Action.withdrawn_at.is_(None)).with_only_columns(Action.ref)
    yield from (f"action {ref} was ended early and does not say so" for ref in session.scalars(unmarked))
    held = _ENDED.join(Hold, Hold.cause_event_id == Issued.id).where(or_(Hold.ended_at.is_(None), Hold.ended_at > Ended.at))
    for ref, hold in session.execute(held.with_only_columns(Action.ref, Hold.ref)):
        yield f"action {ref} was ended early and its hold {hold} was not"


def those_told_hear_of_the_end(session: Session) -> Iterator[str]:
    """Each notice that told a counterpart of an action that we lifted or took back has one that says so; what was to be told of
    one taken back only once it took effect told nobody."""
    corrects, read = aliased(Notice), exists().where(Informed.notice_id == Notice.id)
    told = _ENDED.join(Notice, Notice.event_id == Issued.id).where(or_(not_held_back(), read))
    missed = told.outerjoin(corrects, and_(corrects.corrects_id == Notice.id, corrects.created_at >= Ended.at)).where(
        Notice.kind == COUNTERPART, Notice.not_before <= Ended.at, corrects.id.is_(None)
    )
    for ref, key in session.execute(missed.with_only_columns(Action.ref, Notice.id)):
        yield f"notice {key} told of action {ref}, and nobody said that we ended it"
    early = told.where(Ended.kind == WITHDRAWN, Notice.kind.in_((COUNTERPART, REPORTER)), Notice.not_before > Ended.at)
    for ref, key in session.execute(early.with_only_columns(Action.ref, Notice.id)):
        yield f"notice {key} tells of action {ref}, which was taken back before it took effect"


def withdrawn_before_effect(session: Session) -> Iterator[str]:
    """Only what begins later than it is said is taken back, before it takes effect, and exactly then its record says so."""
    events = set(session.scalars(select(Event.subject_ref).where(Event.kind == WITHDRAWN)))
    for action in session.scalars(select(Action).where(Action.issued_at.is_not(None)).order_by(Action.id)):
        withdrawn = action.status == ActionStatus.WITHDRAWN
        if withdrawn != (action.ref in events):
            yield f"action {action.ref} is {action.status}, and its events say otherwise"
        elif withdrawn and (action.measure not in BEGINS_LATER or not _before_effect(action)):
            yield f"action {action.ref} was taken back after it took effect"


def _before_effect(action: Action) -> bool:
    at, effect = action.withdrawn_at, action.effective_at
    return at is not None and effect is not None and at < effect


def decisions_end_by_their_clock(session: Session) -> Iterator[str]:
    """While a decision is in force, a clock runs to its own last day, or to its review, unless its person was told that they can
    ask to come back; at the end of an order somebody looks."""
    now, newer = session.scalar(select(func.max(Event.at))), aliased(Action)
    if now is None:
        return
    runs = exists().where(Clock.subject_ref == Action.ref, Clock.ended_at.is_(None))
    in_force = select(Action.ref).where(
        Action.status == ActionStatus.ISSUED, Action.measure != Measure.WARNING, Action.nature != Nature.LEGAL,
        Action.reversed_at.is_(None), Action.lifted_at.is_(None),
        ~exists().where(newer.supersedes_id == Action.id, newer.issued_at.is_not(None)),
    ).order_by(Action.id)
    endless = in_force.where(Action.ends_at > now, ~runs.where(Clock.kind == "restriction_end", Clock.due_at == Action.ends_at))
    yield from (f"action {ref} is in force, and no clock runs to its last day" for ref in session.scalars(endless))
    its_day = exists().where(Restriction.action_id == Action.id, Restriction.review_at == Clock.due_at)
    unseen = in_force.where(
        Action.ends_at.is_(None), ~exists().where(Event.subject_ref == Action.ref, Event.kind == OPENED),
        ~runs.where(or_(and_(Clock.kind == REVIEW, its_day), Clock.kind.in_((f"{REVIEW}_safety", OPENS)))),
    )
    yield from (f"action {ref} is in force, and no clock runs to its review" for ref in session.scalars(unseen))
