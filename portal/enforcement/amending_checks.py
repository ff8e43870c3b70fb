"""What `flask verify` proves of decisions that replaced others: the old one takes nothing, more needs two, each hears once."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.models import (
    Action,
    ChangeKind,
    Restriction,
    RestrictionChange,
    Signature,
    SignatureAs,
)
from portal.enforcement.replaced import as_weight
from portal.enforcement.unsent import COUNTERPART
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Notice
from portal.notices.queries import not_held_back

New, Issued = aliased(Action), aliased(Event)
_REPLACED: Select[Action, Action] = select(Action, New).join(New, New.supersedes_id == Action.id).order_by(New.id)


def replaced_takes_nothing(session: Session) -> Iterator[str]:
    """A decision that was replaced is of the same case and account, and neither restricts nor holds anything from then on."""
    apart = _REPLACED.where(or_(New.case_id != Action.case_id, New.account_id != Action.account_id, New.issued_at.is_(None)))
    yield from (f"action {new.ref} replaces {old.ref}, which is about something else" for old, new in session.execute(apart))
    over = aliased(RestrictionChange)
    still = (
        _REPLACED.join(Restriction, Restriction.action_id == Action.id)
        .outerjoin(over, and_(
            over.restriction_id == Restriction.id, over.kind.in_((ChangeKind.LIFTED, ChangeKind.REVERSED)),
            over.at <= New.issued_at,
        ))
        .where(over.id.is_(None), func.coalesce(Restriction.ends_at, Restriction.review_at) > New.issued_at)
    )
    yield from (f"action {old.ref} was replaced and still restricts" for old, _new in session.execute(still))
    held = _REPLACED.join(Issued, and_(Issued.subject_ref == Action.ref, Issued.kind == "action.issued")).join(
        Hold, Hold.cause_event_id == Issued.id
    ).where(or_(Hold.ended_at.is_(None), Hold.ended_at > New.issued_at))
    yield from (f"action {old.ref} was replaced and still holds money" for old, _new in session.execute(held))


def heavier_needs_two(session: Session) -> Iterator[str]:
    """What takes more than the full decision that it replaced was signed by a second person."""
    cosigned = exists().where(Signature.action_id == New.id, Signature.signed_as == SignatureAs.COSIGNER)
    for old, new in session.execute(_REPLACED.where(~cosigned, Action.interim.is_(False), New.issued_at.is_not(None))):
        at = new.issued_at
        if at is not None and as_weight(session, new, at).heavier_than(as_weight(session, old, at)):
            yield f"action {new.ref} takes more than {old.ref}, which it replaced, and no second person signed it"


def replaced_is_told_once(session: Session) -> Iterator[str]:
    """Whoever was told of a decision that was replaced has one message of that act which says what holds instead."""
    by, anew = aliased(Event), aliased(Notice)
    said = (
        select(anew.corrects_id, anew.event_id, func.count().label("times")).where(anew.corrects_id.is_not(None))
        .group_by(anew.corrects_id, anew.event_id).subquery()
    )
    told = (
        _REPLACED.join(Issued, and_(Issued.subject_ref == Action.ref, Issued.kind == "action.issued"))
        .join(by, and_(by.subject_ref == New.ref, by.kind == "action.issued"))
        .join(Notice, and_(Notice.event_id == Issued.id, Notice.kind == COUNTERPART, Notice.not_before <= by.at))
        .outerjoin(said, and_(said.c.corrects_id == Notice.id, said.c.event_id == by.id))
        .where(not_held_back(), func.coalesce(said.c.times, 0) != 1)
    )
    for old, key in session.execute(told.with_only_columns(Action.ref, Notice.id)):
        yield f"notice {key} told of action {old}, which was replaced, and not one message said so"
