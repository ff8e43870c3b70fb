"""The promises of a dispute: the time to answer runs from being informed; what follows when it, or ours, has passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.newer import on_newer
from portal.cases.operations import open_item_of
from portal.contracts.models import Contract
from portal.core.clock import deadline
from portal.core.ids import new_id
from portal.core.work import Work
from portal.disputes import messages
from portal.disputes.executing import carry_out
from portal.disputes.matter import draw_reviewer, locked_matter
from portal.disputes.models import Dispute, DisputeState
from portal.disputes.offers import end_offers
from portal.disputes.proposing import reading_lapsed
from portal.disputes.queries import facts_of
from portal.disputes.reminding import start_reminding
from portal.disputes.rules import answer_due
from portal.disputes.silence import decide_by_silence
from portal.disputes.telling import informed_of, tell_side, zone_of
from portal.ledger.models import Hold
from portal.ledger.operations import expire_hold
from portal.ledger.queries import hold_of_claim
from portal.log.operations import Row, record
from portal.notices.models import Informed, Notice
from portal.notices.operations import on_informed
from portal.rulebook.queries import promise


def _of(work: Work, ref: str) -> tuple[Dispute, Contract, Case]:
    dispute = work.db.scalars(select(Dispute).where(Dispute.ref == ref).with_for_update()).one()
    return dispute, work.db.get_one(Contract, dispute.contract_id), work.db.get_one(Case, dispute.case_id)


def _run_answer_clock(
    work: Work, dispute: Dispute, contract: Contract, case: Case, informed_at: datetime | None
) -> datetime:
    """Starts the answer's clock anew from the moment of being informed; unknown: the window has not started."""
    answer, zone = promise(work, "dispute_answer"), zone_of(work, contract.freelancer_id)
    due_at = answer_due(informed_at, work.now, answer.length, answer.unit, zone, work.country)
    work.db.flush()
    clock = start_clock(
        work, "dispute_answer", dispute.ref, case=case, length=answer.length, unit=answer.unit, zone=zone,
        promise_id=answer.clause_version_id, due_at=due_at,
    )
    clock.started_at = informed_at or work.now
    start_reminding(work, dispute, case, clock)
    dispute.answer_by, dispute.version = due_at, dispute.version + 1
    _decide_after(work, dispute, due_at, zone)
    record(work, "dispute.answer_time", dispute.ref, case_ref=case.ref, informed_at=informed_at, answer_by=due_at)
    return due_at


def _decide_after(work: Work, dispute: Dispute, due_at: datetime, zone: str) -> None:
    """In the queue a dispute waits for its answer and then for us."""
    item, decision = open_item_of(work, dispute.ref, "dispute"), promise(work, "dispute_decision")
    if item is not None:
        item.due_at = deadline(due_at, decision.length, decision.unit, zone, work.country)


@on_newer("dispute_answer")
def more_time_to_answer(work: Work, clock: Clock, _before: datetime) -> None:
    """A newer promise gives the freelancer more time: the dispute, its reminders and its place in the queue follow."""
    dispute, _contract, case = _of(work, clock.subject_ref)
    dispute.answer_by, dispute.version = clock.due_at, dispute.version + 1
    _decide_after(work, dispute, clock.due_at, clock.zone)
    start_reminding(work, dispute, case, clock)


@on_informed("dispute_opened")
def answer_time_starts(work: Work, notice: Notice, _informed: Informed) -> None:
    """The freelancer is informed: from now on they have the whole promised time to answer."""
    dispute, contract, case = _of(work, notice.about_ref)
    if dispute.state != DisputeState.OPENED or notice.account_id != contract.freelancer_id:
        return
    stop_clock(work, dispute.ref, "dispute_answer", ClockResult.VOID)
    _run_answer_clock(work, dispute, contract, case, informed_of(work, dispute, contract))


