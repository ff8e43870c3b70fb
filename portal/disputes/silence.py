"""What our promise decides when the freelancer does not answer: the refund of what is on hold, which somebody else can review.

Sources: promises dispute_answer, dispute_refund_delay; DESIGN section 4.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.cases.clocks import stop_clock
from portal.cases.models import Clock, ClockResult
from portal.cases.operations import close_item
from portal.core.i18n import SOURCE
from portal.core.work import Work
from portal.disputes.matter import Matter
from portal.disputes.models import SILENCE, DisputeDecision, DisputeState, Outcome
from portal.disputes.reminding import stop_reminding
from portal.log.operations import add
from portal.log.rules import body_digest
from portal.rulebook.queries import promise


def decide_by_silence(work: Work, matter: Matter) -> DisputeDecision:
    """Nobody answered: the dispute is decided as published, a refund of what is on hold at this moment. Nobody made it.

    It is carried out, or reviewed, by the caller, whose event records the row.
    """
    dispute = matter.dispute
    held = matter.hold.amount_minor if matter.hold.ended_at is None else 0
    row = DisputeDecision(
        dispute_id=dispute.id, n=SILENCE, decided_by=None, read_by=None, outcome=Outcome.REFUND, refund_minor=held,
        contract_term_id=None, clause_version_id=_promised(work, dispute.ref), language=SOURCE, decided_at=work.now, reasons="",
        sha256="",
    )
    row.sha256 = body_digest(row)
    dispute.state, dispute.outcome, dispute.refund_minor = DisputeState.DECIDED, Outcome.REFUND, held
    dispute.decided_at, dispute.version = work.now, dispute.version + 1
    stop_reminding(work, dispute.ref)
    stop_clock(work, dispute.ref, "dispute_refund", ClockResult.VOID)
    close_item(work, dispute.ref, "dispute", "unanswered")
    add(work, row)
    work.db.flush()
    return row


def _promised(work: Work, dispute_ref: str) -> UUID:
    """The promise under which the time to answer ran: the one that was in force when its clock started."""
    ran = select(Clock.promise_id).where(Clock.kind == "dispute_answer", Clock.subject_ref == dispute_ref)
    return work.db.scalars(ran.order_by(Clock.id.desc()).limit(1)).first() or promise(work, "dispute_answer").clause_version_id
