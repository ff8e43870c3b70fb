"""Reading requests to come back: from when one can ask and why not yet, what was said and answered, who may say no."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session

from portal.appeals.queries import Shown, zone_of
from portal.appeals.reinstatement_models import (
    LIVE,
    Reinstatement,
    ReinstatementDecision,
    ReinstatementFile,
    ReinstatementMessage,
    ReinstatementOutcome,
    ReinstatementState,
)
from portal.cases import drawing
from portal.cases.hands import signs
from portal.cases.models import Case
from portal.core.clock import deadline, end_of_day, local_day
from portal.core.errors import existing
from portal.documents.models import Document, Exhibit
from portal.enforcement.changing import running
from portal.enforcement.lapses import in_force
from portal.enforcement.models import Action, Measure, Signature
from portal.enforcement.queries import restrictions_of, rules_cited
from portal.enforcement.succession import predecessors, superseded_by
from portal.enforcement.timing import REINSTATEMENT, begin_of
from portal.rulebook.queries import Promise, promises


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether somebody can ask to come back after a decision now, told before anything is written.

    `why_not`: "no_closing" (it closes nothing), "not_promised", "over" (it closes nothing any more), "too_early" (before
    `from_at`), "waits" (`open_one` was sent and is not answered). `open_one`: also one that is begun and not sent.
    """

    action: Action
    from_at: datetime | None
    why_not: str | None
    open_one: Reinstatement | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A request with the record of our answer (None where there is none, or it was erased)."""

    request: Reinstatement
    record: dict[str, Any] | None


@signs
def answered_reinstatement(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody decided a request to come back in the case."""
    return exists().where(
        ReinstatementDecision.request_id == Reinstatement.id, Reinstatement.case_id == case_id,
        ReinstatementDecision.decided_by == person_id,
    )


_ACTION: BindParameter[UUID] = bindparam("action_id")
_REQUEST: BindParameter[UUID] = bindparam("request_id")
_OPEN = select(Reinstatement).where(Reinstatement.action_id == _ACTION, Reinstatement.ended_at.is_(None))
_DECLINED = (
    select(Reinstatement.next_on)
    .where(Reinstatement.action_id == _ACTION, Reinstatement.state == ReinstatementState.DECLINED)
    .order_by(Reinstatement.n.desc()).limit(1)
)
_FILES = (
    select(ReinstatementFile, Document, Exhibit).join(Document, ReinstatementFile.document_id == Document.id)
    .outerjoin(Exhibit, ReinstatementFile.exhibit_id == Exhibit.id)
    .where(ReinstatementFile.request_id == _REQUEST, ReinstatementFile.removed_at.is_(None)).order_by(ReinstatementFile.id)
)


def open_request(session: Session, action_id: UUID) -> Reinstatement | None:
    """The request about an action that is begun or waits for us."""
    return session.scalars(_OPEN, {"action_id": action_id}).one_or_none()


def reinstatement_by_ref(session: Session, ref: str) -> Reinstatement:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Reinstatement).where(Reinstatement.ref == ref)).one_or_none())


def asking(session: Session, action: Action, now: datetime) -> Asking:
    """Whether one can ask to come back after a decision that was said, and from when."""
    found = open_request(session, action.id)
    if action.measure != Measure.TERMINATION:
        return Asking(action, None, "no_closing", found)
    from_at = asks_from(session, action, now)
    return Asking(action, from_at, _why_not(session, action, from_at, found, now), found)


def _why_not(
    session: Session, action: Action, from_at: datetime | None, found: Reinstatement | None, now: datetime
) -> str | None:
    if found is not None and found.state in LIVE:
        return "waits"
    if not closes(session, action, now):
        return "over"
    if from_at is None:
        return "not_promised"
    return "too_early" if now < from_at else None


def closes(session: Session, action: Action, now: datetime) -> bool:
    """Whether a termination still closes something, now or from a day on, so that it could be lifted."""
    pairs = restrictions_of(session, [action.id])[action.id]
    return in_force(action) and superseded_by(session, action) is None and bool(running(pairs, now))


def is_safety(session: Session, action: Action) -> bool:
    """Whether a rule of a termination, or its case, is about people's safety: then a lead takes over when we are late."""
    case = session.get_one(Case, action.case_id)
    return case.safety or any(clause.data.safety for clause in rules_cited(session, action))


def our_time(session: Session, now: datetime) -> Promise | None:
    """After how long one can ask, as it is published today."""
    return promises(session, local_day(now, "UTC")).get(REINSTATEMENT)


