"""Whether the person was asked before a decision: under its rule, and after what happened was over. Source: DESIGN 2.3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.cases.models import Message
from portal.cases.queries import questions_for_account
from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.members import was_asked
from portal.enforcement.models import Action, ActionStatus, Nature
from portal.enforcement.rules import Asked
from portal.rulebook.queries import cited_clause

_DECIDED = select(func.max(Action.issued_at), func.max(Action.reversed_at)).where(
    Action.case_id == bindparam("case_id"), Action.status == ActionStatus.ISSUED, Action.interim.is_(False),
    Action.nature == Nature.CONDUCT,
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a decision is about, as far as a question has to fit it.

    `last_day` of what happened, in the person's `zone`; `overturned_at`: when an earlier decision about it was overturned.
    `person_id`: the one member whom it is about, who has to be asked themselves.
    """

    clause_id: UUID
    last_day: date | None = None
    zone: str = "UTC"
    overturned_at: datetime | None = None
    person_id: UUID | None = None

    def fits(self, session: Session, question: Message) -> bool:
        """Whether the question was about the rule, in any version, and sent when what happened, or was overturned, was over."""
        clause = cited_clause(session, question.clause_version_id) if question.clause_version_id else None
        if clause is None or clause.clause_id != self.clause_id:
            return False
        if self.last_day is not None and local_day(question.sent_at, self.zone) < self.last_day:
            return False
        if self.overturned_at is not None and question.sent_at <= self.overturned_at:
            return False
        return self.person_id is None or was_asked(session, question, self.person_id)


def asked(
    session: Session, case_id: UUID, account_id: UUID, now: datetime, fits: Callable[[Message], bool]
) -> tuple[Asked, Message | None]:
    """Whether the account was asked in this case by a question that fits, and the newest answer to one."""
    questions = [q for q in questions_for_account(session, account_id, case_id) if fits(q.message)]
    answers = [q.answer for q in questions if q.answer is not None]
    over = bool(answers) or any(q.answer_by is not None and q.answer_by <= now for q in questions)
    state = Asked.DONE if over else Asked.WAITING if questions else Asked.NEVER
    return state, max(answers, key=lambda m: m.sent_at, default=None)


def asked_about(
    session: Session, case_id: UUID, account_id: UUID, now: datetime, matter: Matter
) -> tuple[Asked, Message | None]:
    """Whether the account was asked about that matter, and what it answered last."""
    return asked(session, case_id, account_id, now, lambda question: matter.fits(session, question))


def asked_since_decided(session: Session, case_id: UUID, account_id: UUID, now: datetime) -> Asked:
    """Whether the account was asked about anything that is not decided yet: since the newest decision or reversal."""
    since = max(filter(None, session.execute(_DECIDED, {"case_id": case_id}).one()), default=None)
    return asked(session, case_id, account_id, now, lambda question: since is None or question.sent_at > since)[0]


def require_heard(state: Asked, *, otherwise: bool) -> None:
    """Errors: `answer_awaited`, `not_asked`; `otherwise`: something else was asked in this case."""
    if state is Asked.DONE:
        return
    if state is Asked.WAITING:
        raise RuleBroken("answer_awaited", N_("We asked the person. Please wait for the answer or until its time is over."))
    if otherwise:
        message = N_(
            "What the person was asked was about another rule, or was sent before the last day of what happened, or before "
            "the earlier decision was overturned. Ask about this first: before a decision they can say how they see it."
        )
        raise RuleBroken("not_asked", message)
    raise RuleBroken("not_asked", N_("Ask the person first: before a decision they can say how they see it."))
