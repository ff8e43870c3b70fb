"""Reading requests for a pause: whether one can be asked for now and why not, what was asked and answered, who may refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.models import LIVE, Appeal, AppealDecision, AppealKind
from portal.appeals.pause_models import PauseAnswer, PauseOutcome, PauseRequest
from portal.appeals.queries import had_a_part
from portal.appeals.rules import LEAST_BODY
from portal.cases import drawing
from portal.cases.hands import signs
from portal.cases.models import Clock
from portal.core.errors import RuleBroken, existing
from portal.core.i18n import N_
from portal.core.text import seen_length
from portal.enforcement.changing import paused_among, running
from portal.enforcement.evidence import names_writers
from portal.enforcement.models import Action
from portal.enforcement.queries import restrictions_of, rules_cited
from portal.enforcement.succession import stands_for

CLOCKS = ("pause_answer", "pause_safety")
_Answered = aliased(Appeal)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with its answer, and until when we answer while there is none."""

    request: PauseRequest
    answer: PauseAnswer | None
    answer_by: datetime | None

    @property
    def open(self) -> bool:
        return self.answer is None


@dataclass(frozen=True, slots=True)
class Pausing:
    """What was asked about one decision since an appeal against it was answered last, oldest first, and whether it can be now.

    `why_not`: "over" (no appeal waits), "paused", "nothing" (nothing of the decision takes anything away), "asked" (a request
    waits), "answered" (two people said no), "taken_back" (somebody else was asked before the appeal was taken back).
    `contests`: the refusal that the next request contests.
    """

    asked: tuple[Asked, ...]
    why_not: str | None
    contests: Asked | None

    @property
    def last(self) -> Asked | None:
        return self.asked[-1] if self.asked else None


@signs
def answered_pause(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody answered a request for a pause in the case."""
    return exists().where(
        PauseAnswer.request_id == PauseRequest.id, PauseRequest.case_id == case_id, PauseAnswer.answered_by == person_id
    )


@names_writers
def part_in_request(session: Session, ref: str) -> set[UUID]:
    """Who can only grant the request of that reference, where there is one."""
    request = session.scalars(select(PauseRequest).where(PauseRequest.ref == ref)).one_or_none()
    return set() if request is None else only_grants(session, session.get_one(Appeal, request.appeal_id), request)


def request_by_ref(session: Session, ref: str) -> PauseRequest:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(PauseRequest).where(PauseRequest.ref == ref)).one_or_none())


_ASKED = (
    select(PauseRequest, PauseAnswer).join(Appeal, PauseRequest.appeal_id == Appeal.id)
    .outerjoin(PauseAnswer, PauseAnswer.request_id == PauseRequest.id)
    .where(Appeal.action_id == bindparam("action_id"), PauseRequest.asked_at >= func.coalesce(
        select(func.max(AppealDecision.created_at)).join(_Answered, AppealDecision.appeal_id == _Answered.id)
        .where(_Answered.action_id == Appeal.action_id, _Answered.kind == AppealKind.ACTION).scalar_subquery(),
        Appeal.created_at,
    )).order_by(PauseRequest.asked_at, PauseRequest.id)
)


def asked_of(session: Session, appeal: Appeal) -> tuple[Asked, ...]:
    """What was asked about the decision of an appeal since one against it was answered last, oldest first.

    An appeal that was taken back, or not taken, and sent again begins no new count (promise "pause_answer").
    """
    rows = session.execute(_ASKED, {"action_id": appeal.action_id}).all()
    return tuple(Asked(row[0], row[1], None if row[1] else due_of(session, row[0])) for row in rows)


def due_of(session: Session, request: PauseRequest) -> datetime | None:
    """Until when we answer: by the newest of the clocks that run, or ran, for it."""
    query = select(Clock.due_at).where(Clock.subject_ref == request.ref, Clock.kind.in_(CLOCKS)).order_by(Clock.id.desc())
    return session.scalars(query.limit(1)).one_or_none()


def pausing(session: Session, appeal: Appeal, now: datetime) -> Pausing:
    """What was asked of an appeal, and whether a pause can be asked for now."""
    asked = asked_of(session, appeal)
    refused = [one for one in asked if one.answer is not None and one.answer.outcome == PauseOutcome.REFUSED]
    return Pausing(asked, _why_not(session, appeal, asked, refused, now), refused[0] if len(refused) == 1 else None)


def _why_not(
    session: Session, appeal: Appeal, asked: Sequence[Asked], refused: Sequence[Asked], now: datetime
) -> str | None:
    if appeal.kind != AppealKind.ACTION or appeal.state not in LIVE:
        return "over"
    if any(one.open for one in asked):
        return "asked"
    left, paused = _left(session, appeal, now)
    if left and left <= paused:
        return "paused"
    if not left:
        return "nothing"
    if len(refused) > 1:
        return "answered"
    return "taken_back" if any(one.request.contests_id is not None for one in asked) else None


def _left(session: Session, appeal: Appeal, now: datetime) -> tuple[set[UUID], set[UUID]]:
    """What of the decision is not over, and what of it is paused."""
    action = stands_for(session, session.get_one(Action, appeal.action_id))
    pairs = restrictions_of(session, [action.id])[action.id]
    return {row.id for row in running(pairs, now)}, paused_among(pairs, now)


def if_late(session: Session, action: Action, answer_by: datetime) -> str:
    """What follows if we answer an appeal later than by then: "paused", "lead" under a rule that protects people, or nothing that
    its person would notice: of a warning, and of what is over by then, there is nothing to pause."""
    if any(clause.data.safety for clause in rules_cited(session, action)):
        return "lead"
    newest = stands_for(session, action)
    pairs = restrictions_of(session, [newest.id])[newest.id]
    return "paused" if running(pairs, answer_by) else ""


def pauses_something(session: Session, appeal: Appeal, now: datetime) -> bool:
    """Whether something of the decision would have no effect any more if its pause was granted now."""
    left, paused = _left(session, appeal, now)
    return not left <= paused


def require_why(outcome: PauseOutcome, reasons: str) -> None:
    """Whoever says no says why. Errors: `reasons_missing`."""
    if outcome is PauseOutcome.REFUSED and seen_length(reasons) < LEAST_BODY:
        message = N_("Say why it cannot wait: at least %(least)s characters. The person reads it.")
        raise RuleBroken("reasons_missing", message, field="reasons", least=LEAST_BODY)


def only_grants(session: Session, appeal: Appeal, request: PauseRequest) -> set[UUID]:
    """Who can grant it and do nothing else: who had a part in the decision, or refused the request that this one contests."""
    before = select(PauseAnswer.answered_by).where(PauseAnswer.request_id == request.contests_id)
    refused = set(session.scalars(before)) if request.contests_id is not None else set()
    return {one for one in (had_a_part(session, appeal) | refused) if one is not None}


def may_answer(
    session: Session, appeal: Appeal, request: PauseRequest, among: ColumnElement[bool] = drawing.DECIDERS
) -> list[UUID]:
    """Who `among` these may answer it either way."""
    return drawing.eligible(session, appeal.case_id, only_grants(session, appeal, request), among)
