"""Somebody from outside reported something: our promise that a person reads it in time, and the lead who has it where nobody did.

Source: DESIGN section 4, "a client's question"; promise "client_question".
"""

from __future__ import annotations

from uuid import UUID

from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.drawing import give_to_a_lead
from portal.cases.hands import conduct_holder
from portal.cases.models import Case, Clock, ClockResult, WorkItem
from portal.cases.newer import promise_of
from portal.cases.operations import READING, open_item_of
from portal.core.work import Work
from portal.log.operations import record
from portal.rulebook.queries import promise


def promise_to_read(work: Work, report_ref: str, zone: str, *, case: Case | None = None, account_id: UUID | None = None) -> None:
    """The promise begins to run for a report: of a case, or of the account that reported while it is in none.

    It is kept when somebody takes what waits, or when that leaves the queue: by a question, a decision, the end of the case.
    """
    time = promise(work, READING)
    start_clock(
        work, READING, report_ref, case=case, account_id=account_id, length=time.length, unit=time.unit, zone=zone,
        promise_id=time.clause_version_id,
    )


def go_on_in_case(work: Work, case: Case, item: WorkItem) -> None:
    """A report that was in no case is in one now: the same time goes on there. Where it was over, a lead has it at once."""
    before = stop_clock(work, item.subject_ref, READING, ClockResult.VOID)
    if before is None:
        work.db.flush()
        _to_a_lead(work, case, item)
        return
    counts = promise_of(work, before)
    start_clock(
        work, READING, item.subject_ref, case=case, length=counts.length if counts else before.length,
        unit=counts.unit if counts else before.unit, zone=before.zone,
        promise_id=counts.clause_version_id if counts else before.promise_id, start=before.started_at, due_at=before.due_at,
    )


def was_read(work: Work, report_ref: str) -> None:
    """A person read a report that is in no case."""
    stop_clock(work, report_ref, READING, ClockResult.KEPT)


@on_due(READING)
def nobody_read_it(work: Work, clock: Clock) -> None:
    """Nobody read a report in time: a lead has it from now on (promise "client_question").

    What is in no case yet goes to a lead as soon as it is in one; until then it stands first in the list of those.
    """
    item = open_item_of(work, clock.subject_ref, "report")
    if clock.case_id is not None and item is not None:
        _to_a_lead(work, work.db.get_one(Case, clock.case_id), item)


def _to_a_lead(work: Work, case: Case, item: WorkItem) -> None:
    """Where somebody has the case in hand already, it stays with them, late on every screen."""
    if conduct_holder(work.db, case.id) is None:
        give_to_a_lead(work, case, item)
    record(work, "report.to_lead", item.subject_ref, case_ref=case.ref, due_at=item.due_at)
