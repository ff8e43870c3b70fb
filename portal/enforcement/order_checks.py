"""What `flask verify` proves of laws and orders: named, signed by two, and silent only where an order forbids us to tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.cases.models import Clock
from portal.enforcement.before_checks import SAID
from portal.enforcement.models import Action, ActionOrder, Measure, Nature, Signature, SignatureAs, Silence
from portal.enforcement.ordering import SILENCE
from portal.log.models import Event
from portal.notices.models import Notice

_NAMED = and_(ActionOrder.action_id == Action.id, ActionOrder.revision == Action.revision)
_SECOND = and_(Signature.action_id == Action.id, Signature.signed_as == SignatureAs.COSIGNER)


def laws_are_named(session: Session) -> Iterator[str]:
    """Every issued action that a law or an order asks for names it, has an end, and was signed by a second person."""
    rows = session.execute(
        select(Action, ActionOrder.id, Signature.id).outerjoin(ActionOrder, _NAMED).outerjoin(Signature, _SECOND)
        .where(Action.status.in_(SAID), Action.nature == Nature.LEGAL).order_by(Action.id)
    )
    for action, named, second in rows:
        if named is None or second is None:
            yield f"action {action.ref} names no law or order, or lacks a second person's signature"
        if action.ends_at is None or action.measure not in (Measure.RESTRICTION, Measure.SUSPENSION):
            yield f"action {action.ref} rests on a law and has no end"


def statements_reach_their_person(session: Session) -> Iterator[str]:
    """The statement is sent before the action takes effect; where an order forbids it, when the order ends, and not before."""
    sent = (
        select(Notice.about_ref, func.min(Notice.created_at).label("at")).where(Notice.kind == "statement")
        .group_by(Notice.about_ref).subquery()
    )
    rows = session.execute(
        select(Action.ref, Action.nature, Action.effective_at, sent.c.at, Silence)
        .outerjoin(sent, sent.c.about_ref == Action.ref).outerjoin(Silence, Silence.action_id == Action.id)
        .where(Action.status.in_(SAID)).order_by(Action.id)
    )
    for ref, nature, effective_at, at, silence in rows:
        if silence is None and (at is None or effective_at is None or at > effective_at):
            yield f"action {ref} took effect before its statement was sent"
        elif silence is not None and nature != Nature.LEGAL:
            yield f"action {ref} is kept silent without a law or an order"
        elif silence is not None and (at is None) != (silence.ended_at is None):
            yield f"action {ref} was told although an order forbids it, or was not when the order ended"
        elif silence is not None and at is not None and at < silence.ended_at:
            yield f"action {ref} was told while an order forbade it"


def silence_is_looked_at(session: Session) -> Iterator[str]:
    """While a statement waits, a clock runs to the day on which somebody looks; nobody who signed says that it waits on."""
    runs = and_(Clock.subject_ref == Action.ref, Clock.kind == SILENCE, Clock.ended_at.is_(None))
    endless = (
        select(Action.ref).join(Silence, Silence.action_id == Action.id).outerjoin(Clock, runs)
        .where(Silence.ended_at.is_(None), Clock.id.is_(None)).order_by(Action.id)
    )
    yield from (f"the statement of action {ref} waits for ever" for ref in session.scalars(endless))
    kept = session.execute(
        select(Action.ref, Action.id, Event.actor).join(Event, Event.subject_ref == Action.ref)
        .where(Event.kind == "silence.kept").order_by(Event.id)
    ).all()
    signers = _signers(session, {key for _ref, key, _actor in kept})
    for ref, key, actor in kept:
        if actor in signers[key]:
            yield f"whoever signed action {ref} said that its statement waits on"


def _signers(session: Session, keys: set[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    for key, person_id in session.execute(
        select(Signature.action_id, Signature.person_id).where(Signature.action_id.in_(keys))
    ):
        found[key].add(f"person:{person_id}")
    return found


PROVES = {1: (laws_are_named,), 2: (statements_reach_their_person,), 8: (silence_is_looked_at,)}
