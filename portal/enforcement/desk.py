"""What an action means for the queue: which items it takes over, gives back, or leaves waiting."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, select

from portal.accounts.queries import handle_of, locked_account
from portal.cases.closing import set_apart_by_reopening
from portal.cases.hands import (
    ACTED_FIRST,
    CONDUCT,
    CONFLICTED,
    ELSEWHERE,
    Holder,
    OutOfReach,
    conduct_holder,
    holder_of_item,
    in_hands,
    open_items,
    signs,
)
from portal.cases.models import Case, WorkItem
from portal.cases.operations import close_item, give_item, held_case, open_item, open_item_of, take_item
from portal.contracts.ties import is_conflicted
from portal.core.access import require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, existing
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.models import Action, ActionStatus, Signature
from portal.enforcement.proposals import proposal_of
from portal.enforcement.queries import signatures_of
from portal.rulebook.queries import promise

TAKEN_OVER = "action_started"
WAITING_KINDS = ("question", "report", ACTED_FIRST)
CLOSED_IT = N_("You closed this case before it was opened again. Somebody else goes on with it.")
SIGNED_ALREADY = N_("You have signed this yourself. Somebody else has to be the second person.")


@signs
def signed_action(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody proposed, issued or co-signed an action of the case."""
    return exists().where(Signature.action_id == Action.id, Action.case_id == case_id, Signature.person_id == person_id)


def require_free(work: Work, case: Case) -> UUID:
    """The acting reviewer. Errors: `conflicted` when they belong to an account of the case or to a counterpart of one."""
    person_id = require_person(work.actor)
    if is_conflicted(work.db, person_id, case.id):
        raise NotAllowed("conflicted", CONFLICTED)
    return person_id


def require_hands(work: Work, case: Case) -> UUID:
    """The acting reviewer, in whose hands the conduct of this locked case is; what is with nobody becomes theirs.

    Errors: `conflicted`; `with_somebody_else` (a lead can give it away); `closed_it` for who closed it before it was opened
    again.
    """
    person_id, waiting = require_free(work, case), open_items(work.db, case.id, CONDUCT)
    holder = conduct_holder(work.db, case.id, waiting)
    if holder is None and not waiting:
        taken = [holder_of_item(work.db, item) for item in open_items(work.db, case.id)]
        others = [one for one in taken if one is not None]
        mine = not others or in_hands(work.db, case, person_id)
        holder = None if mine else others[0]
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, "", holder)
    if person_id in set_apart_by_reopening(work.db, case.id):
        raise NotAllowed("closed_it", CLOSED_IT)
    for item in waiting:
        if item.assignee_id is None:
            take_item(work, item)
    return person_id


def require_status(action: Action, wanted: ActionStatus) -> None:
    """Errors: `not_draft`, `not_proposed`, as named by `wanted`, when the action is something else by now."""
    if action.status != wanted:
        message = N_("This decision is not waiting for that any more. Reload the page to see what happened.")
        raise Conflict(f"not_{wanted.value}", message, status=action.status)


def require_not_closed(case: Case) -> None:
    """Errors: `closed`: what is new about the account belongs into a case of its own; `hardship`: so does what is decided,
    asked or checked about somebody who told us of a need."""
    if case.closed_at is not None:
        raise Conflict("closed", N_("This case is closed."))
    if case.hardship:
        raise Conflict("hardship", N_("This case is about what somebody needs. Nothing is asked, checked or decided in it."))


def require_second(work: Work, action: Action, case: Case) -> UUID:
    """The acting reviewer as the second person for a proposal; one with nobody becomes theirs.

    Errors: `own_proposal` for whoever signed it at any time, those of `require_hands`. Source: DESIGN 2.8.
    """
    person_id, item = require_free(work, case), open_item_of(work, action.ref, "cosignature")
    if person_id in {signature.person_id for signature in signatures_of(work.db, action.id)}:
        raise NotAllowed("own_proposal", SIGNED_ALREADY)
    holder = holder_of_item(work.db, item)
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, action.ref, holder)
    if item is not None:
        take_item(work, item)
    return person_id


def require_proposer(work: Work, action: Action, case: Case) -> UUID:
    """The acting reviewer, who made this proposal and can take it back. Errors: `conflicted`, `with_somebody_else`."""
    person_id, (proposal, _fields) = require_free(work, case), proposal_of(work.db, action)
    if proposal.person_id != person_id:
        holder = Holder(proposal.person_id, handle_of(work.db, proposal.person_id), proposal.created_at)
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, action.ref, holder)
    return person_id


_REF: BindParameter[str] = bindparam("ref")
_ACTION = select(Action).where(Action.ref == _REF).with_for_update().execution_options(populate_existing=True)


def locked_action(work: Work, action_ref: str) -> tuple[Action, Case]:
    """An action and its case, locked for this act, the case first (the act settled what was due in it). Errors: `NotFound`;
    RuntimeError for an act that names it in none of its arguments."""
    action = existing(work.db.scalars(_ACTION, {"ref": action_ref}).one_or_none())
    return action, held_case(work, action.case_id)


def take_turn(work: Work, action: Action) -> None:
    """Decisions about one account are made one after the other, also in different cases: each sees what was decided before."""
    locked_account(work.db, action.account_id)


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
    item = open_item(work, case, "action", action.ref, due_at, clause_id=clause_id)
    give_item(work, item, person_id)
    return item


def to_be_decided(work: Work, case: Case, action: Action, clause_id: UUID, person_id: UUID) -> None:
    """We acted first: that its person is asked, and decided about in full, waits for whoever acted, until it ends by itself.

    Source: promises "question_answer" (we ask at once afterwards) and "interim".
    """
    due_at = action.ends_at or usual_due(work)
    give_item(work, open_item(work, case, ACTED_FIRST, action.ref, due_at, clause_id=clause_id), person_id)


def usual_due(work: Work) -> datetime:
    """When something is due for which no promise runs: as long as we give a person for an answer."""
    usual = promise(work, "question_answer")
    return deadline(work.now, usual.length, usual.unit, "UTC", work.country)


def give_back(work: Work, action: Action, case: Case, why: str) -> None:
    """A proposal is its proposer's draft again, and waits for them in the queue."""
    proposal, _ = proposal_of(work.db, action)
    close_item(work, action.ref, "cosignature", why)
    action.status, action.version = ActionStatus.DRAFT, action.version + 1
    give_item(work, open_item(work, case, "action", action.ref, usual_due(work)), proposal.person_id)


def back_to_queue(work: Work, action: Action, person_id: UUID) -> None:
    """The action is gone: whatever it had taken over waits again, with whoever worked on it, if it does not wait already."""
    for kind in ("action", "cosignature"):
        close_item(work, action.ref, kind, "discarded")
    taken = select(WorkItem).where(
        WorkItem.case_id == action.case_id, WorkItem.close_reason == TAKEN_OVER, WorkItem.closed_at == action.created_at
    )
    case = work.db.get_one(Case, action.case_id)
    for item in work.db.scalars(taken.order_by(WorkItem.id)).all():
        if open_item_of(work, item.subject_ref, item.kind) is not None:
            continue
        again = open_item(
            work, case, item.kind, item.subject_ref, item.due_at, language=item.language, clause_id=item.clause_id,
            flagged=item.flagged,
        )
        give_item(work, again, person_id)
