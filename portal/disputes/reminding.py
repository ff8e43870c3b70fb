"""Reminders before silence: at half the time that somebody has to answer, and one day before its end (terms 8.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.core.ids import new_id
from portal.core.work import Work
from portal.disputes import hearing_messages as words
from portal.disputes.matter import locked_matter
from portal.disputes.models import Dispute, DisputeState
from portal.disputes.queries import facts_of, open_question
from portal.disputes.rules import reminder_after
from portal.disputes.telling import informed_of, tell_side
from portal.log.operations import record

KIND, NOTICE = "answer_reminder", "dispute_reminder"


def stop_reminding(work: Work, dispute_ref: str) -> None:
    """What we would remind of is no longer awaited."""
    stop_clock(work, dispute_ref, KIND, ClockResult.VOID)


def start_reminding(work: Work, dispute: Dispute, case: Case, running: Clock) -> None:
    """From now on reminders run beside the clock of an answer; those of an earlier clock end."""
    stop_reminding(work, dispute.ref)
    work.db.flush()
    _next(work, dispute.ref, case, running.started_at, running.due_at, running.promise_id, running.zone)


def _next(
    work: Work, ref: str, case: Case, start: datetime, due_at: datetime, promise_id: UUID | None, zone: str
) -> None:
    at = reminder_after(work.now, start, due_at)
    if at is not None:
        start_clock(
            work, KIND, ref, case=case, length=max(1, (at - start) // timedelta(hours=1)), unit="hours", zone=zone,
            promise_id=promise_id, due_at=at, start=start,
        )


@on_due(KIND)
def reminder_due(work: Work, clock: Clock) -> None:
    """Whoever has not answered yet hears once more until when they can, and what follows if they do not."""
    clock.result = ClockResult.KEPT
    matter = locked_matter(work, clock.subject_ref)
    dispute, asked = matter.dispute, open_question(work.db, matter.dispute.id)
    to_client = dispute.state == DisputeState.ANSWERED and asked is not None
    refund_at = _refund_at(work, dispute)
    due_at = asked.answer_by if to_client and asked is not None else refund_at or dispute.answer_by
    awaited = to_client or dispute.state == DisputeState.OPENED or refund_at is not None
    if dispute.ended_at is not None or not awaited or work.now >= due_at:
        return
    event_id, facts = new_id(), facts_of(work.db, dispute, work.now)
    side = matter.contract.client_id if to_client else matter.contract.freelancer_id
    unsure = not to_client and informed_of(work, dispute, matter.contract) is None
    reminder = words.last_reminder(facts, due_at) if refund_at is not None else (
        words.reminder(facts, due_at, work.now, to_client=to_client, at_least=unsure)
    )
    rows = tell_side(work, event_id, NOTICE, side, matter.case, dispute.ref, reminder)
    record(work, "dispute.reminded", dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id)
    work.db.flush()
    _next(work, dispute.ref, matter.case, clock.started_at, due_at, clock.promise_id, clock.zone)


def _refund_at(work: Work, dispute: Dispute) -> datetime | None:
    """When what is on hold goes back because nobody answered; None before the time to answer has passed, and where nothing is
    on hold that could go back."""
    if dispute.state != DisputeState.UNANSWERED or not facts_of(work.db, dispute, work.now).held:
        return None
    runs = select(Clock.due_at).where(
        Clock.kind == "dispute_refund", Clock.subject_ref == dispute.ref, Clock.ended_at.is_(None)
    )
    return work.db.scalars(runs).one_or_none()