def asks_from(session: Session, action: Action, now: datetime) -> datetime | None:
    """From when one can ask: from the day of its review on, or earlier where a newer promise says so; after a no from the day
    that it named. None where nothing is promised. Source: promise "reinstatement"; DESIGN 3, 2.12."""
    time, zone = our_time(session, now), zone_of(session, action.account_id)
    if time is None or action.effective_at is None:
        return None
    named = [row.review_at for row, _span in restrictions_of(session, [action.id])[action.id] if row.review_at]
    first = begin_of(min([*named, deadline(action.effective_at, time.length, time.unit, zone)]), zone)
    again = session.scalar(_DECLINED, {"action_id": action.id})
    return first if again is None else max(first, first_instant(again, zone))


def first_instant(day: date, zone: str) -> datetime:
    """When a day begins in a zone."""
    return end_of_day(day - timedelta(days=1), zone)


def latest_again(session: Session, now: datetime, zone: str) -> date | None:
    """The latest day that a no can name; None where nothing is promised any more: then nobody can be told no."""
    time = our_time(session, now)
    if time is None:
        return None
    return local_day(deadline(now, time.length, time.unit, zone) - timedelta(microseconds=1), zone)


def requests_about(session: Session, action_id: UUID) -> list[Reinstatement]:
    """What was sent about one termination, newest first."""
    query = select(Reinstatement).where(Reinstatement.action_id == action_id, Reinstatement.state != ReinstatementState.DRAFT)
    return list(session.scalars(query.order_by(Reinstatement.n.desc())))


def requests_of_case(session: Session, case_id: UUID) -> list[Reinstatement]:
    """What was sent in a case, newest first."""
    query = select(Reinstatement).where(Reinstatement.case_id == case_id, Reinstatement.state != ReinstatementState.DRAFT)
    return list(session.scalars(query.order_by(Reinstatement.id.desc())))


def conditions_of_account(session: Session, account_id: UUID) -> list[Answered]:
    """Under which conditions an account, or a member of it, came back, newest first: whoever decides next reads them."""
    query = select(Reinstatement).where(
        Reinstatement.account_id == account_id, Reinstatement.state == ReinstatementState.CONDITIONAL
    )
    return [Answered(one, decision_record(session, one.id)) for one in session.scalars(query.order_by(Reinstatement.id.desc()))]


def said_in(session: Session, request_id: UUID) -> Sequence[ReinstatementMessage]:
    """Everything that was said, oldest first."""
    query = select(ReinstatementMessage).where(ReinstatementMessage.request_id == request_id)
    return session.scalars(query.order_by(ReinstatementMessage.n)).all()


def files_of(session: Session, request_id: UUID) -> list[Shown]:
    """The files that were not taken away, in the order in which they came."""
    return [Shown(*row) for row in session.execute(_FILES, {"request_id": request_id})]


def decision_of(session: Session, request_id: UUID) -> ReinstatementDecision | None:
    """Our answer."""
    return session.scalars(
        select(ReinstatementDecision).where(ReinstatementDecision.request_id == request_id)
    ).one_or_none()


def decision_record(session: Session, request_id: UUID) -> dict[str, Any] | None:
    """What our answer says; None where there is none, or it was erased."""
    found = decision_of(session, request_id)
    return json.loads(found.record) if found is not None and found.record is not None else None


def had_a_part(session: Session, request: Reinstatement) -> set[UUID]:
    """Who can let the person come back and do nothing else: who signed the termination or what it replaced, or said no to
    coming back after one of them."""
    action = session.get_one(Action, request.action_id)
    chain = [action.id, *(one.id for one in predecessors(session, action))]
    signed = select(Signature.person_id).where(Signature.action_id.in_(chain))
    before = (
        select(ReinstatementDecision.decided_by).join(Reinstatement, ReinstatementDecision.request_id == Reinstatement.id)
        .where(Reinstatement.action_id.in_(chain), ReinstatementDecision.outcome == ReinstatementOutcome.DECLINED)
    )
    return set(session.scalars(signed)) | set(session.scalars(before))


def eligible(
    session: Session, request: Reinstatement, among: ColumnElement[bool] = drawing.DECIDERS, *, besides: Collection[UUID] = (),
) -> list[UUID]:
    """Who `among` these may answer it either way."""
    return drawing.eligible(session, request.case_id, had_a_part(session, request) | set(besides), among)


def count_of(session: Session, action_id: UUID) -> int:
    """How often it was asked about one termination, with what is only begun."""
    return session.scalar(select(func.count()).where(Reinstatement.action_id == action_id)) or 0
