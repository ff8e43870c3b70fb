"""A lead gives what waits in a case to somebody else, or takes it over, with a written reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import handle_of
from portal.cases.hands import CONDUCT, conduct_holder, open_items, staff_for, waiting_question
from portal.cases.models import Case, Draft, WorkItem
from portal.cases.operations import case_by_ref, give_item, open_item
from portal.cases.queries import runs_until
from portal.core.access import Permission, require_lead
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.text import written_reason
from portal.core.work import Work
from portal.enforcement.desk import live_action, require_free
from portal.enforcement.evidence import why_not_taken
from portal.enforcement.issuing import DRAFT_FORM
from portal.log.operations import add, record


def hand_over(work: Work, *, case_ref: str, what: str, to: str, reason: str) -> dict[str, Any]:
    """A lead gives something that waits in a case to another member of staff, or to themself, and says why.

    `what`: the reference of what waits; everything about the conduct goes together, with the draft as it was typed. `to`: a
    handle. Errors: `not_lead`, `conflicted`, `reason_missing`, `not_waiting` (conflict), `not_eligible` for who is
    tied to an account of the case, `own_proposal` for who signed it, `closed_it`, `drawn` for what is given by lot.
    Source: DESIGN 1.
    """
    work.require(Permission.WORK_CASE)
    require_lead(work.actor)
    case = case_by_ref(work, case_ref)
    require_free(work, case)
    text = written_reason(reason)
    items = _waiting(work, case, what)
    person_id = _somebody(work, case, items, to)
    before = conduct_holder(work.db, case.id)
    for item in items:
        give_item(work, item, person_id, item.stage)
    if before is not None and items[0].kind in CONDUCT:
        _hand_on_past(work, case, before.person_id, person_id)
        _hand_on_draft(work, case, before.person_id, person_id)
    record(work, "work.handed_over", what, case_ref=case.ref, to=handle_of(work.db, person_id), reason=text)
    return {"case": case.ref}


def _waiting(work: Work, case: Case, what: str) -> list[WorkItem]:
    """What goes with it; a question that waits for the person becomes a line of the queue."""
    items = open_items(work.db, case.id)
    named = next((item for item in items if item.subject_ref == what), None)
    if named is not None:
        return [item for item in items if item.kind in CONDUCT] if named.kind in CONDUCT else [named]
    asked = waiting_question(work.db, case.id)
    if asked is None or asked.ref != what or asked.answer_by is None:
        message = N_("This does not wait any more. Reload the page to see what happened.")
        raise Conflict("not_waiting", message, field="what")
    until = runs_until(work.db, "question", asked.ref) or asked.answer_by
    item = open_item(work, case, "question", asked.ref, until, language=asked.language, waiting_on="person")
    item.stage = "asked"
    return [item]


def _somebody(work: Work, case: Case, items: list[WorkItem], to: str) -> UUID:
    person_id = next((found for found, handle in staff_for(work.db, case) if handle == to), None)
    if person_id is None:
        message = N_("Choose a reviewer or a lead who belongs to no account of this case.")
        raise RuleBroken("not_eligible", message, field="to")
    match next((why for item in items if (why := why_not_taken(work.db, item, person_id))), None):
        case "own_proposal":
            message = N_("They have signed this themselves. Somebody else has to be the second person.")
            raise RuleBroken("own_proposal", message, field="to")
        case "closed_it":
            message = N_("They closed this case before it was opened again. Somebody else has to go on with it.")
            raise RuleBroken("closed_it", message, field="to")
        case "drawn":
            raise RuleBroken("drawn", N_("This is given by lot. Draw again on its own page."), field="what")
    return person_id


def _hand_on_past(work: Work, case: Case, before: UUID, person_id: UUID) -> None:
    """What led to it goes along: whoever it is taken from reads the case no more, but for what they signed."""
    past = select(WorkItem).where(
        WorkItem.case_id == case.id, WorkItem.kind.in_(CONDUCT), WorkItem.assignee_id == before, WorkItem.closed_at.is_not(None)
    )
    for item in work.db.scalars(past.order_by(WorkItem.id).with_for_update()).all():
        give_item(work, item, person_id, item.stage)


def _hand_on_draft(work: Work, case: Case, before: UUID, person_id: UUID) -> None:
    """Whoever goes on, goes on from what was typed."""
    action = live_action(work, case.id)
    if action is None or before == person_id:
        return
    drafts = select(Draft).where(Draft.form == DRAFT_FORM, Draft.subject_ref == action.ref)
    kept = {draft.person_id: draft for draft in work.db.scalars(drafts)}
    old, new = kept.get(before), kept.get(person_id)
    if old is not None and new is not None:
        new.body, new.saved_at, new.version = old.body, work.now, new.version + 1
    elif old is not None:
        add(work, Draft(
            person_id=person_id, form=DRAFT_FORM, subject_ref=action.ref, body=old.body, saved_at=work.now
        ))
