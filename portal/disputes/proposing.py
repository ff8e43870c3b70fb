"""Two readers for large amounts: a decision is written by one person and made by a second who has read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.accounts.models import Person
from portal.accounts.queries import person_by_id
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import give_item, open_item_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.text import written_reason
from portal.core.work import Work
from portal.disputes.deciding import locked_for_deciding, put_decision, second_reader_needed
from portal.disputes.matter import Matter, decisions_of, live_proposal
from portal.disputes.models import Dispute, DisputeProposal, ProposalEnd
from portal.disputes.queries import dispute_by_ref
from portal.disputes.ruling import Ruling, read_ruling, ruling_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import promise


def propose_decision(
    work: Work, *, dispute_ref: str, version: int, outcome: str, refund_minor: int, cites: str, reasons: str
) -> dict[str, Any]:
    """Puts a decision about a large amount before a second reader; nothing is decided yet and nobody is told.

    Arguments and errors as in `decide_dispute`; `no_reader_needed` below the amount; `proposed` when one waits already.
    Promises: second_reader, co_signature.
    """
    work.require(Permission.DECIDE)
    n = len(decisions_of(work.db, dispute_by_ref(work.db, dispute_ref).id)) + 1
    matter, person_id = locked_for_deciding(work, n, dispute_ref, version)
    dispute = matter.dispute
    ruling = read_ruling(
        work.db, matter, outcome=outcome, refund_minor=refund_minor, cites=cites, reasons=reasons
    )
    if not second_reader_needed(work, dispute):
        raise RuleBroken("no_reader_needed", N_("One person decides about this amount."))
    if live_proposal(work.db, dispute.id) is not None:
        raise Conflict("proposed", N_("A decision waits for its second reader already."))
    row = _freeze(work, dispute, ruling, n, person_by_id(work.db, person_id))
    dispute.version += 1
    _hand_on(work, dispute, None, "proposed")
    time = promise(work, "co_signature")
    start_clock(
        work, "dispute_reading", dispute.ref, case=matter.case, length=time.length, unit=time.unit,
        promise_id=time.clause_version_id,
    )
    record(work, "dispute.proposed", dispute.ref, case_ref=matter.case.ref, rows=[row])
    return {"dispute": dispute.ref}


def _freeze(work: Work, dispute: Dispute, ruling: Ruling, n: int, writer: Person) -> DisputeProposal:
    row = DisputeProposal(
        dispute_id=dispute.id, n=n, proposed_by=writer.id, outcome=ruling.outcome, refund_minor=ruling.back.amount_minor,
        contract_term_id=ruling.term.id if ruling.term else None, proposed_at=work.now, reasons=ruling.reasons,
        clause_version_id=ruling.clause.id if ruling.clause else None, language=writer.language, sha256="",
    )
    row.sha256 = body_digest(row)
    return add(work, row)


def _hand_on(work: Work, dispute: Dispute, to_person: UUID | None, stage: str) -> None:
    item = open_item_of(work, dispute.ref, "dispute")
    if item is not None:
        give_item(work, item, to_person, stage)


def second_decision(work: Work, *, dispute_ref: str, version: int) -> dict[str, Any]:
    """The second person has read the decision and makes it, word for word. Errors: `own_proposal`, `no_proposal`,
    `hold_changed` (conflict) where more is on hold than it speaks of, those of `decide_dispute`. Promise: second_reader."""
    matter, proposal, person_id = _waiting(work, dispute_ref, version)
    if matter.hold.id > proposal.id:
        message = N_("More is on hold now than when this was written. Give it back, so that it is written anew.")
        raise Conflict("hold_changed", message)
    rows = _end(work, proposal, ProposalEnd.READ, person_id)
    stop_clock(work, matter.dispute.ref, "dispute_reading", ClockResult.KEPT)
    record(work, "dispute.second_read", matter.dispute.ref, case_ref=matter.case.ref, rows=rows)
    ruling = ruling_of(work.db, matter, proposal)
    return put_decision(work, matter, ruling, proposal.n, decided_by=proposal.proposed_by, read_by=person_id)


def return_decision(work: Work, *, dispute_ref: str, version: int, reason: str) -> dict[str, Any]:
    """The second person gives it back with a written reason; its writer goes on. Errors: also `reason_missing`."""
    matter, proposal, person_id = _waiting(work, dispute_ref, version)
    text = written_reason(reason)
    proposal.end_reason = text
    rows = _end(work, proposal, ProposalEnd.RETURNED, person_id)
    stop_clock(work, matter.dispute.ref, "dispute_reading", ClockResult.KEPT)
    matter.dispute.version += 1
    _hand_on(work, matter.dispute, proposal.proposed_by, "returned")
    record(work, "dispute.returned", matter.dispute.ref, case_ref=matter.case.ref, rows=rows)
    return {"dispute": matter.dispute.ref}


def _waiting(work: Work, dispute_ref: str, version: int) -> tuple[Matter, DisputeProposal, UUID]:
    work.require(Permission.DECIDE)
    n = len(decisions_of(work.db, dispute_by_ref(work.db, dispute_ref).id)) + 1
    matter, person_id = locked_for_deciding(work, n, dispute_ref, version)
    proposal = live_proposal(work.db, matter.dispute.id)
    if proposal is None:
        raise Conflict("no_proposal", N_("No decision waits for a second reader here. Reload the page."))
    if proposal.proposed_by == person_id:
        raise NotAllowed("own_proposal", N_("You wrote it, so somebody else has to read it."))
    return matter, proposal, person_id


def _end(work: Work, proposal: DisputeProposal, kind: ProposalEnd, person_id: UUID | None) -> list[Row]:
    proposal.ended_at, proposal.end_kind, proposal.ended_by = work.now, kind, person_id
    return [(proposal, "ended")]


def drop_proposal(work: Work, dispute: Dispute) -> list[Row]:
    """The dispute ended meanwhile: what waited for a second reader is needed no more; the rows for the event."""
    proposal = live_proposal(work.db, dispute.id)
    stop_clock(work, dispute.ref, "dispute_reading", ClockResult.VOID)
    return _end(work, proposal, ProposalEnd.LAPSED, None) if proposal is not None else []


def reading_lapsed(work: Work, matter: Matter) -> None:
    """Nobody read it in time: it is its writer's again."""
    proposal = live_proposal(work.db, matter.dispute.id)
    if proposal is None:
        return
    rows = _end(work, proposal, ProposalEnd.LAPSED, None)
    matter.dispute.version += 1
    _hand_on(work, matter.dispute, proposal.proposed_by, "returned")
    record(work, "dispute.reading_lapsed", matter.dispute.ref, case_ref=matter.case.ref, rows=rows)