@on_due("dispute_answer")
def answer_time_over(work: Work, clock: Clock) -> None:
    """Nobody answered in time: unanswered. What is held goes back after 7 more days, unless the freelancer answers or asks for a
    review by then (dispute_answer)."""
    dispute, contract, case = _of(work, clock.subject_ref)
    if dispute.state != DisputeState.OPENED:
        return
    informed_at = informed_of(work, dispute, contract)
    if informed_at is None:
        clock.result = ClockResult.VOID
        _run_answer_clock(work, dispute, contract, case, None)
        return
    dispute.state, dispute.version = DisputeState.UNANSWERED, dispute.version + 1
    delay, zone = promise(work, "dispute_refund_delay", clock.due_at), zone_of(work, contract.freelancer_id)
    refund_at = deadline(clock.due_at, delay.length, delay.unit, zone, work.country)
    running = start_clock(
        work, "dispute_refund", dispute.ref, case=case, length=delay.length, unit=delay.unit, zone=zone,
        promise_id=delay.clause_version_id, due_at=refund_at, start=clock.due_at,
    )
    start_reminding(work, dispute, case, running)
    facts, event_id = facts_of(work.db, dispute, work.now), new_id()
    rows: list[Row] = []
    for account_id, to_client in contract.each_side:
        compose = messages.unanswered(facts, refund_at, to_client=to_client)
        rows += tell_side(work, event_id, "dispute_unanswered", account_id, case, dispute.ref, compose)
    record(work, "dispute.unanswered", dispute.ref, case_ref=case.ref, rows=rows, event_id=event_id, refund_at=refund_at)


@on_due("dispute_refund")
def refund_time_over(work: Work, clock: Clock) -> None:
    """Still no answer, and nobody asked for a review: the refund is decided as published (consequence `claim_refunded`) and
    carried out, and the dispute ends."""
    clock.result = ClockResult.KEPT
    matter = locked_matter(work, clock.subject_ref)
    if matter.dispute.state == DisputeState.UNANSWERED:
        carry_out(work, matter, "silence", [decide_by_silence(work, matter)])


@on_due("dispute_decision")
def decision_time_over(work: Work, clock: Clock) -> None:
    """We did not decide in time: the hold ends, the claim lives on, both hear of it (dispute_decision)."""
    dispute, _contract, _case = _of(work, clock.subject_ref)
    if dispute.state == DisputeState.ANSWERED and dispute.ended_at is None:
        _we_are_late(work, dispute, hold_of_claim(work.db, dispute.claim_id))


def _we_are_late(work: Work, dispute: Dispute, hold: Hold) -> None:
    """The hold ends and the claim lives on: nothing is there any more that an open offer could divide."""
    expire_hold(work, hold)
    rows = end_offers(work, dispute)
    if rows:
        case_ref = work.db.get_one(Case, dispute.case_id).ref
        record(work, "settlement.overtaken", dispute.ref, case_ref=case_ref, rows=rows)


@on_due("dispute_acceptance")
def acceptance_time_over(work: Work, clock: Clock) -> None:
    """Nobody asked for a review and not both accepted: the decision is carried out as published (dispute_acceptance)."""
    clock.result = ClockResult.KEPT
    matter = locked_matter(work, clock.subject_ref)
    if matter.dispute.state == DisputeState.DECIDED and matter.dispute.ended_at is None:
        carry_out(work, matter, "time")


@on_due("review_answer")
def review_time_over(work: Work, clock: Clock) -> None:
    """We did not review the decision in time: the hold ends, the claim lives on, both hear of it (review_answer)."""
    matter = locked_matter(work, clock.subject_ref)
    if matter.dispute.ended_at is None:
        _we_are_late(work, matter.dispute, matter.hold)


@on_due("dispute_reviewer")
def nobody_was_found(work: Work, clock: Clock) -> None:
    """Nobody who may review the decision was found in time: the hold ends, the claim lives on; if there is somebody by now,
    it is theirs (dispute_reviewer)."""
    matter = locked_matter(work, clock.subject_ref)
    item = open_item_of(work, matter.dispute.ref, "dispute")
    if matter.dispute.ended_at is not None or item is None or item.assignee_id is not None:
        return
    _we_are_late(work, matter.dispute, matter.hold)
    work.db.flush()
    draw_reviewer(work, matter, item, start=clock.due_at)


@on_due("dispute_reading")
def reading_time_over(work: Work, clock: Clock) -> None:
    """No second reader in time: nothing is decided, the proposal is its writer's again (co_signature)."""
    reading_lapsed(work, locked_matter(work, clock.subject_ref))
