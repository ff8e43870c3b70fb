"""The first row of a decision: an action in its case, with its draft, in the queue in place of what led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.cases.drafts import save_draft
from portal.cases.models import Case, WorkItem
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.work import Work
from portal.enforcement.desk import live_action, take_from_queue
from portal.enforcement.fields import draft_body
from portal.enforcement.issuing import DRAFT_FORM
from portal.enforcement.models import Action, ActionStatus, Nature
from portal.log.operations import Row, add, record
from portal.rulebook.queries import CitedClause, cited_clause


def rule_to_cite(work: Work, clause_version_id: UUID, promise: str | None = None) -> CitedClause:
    """The rule that a decision begins with, or the named promise of ours. Errors: `no_clause` for anything else."""
    clause = cited_clause(work.db, UUID(str(clause_version_id)))
    if clause is None or clause.data.promise != promise:
        raise RuleBroken("no_clause", N_("Choose the rule first."), field="clause_version_id")
    return clause


def begin_action(
    work: Work, case: Case, measure: str, *, nature: str = Nature.CONDUCT, member_id: UUID | None = None
) -> Action:
    """A draft in this locked case, which is in the acting reviewer's hands. The caller saves what is typed in it, and records it.

    Errors: `draft_open` when one is being written already.
    """
    if live_action(work, case.id) is not None:
        raise Conflict("draft_open", N_("A decision is being written in this case already. Go on with that one."))
    return add(work, Action(
        case_id=case.id, ref=new_ref("A"), account_id=case.about_account_id, nature=nature, source="reviewer",
        measure=measure, interim=False, automated_detection=False, automated_decision=False, status=ActionStatus.DRAFT,
        occurrence=1, revision=0, version=1, member_id=member_id,
    ))


def put_on_desk(
    work: Work, case: Case, action: Action, clause: CitedClause, person_id: UUID, fields: Mapping[str, Any],
    rows: Sequence[Row] = (), **said: Any,
) -> WorkItem:
    """The draft with what is known so far, in the queue and in that reviewer's hands; one event says that it was begun."""
    save_draft(work, DRAFT_FORM, action.ref, draft_body(fields))
    item = take_from_queue(work, case, action, clause.clause_id, person_id)
    record(work, "action.started", action.ref, case_ref=case.ref, clause=clause.path, rows=rows, **said)
    return item
