"""What `flask verify` proves of decisions that follow one another: asked first, decided once, held once more at the most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, Message, MessageKind
from portal.enforcement.models import Action, ActionStatus, Citation, Nature
from portal.rulebook.models import ClauseVersion

SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)
FARTHEST = timedelta(hours=14)
"""How far the earliest zone on earth is ahead: a person's zone is not on record, and no other could have made it later."""

_CITED = (
    select(Action, Citation, ClauseVersion.clause_id)
    .join(Citation, (Citation.action_id == Action.id) & (Citation.revision == Action.revision))
    .join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .where(Action.status.in_(SAID), Action.nature == Nature.CONDUCT, Action.issued_at.is_not(None))
    .order_by(Action.issued_at, Action.id)
)


@dataclass(frozen=True, slots=True)
class Said:
    """A conduct action that was said, with its citation and its rule."""

    action: Action
    citation: Citation
    clause_id: UUID

    @property
    def issued_at(self) -> datetime:
        assert self.action.issued_at is not None
        return self.action.issued_at


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of ours: about which rule, when, until when, and when it was answered."""

    clause_id: UUID
    sent_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None

    def heard(self, one: Said, after: datetime | None = None) -> bool:
        """Whether it was about the rule of this action, after what happened, and over before it was issued."""
        over = [at for at in (self.answer_by, self.answered_at) if at is not None]
        in_time = self.clause_id == one.clause_id and _latest_day(self.sent_at) >= one.citation.conduct_to
        return in_time and (after is None or self.sent_at > after) and min(over, default=one.issued_at) <= one.issued_at


def _latest_day(at: datetime) -> date:
    return (at + FARTHEST).date()


def _said(session: Session) -> list[Said]:
    return [Said(action, citation, clause_id) for action, citation, clause_id in session.execute(_CITED)]


def _asked(session: Session) -> dict[UUID, list[Asking]]:
    """Our questions to whom a case is about, by case."""
    answer, found = aliased(Message), defaultdict[UUID, list[Asking]](list)
    rows = session.execute(
        select(Message.case_id, ClauseVersion.clause_id, Message.sent_at, Message.answer_by, answer.sent_at)
        .join(Case, (Message.case_id == Case.id) & (Message.to_account_id == Case.about_account_id))
        .join(ClauseVersion, Message.clause_version_id == ClauseVersion.id)
        .outerjoin(answer, answer.answers_id == Message.id).where(Message.kind == MessageKind.QUESTION)
    )
    for case_id, clause_id, sent_at, answer_by, answered_at in rows:
        found[case_id].append(Asking(clause_id, sent_at, answer_by, answered_at))
    return found


def people_were_asked_first(session: Session) -> Iterator[str]:
    """Before each conduct action that is not interim the person was asked about its rule, after what happened."""
    asked = _asked(session)
    for one in _said(session):
        if not one.action.interim and not any(asking.heard(one) for asking in asked[one.action.case_id]):
            yield f"action {one.action.ref} was issued before the person was asked about it"


def nobody_acts_first_twice(session: Session) -> Iterator[str]:
    """No case has two interim actions."""
    seen = set[UUID]()
    interim = select(Action.ref, Action.case_id).where(Action.interim, Action.status.in_(SAID))
    for ref, case_id in session.execute(interim.order_by(Action.issued_at, Action.id)):
        if case_id in seen:
            yield f"action {ref} acts first in a case in which that was done before"
        seen.add(case_id)
