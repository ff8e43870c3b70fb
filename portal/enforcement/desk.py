"""What an action means for the queue: which items it takes over, gives back, or leaves waiting."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import is_conflicted
from portal.cases.models import Case, WorkItem
from portal.cases.operations import close_item, open_item
from portal.cases.queries import party_accounts
from portal.core.access import require_person
from portal.core.clock import deadline
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import proposal_of
from portal.rulebook.queries import promise

TAKEN_OVER = "action_started"
WAITING_KINDS = ("question", "report")


def require_free(work: Work, case: Case) -> UUID:
    """The acting reviewer. Errors: `conflicted` when they belong to an account of the case."""
    person_id = require_person(work.actor)
    if is_conflicted(work.db, person_id, party_accounts(work.db, case.id)):
        message = N_("You belong to an account of this case. Somebody else has to work on it.")
        raise NotAllowed("conflicted", message)
    return person_id


def locked_action(work: Work, action_ref: str) -> tuple[Action, Case]:
    """An action and its case, locked for this act, the case first. Errors: `NotFound`."""
    case = work.db.scalars(
        select(Case).join(Action, Action.case_id == Case.id).where(Action.ref == action_ref).with_for_update(of=Case)
    ).one_or_none()
    if case is None:
        raise NotFound
    fresh = select(Action).where(Action.ref == action_ref).with_for_update().execution_options(populate_existing=True)
    return work.db.scalars(fresh).one(), case


def live_action(work: Work, case_id: UUID) -> Action | None:
    """The action of the case that is being written or waits for a second person."""
    query = select(Action).where(Action.case_id == case_id, Action.status.in_((ActionStatus.DRAFT, ActionStatus.PROPOSED)))
    return work.db.scalars(query.limit(1)).one_or_none()


def take_from_queue(work: Work, case: Case, action: Action, clause_id: UUID, person_id: UUID) -> WorkItem:
    """The action stands in the queue in place of the report or answer that led to it, due when that was due."""
    waiting = work.db.scalars(
        select(WorkItem).where(
            WorkItem.case_id == case.id, WorkItem.kind.in_(WAITING_KINDS), WorkItem.closed_at.is_(None)
        ).order_by(WorkItem.due_at).with_for_update()
    ).all()
    for item in waiting:
        item.closed_at, item.close_reason, item.version = work.now, TAKEN_OVER, item.version + 1
    due_at = waiting[0].due_at if waiting else usual_due(work)
    return _assigned(open_item(work, case, "action", action.ref, due_at, clause_id=clause_id), person_id)


def usual_due(work: Work) -> datetime:
    """When something is due for which no promise runs: as long as we give a person for an answer."""
    usual = promise(work, "question_answer")
    return deadline(work.now, usual.length, usual.unit, "UTC", work.country)


def _assigned(item: WorkItem, person_id: UUID) -> WorkItem:
    item.assignee_id, item.stage = person_id, "taken"
    return item


def give_back(work: Work, action: Action, case: Case, why: str) -> None:
    """A proposal is its proposer's draft again, and waits for them in the queue."""
    proposal, _ = proposal_of(work.db, action)
    close_item(work, action.ref, "cosignature", why)
    action.status, action.version = ActionStatus.DRAFT, action.version + 1
    _assigned(open_item(work, case, "action", action.ref, usual_due(work)), proposal.person_id)


def back_to_queue(work: Work, action: Action, person_id: UUID) -> None:
    """The action is gone: whatever it had taken over waits again, with whoever worked on it."""
    for kind in ("action", "cosignature"):
        close_item(work, action.ref, kind, "discarded")
    taken = select(WorkItem).where(
        WorkItem.case_id == action.case_id, WorkItem.close_reason == TAKEN_OVER, WorkItem.closed_at == action.created_at
    )
    case = work.db.get_one(Case, action.case_id)
    for item in work.db.scalars(taken.order_by(WorkItem.id)).all():
        again = open_item(
            work, case, item.kind, item.subject_ref, item.due_at, language=item.language, clause_id=item.clause_id
        )
        _assigned(again, person_id)
