"""Reminders before silence has its consequence: at half the time that somebody has to answer, or to say something to our
decision, and one day before its end (terms 8.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.core.ids import new_id
from portal.core.work import Work
from portal.disputes import decision_messages as decision_words
from portal.disputes import hearing_messages as words
from portal.disputes.matter import Matter, acceptances_of, decisions_of, locked_matter
from portal.disputes.models import Dispute, DisputeState
from portal.disputes.queries import facts_of, open_question
from portal.disputes.rules import reminder_after
from portal.disputes.telling import informed_of, tell_side
from portal.log.operations import Row, record
from portal.notices.operations import Compose

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
    """Whoever is awaited hears once more until when they can answer, or say something to our decision, and what follows."""
    clock.result = ClockResult.KEPT
    matter = locked_matter(work, clock.subject_ref)
    dispute = matter.dispute
    due_at, told = _of_decision(work, matter) if dispute.state == DisputeState.DECIDED else _of_answer(work, matter)
    if dispute.ended_at is not None or not told or work.now >= due_at:
        return
    event_id, rows = new_id(), list[Row]()
    for side, text in told:
        rows += tell_side(work, event_id, NOTICE, side, matter.case, dispute.ref, text)
    record(work, "dispute.reminded", dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id)
    work.db.flush()
    _next(work, dispute.ref, matter.case, clock.started_at, due_at, clock.promise_id, clock.zone)


def _of_answer(work: Work, matter: Matter) -> tuple[datetime, list[tuple[UUID, Compose]]]:
    """Until when an answer is awaited, and from which side: nobody where none is."""
    dispute, asked = matter.dispute, open_question(work.db, matter.dispute.id)
    facts = facts_of(work.db, dispute, work.now)
    if dispute.state == DisputeState.ANSWERED and asked is not None:
        text = words.reminder(facts, asked.answer_by, work.now, to_client=True, at_least=False)
        return asked.answer_by, [(matter.contract.client_id, text)]
    refund_at = _refund_at(work, dispute)
    if refund_at is not None:
        return refund_at, [(matter.contract.freelancer_id, words.last_reminder(facts, refund_at))]
    unsure = informed_of(work, dispute, matter.contract) is None
    text = words.reminder(facts, dispute.answer_by, work.now, to_client=False, at_least=unsure)
    return dispute.answer_by, [(matter.contract.freelancer_id, text)] if dispute.state == DisputeState.OPENED else []


def _of_decision(work: Work, matter: Matter) -> tuple[datetime, list[tuple[UUID, Compose]]]:
    """Until when our decision can be accepted or reviewed, and which sides said nothing to it; nobody once it is reviewed."""
    due_at = _runs_until(work, matter.dispute, "dispute_acceptance")
    if due_at is None:
        return work.now, []
    accepted = {one.account_id for one in acceptances_of(work.db, decisions_of(work.db, matter.dispute.id)[-1].id)}
    text = decision_words.reminder(facts_of(work.db, matter.dispute, work.now), due_at)
    sides = matter.contract.sides
    return due_at, [(side, text) for side in sides if side not in accepted]


def _refund_at(work: Work, dispute: Dispute) -> datetime | None:
    """When what is on hold goes back because nobody answered; None before the time to answer has passed, and where nothing is
    on hold that could go back."""
    if dispute.state != DisputeState.UNANSWERED or not facts_of(work.db, dispute, work.now).held:
        return None
    return _runs_until(work, dispute, "dispute_refund")


def _runs_until(work: Work, dispute: Dispute, kind: str) -> datetime | None:
    """When what runs for a dispute is due; None where it does not run."""
    runs = select(Clock.due_at).where(Clock.kind == kind, Clock.subject_ref == dispute.ref, Clock.ended_at.is_(None))
    return work.db.scalars(runs).one_or_none()
