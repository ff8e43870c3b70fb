"""Who may know of a document and who may open it: its owner's people, and staff who have the case in their hands."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.cases.hands import CONFLICTED, in_hands
from portal.cases.models import Case, CaseParty
from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, Role, may, require_person
from portal.core.errors import NotAllowed, NotFound, StepUpNeeded
from portal.core.work import Work
from portal.documents.models import Document


def require_in_session(work: Work, case: Case | None, account_id: UUID) -> None:
    """Errors: `NotFound` for a link session of another case, and for a case to which the account does not belong."""
    if Role.LINK in work.actor.roles and (case is None or work.actor.case_ref != case.ref):
        raise NotFound
    if case is not None:
        party = select(CaseParty.id).where(CaseParty.case_id == case.id, CaseParty.account_id == account_id)
        if work.db.scalar(party.limit(1)) is None:
            raise NotFound


def is_own(work: Work, document: Document, case: Case | None) -> bool:
    """Whether it belongs to an account of the actor, within the one case of a link session."""
    limited = Role.LINK in work.actor.roles and (case is None or work.actor.case_ref != case.ref)
    return document.owner_account_id in work.actor.account_ids and not limited


def may_know(work: Work, document: Document, case: Case | None) -> bool:
    """Its owner's people, the worker, and reviewers and leads when it belongs to a case; for others nothing is there."""
    staff = case is not None and may(work.actor, Permission.WORK_CASE)
    return is_own(work, document, case) or staff or may(work.actor, Permission.RUN_CLOCKS)


def require_reader(work: Work, document: Document, case: Case | None) -> bool:
    """True for its owner's people, False for staff. Errors: `NotFound`, `conflicted`, `not_in_hand`, `StepUpNeeded`."""
    if is_own(work, document, case):
        return True
    if case is None or not may(work.actor, Permission.WORK_CASE):
        raise NotFound
    person_id = require_person(work.actor)
    if is_conflicted(work.db, person_id, case.id):
        raise NotAllowed("conflicted", CONFLICTED)
    if not in_hands(work.db, case, person_id):
        raise NotAllowed("not_in_hand", "Take this case first. Then you can open its documents.")
    if not work.actor.fresh(work.now):
        raise StepUpNeeded
    return False
