"""The freelancer's answer to a dispute, and what begins with it: the time in which we decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.accounts.models import Person
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import Case, ClockResult
from portal.cases.operations import open_item_of
from portal.contracts.models import Contract
from portal.core.access import Permission, require_account, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import TEXT_LIMIT, clean, needed, sha256
from portal.core.work import Work
from portal.disputes import messages
from portal.disputes.matter import OVER, own_matter
from portal.disputes.models import Dispute, DisputeState
from portal.disputes.pressure import pressed_in_dispute
from portal.disputes.queries import facts_of
from portal.disputes.reminding import stop_reminding
from portal.disputes.telling import tell_side, zone_of
from portal.log.operations import Row, record
from portal.rulebook.queries import promise


def answer_dispute(work: Work, *, dispute_ref: str, answer: str, pressed: str = "") -> dict[str, Any]:
    """The freelancer's side, once; also late, as long as nothing was refunded. The client reads it word for word.

    `pressed`: how they were pressured or threatened with a report, for us alone: a message on record in the case, under
    the rule against it. Errors: `answered`, `dispute_over` (conflicts), `empty`, `NotFound`. Promises: dispute_answer,
    dispute_decision.
    """
    matter, side = own_matter(work, dispute_ref, Permission.ANSWER_IN_CASE)
    dispute, contract, case = matter.dispute, matter.contract, matter.case
    require_account(work.actor, contract.freelancer_id)
    if dispute.answered_at is not None:
        raise Conflict("answered", "You have already answered this dispute. Your answer is on record.")
    if not dispute.answerable:
        raise Conflict("dispute_over", OVER)
    text, in_time = needed(answer, N_("Write your answer."), field="answer"), dispute.state == DisputeState.OPENED
    said = clean(pressed, limit=TEXT_LIMIT, field="pressed")
    person = work.db.get_one(Person, require_person(work.actor))
    dispute.answer, dispute.answer_sha256, dispute.answer_language = text, sha256(text), person.language
    dispute.answered_at, dispute.state, dispute.version = work.now, DisputeState.ANSWERED, dispute.version + 1
    decide_by = start_deciding(work, dispute, contract, case)
    facts, event_id = facts_of(work.db, dispute, work.now), new_id()
    rows: list[Row] = [
        *tell_side(work, event_id, "dispute_answered", contract.client_id, case, dispute.ref,
                   messages.answered(facts, decide_by)),
        *tell_side(work, event_id, "answer_received", side, case, dispute.ref, messages.answer_receipt(facts, decide_by)),
    ]
    record(work, "dispute.answered", dispute.ref, case_ref=case.ref, rows=[(dispute, "answered"), *rows],
           event_id=event_id, in_time=in_time)
    if said:
        pressed_in_dispute(work, case, dispute_ref, contract.freelancer_id, person, said)
    return {"dispute": dispute.ref}


def start_deciding(work: Work, dispute: Dispute, contract: Contract, case: Case) -> datetime:
    """From the last answer on the decision is ours to make: the clock, and the place in the queue, which says so."""
    stop_reminding(work, dispute.ref)
    stop_clock(work, dispute.ref, "dispute_answer", ClockResult.KEPT)
    stop_clock(work, dispute.ref, "dispute_refund", ClockResult.VOID)
    length, zone = promise(work, "dispute_decision"), zone_of(work, contract.freelancer_id)
    decide_by = deadline(work.now, length.length, length.unit, zone, work.country)
    start_clock(
        work, "dispute_decision", dispute.ref, case=case, length=length.length, unit=length.unit, zone=zone,
        promise_id=length.clause_version_id, due_at=decide_by,
    )
    item = open_item_of(work, dispute.ref, "dispute")
    if item is not None:
        item.due_at, item.waiting_on, item.stage, item.version = decide_by, "staff", "answered", item.version + 1
    return decide_by
