"""Whose an appeal is: every member of its account, but where it is about one member only those who read that decision."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from portal.appeals.models import Appeal
from portal.cases.models import Case
from portal.core.access import require_account
from portal.core.errors import NotFound
from portal.core.work import Work
from portal.enforcement.members import reads


def reads_appeal(session: Session, appeal: Appeal, person_id: UUID | None) -> bool:
    """Whether this member of its account may read an appeal: whoever may read the decision; a complaint is about none."""
    return appeal.action_id is None or reads(session, appeal.action_id, person_id)


def require_own(work: Work, appeal: Appeal, case: Case) -> None:
    """Errors: `NotFound` for another's account, for a decision about another member of it, and for a link of another case."""
    require_account(work.actor, appeal.account_id)
    if not reads_appeal(work.db, appeal, work.actor.person_id):
        raise NotFound
    require_session(work, case)


def require_session(work: Work, case: Case) -> None:
    """Errors: `NotFound` in a session that a link opened for another case."""
    if work.actor.case_ref is not None and work.actor.case_ref != case.ref:
        raise NotFound
