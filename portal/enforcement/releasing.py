"""After a decision was overturned: whoever signed it does not go on with the case; what waits is everybody else's."""

from __future__ import annotations

from portal.cases.hands import open_items
from portal.cases.models import Case
from portal.cases.operations import give_item, open_item_of, open_report
from portal.cases.queries import reports_of
from portal.core.clock import deadline
from portal.core.work import Work
from portal.enforcement.desk import WAITING_KINDS
from portal.enforcement.models import Action
from portal.enforcement.queries import owner_zone, signatures_of
from portal.rulebook.queries import promise


def back_to_the_queue(work: Work, action: Action, case: Case) -> None:
    """What waits about the conduct leaves the hands of whoever signed the overturned decision; where nothing waits and
    somebody had reported, the report does again, so that somebody else can take the case and decide or close it.

    A draft stays with its writer: a lead can give it away. Source: DESIGN 2.8.
    """
    if case.closed_at is not None:
        return
    signed = {signature.person_id for signature in signatures_of(work.db, action.id)}
    waiting = open_items(work.db, case.id)
    for item in waiting:
        if item.kind in WAITING_KINDS and item.assignee_id in signed:
            locked = open_item_of(work, item.subject_ref, item.kind)
            if locked is not None:
                give_item(work, locked, None, "new")
    report_waits_again(work, action, case)


def report_waits_again(work: Work, action: Action, case: Case) -> None:
    """Where somebody had reported, and nothing of the conduct waits any more, the newest report does, with nobody: else nobody
    would be led to answer it."""
    reports = reports_of(work.db, case.id)
    if not reports or open_items(work.db, case.id, (*WAITING_KINDS, "action", "cosignature")):
        return
    time = promise(work, "client_question")
    due_at = deadline(work.now, time.length, time.unit, owner_zone(work.db, action.account_id), work.country)
    open_report(work, case, reports[-1], due_at)
