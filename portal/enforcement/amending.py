"""A new decision in place of one that stands: begun from what that one says, and put through every check of a decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.cases.drafts import save_draft
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.work import Work
from portal.enforcement.correcting import require_amender
from portal.enforcement.desk import live_action, locked_action, require_hands, require_not_closed, take_from_queue
from portal.enforcement.fields import draft_body
from portal.enforcement.issuing import DRAFT_FORM
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.succession import replaceable
from portal.enforcement.written import with_its_hold
from portal.log.operations import add, record
from portal.rulebook.queries import cited_clause


def start_amendment(work: Work, *, action_ref: str, clause_version_id: UUID | None = None) -> dict[str, Any]:
    """Begins a decision that is to replace this one, with everything that it says already typed; nothing changes until issue.

    `clause_version_id`: another rule for the same conduct. Whoever signed the decision or has it in hand begins it. Errors:
    `not_replaceable`, `no_clause`, `closed`, `draft_open`, those of `require_amender`. Source: DESIGN section 3.
    """
    work.require(Permission.WORK_CASE)
    old, case = locked_action(work, action_ref)
    require_amender(work, old, case)
    person_id = require_hands(work, case)
    require_not_closed(case)
    if not replaceable(work.db, old, work.now):
        message = N_("%(ref)s cannot be replaced any more: it is over, was replaced, or is about something else.")
        raise Conflict("not_replaceable", message, ref=old.ref)
    if live_action(work, case.id) is not None:
        raise Conflict("draft_open", N_("A decision is being written in this case already. Go on with that one."))
    fields = with_its_hold(work.db, old, work.now) | {"supersedes": old.ref}
    clause = cited_clause(work.db, UUID(str(clause_version_id or fields["clause_version_id"])))
    if clause is None or clause.data.promise is not None:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id")
    action = add(work, Action(
        case_id=case.id, ref=new_ref("A"), account_id=old.account_id, member_id=old.member_id, nature=old.nature,
        source=old.source, measure=old.measure, interim=False, automated_detection=False, automated_decision=False,
        status=ActionStatus.DRAFT, occurrence=1, revision=0, version=1,
    ))
    save_draft(work, DRAFT_FORM, action.ref, draft_body(fields | {"clause_version_id": str(clause.id)}))
    take_from_queue(work, case, action, clause.clause_id, person_id)
    record(work, "action.started", action.ref, case_ref=case.ref, clause=clause.path, replaces=old.ref)
    return {"action": action.ref}
